// How the keys of each kind of store lie in a byte store, and in its changelog. FORMAT (integers big-endian, | is
// concatenation; major and minor are: window start and sequence number; session end and start; 0 and 0 in key-value stores):
//
//   key-value              key
//   window                 int64 segment | key | int64 start | int32 seq
//   window, time-ordered   int64 segment | 0x00 | int64 start | key | int32 seq
//                  index   int64 segment | 0x01 | key | int64 start | int32 seq          (value empty)
//   session                int64 segment | key | int64 end | int64 start
//   session, time-ordered  int64 segment | 0x00 | int64 end | int64 start | key
//                  index   int64 segment | 0x01 | key | int64 end | int64 start          (value empty)
//
// A changelog key is the ordinary one (not time-ordered) without its segment, as in Java. The segment is the time divided by
// the segment interval: expiry drops what is below a segment, and a scan goes through segments one after another, as Java's.
import { type ByteWriter, readInt64, writeInt64 } from '../base/index.ts'
import type { KeyCodec } from './key-codec.ts'

export interface KeyParts {
  readonly keyStart: number
  readonly keyEnd: number
  readonly major: number
  readonly minor: number
}

export interface KeySchema {
  /** Appends the row's key. */
  write<K>(writer: ByteWriter, codec: KeyCodec<K>, key: K, major: number, minor: number): void
  /** The parts of the row's key `buffer[start..end)`. */
  parse(buffer: Buffer, start: number, end: number): KeyParts
  /** A changelog key is the row's key without so many bytes; undefined where it is made otherwise. */
  readonly changelogSkip: number | undefined
  changelogKey(local: Buffer): Buffer
  localKey(changelogKey: Buffer): Buffer
  /** The second row of a time-ordered store. */
  indexKey: ((local: Buffer) => Buffer) | undefined
}

export const keyValueSchema: KeySchema = {
  write: (writer, codec, key) => codec.append(key, writer),
  parse: (_, keyStart, keyEnd) => ({ keyStart, keyEnd, major: 0, minor: 0 }),
  changelogSkip: 0,
  changelogKey: (local) => local,
  localKey: (changelogKey) => changelogKey,
  indexKey: undefined,
}

const SEGMENT_BYTES = 8
export const BASE_PREFIX = 0x00
export const INDEX_PREFIX = 0x01

/** The bytes of (major, minor) after a key, and where they come from. */
interface Suffix {
  readonly byteCount: number
  write(writer: ByteWriter, major: number, minor: number): void
  major(buffer: Buffer, at: number): number
  minor(buffer: Buffer, at: number): number
}

const windowSuffix: Suffix = {
  byteCount: 12,
  write(writer, major, minor) {
    writer.int64(major)
    writer.int32(minor)
  },
  major: (buffer, at) => readInt64(buffer, at),
  minor: (buffer, at) => buffer.readInt32BE(at + 8),
}

const sessionSuffix: Suffix = {
  byteCount: 16,
  write(writer, major, minor) {
    writer.int64(major)
    writer.int64(minor)
  },
  major: (buffer, at) => readInt64(buffer, at),
  minor: (buffer, at) => readInt64(buffer, at + 8),
}

export function segmentOf(time: number, segmentIntervalMs: number): number {
  return Math.floor(time / segmentIntervalMs)
}

/** The first key of a segment. */
export function segmentKey(segment: number): Buffer {
  const key = Buffer.allocUnsafe(SEGMENT_BYTES)
  writeInt64(key, segment, 0)
  return key
}

export function windowSchema(kind: 'window' | 'session', segmentIntervalMs: number): KeySchema {
  const suffix = kind === 'window' ? windowSuffix : sessionSuffix
  return {
    write(writer, codec, key, major, minor) {
      writer.int64(segmentOf(major, segmentIntervalMs))
      codec.append(key, writer)
      suffix.write(writer, major, minor)
    },
    parse: (buffer, start, end) => keyFirstParts(kind, buffer, start + SEGMENT_BYTES, end),
    changelogSkip: SEGMENT_BYTES,
    changelogKey: (local) => local.subarray(SEGMENT_BYTES),
    localKey(changelogKey) {
      const time = suffix.major(changelogKey, changelogKey.length - suffix.byteCount)
      return Buffer.concat([segmentKey(segmentOf(time, segmentIntervalMs)), changelogKey])
    },
    indexKey: undefined,
  }
}

