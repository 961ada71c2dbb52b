// The rows of Kafka Streams' versioned store as they lie in RocksDB (KIP-889). Tidemill's own store has a row for each version
// (versioned-store.ts): Kafka Streams keeps all old versions of a key that ended in one segment in one row, and writes the whole row
// again for each of them, which for n versions of a key in a segment costs n^2 bytes. FORMAT (integers big-endian):
//   latest    int64 validFrom | value                                       no row: never there, or deleted
//   segment   int64 nextFrom | int64 firstFrom
//             | n x (int64 validFrom | int32 byte count, -1: a deletion)    newest first
//             | values, oldest first
// The row's versions follow one another without gaps: each is valid until the next began, the newest until nextFrom. Where the row
// holds nothing but a mark that a key was deleted, nextFrom is firstFrom.
import { ByteWriter, TidemillError, asBuffer, readInt64 } from '../../base/index.ts'

/** The row of a key's latest version. */
export interface LatestVersionRow {
  readonly value: Uint8Array
  readonly validFrom: number
}

/** One version in a segment's row; null: the key was deleted then. */
export interface SegmentVersion {
  readonly value: Uint8Array | null
  readonly validFrom: number
}

/** All versions of a key that ended in one segment. */
export interface SegmentVersions {
  /** At least one, newest first. */
  readonly versions: readonly SegmentVersion[]
  /** Until when the newest was valid. */
  readonly nextFrom: number
}

const FIRST_FROM_AT = 8
const INDEX_AT = 16
const INDEX_ENTRY_BYTES = 12
const DELETED = -1

/**
 * Writes the row of a latest version.
 *
 * @example
 * const row = encodeLatestVersion({ value: Buffer.from('v2'), validFrom: 2_000 })
 */
export function encodeLatestVersion({ value, validFrom }: LatestVersionRow): Buffer {
  const writer = new ByteWriter(8 + value.length)
  writer.int64(validFrom)
  writer.bytes(value)
  return writer.toBuffer()
}

/**
 * Reads the row of a latest version; the value is a view of it.
 *
 * @throws TidemillError `invalid-wire-data`
 * @example
 * const { validFrom } = decodeLatestVersion(encodeLatestVersion({ value: Buffer.from('v2'), validFrom: 2_000 }))
 */
export function decodeLatestVersion(row: Uint8Array): LatestVersionRow {
  const bytes = asBuffer(row)
  if (bytes.length < 8) throw broken(`it has ${bytes.length} bytes, and the time alone has 8`)
  return { value: bytes.subarray(8), validFrom: readInt64(bytes, 0) }
}

/**
 * Writes the row of a segment.
 *
 * @example
 * const row = encodeSegmentVersions({ versions: [{ value: Buffer.from('v1'), validFrom: 1_000 }], nextFrom: 2_000 })
 */
export function encodeSegmentVersions({ versions, nextFrom }: SegmentVersions): Buffer {
  const oldest = versions.at(-1)
  if (oldest === undefined)
    throw new TidemillError('invalid-argument', 'a row of a segment has at least one version, and none is given')
  const writer = new ByteWriter(256)
  writer.int64(nextFrom)
  writer.int64(oldest.validFrom)
  for (const { value, validFrom } of versions) {
    writer.int64(validFrom)
    writer.int32(value === null ? DELETED : value.length)
  }
  for (const { value } of versions.toReversed()) if (value !== null) writer.bytes(value)
  return writer.toBuffer()
}

/**
 * Reads the row of a segment; the values are views of it.
 *
 * @throws TidemillError `invalid-wire-data`
 * @example
 * const row = encodeSegmentVersions({ versions: [{ value: null, validFrom: 1_000 }], nextFrom: 2_000 })
 * console.log(decodeSegmentVersions(row).nextFrom)
 */
export function decodeSegmentVersions(row: Uint8Array): SegmentVersions {
  const bytes = asBuffer(row)
  if (bytes.length < INDEX_AT + INDEX_ENTRY_BYTES) throw broken(`it has ${bytes.length} bytes, and the least are 28`)
  const firstFrom = readInt64(bytes, FIRST_FROM_AT)
  const versions: SegmentVersion[] = []
  let valueEnd = bytes.length
  let at = INDEX_AT
  for (let validFrom = Infinity; validFrom > firstFrom; at += INDEX_ENTRY_BYTES) {
    if (at + INDEX_ENTRY_BYTES > valueEnd) throw broken(`no version is valid from ${firstFrom}, where the row begins`)
    validFrom = readInt64(bytes, at)
    const byteCount = bytes.readInt32BE(at + 8)
    const valueStart = valueEnd - Math.max(0, byteCount)
    versions.push({ value: byteCount === DELETED ? null : bytes.subarray(valueStart, valueEnd), validFrom })
    valueEnd = valueStart
  }
  if (valueEnd !== at) throw broken(`${valueEnd - at} bytes lie between its index and its values`)
  return { versions, nextFrom: readInt64(bytes, 0) }
}

function broken(problem: string): TidemillError {
  return new TidemillError('invalid-wire-data', `this is no row of a versioned store of Kafka Streams: ${problem}`)
}
