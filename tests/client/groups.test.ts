import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sleep, systemClock } from '../../src/base/index.ts'
import { until } from '../until.ts'
import {
  type Client,
  type GroupEvent,
  type GroupMember,
  type GroupMemberOptions,
  cooperativeStickyAssignor,
  rangeAssignor,
} from '../../src/client/index.ts'
import { type TopicPartition, formatTopicPartition, topicPartition } from '../../src/record/index.ts'
import { type TestCluster, createTopic, startCluster } from './harness.ts'

let cluster: TestCluster
beforeEach(async () => {
  cluster = await startCluster()
})
afterEach(() => cluster.close())

/** A member whose events are answered by the test's own loop, as the runtime would. */
class Driven {
  readonly member: GroupMember
  readonly owned = new Set<TopicPartition>()
  readonly log: string[] = []
  #isClosed = false
  readonly #loop: Promise<void>

  constructor(client: Client, options: Partial<GroupMemberOptions> = {}) {
    this.member = client.groupMember({
      groupId: 'g',
      topics: ['a'],
      assignors: [rangeAssignor],
      heartbeatIntervalMs: 20,
      sessionTimeoutMs: 2_000,
      ...options,
    })
    this.member.start()
    this.#loop = this.#run()
  }

  async #run(): Promise<void> {
    while (!this.#isClosed) {
      await this.member.waitForEvent(1_000)
      for (const event of this.member.takeEvents()) this.#handle(event)
    }
  }

  #handle(event: GroupEvent): void {
    if (event.kind === 'assigned') {
      for (const tp of event.added) this.owned.add(tp)
      this.log.push(`assigned ${names(event.assignment.partitions)}`)
    } else if (event.kind === 'failed') this.log.push(`failed ${event.error.message}`)
    else if (event.kind === 'status' || event.kind === 'endpoints') this.log.push(event.kind)
    else {
      for (const tp of event.partitions) this.owned.delete(tp)
      this.log.push(`${event.kind} ${names(event.partitions)}`)
    }
    if (event.kind === 'revoking') this.member.revoked()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.member.close()
    await this.#loop
  }
}

function names(tps: Iterable<TopicPartition>): string {
  return [...tps].map(formatTopicPartition).sort().join(' ')
}

