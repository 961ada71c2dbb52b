import { describe, expect, it } from 'vitest'
import { must } from '../../src/base/index.ts'
import {
  type ConsumerGroupHeartbeatResponse,
  ERROR,
  consumerGroupDescribeApi,
  consumerGroupHeartbeatApi,
  createPartitionsApi,
  joinGroupApi,
  listGroupsApi,
  offsetCommitApi,
} from '../../src/protocol/index.ts'
import { type TestBroker, TestClient, testBroker } from './test-client.ts'

/** A member of the group 'g' that follows its assignment, unless told to hold on to what it has. */
class TestMember {
  readonly client: TestClient
  readonly memberId: string
  readonly subscription: {
    readonly names?: readonly string[]
    readonly regex?: string
    readonly instanceId?: string
    readonly assignor?: string
  }
  epoch = 0
  owned: readonly number[] = []
  topicId = ''

  constructor({ broker }: TestBroker, memberId: string, subscription: TestMember['subscription'] = { names: ['t'] }) {
    this.client = new TestClient(broker)
    this.memberId = memberId
    this.subscription = subscription
  }

  async beat(
    options: { owned?: readonly number[] | null; epoch?: number; isFull?: boolean } = {},
  ): Promise<ConsumerGroupHeartbeatResponse> {
    const epoch = options.epoch ?? this.epoch
    const isFull = epoch === 0 || options.isFull === true
    const owned = options.owned === undefined ? this.owned : options.owned
    const answer = await this.client.call(consumerGroupHeartbeatApi, 1, {
      groupId: 'g',
      memberId: this.memberId,
      memberEpoch: epoch,
      instanceId: this.subscription.instanceId ?? null,
      rebalanceTimeoutMs: isFull ? 30_000 : -1,
      subscribedTopicNames: isFull ? (this.subscription.names ?? null) : null,
      subscribedTopicRegex: isFull ? (this.subscription.regex ?? null) : null,
      serverAssignor: this.subscription.assignor ?? null,
      topicPartitions: owned === null ? null : owned.length === 0 ? [] : [{ topicId: this.topicId, partitions: owned }],
    })
    if (answer.errorCode === ERROR.NONE && epoch >= 0) {
      this.epoch = answer.memberEpoch
      if (answer.assignment !== null) {
        this.owned = answer.assignment.topicPartitions.flatMap((topic) => topic.partitions)
        this.topicId = answer.assignment.topicPartitions[0]?.topicId ?? this.topicId
      }
    }
    return answer
  }
}

async function setUp(partitions = 4): Promise<TestBroker & { readonly client: TestClient }> {
  const made = await testBroker()
  const client = new TestClient(made.broker)
  await client.createTopic('t', partitions)
  return { ...made, client }
}

/** Heartbeats in turn until nothing changes; no partition may ever be with two members. */
async function converge(members: readonly TestMember[]): Promise<void> {
  for (let round = 0; round < 10; round++) {
    for (const member of members) {
      await member.beat()
      const all = members.flatMap((each) => each.owned)
      expect(new Set(all).size).toBe(all.length)
    }
  }
}

