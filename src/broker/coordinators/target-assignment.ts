// Which member of a consumer group (KIP-848) should own which partition. `uniform` keeps what members own and evens the numbers out;
// `range` gives each topic's partitions in runs, by the members' ids. Both give every partition to exactly one subscribed member.
import { must } from '../../base/index.ts'

/** Topic id to partition numbers. */
export type PartitionSet = Map<string, Set<number>>

export interface AssignableMember {
  readonly memberId: string
  readonly topicIds: ReadonlySet<string>
  /** What it was to own so far. */
  readonly previous: PartitionSet
}

/** Topic id to its number of partitions. */
export type TopicSizes = ReadonlyMap<string, number>
export type Assignor = (members: readonly AssignableMember[], topics: TopicSizes) => Map<string, PartitionSet>

export const ASSIGNORS: ReadonlyMap<string, Assignor> = new Map([
  ['uniform', assignUniformly],
  ['range', assignRanges],
])

function assignRanges(members: readonly AssignableMember[], topics: TopicSizes): Map<string, PartitionSet> {
  const result = emptyResult(members)
  for (const [topicId, size] of topics) {
    const subscribed = members.filter((member) => member.topicIds.has(topicId)).sort(byId)
    const least = Math.floor(size / subscribed.length)
    let next = 0
    subscribed.forEach((member, i) => {
      const count = least + (i < size % subscribed.length ? 1 : 0)
      for (let k = 0; k < count; k++) add(must(result.get(member.memberId), 'member'), topicId, next++)
    })
  }
  return result
}

function assignUniformly(members: readonly AssignableMember[], topics: TopicSizes): Map<string, PartitionSet> {
  const sorted = [...members].sort(byId)
  const result = emptyResult(sorted)
  const free: { readonly topicId: string; readonly partition: number }[] = []
  for (const [topicId, size] of topics) {
    for (let partition = 0; partition < size; partition++) {
      const owner = sorted.find(
        (each) => each.topicIds.has(topicId) && each.previous.get(topicId)?.has(partition) === true,
      )
      if (owner === undefined) free.push({ topicId, partition })
      else add(must(result.get(owner.memberId), 'member'), topicId, partition)
    }
  }
  for (const { topicId, partition } of free) {
    const poorest = least(
      sorted.filter((member) => member.topicIds.has(topicId)),
      result,
    )
    if (poorest !== undefined) add(must(result.get(poorest.memberId), 'member'), topicId, partition)
  }
  evenOut(sorted, result)
  return result
}

/** Moves single partitions from a member to one with at least two fewer, until there is none. */
function evenOut(members: readonly AssignableMember[], result: Map<string, PartitionSet>): void {
  for (let isMoved = true; isMoved;) {
    isMoved = false
    for (const rich of members) {
      const owned = must(result.get(rich.memberId), 'member')
      for (const [topicId, partitions] of owned) {
        const poorest = least(
          members.filter((member) => member.topicIds.has(topicId)),
          result,
        )
        const theirs = poorest === undefined ? undefined : result.get(poorest.memberId)
        if (theirs === undefined || countOf(theirs) + 2 > countOf(owned)) continue
        const partition = Math.max(...partitions)
        partitions.delete(partition)
        if (partitions.size === 0) owned.delete(topicId)
        add(theirs, topicId, partition)
        isMoved = true
        break
      }
    }
  }
}

function least(
  members: readonly AssignableMember[],
  result: ReadonlyMap<string, PartitionSet>,
): AssignableMember | undefined {
  let best: AssignableMember | undefined
  let bestCount = Infinity
  for (const member of members) {
    const count = countOf(must(result.get(member.memberId), 'member'))
    if (count < bestCount) {
      best = member
      bestCount = count
    }
  }
  return best
}

export function countOf(partitions: PartitionSet): number {
  let count = 0
  for (const each of partitions.values()) count += each.size
  return count
}

export function add(partitions: PartitionSet, topicId: string, partition: number): void {
  const known = partitions.get(topicId)
  if (known === undefined) partitions.set(topicId, new Set([partition]))
  else known.add(partition)
}

function emptyResult(members: readonly AssignableMember[]): Map<string, PartitionSet> {
  return new Map(members.map((member) => [member.memberId, new Map<string, Set<number>>()]))
}

function byId(a: AssignableMember, b: AssignableMember): number {
  return a.memberId < b.memberId ? -1 : 1
}
