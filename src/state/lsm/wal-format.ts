// The log of commits as bytes: its head, which names the log before it, and its records. Layout: FORMAT.md.
import { TidemillError, crc32c } from '../../base/index.ts'
import type { StorePosition } from '../byte-store.ts'
import { decodePosition, encodePosition } from './position-codec.ts'

const MAGIC = 'TMillWal'
const VERSION = 1
export const WAL_HEAD_BYTES = 32
export const RECORD_HEAD_BYTES = 8
/** The head's field where there is no log before. */
const NO_LOG = 0xffff_ffff

/** The log that a log goes on from: it counts only if the one before ends where it says. */
export interface LogEnd {
  readonly id: number
  readonly end: number
}

export function writeWalHead(target: Buffer, previous: LogEnd | undefined): void {
  target.write(MAGIC, 0, 'latin1')
  target.writeUInt32LE(VERSION, 8)
  target.writeUInt32LE(previous?.id ?? NO_LOG, 12)
  target.writeDoubleLE(previous?.end ?? 0, 16)
  target.writeUInt32LE(0, 24)
  target.writeUInt32LE(crc32c(target, 0, 28), 28)
}

/** undefined where the head is not whole: nothing of the log was ever there. */
export function readWalHead(bytes: Buffer, path: string): { readonly previous: LogEnd | undefined } | undefined {
  if (bytes.length < WAL_HEAD_BYTES || crc32c(bytes, 0, 28) !== bytes.readUInt32LE(28)) return undefined
  if (bytes.toString('latin1', 0, 8) !== MAGIC) return undefined
  const version = bytes.readUInt32LE(8)
  if (version > VERSION) throw tooNew(path, version, VERSION)
  const id = bytes.readUInt32LE(12)
  return { previous: id === NO_LOG ? undefined : { id, end: bytes.readDoubleLE(16) } }
}

/** A record's part before its entries: how far the store is with it, and what is gone. */
export function encodeRecordMeta(position: StorePosition | undefined, floor: Buffer): Buffer {
  const text = JSON.stringify(position === undefined ? null : encodePosition(position))
  const length = Buffer.byteLength(text)
  const meta = Buffer.allocUnsafe(8 + length + floor.length)
  meta.writeUInt32LE(length, 0)
  meta.write(text, 4)
  meta.writeUInt32LE(floor.length, 4 + length)
  floor.copy(meta, 8 + length)
  return meta
}

export function decodeRecordMeta(
  bytes: Buffer,
  body: number,
): { readonly position: StorePosition | undefined; readonly floor: Buffer } {
  const positionEnd = body + 4 + bytes.readUInt32LE(body)
  const position = JSON.parse(bytes.toString('utf8', body + 4, positionEnd))
  const floorEnd = positionEnd + 4 + bytes.readUInt32LE(positionEnd)
  return {
    position: position === null ? undefined : decodePosition(position),
    floor: Buffer.from(bytes.subarray(positionEnd + 4, floorEnd)),
  }
}

/** Where the entries of a record begin, and where it ends. */
export function entriesStart(bytes: Buffer, record: number): number {
  const body = record + RECORD_HEAD_BYTES
  const floorAt = body + 4 + bytes.readUInt32LE(body)
  return floorAt + 4 + bytes.readUInt32LE(floorAt)
}

export function recordEnd(bytes: Buffer, record: number): number {
  return record + RECORD_HEAD_BYTES + bytes.readUInt32LE(record)
}

/** Completes a record whose body is written. */
export function sealRecord(bytes: Buffer, record: number, end: number): void {
  const body = record + RECORD_HEAD_BYTES
  bytes.writeUInt32LE(end - body, record)
  bytes.writeUInt32LE(checksum(bytes, body, end, record), record + 4)
}

/** Where the records end that are whole. What follows was never acknowledged, or lost. */
export function wholeRecordsEnd(bytes: Buffer): number {
  let at = WAL_HEAD_BYTES
  while (at + RECORD_HEAD_BYTES <= bytes.length) {
    const end = recordEnd(bytes, at)
    if (end > bytes.length || checksum(bytes, at + RECORD_HEAD_BYTES, end, at) !== bytes.readUInt32LE(at + 4)) break
    at = end
  }
  return at
}

/** Of a record at its place: an old one that lies elsewhere does not pass for it. */
function checksum(buffer: Buffer, start: number, end: number, offset: number): number {
  return crc32c(buffer, start, end, (offset ^ 0x5bd1e995) >>> 0)
}

export function tooNew(path: string, version: number, readable: number): TidemillError {
  return new TidemillError(
    'store-too-new',
    `${path} has format ${version}, this version of Tidemill reads up to ${readable}: upgrade, or remove the store to restore it`,
  )
}
