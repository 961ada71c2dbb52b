import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type TopicPartition, topicPartition } from '../record/index.ts'
import type { ClusterMetadata, MemberSubscription } from './contract.ts'
import { cooperativeStickyAssignor } from './cooperative-sticky-assignor.ts'

const cluster = (counts: readonly number[]): ClusterMetadata => ({
  topic: (name) => {
    const partitions = counts[Number(name.slice(1))]
    return partitions === undefined ? undefined : { name, id: name, partitions, isInternal: false }
  },
  refresh: async () => [],
  leader: () => undefined,
  unreachableSinceMs: undefined,
})

interface Member {
  readonly id: string
  readonly topics: readonly string[]
  owned: readonly TopicPartition[]
}

const topicNames = (counts: readonly number[]): readonly string[] => counts.map((_, i) => `t${i}`)

async function rebalance(members: readonly Member[], counts: readonly number[], generation: number): Promise<void> {
  const subscriptions = members.map(({ id, topics, owned }): MemberSubscription => {
    const rest = { groupInstanceId: undefined, userData: null, rackId: undefined, generation }
    return { memberId: id, topics, ownedPartitions: owned, ...rest }
  })
  const assignments = await cooperativeStickyAssignor.assign(subscriptions, cluster(counts))
  for (const each of members) each.owned = assignments.get(each.id)?.partitions ?? []
}

/** Rebalances until nothing moves; checks at each step that no partition has two owners. */
async function settle(members: readonly Member[], counts: readonly number[]): Promise<number> {
  for (let round = 1; round <= 5; round++) {
    const before = members.map(({ owned }) => owned.length).join()
    const owners = new Map(members.flatMap(({ id, owned }) => owned.map((tp) => [tp, id] as const)))
    await rebalance(members, counts, round)
    for (const { id, owned } of members) for (const tp of owned) expect(owners.get(tp) ?? id).toBe(id)
    const all = members.flatMap(({ owned }) => owned)
    expect(new Set(all).size).toBe(all.length)
    if (round > 1 && members.map(({ owned }) => owned.length).join() === before) return round
  }
  throw new Error('it goes on and on')
}

const counts = fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 4 })
const newMembers = (count: number, topics: readonly string[]): Member[] =>
  Array.from({ length: count }, (_, i) => ({ id: `m${i}`, topics, owned: [] }))

describe('the cooperative sticky assignor', () => {
  test('is balanced to one, gives out everything, and never two owners, as members come and go', async () => {
    await fc.assert(
      fc.asyncProperty(
        counts,
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 6 }),
        async (topics, from, to) => {
          const members = newMembers(from, topicNames(topics))
          await settle(members, topics)
          const changed =
            from < to ? [...members, ...newMembers(to, topicNames(topics)).slice(from)] : members.slice(0, to)
          await settle(changed, topics)
          const sizes = changed.map(({ owned }) => owned.length)
          expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(topics.reduce((sum, count) => sum + count, 0))
          expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
        },
      ),
      { numRuns: 60 },
    )
  })

  test('moves no more than the newcomer gets', async () => {
    const members = newMembers(2, ['t0'])
    await settle(members, [6])
    const before = new Map(members.map(({ id, owned }) => [id, new Set(owned)]))
    const all = [...members, { id: 'm9', topics: ['t0'], owned: [] } as Member]
    await settle(all, [6])
    expect(all.map(({ owned }) => owned.length)).toEqual([2, 2, 2])
    for (const { id, owned } of members) for (const tp of owned) expect(before.get(id)?.has(tp)).toBe(true)
  })

  test('believes the later generation where two claim the same partition', async () => {
    const tp = topicPartition('t0', 0)
    const claim = (memberId: string, generation: number): MemberSubscription => {
      const rest = { groupInstanceId: undefined, userData: null, rackId: undefined }
      return { memberId, topics: ['t0'], ownedPartitions: [tp], generation, ...rest }
    }
    const assignments = await cooperativeStickyAssignor.assign([claim('old', 3), claim('new', 4)], cluster([1]))
    expect(assignments.get('new')?.partitions).toEqual([tp])
    expect(assignments.get('old')?.partitions).toEqual([])
  })

  test('respects who subscribes to what', async () => {
    const members: Member[] = [
      { id: 'a', topics: ['t0'], owned: [] },
      { id: 'b', topics: ['t0', 't1'], owned: [] },
    ]
    await settle(members, [2, 4])
    expect(members.map(({ owned }) => owned.map(({ topic }) => topic).join())).toEqual(['t0,t0', 't1,t1,t1,t1'])
  })
})
