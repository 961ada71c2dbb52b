// Kafka's range assignor: of each topic, a contiguous range of partitions to each member, in the order of their ids; partition n of all
// topics that have the same number goes to the same member. Eager.
import { type TopicPartition, topicPartition } from '../record/index.ts'
import type { ClusterMetadata, GroupAssignor, MemberAssignment, MemberSubscription } from './contract.ts'

export const rangeAssignor: GroupAssignor = {
  name: 'range',
  isCooperative: false,
  subscriptionUserData: () => null,
  assign: async (members, cluster) => assignRanges(members, cluster),
}

function assignRanges(
  members: readonly MemberSubscription[],
  cluster: ClusterMetadata,
): ReadonlyMap<string, MemberAssignment> {
  const partitions = new Map<string, TopicPartition[]>(members.map(({ memberId }) => [memberId, []]))
  const topics = [...new Set(members.flatMap((member) => member.topics))].sort()
  for (const topic of topics) {
    const count = cluster.topic(topic)?.partitions ?? 0
    const subscribed = members.filter((member) => member.topics.includes(topic)).sort(byMemberId)
    subscribed.forEach(({ memberId }, index) => {
      const end = rangeStart(index + 1, count, subscribed.length)
      for (let i = rangeStart(index, count, subscribed.length); i < end; i++) {
        partitions.get(memberId)?.push(topicPartition(topic, i))
      }
    })
  }
  return new Map([...partitions].map(([memberId, mine]) => [memberId, { partitions: mine, userData: null }]))
}

// The first members get one more where the partitions do not divide evenly.
function rangeStart(index: number, partitions: number, members: number): number {
  return Math.floor(partitions / members) * index + Math.min(index, partitions % members)
}

/** Static members keep their place across restarts: their instance id comes before the member id. */
export function byMemberId(a: MemberSubscription, b: MemberSubscription): number {
  const [left, right] = [a.groupInstanceId ?? a.memberId, b.groupInstanceId ?? b.memberId]
  return left < right ? -1 : left > right ? 1 : 0
}