/** Base rows first by time; the index row of each has the key first. */
export function timeOrderedSchema(kind: 'window' | 'session', segmentIntervalMs: number): KeySchema {
  const suffix = kind === 'window' ? windowSuffix : sessionSuffix
  const schema: Omit<KeySchema, 'indexKey'> = {
    write(writer, codec, key, major, minor) {
      writer.int64(segmentOf(major, segmentIntervalMs))
      writer.uint8(BASE_PREFIX)
      writer.int64(major)
      if (kind === 'session') writer.int64(minor)
      codec.append(key, writer)
      if (kind === 'window') writer.int32(minor)
    },
    parse(buffer, start, end) {
      const afterTime = start + SEGMENT_BYTES + 1 + 8
      const major = readInt64(buffer, start + SEGMENT_BYTES + 1)
      if (kind === 'session') {
        return { keyStart: afterTime + 8, keyEnd: end, major, minor: readInt64(buffer, afterTime) }
      }
      return { keyStart: afterTime, keyEnd: end - 4, major, minor: buffer.readInt32BE(end - 4) }
    },
    changelogSkip: undefined,
    changelogKey(local) {
      const { keyStart, keyEnd } = schema.parse(local, 0, local.length)
      const key = Buffer.allocUnsafe(keyEnd - keyStart + suffix.byteCount)
      local.copy(key, 0, keyStart, keyEnd)
      copySuffix(local, key, keyEnd - keyStart)
      return key
    },
    localKey(changelogKey) {
      const at = changelogKey.length - suffix.byteCount
      const segment = segmentKey(segmentOf(suffix.major(changelogKey, at), segmentIntervalMs))
      const key = changelogKey.subarray(0, at)
      const times = changelogKey.subarray(at)
      const head = Buffer.concat([segment, Buffer.of(BASE_PREFIX)])
      return kind === 'session'
        ? Buffer.concat([head, times, key])
        : Buffer.concat([head, times.subarray(0, 8), key, times.subarray(8)])
    },
  }
  /** The times of a base row, in the order of the key-first layouts. */
  const copySuffix = (local: Buffer, target: Buffer, at: number): void => {
    const times = SEGMENT_BYTES + 1
    local.copy(target, at, times, times + (kind === 'session' ? 16 : 8))
    if (kind === 'window') local.copy(target, at + 8, local.length - 4)
  }
  const indexKey = (local: Buffer): Buffer =>
    Buffer.concat([local.subarray(0, SEGMENT_BYTES), Buffer.of(INDEX_PREFIX), schema.changelogKey(local)])
  return { ...schema, indexKey }
}

/** (major, minor) of a key-first row, an index row or a changelog key that ends there. */
export function keyFirstParts(kind: 'window' | 'session', buffer: Buffer, keyStart: number, end: number): KeyParts {
  const suffix = kind === 'window' ? windowSuffix : sessionSuffix
  const keyEnd = end - suffix.byteCount
  return { keyStart, keyEnd, major: suffix.major(buffer, keyEnd), minor: suffix.minor(buffer, keyEnd) }
}

/** How many bytes (major, minor) take up in key-first layouts. */
export function suffixLength(kind: 'window' | 'session'): number {
  return (kind === 'window' ? windowSuffix : sessionSuffix).byteCount
}

/** Appends the (major, minor) of key-first layouts. */
export function writeSuffix(kind: 'window' | 'session', writer: ByteWriter, major: number, minor: number): void {
  const suffix = kind === 'window' ? windowSuffix : sessionSuffix
  suffix.write(writer, major, minor)
}
