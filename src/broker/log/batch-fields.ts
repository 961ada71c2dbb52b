// The fields of a record batch (magic 2) read and patched in place: the broker looks at headers, hardly ever at records.
// Base offset and leader epoch are not covered by the CRC, so the broker may set them without computing it anew.
//
//   0 baseOffset i64 | 8 length i32 | 12 leaderEpoch i32 | 16 magic i8 | 17 crc u32 | 21 attributes i16 | 23 lastOffsetDelta i32
//   27 baseTimestamp i64 | 35 maxTimestamp i64 | 43 producerId i64 | 51 producerEpoch i16 | 53 baseSequence i32 | 57 count i32 | 61 records

import { crc32c } from '../../base/index.ts'

export const BATCH_HEADER_BYTES = 61
/** The length field counts from after itself. */
export const LENGTH_FIELD_END = 12
const LENGTH_AT = 8
const EPOCH_AT = 12
const MAGIC_AT = 16
const CRC_AT = 17
/** The CRC covers from here to the end of the batch. */
export const CRC_COVERS_FROM = 21
const TIMESTAMP_TYPE_BIT = 0x08
const TRANSACTIONAL_BIT = 0x10
const CONTROL_BIT = 0x20
const TWO_POW_32 = 0x1_0000_0000

export function readInt64(buffer: Buffer, at: number): number {
  return buffer.readInt32BE(at) * TWO_POW_32 + buffer.readUInt32BE(at + 4)
}

export function writeInt64(buffer: Buffer, value: number, at: number): void {
  buffer.writeInt32BE(Math.floor(value / TWO_POW_32), at)
  buffer.writeUInt32BE(((value % TWO_POW_32) + TWO_POW_32) % TWO_POW_32, at + 4)
}

export const batch = {
  baseOffset: (b: Buffer, at: number): number => readInt64(b, at),
  /** Of the whole batch with its first twelve bytes. */
  size: (b: Buffer, at: number): number => b.readInt32BE(at + LENGTH_AT) + LENGTH_FIELD_END,
  leaderEpoch: (b: Buffer, at: number): number => b.readInt32BE(at + EPOCH_AT),
  magic: (b: Buffer, at: number): number => b.readInt8(at + MAGIC_AT),
  crc: (b: Buffer, at: number): number => b.readUInt32BE(at + CRC_AT),
  attributes: (b: Buffer, at: number): number => b.readInt16BE(at + 21),
  codec: (b: Buffer, at: number): number => b.readInt16BE(at + 21) & 7,
  isLogAppendTime: (b: Buffer, at: number): boolean => (b.readInt16BE(at + 21) & TIMESTAMP_TYPE_BIT) !== 0,
  isTransactional: (b: Buffer, at: number): boolean => (b.readInt16BE(at + 21) & TRANSACTIONAL_BIT) !== 0,
  isControl: (b: Buffer, at: number): boolean => (b.readInt16BE(at + 21) & CONTROL_BIT) !== 0,
  lastOffsetDelta: (b: Buffer, at: number): number => b.readInt32BE(at + 23),
  lastOffset: (b: Buffer, at: number): number => readInt64(b, at) + b.readInt32BE(at + 23),
  baseTimestamp: (b: Buffer, at: number): number => readInt64(b, at + 27),
  maxTimestamp: (b: Buffer, at: number): number => readInt64(b, at + 35),
  producerId: (b: Buffer, at: number): number => readInt64(b, at + 43),
  producerEpoch: (b: Buffer, at: number): number => b.readInt16BE(at + 51),
  baseSequence: (b: Buffer, at: number): number => b.readInt32BE(at + 53),
  recordCount: (b: Buffer, at: number): number => b.readInt32BE(at + 57),
} as const

/** What the broker sets when it takes a batch. */
export function placeBatch(buffer: Buffer, baseOffset: number, leaderEpoch: number): void {
  writeInt64(buffer, baseOffset, 0)
  buffer.writeInt32BE(leaderEpoch, EPOCH_AT)
}

/** Stamps a batch with the broker's time (message.timestamp.type=LogAppendTime); the CRC must be computed anew. */
export function stampAppendTime(buffer: Buffer, now: number): void {
  buffer.writeInt16BE(buffer.readInt16BE(CRC_COVERS_FROM) | TIMESTAMP_TYPE_BIT, CRC_COVERS_FROM)
  writeInt64(buffer, now, 35)
  buffer.writeUInt32BE(crc32c(buffer, CRC_COVERS_FROM), CRC_AT)
}
