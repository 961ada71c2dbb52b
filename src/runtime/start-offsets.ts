// Where the inputs of tasks are read from: the committed offset, else what the source says (startFrom).
import { type Clock, TidemillError, must } from '../base/index.ts'
import type { Admin } from '../client/index.ts'
import { type TopicPartition, formatTopicPartition } from '../record/index.ts'
import type { StartFrom, Topology } from '../topology/index.ts'
import { topicName } from './names.ts'

/** What the source of a topic says, by full topic name. Internal topics are read from their start: nothing of them is old. */
export function startPolicies(
  topology: Topology,
  applicationId: string,
  fallback: StartFrom,
): (topic: string) => StartFrom {
  const policies = new Map<string, StartFrom>()
  const patterns: { readonly pattern: RegExp; readonly startFrom: StartFrom }[] = []
  for (const node of topology.nodes) {
    if (node.kind !== 'source') continue
    const startFrom = node.startFrom ?? fallback
    for (const ref of node.topics) policies.set(topicName(applicationId, ref), ref.isInternal ? 'earliest' : startFrom)
    if (node.pattern !== undefined) patterns.push({ pattern: node.pattern, startFrom })
  }
  return (topic) => policies.get(topic) ?? patterns.find(({ pattern }) => pattern.test(topic))?.startFrom ?? fallback
}

/** @throws TidemillError `offset-out-of-range` where the source says 'none' */
export async function lookUpStartOffsets(
  partitions: readonly TopicPartition[],
  policyOf: (topic: string) => StartFrom,
  admin: Admin,
  clock: Clock,
): Promise<ReadonlyMap<TopicPartition, number>> {
  const result = new Map<TopicPartition, number>()
  for (const [policy, group] of groupByPolicy(partitions, policyOf)) {
    if (policy === 'none') throw noStart(group)
    const spec = typeof policy === 'object' ? { atMs: clock.now() - policy.agoMs } : policy
    const found = await admin.listOffsets(group, spec)
    // After all records there is none at that time: then the end.
    const late = group.filter((tp) => (found.get(tp)?.offset ?? -1) < 0)
    const ends = late.length === 0 ? found : await admin.listOffsets(late, 'latest')
    for (const tp of group) {
      const offset = must((late.includes(tp) ? ends : found).get(tp), `offset of ${formatTopicPartition(tp)}`).offset
      result.set(tp, offset)
    }
  }
  return result
}

function groupByPolicy(
  partitions: readonly TopicPartition[],
  policyOf: (topic: string) => StartFrom,
): ReadonlyMap<StartFrom, readonly TopicPartition[]> {
  const groups = new Map<StartFrom, TopicPartition[]>()
  for (const tp of partitions) {
    const policy = policyOf(tp.topic)
    groups.set(policy, [...(groups.get(policy) ?? []), tp])
  }
  return groups
}

function noStart(partitions: readonly TopicPartition[]): TidemillError {
  return new TidemillError(
    'offset-out-of-range',
    `there is no committed offset (or it is no longer in the log) for ${partitions.map(formatTopicPartition).join(', ')}, ` +
      "and the source says startFrom: 'none': commit offsets for the application's group first, or give the source another startFrom",
  )
}
