declare module 'snappyjs' {
  export function compress(bytes: Buffer): Buffer
  export function uncompress(bytes: Buffer, sizeMax?: number): Buffer
}

declare module 'lz4js' {
  /** A whole frame, of blocks that depend on one another. */
  export function compress(bytes: Uint8Array): Uint8Array
  export function compressBound(size: number): number
  /** Positions in the table are those of the source plus one: 0 is none. Returns the number of bytes written. */
  export function compressBlock(
    source: Uint8Array,
    target: Uint8Array,
    start: number,
    length: number,
    hashTable: Uint32Array,
  ): number
}
