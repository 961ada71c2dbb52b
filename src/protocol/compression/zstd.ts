// Zstandard: node:zlib where it has it (22.15 and newer), else a WebAssembly build, which must be loaded first. The latter believes
// what a frame says about its size, so frames are walked here first: how much each can give at most, and where the next one begins
// (RFC 8878, section 3.1.1).
import * as zlib from 'node:zlib'
import { TidemillError, asBuffer, must } from '../../base/index.ts'

interface NativeZstd {
  readonly zstdCompressSync?: (input: Buffer) => Buffer
  readonly zstdDecompressSync?: (input: Buffer, options: { readonly maxOutputLength: number }) => Buffer
}

interface WasmZstd {
  readonly compress: (input: Uint8Array, level?: number) => Uint8Array
  readonly decompress: (input: Uint8Array, options: { readonly defaultHeapSize: number }) => Uint8Array
}

interface Frame {
  readonly start: number
  readonly end: number
  /** No more than this comes out of it. */
  readonly sizeBound: number
}

const MAGIC = 0xfd2fb528
const SKIPPABLE_MAGIC = 0x184d2a50
const BLOCK_SIZE_MAX = 128 * 1024

// The types of Node 20 do not have what newer ones do.
const native = zlib as unknown as NativeZstd
let wasm: WasmZstd | undefined
let loading: Promise<void> | undefined

export function loadZstd(): Promise<void> {
  if (native.zstdDecompressSync !== undefined) return Promise.resolve()
  loading ??= loadZstdWasm()
  return loading
}

/** @internal For tests on a Node that has its own. */
export async function loadZstdWasm(): Promise<void> {
  const module = await import('@bokuweb/zstd-wasm')
  await module.init()
  wasm = module
}

export function compressZstd(input: Buffer): Buffer {
  if (native.zstdCompressSync !== undefined) return native.zstdCompressSync(input)
  return asBuffer(loaded().compress(input))
}

export function decompressZstd(input: Buffer, sizeMax: number): Buffer {
  try {
    if (native.zstdDecompressSync !== undefined) return native.zstdDecompressSync(input, { maxOutputLength: sizeMax })
    return decompressByWasm(input, sizeMax)
  } catch (cause) {
    if (cause instanceof TidemillError) throw cause
    throw invalid(`are damaged, or decompress to more than ${sizeMax} bytes`, cause)
  }
}

/** @internal For tests on a Node that has its own. */
export function decompressByWasm(input: Buffer, sizeMax: number): Buffer {
  const parts: Buffer[] = []
  let size = 0
  for (const frame of walkFrames(input)) {
    if (frame.sizeBound === 0) continue
    const sizeBound = Math.min(frame.sizeBound, sizeMax - size)
    const bytes = input.subarray(frame.start, frame.end)
    const part = asBuffer(loaded().decompress(bytes, { defaultHeapSize: sizeBound }))
    size += part.length
    if (size > sizeMax) throw invalid(`decompress to more than ${sizeMax} bytes`)
    parts.push(part)
  }
  return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts, size)
}

function loaded(): WasmZstd {
  return must(wasm, 'zstd: await loadCompression() before record batches are read or built')
}

function walkFrames(input: Buffer): Frame[] {
  const frames: Frame[] = []
  let at = 0
  while (at < input.length) {
    const frame = walkFrame(input, at)
    frames.push(frame)
    at = frame.end
  }
  return frames
}

function walkFrame(input: Buffer, start: number): Frame {
  const magic = unsigned(input, start, 4)
  if (magic >>> 4 === SKIPPABLE_MAGIC >>> 4)
    return { start, end: checkedEnd(input, start + 8, unsigned(input, start + 4, 4)), sizeBound: 0 }
  if (magic !== MAGIC) throw invalid(`have no frame at position ${start}`)
  const descriptor = unsigned(input, start + 4, 1)
  const isSingleSegment = (descriptor & 0x20) !== 0
  const dictionaryIdSize = [0, 1, 2, 4][descriptor & 3] as number
  const contentSizeSize = descriptor >>> 6 === 0 ? Number(isSingleSegment) : 1 << (descriptor >>> 6)
  const contentSizeAt = start + 5 + (isSingleSegment ? 0 : 1) + dictionaryIdSize
  let at = contentSizeAt + contentSizeSize
  let sizeBound = 0
  for (let isLast = false; !isLast;) {
    const header = unsigned(input, at, 3)
    isLast = (header & 1) !== 0
    const type = (header >>> 1) & 3
    const size = header >>> 3
    const isRunLength = type === 1
    if (size > BLOCK_SIZE_MAX) throw invalid(`have a block of ${size} bytes at position ${at}`)
    sizeBound += type === 2 ? BLOCK_SIZE_MAX : size
    at = checkedEnd(input, at + 3, isRunLength ? 1 : size)
  }
  if ((descriptor & 4) !== 0) at = checkedEnd(input, at, 4)
  const stated =
    contentSizeSize === 0
      ? undefined
      : unsigned(input, contentSizeAt, contentSizeSize) + (contentSizeSize === 2 ? 256 : 0)
  if (stated !== undefined && stated > sizeBound)
    throw invalid(`state a size of ${stated} bytes, but have at most ${sizeBound}`)
  return { start, end: at, sizeBound: stated ?? sizeBound }
}

/** Little-endian; 8 bytes lose precision beyond 2^53, where they are refused anyway. */
function unsigned(input: Buffer, at: number, size: number): number {
  checkedEnd(input, at, size)
  return size === 8 ? Number(input.readBigUInt64LE(at)) : input.readUIntLE(at, size)
}

function checkedEnd(input: Buffer, at: number, length: number): number {
  if (length > input.length - at) throw invalid(`end before position ${at + length}`)
  return at + length
}

function invalid(what: string, cause?: unknown): TidemillError {
  return new TidemillError('invalid-wire-data', `the zstd data ${what}`, { cause })
}
