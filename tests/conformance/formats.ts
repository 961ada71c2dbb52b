// Runs recorded byte formats: what is written for an input has the recorded bytes (or text, or number), and reads back as it was
// where there is a reader.
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import {
  type SegmentVersion,
  decodeLatestVersion,
  decodePosition,
  decodeSegmentVersions,
  encodeLatestVersion,
  encodePosition,
  encodeSegmentVersions,
  formatCheckpoint,
  parseCheckpoint,
} from 'tidemill/formats'
import { ByteWriter, murmur2, murmur3, partitionForKey } from '../../src/base/index.ts'
import { changeSerde, subscriptionResponseSerde, subscriptionSerde } from '../../src/processors/index.ts'
import { type Change, RecordHeaders, session, topicPartition, tumbling } from '../../src/record/index.ts'
import {
  decodeAssignmentInfo,
  decodeCommitMetadata,
  decodeSubscriptionInfo,
  encodeAssignmentInfo,
  encodeCommitMetadata,
  encodeSubscriptionInfo,
  parseTaskId,
  type TaskId,
  transactionalId,
} from '../../src/runtime/index.ts'
import { type Serde, type SerdeContext, serdes } from '../../src/serde/index.ts'
import { bufferedByteCount, decodeBufferValue, encodeBufferValue, writeContext } from '../../src/state/buffer-value.ts'
import { KeyCodec } from '../../src/state/key-codec.ts'
import { type KeySchema, suffixLength, windowSchema } from '../../src/state/key-schema.ts'
import { OuterJoinState } from '../../src/state/outer-join-store.ts'
import { SubscriptionState } from '../../src/state/subscription-store.ts'
import { TestHost } from '../../src/state/test-host.ts'
import { ValueFormat, readHeaders, writeHeaderBlock, writeHeaders } from '../../src/state/value-format.ts'
import { versionedSegmentIntervalMs } from '../../src/state/versioned-store.ts'
import type { CaseFailure, RunResult } from './wire.ts'

export interface FormatCase {
  readonly what: string
  // Each kind has fields of its own.
  readonly input: any
  readonly hex?: string
  readonly text?: string
  readonly number?: string
}

export interface FormatsResult extends RunResult {
  /** Cases of kinds that nothing in the product reads or writes. */
  readonly refused: readonly { readonly name: string; readonly operation: string }[]
}

const context: SerdeContext = { topic: 'topic', headers: RecordHeaders.empty, isKey: false }

export function run(file: string): FormatsResult {
  const cases = readFormats(file)
  const failed: CaseFailure[] = []
  const refused: { name: string; operation: string }[] = []
  let passed = 0
  for (const one of cases) {
    const give = writers[one.what]
    if (give === undefined) {
      refused.push({ name: `${one.what} ${JSON.stringify(one.input)}`, operation: one.what })
      continue
    }
    const expected = one.hex ?? one.text ?? one.number ?? ''
    const actual = attempt(give, one)
    if (actual === expected) passed++
    else failed.push({ name: `${one.what} ${JSON.stringify(one.input)}`, expected, actual })
  }
  return { passed, failed, refused }
}

/** A case in the project's own form. */
export type FormatRow = readonly [what: string, input: unknown, answer: string]

/** Cases as they were recorded, or in the project's own form. */
export function readFormats(file: string): readonly FormatCase[] {
  // The files are made by the recorder or by pack-conformance.ts.
  const rows = JSON.parse(gunzipSync(readFileSync(file)).toString('utf8')) as readonly (FormatCase | FormatRow)[]
  return rows.map((row) => ('what' in row ? row : { what: row[0], input: row[1], text: row[2] }))
}

function attempt(give: (input: any, one: FormatCase) => Buffer | string, one: FormatCase): string {
  try {
    const given = give(one.input, one)
    return typeof given === 'string' ? given : given.toString('hex')
  } catch (error) {
    return String(error)
  }
}

// ---- what each kind gives for its input ----

