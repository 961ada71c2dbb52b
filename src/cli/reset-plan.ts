// What a reset would do: offsets that move, internal topics and state that go. It only asks; reset.ts does it. The rules are those of
// Java's application reset tool: input topics go to where the option says (default: their start), intermediate topics to their end, and
// internal topics, known by their names, are deleted.
import { TidemillError } from '../base/index.ts'
import type { Admin, Client, OffsetAndMetadata } from '../client/index.ts'
import { type TopicPartition, formatTopicPartition, topicPartition } from '../record/index.ts'

/** Where input topics begin again. */
export type ResetTo =
  | { readonly kind: 'earliest' | 'latest' }
  | { readonly kind: 'offset'; readonly offset: number }
  | { readonly kind: 'time'; readonly atMs: number }
  | { readonly kind: 'shift'; readonly by: number }
  /** By topic and partition; what is not in it stays. */
  | { readonly kind: 'offsets'; readonly offsets: ReadonlyMap<TopicPartition, number> }

export interface ResetRequest {
  readonly applicationId: string
  readonly inputTopics: readonly string[]
  readonly intermediateTopics: readonly string[]
  /** Delete only these; undefined: all that bear the application's name. */
  readonly internalTopics: readonly string[] | undefined
  readonly to: ResetTo
}

export interface OffsetMove {
  readonly topic: string
  readonly partition: number
  /** undefined: nothing was committed. */
  readonly from: number | undefined
  readonly to: number
}

export interface ResetPlan {
  readonly members: readonly { readonly memberId: string; readonly clientId: string; readonly host: string }[]
  readonly moves: readonly OffsetMove[]
  readonly deletedTopics: readonly string[]
  /** Topics that were named and do not exist. */
  readonly missingTopics: readonly string[]
}

/** @throws TidemillError `invalid-argument` an internal topic that is not one of the application */
export async function planReset(client: Client, request: ResetRequest): Promise<ResetPlan> {
  const admin = client.admin()
  const topics = new Map((await admin.listTopics()).map((topic) => [topic.name, topic.partitions]))
  const [group] = await admin.describeGroups([request.applicationId])
  const named = [...request.inputTopics, ...request.intermediateTopics]
  const partitionsOf = (names: readonly string[]): readonly TopicPartition[] =>
    names.flatMap((name) => Array.from({ length: topics.get(name) ?? 0 }, (_, i) => topicPartition(name, i)))
  const committed = await admin.groupOffsets(request.applicationId)
  return {
    members: (group?.members ?? []).map(({ memberId, clientId, clientHost }) => ({
      memberId,
      clientId,
      host: clientHost,
    })),
    moves: [
      ...(await moves(admin, partitionsOf(request.inputTopics), request.to, committed)),
      ...(await moves(admin, partitionsOf(request.intermediateTopics), { kind: 'latest' }, committed)),
    ],
    deletedTopics: internalTopics(request, [...topics.keys()]),
    missingTopics: named.filter((name) => !topics.has(name)),
  }
}

/** Names that Kafka Streams gives to internal topics: of an application, and nobody else's. */
export function isInternalTopic(name: string, applicationId: string): boolean {
  if (!name.startsWith(`${applicationId}-`)) return false
  const isOfKind = /-(changelog|repartition|subscription-registration-topic|subscription-response-topic)$/.test(name)
  return isOfKind || /-KTABLE-FK-JOIN-SUBSCRIPTION-(REGISTRATION|RESPONSE)-\d+-topic$/.test(name)
}

function internalTopics(
  { applicationId, internalTopics: wanted }: ResetRequest,
  all: readonly string[],
): readonly string[] {
  const own = all.filter((name) => isInternalTopic(name, applicationId))
  if (wanted === undefined) return own.toSorted()
  const others = wanted.filter((name) => !isInternalTopic(name, applicationId))
  if (others.length > 0) {
    throw new TidemillError(
      'invalid-argument',
      `${others.join(', ')}: not internal topics of '${applicationId}', which begin with '${applicationId}-' and end in '-changelog' or '-repartition'`,
    )
  }
  return own.filter((name) => wanted.includes(name)).toSorted()
}

async function moves(
  admin: Admin,
  partitions: readonly TopicPartition[],
  to: ResetTo,
  committed: ReadonlyMap<TopicPartition, OffsetAndMetadata>,
): Promise<readonly OffsetMove[]> {
  if (partitions.length === 0) return []
  const [starts, ends, times] = await Promise.all([
    admin.listOffsets(partitions, 'earliest'),
    admin.listOffsets(partitions, 'latest'),
    to.kind === 'time' ? admin.listOffsets(partitions, { atMs: to.atMs }) : undefined,
  ])
  return partitions.flatMap((tp) => {
    const start = starts.get(tp)?.offset ?? 0
    const end = ends.get(tp)?.offset ?? start
    const from = committed.get(tp)?.offset
    const target = targetOf(tp, to, { start, end, from, atTime: times?.get(tp)?.offset })
    if (target === undefined) return []
    const within = Math.min(end, Math.max(start, target))
    return [{ topic: tp.topic, partition: tp.partition, from, to: within }]
  })
}

interface Log {
  readonly start: number
  readonly end: number
  readonly from: number | undefined
  /** -1: nothing is as late. */
  readonly atTime: number | undefined
}

function targetOf(tp: TopicPartition, to: ResetTo, { start, end, from, atTime }: Log): number | undefined {
  switch (to.kind) {
    case 'earliest':
      return start
    case 'latest':
      return end
    case 'offset':
      return to.offset
    case 'time':
      return atTime === undefined || atTime < 0 ? end : atTime
    case 'offsets':
      return to.offsets.get(tp)
    case 'shift':
      if (from !== undefined) return from + to.by
      throw new TidemillError(
        'invalid-argument',
        `${formatTopicPartition(tp)} has no committed offset to shift by ${to.by}: choose a place with another option`,
      )
  }
}
