// How the keys of each kind of store lie in a byte store, and in its changelog. FORMAT (integers big-endian, | is
// concatenation; major and minor are: window start and sequence number; session end and start; 0 and 0 in key-value stores):
//
//   key-value              key
//   window                 int64 segment | key | int64 start | int32 seq
//   session                int64 segment | key | int64 end | int64 start
//
// A changelog key is the row's without its segment, as in Java. The segment is the time divided by
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
  /** A changelog key is the row's key without so many bytes. */
  readonly changelogSkip: number
  changelogKey(local: Buffer): Buffer
  localKey(changelogKey: Buffer): Buffer
}

export const keyValueSchema: KeySchema = {
  write: (writer, codec, key) => codec.append(key, writer),
  parse: (_, keyStart, keyEnd) => ({ keyStart, keyEnd, major: 0, minor: 0 }),
  changelogSkip: 0,
  changelogKey: (local) => local,
  localKey: (changelogKey) => changelogKey,
}

const SEGMENT_BYTES = 8

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
  }
}

/** (major, minor) of a row or a changelog key that ends there. */
export function keyFirstParts(kind: 'window' | 'session', buffer: Buffer, keyStart: number, end: number): KeyParts {
  const suffix = kind === 'window' ? windowSuffix : sessionSuffix
  const keyEnd = end - suffix.byteCount
  return { keyStart, keyEnd, major: suffix.major(buffer, keyEnd), minor: suffix.minor(buffer, keyEnd) }
}

/** How many bytes (major, minor) take up. */
export function suffixLength(kind: 'window' | 'session'): number {
  return (kind === 'window' ? windowSuffix : sessionSuffix).byteCount
}

/** Appends (major, minor). */
export function writeSuffix(kind: 'window' | 'session', writer: ByteWriter, major: number, minor: number): void {
  const suffix = kind === 'window' ? windowSuffix : sessionSuffix
  suffix.write(writer, major, minor)
}
