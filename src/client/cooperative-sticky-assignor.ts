// Kafka's cooperative-sticky assignor: as balanced as the subscriptions allow, with as few partitions moved as that takes. A partition that
// moves is taken from its owner in one rebalance and given away in the next, so that it never has two owners.
import { type TopicPartition, topicPartition } from '../record/index.ts'
import type { ClusterMetadata, GroupAssignor, MemberAssignment, MemberSubscription } from './contract.ts'
import { byMemberId } from './range-assignor.ts'

export const cooperativeStickyAssignor: GroupAssignor = {
  name: 'cooperative-sticky',
  isCooperative: true,
  subscriptionUserData: () => null,
  assign: async (members, cluster) => assignSticky(members, cluster),
}

interface Load {
  readonly member: MemberSubscription
  readonly topics: ReadonlySet<string>
  readonly partitions: Set<TopicPartition>
}

function assignSticky(
  members: readonly MemberSubscription[],
  cluster: ClusterMetadata,
): ReadonlyMap<string, MemberAssignment> {
  const loads = [...members].sort(byMemberId).map((member): Load => {
    return { member, topics: new Set(member.topics), partitions: new Set() }
  })
  const all = allPartitions(members, cluster)
  const owners = currentOwners(loads, new Set(all))
  for (const [tp, load] of owners) load.partitions.add(tp)
  for (const tp of all) if (!owners.has(tp)) leastLoaded(loads, tp)?.partitions.add(tp)
  balance(loads)
  return new Map(
    loads.map((load) => {
      const mine = [...load.partitions].filter((tp) => (owners.get(tp) ?? load) === load)
      return [load.member.memberId, { partitions: mine.sort(byName), userData: null }]
    }),
  )
}

function allPartitions(members: readonly MemberSubscription[], cluster: ClusterMetadata): readonly TopicPartition[] {
  const topics = [...new Set(members.flatMap(({ topics: names }) => names))].sort()
  return topics.flatMap((topic) =>
    Array.from({ length: cluster.topic(topic)?.partitions ?? 0 }, (_, i) => topicPartition(topic, i)),
  )
}

// Two may claim the same partition when one has missed a rebalance: the later generation is right.
function currentOwners(loads: readonly Load[], existing: ReadonlySet<TopicPartition>): Map<TopicPartition, Load> {
  const owners = new Map<TopicPartition, Load>()
  for (const load of loads) {
    for (const tp of load.member.ownedPartitions) {
      if (!existing.has(tp) || !load.topics.has(tp.topic)) continue
      const other = owners.get(tp)
      if (other === undefined || other.member.generation < load.member.generation) owners.set(tp, load)
    }
  }
  return owners
}

function leastLoaded(loads: readonly Load[], tp: TopicPartition): Load | undefined {
  let least: Load | undefined
  for (const load of loads) {
    if (!load.topics.has(tp.topic)) continue
    if (least === undefined || load.partitions.size < least.partitions.size) least = load
  }
  return least
}

// Moves one partition at a time from a member to one that has at least two fewer; ends because each move makes the loads more even.
function balance(loads: readonly Load[]): void {
  for (let isMoved = true; isMoved;) {
    isMoved = false
    const fromMost = [...loads].sort((a, b) => b.partitions.size - a.partitions.size)
    for (const from of fromMost) {
      for (const tp of from.partitions) {
        const to = leastLoaded(loads, tp)
        if (to === undefined || to.partitions.size + 2 > from.partitions.size) continue
        from.partitions.delete(tp)
        to.partitions.add(tp)
        isMoved = true
      }
    }
  }
}

function byName(a: TopicPartition, b: TopicPartition): number {
  return a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : a.partition - b.partition
}
