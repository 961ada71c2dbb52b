// ListOffsets (key 2), versions 1-11. Timestamps below zero are special:
//   -1 latest (at read_committed the last stable offset), -2 earliest, -3 the record with the highest timestamp (7+), -4 earliest on
//   this disk (8+; the same as earliest), -5 newest in remote storage (9+; there is none), -6 earliest pending upload (11+; none).
// - A time finds the first record at or after it, inside its batch; -1/-1 when there is none. The epoch is that of the found record.
import { ERROR, type ListOffsetsRequest, type ListOffsetsResponseInput, listOffsetsApi } from '../../protocol/index.ts'
import type { BrokerCore } from '../core.ts'
import { type Handler, defineHandler } from '../handler.ts'
import { type FoundRecord, findByTimestamp, findMaxTimestamp } from '../log/find-by-timestamp.ts'
import type { PartitionLog } from '../log/partition-log.ts'
import { leaderEpochError } from './fetch.ts'

type AskedPartition = ListOffsetsRequest['topics'][number]['partitions'][number]
type PartitionAnswer = ListOffsetsResponseInput['topics'][number]['partitions'][number]

const READ_COMMITTED = 1
const SPEC = {
  latest: -1,
  earliest: -2,
  maxTimestamp: -3,
  earliestLocal: -4,
  latestTiered: -5,
  pendingUpload: -6,
} as const
const FIRST_VERSION: ReadonlyMap<number, number> = new Map([
  [SPEC.latest, 0],
  [SPEC.earliest, 0],
  [SPEC.maxTimestamp, 7],
  [SPEC.earliestLocal, 8],
  [SPEC.latestTiered, 9],
  [SPEC.pendingUpload, 11],
])

export const listOffsets: Handler = defineHandler(
  listOffsetsApi,
  { min: 1, max: 11 },
  (core, request, { version }) => ({
    topics: request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map((asked) => {
        return find(
          core,
          core.catalog.log(name, asked.partitionIndex),
          asked,
          request.isolationLevel === READ_COMMITTED,
          version,
        )
      }),
    })),
  }),
)

function find(
  core: BrokerCore,
  log: PartitionLog | undefined,
  asked: AskedPartition,
  isCommitted: boolean,
  version: number,
): PartitionAnswer {
  const { partitionIndex, timestamp } = asked
  if (log === undefined) return { partitionIndex, errorCode: ERROR.UNKNOWN_TOPIC_OR_PARTITION }
  const epochError = leaderEpochError(core.leaderEpoch, asked.currentLeaderEpoch)
  if (epochError !== ERROR.NONE) return { partitionIndex, errorCode: epochError }
  if (timestamp < 0 && version < (FIRST_VERSION.get(timestamp) ?? Number.MAX_SAFE_INTEGER)) {
    return { partitionIndex, errorCode: ERROR.UNSUPPORTED_VERSION }
  }
  const found = lookUp(core, log, timestamp, isCommitted)
  if (found === undefined) return { partitionIndex, errorCode: ERROR.NONE, timestamp: -1, offset: -1, leaderEpoch: -1 }
  return { partitionIndex, errorCode: ERROR.NONE, ...found }
}

function lookUp(core: BrokerCore, log: PartitionLog, timestamp: number, isCommitted: boolean): FoundRecord | undefined {
  const endOffset = isCommitted ? log.lastStableOffset : log.highWatermark
  switch (timestamp) {
    case SPEC.latest:
      return { offset: endOffset, timestamp: -1, leaderEpoch: core.leaderEpoch }
    case SPEC.earliest:
    case SPEC.earliestLocal:
      return { offset: log.logStartOffset, timestamp: -1, leaderEpoch: log.epochs.epochOf(log.logStartOffset) }
    case SPEC.maxTimestamp:
      return findMaxTimestamp(log)
    case SPEC.latestTiered:
    case SPEC.pendingUpload:
      return undefined
    default:
      return findByTimestamp(log, timestamp, endOffset)
  }
}
