// What a member tells the group's leader, in the user data of its subscription: Kafka Streams' SubscriptionInfo, versions 1 to 11
// (big-endian; arrays have a 4-byte count):
//
//   int32 version | 3+: int32 latestSupported | 16 bytes process id
//   1-6: task ids of active tasks, task ids of standby tasks | 2+: 4-byte length, user end point (empty: none)
//   7-9: by sub-topology: int32, array of (int32 partition, int64 offset sum)
//   10+: array of (int32 sub-topology, int32 partition, int64 offset sum, int16 length of named topology: -1)
//   8+: int8 unique field | 9+: int32 error code | 11+: array of (4-byte length, key, 4-byte length, value) client tags
import { TidemillError } from '../../base/index.ts'
import { JavaDataReader, JavaDataWriter } from './java-data.ts'
import { compareTaskIds, type TaskId, taskId } from './task-id.ts'

export const SUBSCRIPTION_VERSION_LATEST = 11

/** Offset sum of a task that the member runs as active. */
export const OFFSET_SUM_RUNNING = -2
/** Offset sum of a task whose positions are not known. */
export const OFFSET_SUM_UNKNOWN = -3

export interface SubscriptionInfo {
  readonly version: number
  readonly latestSupported: number
  /** Text form of the UUID. */
  readonly processId: string
  /** By task: the sum of its changelog positions, or one of the two constants above. */
  readonly taskOffsetSums: ReadonlyMap<TaskId, number>
  /** `host:port`, undefined where it has none. */
  readonly userEndpoint: string | undefined
  /** Changed to make the broker see another subscription. */
  readonly uniqueField: number
  /** 0: none; 4: the application is to shut down. */
  readonly errorCode: number
  readonly clientTags: Readonly<Record<string, string>>
}

export function encodeSubscriptionInfo(info: SubscriptionInfo): Buffer {
  checkVersion(info.version)
  const writer = new JavaDataWriter().int32(info.version)
  if (info.version >= 3) writer.int32(info.latestSupported)
  writer.raw(Buffer.from(info.processId.replaceAll('-', ''), 'hex'))
  if (info.version <= 6) encodePreviousTasks(writer, info)
  if (info.version >= 2) writer.bytes(Buffer.from(info.userEndpoint ?? '', 'utf8'))
  if (info.version >= 7) encodeOffsetSums(writer, info)
  if (info.version >= 8) writer.int8(info.uniqueField)
  if (info.version >= 9) writer.int32(info.errorCode)
  if (info.version >= 11) encodeClientTags(writer, info)
  return writer.finish()
}

export function decodeSubscriptionInfo(bytes: Buffer): SubscriptionInfo {
  const reader = new JavaDataReader(bytes, 'SubscriptionInfo')
  const version = reader.int32()
  checkVersion(version)
  const latestSupported = version >= 3 ? reader.int32() : -1
  const processId = formatUuid(reader.raw(16))
  const taskOffsetSums = new Map<TaskId, number>()
  if (version <= 6) decodePreviousTasks(reader, taskOffsetSums)
  const endpoint = version >= 2 ? reader.bytes().toString('utf8') : ''
  if (version >= 7) decodeOffsetSums(reader, version, taskOffsetSums)
  const uniqueField = version >= 8 ? reader.int8() : 0
  const errorCode = version >= 9 ? reader.int32() : 0
  const clientTags = version >= 11 ? decodeClientTags(reader) : {}
  const userEndpoint = endpoint === '' ? undefined : endpoint
  return { version, latestSupported, processId, taskOffsetSums, userEndpoint, uniqueField, errorCode, clientTags }
}

/** What can be read of any version, also of ones that are not known yet: it tells whether the rest can be. */
export function peekSubscriptionVersions(bytes: Buffer): {
  readonly version: number
  readonly latestSupported: number
} {
  const reader = new JavaDataReader(bytes, 'SubscriptionInfo')
  const version = reader.int32()
  return { version, latestSupported: version >= 3 ? reader.int32() : -1 }
}

function checkVersion(version: number): void {
  if (version >= 1 && version <= SUBSCRIPTION_VERSION_LATEST) return
  throw new TidemillError(
    'invalid-wire-data',
    `SubscriptionInfo has version ${version}; versions 1 to ${SUBSCRIPTION_VERSION_LATEST} are known: ` +
      'an instance of a newer release is in the group, update this one',
  )
}

function sortedSums(info: SubscriptionInfo): readonly (readonly [TaskId, number])[] {
  return [...info.taskOffsetSums].sort((a, b) => compareTaskIds(a[0], b[0]))
}

function encodePreviousTasks(writer: JavaDataWriter, info: SubscriptionInfo): void {
  const sums = sortedSums(info)
  for (const isActive of [true, false]) {
    const tasks = sums.filter(([, sum]) => (sum === OFFSET_SUM_RUNNING) === isActive)
    writer.int32(tasks.length)
    for (const [id] of tasks) writer.int32(id.subTopology).int32(id.partition)
  }
}

function decodePreviousTasks(reader: JavaDataReader, sums: Map<TaskId, number>): void {
  for (const sum of [OFFSET_SUM_RUNNING, OFFSET_SUM_UNKNOWN]) {
    for (let n = reader.count(); n > 0; n--) sums.set(taskId(reader.int32(), reader.int32()), sum)
  }
}

function encodeOffsetSums(writer: JavaDataWriter, info: SubscriptionInfo): void {
  const sums = sortedSums(info)
  if (info.version >= 10) {
    writer.int32(sums.length)
    for (const [id, sum] of sums) writer.int32(id.subTopology).int32(id.partition).int64(sum).int16(-1)
    return
  }
  const subTopologies = [...new Set(sums.map(([id]) => id.subTopology))]
  writer.int32(subTopologies.length)
  for (const subTopology of subTopologies) {
    const partitions = sums.filter(([id]) => id.subTopology === subTopology)
    writer.int32(subTopology).int32(partitions.length)
    for (const [id, sum] of partitions) writer.int32(id.partition).int64(sum)
  }
}

function decodeOffsetSums(reader: JavaDataReader, version: number, sums: Map<TaskId, number>): void {
  for (let n = reader.count(); n > 0; n--) {
    const subTopology = reader.int32()
    if (version >= 10) {
      sums.set(taskId(subTopology, reader.int32()), reader.int64())
      const nameLength = reader.int16()
      if (nameLength > 0) reader.raw(nameLength)
    } else {
      for (let m = reader.count(); m > 0; m--) sums.set(taskId(subTopology, reader.int32()), reader.int64())
    }
  }
}

function encodeClientTags(writer: JavaDataWriter, info: SubscriptionInfo): void {
  const tags = Object.entries(info.clientTags)
  writer.int32(tags.length)
  for (const [key, value] of tags) writer.bytes(Buffer.from(key, 'utf8')).bytes(Buffer.from(value, 'utf8'))
}

function decodeClientTags(reader: JavaDataReader): Record<string, string> {
  const tags: Record<string, string> = {}
  for (let n = reader.count(); n > 0; n--) tags[reader.bytes().toString('utf8')] = reader.bytes().toString('utf8')
  return tags
}

function formatUuid(bytes: Buffer): string {
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