const writers: Readonly<Record<string, (input: any, one: FormatCase) => Buffer | string>> = {
  string: ({ value }) => both(serdes.string, value),
  long: ({ value }) => both(serdes.bigint64, BigInt(value)),
  integer: ({ value }) => both(serdes.int32, value),
  short: ({ value }) => both(serdes.int16, value),
  double: ({ value }) => both(serdes.float64, Number(value)),
  float: ({ value }) => both(serdes.float32, Number(value), Math.fround),
  boolean: ({ value }) => both(serdes.boolean, value),
  uuid: ({ value }) => both(serdes.uuid, value),
  list: ({ inner, values }) =>
    inner === 'long'
      ? both(serdes.list(serdes.nullable(serdes.int64)), values)
      : both(serdes.list(serdes.nullable(serdes.string)), values),

  murmur2: ({ hex }) => String(murmur2(Buffer.from(hex, 'hex'))),
  murmur3: ({ hex }) => murmur3(Buffer.from(hex, 'hex')),
  partitionForKey: ({ hex, partitions }) => String(partitionForKey(partitions, Buffer.from(hex, 'hex'))),

  timeWindowedSerde: ({ key, start, end }) =>
    both(serdes.windowed(serdes.string, tumbling({ size: end - start })), { key, window: { start, end } }),
  sessionWindowedSerde: ({ key, start, end }) =>
    both(serdes.windowed(serdes.string, session({ inactivityGap: 1 })), { key, window: { start, end } }),
  windowStoreKey: ({ key, start, seq }) => changelogKey(windowSchema('window', 60_000), key, start, seq),
  timeFirstWindowKey: ({ key, start, seq }) => timeFirst('window', key, start, seq),
  keyFirstWindowKey: ({ key, start, seq }) => keyFirst('window', key, start, seq),
  sessionStoreKey: ({ key, start, end }) => changelogKey(windowSchema('session', 60_000), key, end, start),
  timeFirstSessionKey: ({ key, start, end }) => timeFirst('session', key, end, start),
  keyFirstSessionKey: ({ key, start, end }) => keyFirst('session', key, end, start),

  valueAndTimestamp: ({ value, timestamp }) => stored('timestamped', false, value, timestamp, []),
  valueTimestampHeaders: ({ value, timestamp, headers }) => stored('headers', false, value, timestamp, headers),
  aggregationWithHeaders: ({ value, headers }) => stored('headers', true, value, -1, headers),
  headers: ({ headers }) => headerBlock(headersOf(headers)),

  change: ({ newValue, oldValue }) => {
    const change: Change<string> = { newValue, oldValue, isLatest: true }
    return Buffer.from(changeSerde(serdes.string).encode(change, context))
  },
  combinedKey: ({ foreignKey, primaryKey }) => subscriptionRow(foreignKey, primaryKey),
  combinedKeyPrefix: ({ foreignKey }) => subscriptionRow(foreignKey, ''),
  subscriptionWrapper: ({ hash, instruction, primaryKey, primaryPartition }) =>
    both(subscriptionSerde(serdes.string), {
      hash: hash === null ? null : Buffer.from(hash, 'hex'),
      instruction,
      primaryKey,
      primaryPartition,
    }),
  subscriptionResponseWrapper: ({ hash, foreignValue }) =>
    both(subscriptionResponseSerde(serdes.string), {
      hash: hash === null ? null : Buffer.from(hash, 'hex'),
      foreignValue,
      primaryPartition: undefined,
    }),

  timestampedKeyAndJoinSide: ({ key, timestamp, side }) => outerJoinRow(timestamp, side, key, ['x']).row,
  leftOrRightValue: ({ value, side }) => outerJoinRow(0, side, 'k', [value]).value.subarray(9),
  outerJoinListValue: ({ side, values }) => outerJoinRow(0, side, 'k', values).value,

  recordContext(input) {
    const writer = new ByteWriter()
    writeContext(writer, { ...input, headers: headersOf(input.headers) })
    return writer.toBuffer()
  },
  suppressBufferValueV3(input) {
    const bytes = encodeBufferValue(bufferValue(input))
    if (!encodeBufferValue(decodeBufferValue(bytes)).equals(bytes)) throw new Error('it does not read back')
    return bytes
  },
  suppressBufferSize: (input) => String(bufferedByteCount(3, bufferValue(input))),

  versionedLatestValue({ value, timestamp }) {
    const row = encodeLatestVersion({ value: Buffer.from(value), validFrom: timestamp })
    return encodeLatestVersion(decodeLatestVersion(row))
  },
  versionedSegmentValue({ ops }) {
    const row = encodeSegmentVersions(segmentAfter(ops))
    return encodeSegmentVersions(decodeSegmentVersions(row))
  },
  versionedSegmentInterval: ({ historyRetentionMs }) => String(versionedSegmentIntervalMs(historyRetentionMs)),

  position(input) {
    const position = Object.entries(input).map(([topic, offsets]) => [topic, numbered(offsets as object)] as const)
    const bytes = encodePosition(new Map(position))
    return encodePosition(decodePosition(bytes))
  },
  checkpointFile(input) {
    const text = formatCheckpoint(
      Object.entries(input).map(([name, offset]) => {
        const [at] = partitions([name]) as [ReturnType<typeof topicPartition>]
        return { ...at, offset: offset === -4 ? undefined : (offset as number) }
      }),
    )
    return formatCheckpoint(parseCheckpoint(text))
  },

  commitMetadata({ partitionTime, processorMetadata }) {
    const text = encodeCommitMetadata({ partitionTime, processorMetadata: new Map(Object.entries(processorMetadata)) })
    return encodeCommitMetadata(decodeCommitMetadata(text))
  },
  transactionalId: ({ applicationId, processId, thread }) => transactionalId(applicationId, processId, thread),
  subscriptionInfo(input) {
    const sums = (input.taskOffsetSums as [string, number][]).map(([id, sum]) => [task(id), sum] as const)
    const userEndpoint = input.userEndpoint ?? undefined
    const bytes = encodeSubscriptionInfo({ ...input, userEndpoint, taskOffsetSums: new Map(sums) })
    return encodeSubscriptionInfo(decodeSubscriptionInfo(bytes))
  },
  assignmentInfo(input) {
    const bytes = encodeAssignmentInfo({
      ...input,
      active: (input.active as string[]).map(task),
      standby: new Map(Object.entries(input.standby).map(([id, names]) => [task(id), partitions(names as string[])])),
      partitionsByHost: hosts(input.partitionsByHost),
      standbyPartitionsByHost: hosts(input.standbyPartitionsByHost),
      nextRebalanceMs: input.nextRebalanceMs,
    })
    return encodeAssignmentInfo(decodeAssignmentInfo(bytes))
  },
}

