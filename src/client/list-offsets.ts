// Where logs begin and end, and what lies at a time: asked of each partition's leader, again while leaders move.
import { RetriableError } from '../base/index.ts'
import { ERROR, type ListOffsetsResponsePartition, listOffsetsApi } from '../protocol/index.ts'
import { type TopicPartition, formatTopicPartition, topicPartition } from '../record/index.ts'
import { retrying } from './backoff.ts'
import { brokerError } from './broker-error.ts'
import { type Leader, describeBroker } from './cluster.ts'
import { MAIN_LANE } from './connections.ts'
import type { ClientContext } from './context.ts'
import type { OffsetSpec } from './contract.ts'
import { groupByTopic } from './group-by-topic.ts'

export interface ListedOffset {
  readonly offset: number
  readonly timestamp: number
  readonly leaderEpoch: number
}

type Isolation = 'read-committed' | 'read-uncommitted'

const LATEST = -1
const EARLIEST = -2
const CONSUMER = -1
const READ_UNCOMMITTED = 0
const READ_COMMITTED = 1

export function isolationLevel(isolation: Isolation): number {
  return isolation === 'read-committed' ? READ_COMMITTED : READ_UNCOMMITTED
}

/** An offset of -1 means that there is nothing at or after the time. */
export async function listOffsets(
  context: ClientContext,
  partitions: readonly TopicPartition[],
  spec: OffsetSpec,
  isolation: Isolation = 'read-uncommitted',
): Promise<ReadonlyMap<TopicPartition, ListedOffset>> {
  const timestamp = spec === 'earliest' ? EARLIEST : spec === 'latest' ? LATEST : spec.atMs
  const found = new Map<TopicPartition, ListedOffset>()
  await forEachLeader(
    context,
    partitions,
    async (leader, missing) => {
      const topics = groupByTopic(missing, (tp) => ({
        partitionIndex: tp.partition,
        currentLeaderEpoch: context.cluster.leader(tp)?.epoch ?? -1,
        timestamp,
      }))
      const response = await context.connections.request(leader.address, MAIN_LANE, listOffsetsApi, {
        replicaId: CONSUMER,
        isolationLevel: isolationLevel(isolation),
        topics: topics.map(({ topic, items }) => ({ name: topic, partitions: items })),
        timeoutMs: context.requestTimeoutMs,
      })
      const problems: Error[] = []
      for (const { name, partitions: results } of response.topics) {
        for (const result of results) {
          const tp = topicPartition(name, result.partitionIndex)
          const error = problemOf(tp, result, leader)
          if (error === undefined) found.set(tp, pick(result))
          else problems.push(error)
        }
      }
      return problems
    },
    (tp) => found.has(tp),
  )
  return found
}

function pick({ offset, timestamp, leaderEpoch }: ListOffsetsResponsePartition): ListedOffset {
  return { offset, timestamp, leaderEpoch }
}

function problemOf(tp: TopicPartition, result: ListOffsetsResponsePartition, leader: Leader): Error | undefined {
  if (result.errorCode === ERROR.NONE) return undefined
  const where = `asking for offsets of ${formatTopicPartition(tp)} at ${describeBroker(leader.nodeId, leader.address)}`
  return brokerError(result.errorCode, where)
}

/**
 * Asks the leader of each partition, all at once, until every partition is done or the request time-out is over. `ask` returns what
 * went wrong for single partitions; what is not retriable is thrown.
 */
export async function forEachLeader(
  context: ClientContext,
  partitions: readonly TopicPartition[],
  ask: (leader: Leader, partitions: readonly TopicPartition[]) => Promise<readonly Error[]>,
  isDone: (tp: TopicPartition) => boolean,
): Promise<void> {
  const { cluster, clock, prng, requestTimeoutMs } = context
  let isRefreshDue = false
  await retrying({ clock, prng, timeoutMs: requestTimeoutMs }, async () => {
    const missing = partitions.filter((tp) => !isDone(tp))
    if (isRefreshDue) await cluster.refresh([...new Set(missing.map(({ topic }) => topic))])
    isRefreshDue = true
    const byLeader = await groupByLeader(context, missing)
    const asked = [...byLeader.values()].map(({ leader, tps }) =>
      ask(leader, tps).catch((error: Error): readonly Error[] => [error]),
    )
    const errors = (await Promise.all(asked)).flat()
    const fatal = errors.find((error) => !(error instanceof RetriableError))
    if (fatal !== undefined) throw fatal
    if (errors[0] !== undefined) throw errors[0]
  })
}

interface LeaderGroup {
  readonly leader: Leader
  readonly tps: TopicPartition[]
}

async function groupByLeader(
  { cluster }: ClientContext,
  partitions: readonly TopicPartition[],
): Promise<ReadonlyMap<number, LeaderGroup>> {
  const unknown = new Set(partitions.filter((tp) => cluster.leader(tp) === undefined).map(({ topic }) => topic))
  if (unknown.size > 0) await cluster.refresh([...unknown])
  const groups = new Map<number, LeaderGroup>()
  for (const tp of partitions) {
    const leader = cluster.leader(tp)
    if (leader === undefined) {
      const topic = cluster.topic(tp.topic)
      if (topic === undefined) throw cluster.refusal(tp.topic) ?? (await cluster.topicNotFound(tp.topic))
      if (tp.partition >= topic.partitions) throw cluster.partitionNotFound(tp)
      throw new RetriableError('broker-not-ready', `${formatTopicPartition(tp)} has no leader at the moment`)
    }
    const group = groups.get(leader.nodeId)
    if (group === undefined) groups.set(leader.nodeId, { leader, tps: [tp] })
    else group.tps.push(tp)
  }
  return groups
}
