// What the group's leader tells each member, in the user data of its assignment: Kafka Streams' AssignmentInfo, versions 1 to 11
// (big-endian; arrays have a 4-byte count; task id = int32 sub-topology, int32 partition, 10+: int32 0 for "no named topology"):
//
//   int32 version | 3+: int32 commonlySupported
//   array of active task ids, in the order of the assigned partitions (one for each)
//   array of (standby task id, array of (UTF topic, int32 partition))
//   2-4: array of (UTF host, int32 port, array of (UTF topic, int32 partition))
//   5+: array of (int32 topic id, UTF topic), then for active and (6+) standby partitions: array of (UTF host, int32 port,
//       array of (int32 topic id, int32 partition))
//   4+: int32 error code | 7+: int64 time of the next rebalance in ms (2^63-1: none)
import { TidemillError, must } from '../../base/index.ts'
import { type TopicPartition, topicPartition } from '../../record/index.ts'
import { JavaDataReader, JavaDataWriter } from './java-data.ts'
import { type TaskId, taskId } from './task-id.ts'

export const ASSIGNMENT_VERSION_LATEST = 11
const NO_REBALANCE = 0x7fff_ffff_ffff_ffffn

/** Java's AssignorError. */
export const ASSIGNMENT_ERROR = {
  none: 0,
  incompleteSourceTopics: 1,
  versionProbing: 2,
  assignmentError: 3,
  shutdownRequested: 4,
} as const

export interface HostPartitions {
  readonly host: string
  readonly port: number
  readonly partitions: readonly TopicPartition[]
}

export interface AssignmentInfo {
  readonly version: number
  readonly commonlySupported: number
  /** One for each assigned partition, in the order of those. */
  readonly active: readonly TaskId[]
  readonly standby: ReadonlyMap<TaskId, readonly TopicPartition[]>
  readonly partitionsByHost: readonly HostPartitions[]
  readonly standbyPartitionsByHost: readonly HostPartitions[]
  readonly errorCode: number
  /** Wall-clock ms; undefined: no follow-up rebalance is planned. */
  readonly nextRebalanceMs: number | undefined
}

export function encodeAssignmentInfo(info: AssignmentInfo): Buffer {
  checkVersion(info.version)
  const writer = new JavaDataWriter().int32(info.version)
  if (info.version >= 3) writer.int32(info.commonlySupported)
  writer.int32(info.active.length)
  for (const id of info.active) writeTaskId(writer, info.version, id)
  writer.int32(info.standby.size)
  for (const [id, partitions] of info.standby) {
    writeTaskId(writer, info.version, id)
    writeNamedPartitions(writer, partitions)
  }
  if (info.version >= 5) writeHostsByTopicId(writer, info)
  else if (info.version >= 2) writeHosts(writer, info.partitionsByHost)
  if (info.version >= 4) writer.int32(info.errorCode)
  if (info.version >= 7) {
    writer.bigint64(info.nextRebalanceMs === undefined ? NO_REBALANCE : BigInt(Math.trunc(info.nextRebalanceMs)))
  }
  return writer.finish()
}

export function decodeAssignmentInfo(bytes: Buffer): AssignmentInfo {
  const reader = new JavaDataReader(bytes, 'AssignmentInfo')
  const version = reader.int32()
  checkVersion(version)
  const commonlySupported = version >= 3 ? reader.int32() : -1
  const active = readArray(reader, () => readTaskId(reader, version))
  const standby = new Map(readArray(reader, () => [readTaskId(reader, version), readNamedPartitions(reader)] as const))
  let partitionsByHost: readonly HostPartitions[] = []
  let standbyPartitionsByHost: readonly HostPartitions[] = []
  if (version >= 5) {
    const topics = new Map(readArray(reader, () => [reader.int32(), reader.utf()] as const))
    const readPartition = (): TopicPartition =>
      topicPartition(must(topics.get(reader.int32()), 'topic id of an AssignmentInfo'), reader.int32())
    partitionsByHost = readHosts(reader, readPartition)
    if (version >= 6) standbyPartitionsByHost = readHosts(reader, readPartition)
  } else if (version >= 2) {
    partitionsByHost = readHosts(reader, () => topicPartition(reader.utf(), reader.int32()))
  }
  const errorCode = version >= 4 ? reader.int32() : 0
  const next = version >= 7 ? reader.bigint64() : NO_REBALANCE
  return {
    version,
    commonlySupported,
    active,
    standby,
    partitionsByHost,
    standbyPartitionsByHost,
    errorCode,
    nextRebalanceMs: next === NO_REBALANCE ? undefined : Number(next),
  }
}

function checkVersion(version: number): void {
  if (version >= 1 && version <= ASSIGNMENT_VERSION_LATEST) return
  throw new TidemillError(
    'invalid-wire-data',
    `AssignmentInfo has version ${version}; versions 1 to ${ASSIGNMENT_VERSION_LATEST} are known: ` +
      'an instance of a newer release leads the group, update this one',
  )
}

function writeTaskId(writer: JavaDataWriter, version: number, id: TaskId): void {
  writer.int32(id.subTopology).int32(id.partition)
  if (version >= 10) writer.int32(0)
}

function readTaskId(reader: JavaDataReader, version: number): TaskId {
  const id = taskId(reader.int32(), reader.int32())
  if (version >= 10) reader.raw(reader.count())
  return id
}

function writeNamedPartitions(writer: JavaDataWriter, partitions: readonly TopicPartition[]): void {
  writer.int32(partitions.length)
  for (const tp of partitions) writer.utf(tp.topic).int32(tp.partition)
}

function readNamedPartitions(reader: JavaDataReader): readonly TopicPartition[] {
  return readArray(reader, () => topicPartition(reader.utf(), reader.int32()))
}

function writeHosts(writer: JavaDataWriter, hosts: readonly HostPartitions[]): void {
  writer.int32(hosts.length)
  for (const { host, port, partitions } of hosts) {
    writer.utf(host).int32(port)
    writeNamedPartitions(writer, partitions)
  }
}

function writeHostsByTopicId(writer: JavaDataWriter, info: AssignmentInfo): void {
  const groups = info.version >= 6 ? [info.partitionsByHost, info.standbyPartitionsByHost] : [info.partitionsByHost]
  const ids = new Map<string, number>()
  for (const { partitions } of groups.flat()) {
    for (const { topic } of partitions) if (!ids.has(topic)) ids.set(topic, ids.size)
  }
  writer.int32(ids.size)
  for (const [topic, id] of ids) writer.int32(id).utf(topic)
  for (const hosts of groups) {
    writer.int32(hosts.length)
    for (const { host, port, partitions } of hosts) {
      writer.utf(host).int32(port).int32(partitions.length)
      for (const tp of partitions) writer.int32(must(ids.get(tp.topic), tp.topic)).int32(tp.partition)
    }
  }
}

function readHosts(reader: JavaDataReader, readPartition: () => TopicPartition): readonly HostPartitions[] {
  return readArray(reader, () => {
    const host = reader.utf()
    const port = reader.int32()
    return { host, port, partitions: readArray(reader, readPartition) }
  })
}

function readArray<T>(reader: JavaDataReader, read: () => T): readonly T[] {
  return Array.from({ length: reader.count() }, read)
}