// ---- the parts ----

/** Writes, and fails where what is read back is written otherwise. */
function both<T>(serde: Serde<T>, value: T, same: (value: T) => T = (read) => read): Buffer {
  const bytes = Buffer.from(serde.encode(same(value), context))
  const again = Buffer.from(serde.encode(serde.decode(bytes, context), context))
  if (!again.equals(bytes)) throw new Error(`it reads back as what is written as ${again.toString('hex')}`)
  return bytes
}

function headersOf(headers: readonly (readonly [string, string | null])[]): RecordHeaders {
  return RecordHeaders.from(headers)
}

function headerBlock(headers: RecordHeaders): Buffer {
  const writer = new ByteWriter()
  if (headers.size > 0) writeHeaderBlock(writer, headers)
  const block = writer.toBuffer()
  writer.reset()
  writeHeaders(writer, headers)
  const read = new ByteWriter()
  writeHeaders(read, readHeaders(writer.toBuffer(), 0))
  if (!read.toBuffer().equals(writer.toBuffer())) throw new Error('it does not read back')
  return block
}

function stored(
  format: 'timestamped' | 'headers',
  isSession: boolean,
  value: string,
  timestamp: number,
  headers: readonly (readonly [string, string | null])[],
): Buffer {
  const values = new ValueFormat(serdes.string, format, isSession, 'topic')
  const bytes = values.encode(value, timestamp, headersOf(headers)).toBuffer()
  const read = values.stored({ buffer: bytes, valueStart: 0, valueEnd: bytes.length })
  const again = values.encode(read.value, read.timestamp, read.headers).toBuffer()
  if (!again.equals(bytes)) throw new Error('it does not read back')
  return bytes
}

function localKey(schema: KeySchema, key: string, major: number, minor: number): Buffer {
  const writer = new ByteWriter()
  schema.write(writer, new KeyCodec(serdes.string, 'store', 'topic'), key, major, minor)
  const local = writer.toBuffer()
  if (!schema.localKey(schema.changelogKey(local)).equals(local)) throw new Error('it does not come back')
  return local
}

function changelogKey(schema: KeySchema, key: string, major: number, minor: number): Buffer {
  return schema.changelogKey(localKey(schema, key, major, minor))
}