describe('a group member', () => {
  test('alone gets all partitions, and its offsets come back', async () => {
    await createTopic(cluster.client, 'a', 3)
    const one = new Driven(cluster.client)
    await until(() => one.owned.size === 3)
    expect(one.member.state).toBe('stable')
    const tp = topicPartition('a', 1)
    await one.member.commit(new Map([[tp, { offset: 7, metadata: 'm' }]]))
    const committed = await one.member.committed([tp, topicPartition('a', 0)])
    expect(committed.size).toBe(1)
    expect(committed.get(tp)).toMatchObject({ offset: 7, metadata: 'm' })
    expect((await cluster.client.admin().groupOffsets('g')).get(tp)?.offset).toBe(7)
    await one.close()
    expect((await cluster.client.admin().describeGroups(['g']))[0]?.state).toBe('Empty')
  })

  test.each([
    ['eager', rangeAssignor],
    ['cooperative', cooperativeStickyAssignor],
  ])('shares with a second one and takes over when it leaves (%s)', async (_, assignor) => {
    await createTopic(cluster.client, 'a', 4)
    const one = new Driven(cluster.client, { assignors: [assignor] })
    await until(() => one.owned.size === 4)
    const two = new Driven(cluster.newClient(), { assignors: [assignor] })
    await until(() => one.owned.size === 2 && two.owned.size === 2)
    expect(names([...one.owned, ...two.owned])).toBe('a-0 a-1 a-2 a-3')
    await two.close()
    await until(() => one.owned.size === 4)
    await one.close()
  })

  test('that is cooperative keeps what it goes on with', async () => {
    await createTopic(cluster.client, 'a', 4)
    const one = new Driven(cluster.client, { assignors: [cooperativeStickyAssignor] })
    await until(() => one.owned.size === 4)
    const two = new Driven(cluster.newClient(), { assignors: [cooperativeStickyAssignor] })
    await until(() => two.owned.size === 2)
    const revoked = one.log.filter((line) => line.startsWith('revoking'))
    expect(revoked).toHaveLength(1)
    expect(revoked[0]?.split(' ')).toHaveLength(3)
    await two.close()
    await one.close()
  })

  test('that is removed loses what it had and joins again', async () => {
    await createTopic(cluster.client, 'a', 2)
    const one = new Driven(cluster.client)
    await until(() => one.owned.size === 2)
    const { memberId } = one.member.metadata
    await cluster.client.admin().removeMembers('g', [{ memberId }])
    await until(() => one.log.includes('lost a-0 a-1'))
    await until(() => one.owned.size === 2)
    expect(one.member.metadata.memberId).not.toBe(memberId)
    await one.close()
  })

  test('stays who it was until its owner has dealt with the loss: a late commit is refused', async () => {
    const [tp] = await createTopic(cluster.client, 'a')
    const offsets = new Map([[tp as TopicPartition, { offset: 1, metadata: '' }]])
    const options = { groupId: 'g', topics: ['a'], assignors: [rangeAssignor], heartbeatIntervalMs: 20 }
    const member = cluster.client.groupMember(options)
    const kindsTaken = (): readonly string[] => member.takeEvents().map(({ kind }) => kind)
    member.start()
    await member.waitForEvent(5_000)
    expect(kindsTaken()).toEqual(['assigned'])
    const before = member.metadata
    await cluster.client.admin().removeMembers('g', [{ memberId: before.memberId }])
    const [current] = await untilRejoined(before.memberId)
    expect(current).not.toBe(before.memberId)
    await until(() => member.state === 'stable')
    expect(member.metadata).toEqual(before)
    await expect(member.commit(offsets)).rejects.toMatchObject({ code: 'group-member-fenced' })
    expect(kindsTaken()).toEqual(['lost'])
    expect(member.metadata).toEqual(before)
    expect(kindsTaken()).toEqual(['assigned'])
    expect(member.metadata.memberId).toBe(current)
    await member.commit(offsets)
    await member.close()
  })

  async function untilRejoined(formerId: string): Promise<readonly string[]> {
    for (;;) {
      const [group] = await cluster.client.admin().describeGroups(['g'])
      const ids = group?.members.map(({ memberId }) => memberId) ?? []
      if (group?.state === 'Stable' && ids.length > 0 && !ids.includes(formerId)) return ids
      await sleep(systemClock, 5)
    }
  }

  test('commits of a generation that is over are TaskMigratedErrors', async () => {
    await createTopic(cluster.client, 'a', 1)
    const one = new Driven(cluster.client, { heartbeatIntervalMs: 1_000 })
    await until(() => one.owned.size === 1)
    await cluster.client.admin().removeMembers('g', [{ memberId: one.member.metadata.memberId }])
    const offsets = new Map([[topicPartition('a', 0), { offset: 1, metadata: '' }]])
    await expect(one.member.commit(offsets)).rejects.toMatchObject({
      name: 'TaskMigratedError',
      code: 'group-member-fenced',
    })
    await one.close()
  })

  test('survives a broker that restarts', async () => {
    await createTopic(cluster.client, 'a', 2)
    const one = new Driven(cluster.client)
    await until(() => one.owned.size === 2)
    await cluster.restart()
    const two = new Driven(cluster.newClient())
    await until(() => one.owned.size === 1 && two.owned.size === 1)
    await one.close()
    await two.close()
  })

  test('that cannot reach the broker for the length of its session gives up what it owns', async () => {
    await createTopic(cluster.client, 'a', 1)
    const one = new Driven(cluster.client, { sessionTimeoutMs: 300 })
    await until(() => one.owned.size === 1)
    const broker = cluster.transport.broker
    cluster.transport.broker = undefined
    cluster.transport.cut()
    await until(() => one.log.includes('lost a-0'))
    cluster.transport.broker = broker
    await until(() => one.owned.size === 1)
    await one.close()
  })

  test('that cannot reach the broker while it joins again gives up what it owns, too', async () => {
    await createTopic(cluster.client, 'a', 1)
    const one = new Driven(cluster.client, { sessionTimeoutMs: 300, assignors: [cooperativeStickyAssignor] })
    await until(() => one.owned.size === 1)
    const broker = cluster.transport.broker
    cluster.transport.broker = undefined
    cluster.transport.cut()
    one.member.rejoin('the test says so')
    await until(() => one.member.state === 'joining')
    await until(() => one.log.includes('lost a-0'))
    cluster.transport.broker = broker
    await until(() => one.owned.size === 1)
    await one.close()
  })

  test('says until when nobody else can own its partitions', async () => {
    await createTopic(cluster.client, 'a', 1)
    const member = cluster.client.groupMember({
      groupId: 'g',
      topics: ['a'],
      assignors: [rangeAssignor],
      heartbeatIntervalMs: 20,
      sessionTimeoutMs: 1_500,
    })
    expect(member.sessionEndsAtMs).toBe(Infinity)
    member.start()
    await until(() => member.takeEvents().some(({ kind }) => kind === 'assigned'))
    const leftMs = member.sessionEndsAtMs - systemClock.monotonicMs()
    expect(leftMs).toBeLessThanOrEqual(1_500)
    const { broker } = cluster.transport
    cluster.transport.broker = undefined
    cluster.transport.cut()
    await member.waitForEvent(60_000)
    // Until the loss is dealt with, whatever else happens.
    expect(member.sessionEndsAtMs).toBe(-Infinity)
    expect(member.takeEvents().map(({ kind }) => kind)).toEqual(['lost'])
    expect(member.sessionEndsAtMs).toBe(-Infinity)
    member.takeEvents()
    expect(member.sessionEndsAtMs).toBe(Infinity)
    cluster.transport.broker = broker
    await member.close()
  })

  test('sees topics that match its pattern, and partitions that are added', async () => {
    await createTopic(cluster.client, 'a-1')
    await createTopic(cluster.client, 'b')
    const one = new Driven(cluster.client, { topics: [], pattern: /^a-/ })
    await until(() => one.owned.size === 1)
    expect(names(one.owned)).toBe('a-1-0')
    await cluster.client.admin().createPartitions('a-1', 3)
    await until(() => one.owned.size === 3)
    await one.close()
  })

  test('that is static comes back as itself and does not leave when it is closed', async () => {
    await createTopic(cluster.client, 'a', 2)
    const one = new Driven(cluster.client, { groupInstanceId: 'i' })
    await until(() => one.owned.size === 2)
    const generation = one.member.metadata.generation
    await one.close()
    expect((await cluster.client.admin().describeGroups(['g']))[0]?.members).toHaveLength(1)
    const again = new Driven(cluster.newClient(), { groupInstanceId: 'i' })
    await until(() => again.owned.size === 2)
    expect(again.member.metadata.generation).toBe(generation)
    await again.close()
  })

  test('whose instance id is taken by another fails, and says so', async () => {
    await createTopic(cluster.client, 'a', 2)
    const one = new Driven(cluster.client, { groupInstanceId: 'i' })
    await until(() => one.owned.size === 2)
    const two = new Driven(cluster.newClient(), { groupInstanceId: 'i' })
    await until(() => one.member.state === 'failed')
    expect(one.log.at(-1)).toContain("another member has taken the group instance id 'i'")
    await one.close()
    await two.close()
  })

  test('with no assignor in common with the group fails, and names its own', async () => {
    await createTopic(cluster.client, 'a', 2)
    const one = new Driven(cluster.client)
    await until(() => one.owned.size === 2)
    const two = new Driven(cluster.newClient(), { assignors: [cooperativeStickyAssignor] })
    await until(() => two.member.state === 'failed')
    expect(two.log.at(-1)).toContain('all members of a group must share an assignor')
    await one.close()
    await two.close()
  })
})