describe('a group of the new consumer protocol', () => {
  it('spreads partitions, never has one with two members, and evens out when members come and go', async () => {
    const made = await setUp(7)
    const members = ['a', 'b', 'c'].map((id) => new TestMember(made, id))
    const [a, b, c] = members as [TestMember, TestMember, TestMember]
    await converge([a])
    expect(a.owned).toHaveLength(7)
    await converge([a, b])
    await converge(members)
    expect(members.map((member) => member.owned.length).sort((x, y) => x - y)).toEqual([2, 2, 3])
    await b.beat({ epoch: -1, owned: null })
    await converge([a, c])
    expect([...a.owned, ...c.owned].sort((x, y) => x - y)).toEqual([0, 1, 2, 3, 4, 5, 6])
  })

  it('gives a partition to nobody until its owner has confirmed that it gave it up', async () => {
    const made = await setUp(2)
    const [a, b] = [new TestMember(made, 'a'), new TestMember(made, 'b')]
    await converge([a])
    await b.beat()
    expect(b.owned).toEqual([])
    const before = a.epoch
    const told = await a.beat({ owned: null })
    expect(told.assignment?.topicPartitions[0]?.partitions).toHaveLength(1)
    expect(a.epoch).toBe(before)
    await a.beat({ owned: null })
    await a.beat({ owned: [0, 1] })
    await b.beat({ owned: null })
    expect(b.owned).toEqual([])
    await a.beat()
    expect(a.epoch).toBe(b.epoch)
    await b.beat({ owned: null })
    expect(b.owned).toHaveLength(1)
  })

  it('fences a member that does not give up its partitions in time, and one that is silent', async () => {
    const made = await setUp(2)
    const [a, b] = [new TestMember(made, 'a'), new TestMember(made, 'b')]
    await converge([a])
    await b.beat()
    await a.beat({ owned: null })
    made.clock.advance(29_000)
    await b.beat({ owned: null })
    made.clock.advance(1000)
    expect((await a.beat({ owned: null })).errorCode).toBe(ERROR.UNKNOWN_MEMBER_ID)
    await converge([b])
    expect(b.owned).toHaveLength(2)
    made.clock.advance(45_000)
    expect((await b.beat()).errorCode).toBe(ERROR.UNKNOWN_MEMBER_ID)
  })

  it('checks epochs, and forgives the one before when the answer was lost', async () => {
    const made = await setUp()
    const [a, b] = [new TestMember(made, 'a'), new TestMember(made, 'b')]
    await converge([a, b])
    const previous = a.epoch
    await b.beat({ epoch: -1, owned: null })
    await a.beat()
    expect(a.epoch).toBe(previous + 1)
    const kept = a.owned
    a.owned = kept.slice(0, 1)
    expect((await a.beat({ epoch: previous, isFull: true })).errorCode).toBe(ERROR.NONE)
    expect((await a.beat({ epoch: previous - 1 })).errorCode).toBe(ERROR.FENCED_MEMBER_EPOCH)
    expect((await a.beat({ epoch: 99 })).errorCode).toBe(ERROR.FENCED_MEMBER_EPOCH)
    expect((await new TestMember(made, 'stranger').beat({ epoch: 3 })).errorCode).toBe(ERROR.UNKNOWN_MEMBER_ID)
  })

  it('refuses joins that claim partitions, lack a subscription or name an assignor that is not there', async () => {
    const made = await setUp()
    expect((await new TestMember(made, 'a').beat({ owned: null })).errorCode).toBe(ERROR.INVALID_REQUEST)
    expect((await new TestMember(made, 'a', {}).beat()).errorCode).toBe(ERROR.INVALID_REQUEST)
    expect((await new TestMember(made, 'a', { names: ['t'], assignor: 'magic' }).beat()).errorCode).toBe(
      ERROR.UNSUPPORTED_ASSIGNOR,
    )
    expect((await new TestMember(made, 'a', { regex: '(' }).beat()).errorCode).toBe(ERROR.INVALID_REGULAR_EXPRESSION)
  })

  it('takes topics by regular expression, and new topics and partitions as they come', async () => {
    const made = await setUp(1)
    const member = new TestMember(made, 'a', { regex: 't.*', assignor: 'range' })
    await converge([member])
    expect(member.owned).toEqual([0])
    await made.client.call(createPartitionsApi, 3, {
      topics: [{ name: 't', count: 3, assignments: null }],
      timeoutMs: 1000,
      validateOnly: false,
    })
    await converge([member])
    expect([...member.owned].sort((x, y) => x - y)).toEqual([0, 1, 2])
    await made.client.createTopic('not-me', 1)
    const epoch = member.epoch
    await converge([member])
    expect(member.epoch).toBe(epoch)
    await made.client.createTopic('t2', 1)
    await member.beat()
    expect(member.epoch).toBe(epoch + 1)
  })

  it('keeps the place of a static member that left for a while, and refuses a second one with its id', async () => {
    const made = await setUp(2)
    const options = { names: ['t'], instanceId: 'one' }
    const [first, other] = [new TestMember(made, 'first', options), new TestMember(made, 'other')]
    await converge([first, other])
    const mine = first.owned
    expect((await new TestMember(made, 'thief', options).beat()).errorCode).toBe(ERROR.UNRELEASED_INSTANCE_ID)
    await first.beat({ epoch: -2, owned: null })
    await other.beat()
    expect(other.owned).toHaveLength(1)
    const back = new TestMember(made, 'back', options)
    await converge([back, other])
    expect(back.owned).toEqual(mine)
  })

  it('is listed and described, keeps out classic members, and takes commits of the right epoch only', async () => {
    const made = await setUp()
    const member = new TestMember(made, 'a')
    await converge([member])
    const { groups } = await made.client.call(listGroupsApi, 5, { statesFilter: [], typesFilter: ['Consumer'] })
    expect(groups).toMatchObject([
      { groupId: 'g', groupState: 'Stable', groupType: 'consumer', protocolType: 'consumer' },
    ])
    const described = await made.client.call(consumerGroupDescribeApi, 1, {
      groupIds: ['g', 'none'],
      includeAuthorizedOperations: false,
    })
    expect(described.groups).toMatchObject([
      {
        groupState: 'Stable',
        assignorName: 'uniform',
        members: [{ memberId: 'a', assignment: { topicPartitions: [{ topicName: 't', partitions: [0, 1, 2, 3] }] } }],
      },
      { errorCode: ERROR.GROUP_ID_NOT_FOUND },
    ])
    const classic = await made.client.call(joinGroupApi, 9, {
      groupId: 'g',
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 10_000,
      memberId: '',
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: Buffer.alloc(0) }],
    })
    expect(classic.errorCode).toBe(ERROR.INCONSISTENT_GROUP_PROTOCOL)
    const commit = async (generationIdOrMemberEpoch: number, memberId: string): Promise<number> => {
      const topics = [{ name: 't', partitions: [{ partitionIndex: 0, committedOffset: 1, committedMetadata: '' }] }]
      const answer = await made.client.call(offsetCommitApi, 9, {
        groupId: 'g',
        generationIdOrMemberEpoch,
        memberId,
        topics,
      })
      return must(answer.topics[0]?.partitions[0], 'partition').errorCode
    }
    expect(await commit(member.epoch, 'a')).toBe(ERROR.NONE)
    expect(await commit(member.epoch + 1, 'a')).toBe(ERROR.STALE_MEMBER_EPOCH)
    expect(await commit(member.epoch, 'b')).toBe(ERROR.UNKNOWN_MEMBER_ID)
  })
})