/** Java's rows of stores that are ordered by time; ours are ordered by key, and say the same in another order. */
function timeFirst(kind: 'window' | 'session', key: string, major: number, minor: number): Buffer {
  const bytes = changelogKey(windowSchema(kind, 60_000), key, major, minor)
  const times = bytes.subarray(bytes.length - suffixLength(kind))
  const keyBytes = bytes.subarray(0, bytes.length - times.length)
  const parts = kind === 'session' ? [times, keyBytes] : [times.subarray(0, 8), keyBytes, times.subarray(8)]
  return Buffer.concat([Buffer.of(0x00), ...parts])
}

/** And their second rows. */
function keyFirst(kind: 'window' | 'session', key: string, major: number, minor: number): Buffer {
  return Buffer.concat([Buffer.of(0x01), changelogKey(windowSchema(kind, 60_000), key, major, minor)])
}

const storeBase = {
  name: 'store',
  key: serdes.string,
  value: serdes.string,
  type: 'memory',
  format: 'plain',
  caching: false,
  logging: true,
  changelogConfig: {},
  sourceTopic: undefined,
  isGlobal: false,
} as const

/** The key that a subscription is logged under. */
function subscriptionRow(foreignKey: string, primaryKey: string): Buffer {
  const host = new TestHost()
  const value = subscriptionSerde(serdes.string)
  const store = new SubscriptionState<string, string>(
    { ...storeBase, kind: 'fk-subscription', value, primaryKey: serdes.string },
    host,
  )
  store.put(foreignKey, { hash: null, instruction: 2, primaryKey, primaryPartition: 0 })
  return host.changelog[0]?.key as Buffer
}

/** What is logged for values that wait for their other side. */
function outerJoinRow(
  timestamp: number,
  side: 'left' | 'right',
  key: string,
  values: readonly string[],
): { readonly row: Buffer; readonly value: Buffer } {
  const host = new TestHost()
  const store = new OuterJoinState<string, string, string>(
    { ...storeBase, kind: 'outer-join', otherValue: serdes.string },
    host,
  )
  for (const value of values) {
    if (side === 'left') store.addLeft(timestamp, key, value)
    else store.addRight(timestamp, key, value)
  }
  const last = host.changelog.at(-1)
  const [found] = store.entries()
  if (JSON.stringify(found) !== JSON.stringify({ timestamp, side, key, values }))
    throw new Error('it does not read back')
  return { row: last?.key as Buffer, value: last?.value as Buffer }
}

function numbered(offsets: object): Map<number, number> {
  return new Map(Object.entries(offsets).map(([partition, offset]) => [Number(partition), offset as number]))
}

/** A segment's row after calls of Java's: new(value, from, to), insertAsLatest(value, from, to), insertAsEarliest(value, from). */
function segmentAfter(ops: readonly (readonly [string, string | null, number, number])[]): {
  readonly versions: readonly SegmentVersion[]
  readonly nextFrom: number
} {
  const versions: SegmentVersion[] = []
  let nextFrom = 0
  for (const [op, text, validFrom, to] of ops) {
    const version = { value: text === null ? null : Buffer.from(text), validFrom }
    if (op === 'insertAsEarliest') versions.push(version)
    else versions.unshift(version)
    if (op !== 'insertAsEarliest') nextFrom = to
  }
  return { versions, nextFrom }
}

function bufferValue(input: any): Parameters<typeof encodeBufferValue>[0] {
  const bytes = (text: string | null): Buffer | null => (text === null ? null : Buffer.from(text))
  const { timestamp, offset, topic, partition, prior, old, new: newValue, bufferTime } = input
  return {
    context: { timestamp, offset, topic, partition, headers: headersOf(input.headers) },
    prior: bytes(prior),
    oldValue: bytes(old),
    newValue: bytes(newValue),
    bufferTimeMs: bufferTime,
  }
}

function task(id: string): TaskId {
  const parsed = parseTaskId(id)
  if (parsed === undefined) throw new Error(`${id} is no task id`)
  return parsed
}

function partitions(names: readonly string[]): ReturnType<typeof topicPartition>[] {
  return names.map((name) => {
    const at = name.lastIndexOf('-')
    return topicPartition(name.slice(0, at), Number(name.slice(at + 1)))
  })
}

function hosts(byHost: Readonly<Record<string, readonly string[]>>): {
  host: string
  port: number
  partitions: ReturnType<typeof topicPartition>[]
}[] {
  return Object.entries(byHost).map(([address, names]) => {
    const [host, port] = address.split(':') as [string, string]
    return { host, port: Number(port), partitions: partitions(names) }
  })
}
