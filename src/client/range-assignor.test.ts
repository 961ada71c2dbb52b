import { describe, expect, test } from 'vitest'
import { formatTopicPartition } from '../record/index.ts'
import type { ClusterMetadata, MemberSubscription } from './contract.ts'
import { rangeAssignor } from './range-assignor.ts'

const cluster = (topics: Readonly<Record<string, number>>): ClusterMetadata => ({
  topic: (name) => {
    const partitions = topics[name]
    return partitions === undefined ? undefined : { name, id: name, partitions, isInternal: false }
  },
  refresh: async () => [],
  leader: () => undefined,
  unreachableSinceMs: undefined,
})

const member = (memberId: string, topics: readonly string[], groupInstanceId?: string): MemberSubscription => ({
  memberId,
  groupInstanceId,
  topics,
  userData: null,
  ownedPartitions: [],
  generation: -1,
  rackId: undefined,
})

async function assigned(
  members: readonly MemberSubscription[],
  topics: Readonly<Record<string, number>>,
): Promise<Readonly<Record<string, string>>> {
  const assignments = await rangeAssignor.assign(members, cluster(topics))
  return Object.fromEntries(
    [...assignments].map(([id, { partitions }]) => [id, partitions.map(formatTopicPartition).join(' ')]),
  )
}

describe('the range assignor', () => {
  test('gives contiguous ranges, the first members one more, as in Java', async () => {
    const members = [member('b', ['x', 'y']), member('a', ['x', 'y'])]
    expect(await assigned(members, { x: 3, y: 3 })).toEqual({ a: 'x-0 x-1 y-0 y-1', b: 'x-2 y-2' })
  })

  test('gives partitions of a topic only to those that subscribe to it', async () => {
    const members = [member('a', ['x']), member('b', ['x', 'y']), member('c', ['y'])]
    expect(await assigned(members, { x: 2, y: 2 })).toEqual({ a: 'x-0', b: 'x-1 y-0', c: 'y-1' })
  })

  test('leaves members without partitions where there are too few, and topics out that do not exist', async () => {
    const members = [member('a', ['x', 'gone']), member('b', ['x'])]
    expect(await assigned(members, { x: 1 })).toEqual({ a: 'x-0', b: '' })
  })

  test('orders static members by their instance id, so that a restart changes nothing', async () => {
    const members = [member('z', ['x'], 'i1'), member('a', ['x'], 'i2')]
    expect(await assigned(members, { x: 2 })).toEqual({ z: 'x-0', a: 'x-1' })
  })
})
