// The log of what is committed and in no run yet: one record a commit, never synced (the changelog holds the truth; what matters is
// that what is read back is a prefix of the commits). Layout: FORMAT.md.
// Invariant: records before `#end` are whole; what lies behind, from a write that failed, is overwritten by the next.
import { ByteWriter, type Disk, type DiskFile, TidemillError, crc32c } from '../../base/index.ts'
import type { ByteChanges, StorePosition } from '../byte-store.ts'
import { decodePosition, encodePosition } from './position-codec.ts'

const MAGIC = 'TMillWal'
const VERSION = 1
const HEAD_BYTES = 16
const RECORD_HEAD_BYTES = 8

/** Gets what a record holds; ranges are valid during the call. */
export interface WalVisitor {
  entry(buffer: Buffer, keyStart: number, keyEnd: number, valueStart: number, valueEnd: number): void
  position(position: StorePosition): void
  floor(floor: Buffer): void
}

export class Wal {
  readonly #disk: Disk
  readonly #path: string
  readonly #writer = new ByteWriter(64 * 1_024)
  #file: DiskFile | undefined
  #end: number

  /** `end` is where replay stopped; 0: the file is new. */
  constructor(disk: Disk, path: string, end: number) {
    this.#disk = disk
    this.#path = path
    this.#end = end
  }

  get byteCount(): number {
    return this.#end
  }

  /** Writes a commit, then visits its entries where they lie in the record. */
  append(changes: ByteChanges, position: StorePosition | undefined, floor: Buffer, visit: WalVisitor['entry']): void {
    const writer = this.#writer
    writer.reset()
    if (this.#end === 0) writeHead(writer)
    const start = writer.position
    writer.reserve(RECORD_HEAD_BYTES)
    writer.position += RECORD_HEAD_BYTES
    writer.int32Bytes(Buffer.from(JSON.stringify(position === undefined ? null : encodePosition(position))))
    writer.int32Bytes(floor)
    const entriesAt = writer.position
    changes.each((buffer, keyStart, keyEnd, valueStart, valueEnd) => {
      writer.int32(keyEnd - keyStart)
      writer.int32(valueEnd < 0 ? -1 : valueEnd - valueStart)
      writer.range(buffer, keyStart, keyEnd)
      if (valueEnd >= 0) writer.range(buffer, valueStart, valueEnd)
    })
    const { buffer, position: end } = writer
    const body = start + RECORD_HEAD_BYTES
    buffer.writeUInt32LE(end - body, start)
    buffer.writeUInt32LE(checksum(buffer, body, end, this.#end + start), start + 4)
    this.#open().write([buffer.subarray(0, end)], this.#end)
    this.#end += end
    visitEntries(buffer, entriesAt, end, visit)
    // One large commit must not keep its memory for ever.
    if (buffer.length > 4 * 1_024 * 1_024) writer.buffer = Buffer.allocUnsafe(64 * 1_024)
  }

  async sync(): Promise<void> {
    if (this.#file !== undefined) await this.#file.sync()
  }

  close(): void {
    this.#file?.close()
    this.#file = undefined
  }

  remove(): void {
    this.close()
    if (this.#disk.exists(this.#path)) this.#disk.remove(this.#path)
  }

  #open(): DiskFile {
    if (this.#file !== undefined) return this.#file
    const file = this.#disk.open(this.#path, 'create')
    if (file.size() > this.#end) file.truncate(this.#end)
    return (this.#file = file)
  }
}

/** Reads the whole records from the start; returns where they end. What follows was never acknowledged, or lost. */
export function replayWal(disk: Disk, path: string, visitor: WalVisitor): number {
  const bytes = disk.readFile(path)
  if (bytes === undefined || !hasHead(bytes, path)) return 0
  let at = HEAD_BYTES
  while (at + RECORD_HEAD_BYTES <= bytes.length) {
    const body = at + RECORD_HEAD_BYTES
    const end = body + bytes.readUInt32LE(at)
    if (end > bytes.length || checksum(bytes, body, end, at) !== bytes.readUInt32LE(at + 4)) break
    replayRecord(bytes, body, end, visitor)
    at = end
  }
  return at
}

function replayRecord(bytes: Buffer, start: number, end: number, visitor: WalVisitor): void {
  const positionEnd = start + 4 + bytes.readInt32BE(start)
  const position = JSON.parse(bytes.toString('utf8', start + 4, positionEnd))
  const floorEnd = positionEnd + 4 + bytes.readInt32BE(positionEnd)
  visitor.floor(Buffer.from(bytes.subarray(positionEnd + 4, floorEnd)))
  visitEntries(bytes, floorEnd, end, (...entry) => visitor.entry(...entry))
  if (position !== null) visitor.position(decodePosition(position))
}

function visitEntries(buffer: Buffer, start: number, end: number, visit: WalVisitor['entry']): void {
  for (let at = start; at < end;) {
    const keyStart = at + 8
    const keyEnd = keyStart + buffer.readInt32BE(at)
    const valueLength = buffer.readInt32BE(at + 4)
    at = keyEnd + Math.max(0, valueLength)
    visit(buffer, keyStart, keyEnd, keyEnd, valueLength < 0 ? -1 : at)
  }
}

function writeHead(writer: ByteWriter): void {
  const at = writer.reserve(HEAD_BYTES)
  const { buffer } = writer
  buffer.write(MAGIC, at, 'latin1')
  buffer.writeUInt32LE(VERSION, at + 8)
  buffer.writeUInt32LE(crc32c(buffer, at, at + 12), at + 12)
  writer.position = at + HEAD_BYTES
}

function hasHead(bytes: Buffer, path: string): boolean {
  if (bytes.length < HEAD_BYTES || crc32c(bytes, 0, 12) !== bytes.readUInt32LE(12)) return false
  if (bytes.toString('latin1', 0, 8) !== MAGIC) return false
  const version = bytes.readUInt32LE(8)
  if (version <= VERSION) return true
  throw new TidemillError(
    'store-too-new',
    `${path} has format ${version}, this version of Tidemill reads up to ${VERSION}: upgrade, or remove the store to restore it`,
  )
}

/** Of a record at its place: an old one that lies elsewhere does not pass for it. */
function checksum(buffer: Buffer, start: number, end: number, offset: number): number {
  return crc32c(buffer, start, end, (offset ^ 0x5bd1e995) >>> 0)
}
