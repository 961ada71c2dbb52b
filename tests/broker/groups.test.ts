import { describe, expect, it } from 'vitest'
import { FaultDisk, MemoryDisk, must, seededPrng } from '../../src/base/index.ts'
import {
  ERROR,
  type JoinGroupResponse,
  type SyncGroupResponse,
  deleteGroupsApi,
  deleteTopicsApi,
  describeGroupsApi,
  findCoordinatorApi,
  heartbeatApi,
  joinGroupApi,
  leaveGroupApi,
  listGroupsApi,
  offsetCommitApi,
  offsetFetchApi,
  syncGroupApi,
} from '../../src/protocol/index.ts'
import { TestClient, type TestBroker, makeBatch, settle, testBroker } from './test-client.ts'

interface MemberOptions {
  readonly instanceId?: string
  readonly protocols?: readonly (readonly [string, string])[]
  readonly sessionTimeoutMs?: number
  readonly rebalanceTimeoutMs?: number
  readonly protocolType?: string
  readonly version?: number
}

/** A member of the group 'g' on its own connection. */
class TestMember {
  readonly client: TestClient
  readonly options: MemberOptions
  memberId = ''
  generationId = -1

  constructor({ broker }: TestBroker, options: MemberOptions = {}) {
    this.client = new TestClient(broker)
    this.options = options
  }

  get instanceId(): string | null {
    return this.options.instanceId ?? null
  }

  /** JoinGroup as it is; the member id of the answer is kept. */
  async joinOnce(protocols = this.options.protocols): Promise<JoinGroupResponse> {
    const {
      sessionTimeoutMs = 10_000,
      rebalanceTimeoutMs = 60_000,
      protocolType = 'consumer',
      version = 9,
    } = this.options
    const answer = await this.client.call(joinGroupApi, version, {
      groupId: 'g',
      sessionTimeoutMs,
      rebalanceTimeoutMs,
      memberId: this.memberId,
      groupInstanceId: this.instanceId,
      protocolType,
      protocols: (protocols ?? [['range', 'topics']]).map(([name, metadata]) => ({
        name,
        metadata: Buffer.from(metadata),
      })),
    })
    this.memberId = answer.memberId
    if (answer.errorCode === ERROR.NONE) this.generationId = answer.generationId
    return answer
  }

  async join(): Promise<JoinGroupResponse> {
    const answer = await this.joinOnce()
    return answer.errorCode === ERROR.MEMBER_ID_REQUIRED ? this.joinOnce() : answer
  }

  sync(assignments: Readonly<Record<string, string>> = {}): Promise<SyncGroupResponse> {
    return this.client.call(syncGroupApi, 5, {
      groupId: 'g',
      generationId: this.generationId,
      memberId: this.memberId,
      groupInstanceId: this.instanceId,
      protocolType: null,
      protocolName: null,
      assignments: Object.entries(assignments).map(([memberId, assignment]) => ({
        memberId,
        assignment: Buffer.from(assignment),
      })),
    })
  }

  async heartbeat(): Promise<number> {
    const { memberId, generationId, instanceId } = this
    const answer = await this.client.call(heartbeatApi, 4, {
      groupId: 'g',
      generationId,
      memberId,
      groupInstanceId: instanceId,
    })
    return answer.errorCode
  }

  async leave(): Promise<number> {
    const { members } = await this.client.call(leaveGroupApi, 4, {
      groupId: 'g',
      members: [{ memberId: this.memberId, groupInstanceId: this.instanceId }],
    })
    return must(members[0], 'member').errorCode
  }

  async commit(committedOffset: number, groupId = 'g'): Promise<number> {
    const { topics } = await this.client.call(offsetCommitApi, 8, {
      groupId,
      generationIdOrMemberEpoch: this.generationId,
      memberId: this.memberId,
      groupInstanceId: this.instanceId,
      topics: [{ name: 't', partitions: [{ partitionIndex: 0, committedOffset, committedMetadata: 'm' }] }],
    })
    return must(topics[0]?.partitions[0], 'partition').errorCode
  }
}

/** Joins all at once and lets the leader give each member its own id as the assignment. */
async function stableGroup(members: readonly TestMember[]): Promise<TestMember> {
  const round: (JoinGroupResponse | undefined)[] = members.map(() => undefined)
  const join = async (i: number): Promise<void> => {
    round[i] = undefined
    round[i] = await must(members[i], 'member').join()
  }
  members.forEach((_, i) => void join(i))
  for (;;) {
    await settle()
    const generation = Math.max(...round.map((answer) => answer?.generationId ?? -1))
    const late = round.map((answer) => answer === undefined || answer.generationId < generation)
    if (!late.includes(true)) break
    // Some wait for the others to join again.
    round.forEach((answer, i) => void (answer !== undefined && join(i)))
  }
  const leader = must(
    members.find((member) => member.memberId === must(round[0], 'answer').leader),
    'leader',
  )
  const assignments = Object.fromEntries(members.map((member) => [member.memberId, member.memberId]))
  const synced = await Promise.all(members.map((member) => member.sync(member === leader ? assignments : {})))
  synced.forEach((answer, i) => {
    expect(answer.errorCode).toBe(ERROR.NONE)
    expect(answer.assignment.toString()).toBe(members[i]?.memberId)
  })
  return leader
}

async function groupState(made: TestBroker): Promise<string> {
  const { groups } = await new TestClient(made.broker).call(describeGroupsApi, 5, { groups: ['g'] })
  return must(groups[0], 'group').groupState
}

describe('a classic group', () => {
  it('gives a new member an id first, then a generation, then the assignment of its leader', async () => {
    const made = await testBroker()
    const member = new TestMember(made)
    expect(await member.joinOnce()).toMatchObject({
      errorCode: ERROR.MEMBER_ID_REQUIRED,
      memberId: expect.stringMatching(/^test-/),
    })
    const joined = await member.joinOnce()
    expect(joined).toMatchObject({
      errorCode: 0,
      generationId: 1,
      leader: member.memberId,
      protocolName: 'range',
      protocolType: 'consumer',
    })
    expect(joined.members).toMatchObject([{ memberId: member.memberId, metadata: Buffer.from('topics') }])
    expect(await groupState(made)).toBe('CompletingRebalance')
    expect((await member.sync({ [member.memberId]: 'all' })).assignment.toString()).toBe('all')
    expect(await groupState(made)).toBe('Stable')
  })

  it('lets old clients join without an id', async () => {
    const member = new TestMember(await testBroker(), { version: 3 })
    expect(await member.joinOnce()).toMatchObject({ errorCode: 0, generationId: 1 })
  })

  it('rebalances when a member joins: the others hear of it with their heartbeat', async () => {
    const made = await testBroker()
    const [a, b] = [new TestMember(made), new TestMember(made)]
    await stableGroup([a])
    const joinB = b.join()
    await settle()
    expect(await a.heartbeat()).toBe(ERROR.REBALANCE_IN_PROGRESS)
    const [joinedA, joinedB] = await Promise.all([a.joinOnce(), joinB])
    expect([joinedA.generationId, joinedB.generationId]).toEqual([2, 2])
    expect(joinedA.leader).toBe(a.memberId)
    expect(joinedA.members).toHaveLength(2)
    expect(joinedB.members).toHaveLength(0)
    const syncB = b.sync()
    expect((await a.sync({ [a.memberId]: 'A', [b.memberId]: 'B' })).assignment.toString()).toBe('A')
    expect((await syncB).assignment.toString()).toBe('B')
  })

  it('chooses the protocol that all can do and most want', async () => {
    const made = await testBroker()
    const members = [
      new TestMember(made, {
        protocols: [
          ['x', ''],
          ['y', ''],
          ['z', ''],
        ],
      }),
      new TestMember(made, {
        protocols: [
          ['only-mine', ''],
          ['z', ''],
          ['y', ''],
        ],
      }),
      new TestMember(made, {
        protocols: [
          ['z', ''],
          ['y', ''],
        ],
      }),
    ]
    await stableGroup(members)
    const { groups } = await new TestClient(made.broker).call(describeGroupsApi, 5, { groups: ['g'] })
    expect(groups[0]?.protocolData).toBe('z')
  })

  it('refuses members that share no protocol or are of another type, and wrong session time-outs', async () => {
    const made = await testBroker({ configs: { 'group.min.session.timeout.ms': 6000, 'group.max.size': 1 } })
    await stableGroup([new TestMember(made)])
    expect((await new TestMember(made, { sessionTimeoutMs: 5999 }).joinOnce()).errorCode).toBe(
      ERROR.INVALID_SESSION_TIMEOUT,
    )
    expect((await new TestMember(made, { sessionTimeoutMs: 1_800_001 }).joinOnce()).errorCode).toBe(
      ERROR.INVALID_SESSION_TIMEOUT,
    )
    expect((await new TestMember(made).joinOnce()).errorCode).toBe(ERROR.GROUP_MAX_SIZE_REACHED)
    const open = await testBroker()
    await stableGroup([new TestMember(open)])
    expect((await new TestMember(open, { protocols: [['other', '']] }).join()).errorCode).toBe(
      ERROR.INCONSISTENT_GROUP_PROTOCOL,
    )
    expect((await new TestMember(open, { protocolType: 'connect' }).join()).errorCode).toBe(
      ERROR.INCONSISTENT_GROUP_PROTOCOL,
    )
  })

  it('drops a member that is silent for its session time-out, not one that is heard of', async () => {
    const made = await testBroker()
    const [a, b] = [new TestMember(made), new TestMember(made, { sessionTimeoutMs: 30_000 })]
    await stableGroup([a, b])
    made.clock.advance(9000)
    expect(await a.heartbeat()).toBe(ERROR.NONE)
    made.clock.advance(9000)
    expect(await a.heartbeat()).toBe(ERROR.NONE)
    made.clock.advance(10_000)
    expect(await a.heartbeat()).toBe(ERROR.UNKNOWN_MEMBER_ID)
    expect(await b.heartbeat()).toBe(ERROR.REBALANCE_IN_PROGRESS)
    expect(await b.joinOnce()).toMatchObject({ generationId: expect.any(Number), leader: b.memberId })
    expect(made.warnings.join()).toContain(`member ${a.memberId} of group g was silent for 10000 ms`)
  })

  it('completes a rebalance without those who do not join in time', async () => {
    const made = await testBroker()
    const [a, b] = [
      new TestMember(made, { sessionTimeoutMs: 600_000 }),
      new TestMember(made, { sessionTimeoutMs: 600_000 }),
    ]
    await stableGroup([a, b])
    const c = new TestMember(made, { sessionTimeoutMs: 600_000 })
    const joinC = c.join()
    const joinA = a.joinOnce()
    await settle()
    made.clock.advance(60_000)
    const [answerA, answerC] = await Promise.all([joinA, joinC])
    expect(answerA.generationId).toBe(answerC.generationId)
    expect(await b.heartbeat()).toBe(ERROR.UNKNOWN_MEMBER_ID)
  })

  it('drops members that joined and never ask for their assignment', async () => {
    const made = await testBroker()
    const members = [
      new TestMember(made, { sessionTimeoutMs: 600_000 }),
      new TestMember(made, { sessionTimeoutMs: 600_000 }),
    ]
    const leader = await stableGroup(members)
    const follower = must(
      members.find((member) => member !== leader),
      'follower',
    )
    await Promise.all(members.map((member) => member.joinOnce([['range', 'changed']])))
    await leader.sync({ [leader.memberId]: 'mine' })
    made.clock.advance(60_000)
    expect(await follower.heartbeat()).toBe(ERROR.UNKNOWN_MEMBER_ID)
    expect(await leader.heartbeat()).toBe(ERROR.REBALANCE_IN_PROGRESS)
  })

  it('waits for group.initial.rebalance.delay.ms, longer while members come', async () => {
    const made = await testBroker({ configs: { 'group.initial.rebalance.delay.ms': 3000 } })
    const [a, b] = [new TestMember(made), new TestMember(made)]
    const joinA = a.join()
    await settle()
    made.clock.advance(2000)
    const joinB = b.join()
    await settle()
    made.clock.advance(1000)
    await settle()
    expect(await groupState(made)).toBe('PreparingRebalance')
    made.clock.advance(3000)
    const answers = await Promise.all([joinA, joinB])
    expect(answers.map((answer) => answer.generationId)).toEqual([1, 1])
  })

  it('answers a member that joins again without a change, and rebalances when the leader or its metadata changes', async () => {
    const made = await testBroker()
    const members = [new TestMember(made), new TestMember(made)]
    const leader = await stableGroup(members)
    const follower = must(
      members.find((member) => member !== leader),
      'follower',
    )
    const generation = leader.generationId
    expect(await follower.joinOnce()).toMatchObject({ errorCode: 0, generationId: generation, members: [] })
    expect(await leader.heartbeat()).toBe(ERROR.NONE)
    const change = follower.joinOnce([['range', 'other topics']])
    await settle()
    expect(await leader.heartbeat()).toBe(ERROR.REBALANCE_IN_PROGRESS)
    expect((await leader.joinOnce()).generationId).toBe(generation + 1)
    await change
  })

  it('goes on at once when a member leaves, also one that never joined with the id it got', async () => {
    const made = await testBroker()
    const [a, b, ghost] = [new TestMember(made), new TestMember(made), new TestMember(made)]
    await stableGroup([a, b])
    await ghost.joinOnce()
    const joinA = a.joinOnce([['range', 'changed']])
    const joinB = b.joinOnce()
    await settle()
    expect(await groupState(made)).toBe('PreparingRebalance')
    expect(await ghost.leave()).toBe(ERROR.NONE)
    await Promise.all([joinA, joinB])
    expect(await b.leave()).toBe(ERROR.NONE)
    expect(await b.leave()).toBe(ERROR.UNKNOWN_MEMBER_ID)
    expect(await a.leave()).toBe(ERROR.NONE)
    expect(await groupState(made)).toBe('Empty')
  })

  it('forgets a parked join when its connection closes', async () => {
    const made = await testBroker()
    const [a, b] = [new TestMember(made, { sessionTimeoutMs: 600_000 }), new TestMember(made)]
    await stableGroup([a])
    b.join().catch(() => {})
    await settle()
    b.client.close()
    made.clock.advance(10_000)
    const joined = await a.joinOnce()
    expect(joined.members).toHaveLength(1)
  })

  it('checks the generation of heartbeats, syncs and commits', async () => {
    const made = await testBroker()
    const member = new TestMember(made)
    await new TestClient(made.broker).createTopic('t')
    await stableGroup([member])
    member.generationId = 7
    expect(await member.heartbeat()).toBe(ERROR.ILLEGAL_GENERATION)
    expect((await member.sync()).errorCode).toBe(ERROR.ILLEGAL_GENERATION)
    expect(await member.commit(1)).toBe(ERROR.ILLEGAL_GENERATION)
    member.memberId = 'somebody else'
    expect(await member.heartbeat()).toBe(ERROR.UNKNOWN_MEMBER_ID)
    expect(await member.commit(1)).toBe(ERROR.UNKNOWN_MEMBER_ID)
  })

  it('gives an assignment that every client can read to a member whom the leader left out', async () => {
    const member = new TestMember(await testBroker())
    await member.join()
    expect((await member.sync({})).assignment.toString('hex')).toBe('000000000000ffffffff')
  })
})

describe('a static member', () => {
  it('comes back with a new id to the same assignment, without a rebalance; its old self is fenced', async () => {
    const made = await testBroker()
    const [a, b] = [new TestMember(made, { instanceId: 'one' }), new TestMember(made, { instanceId: 'two' })]
    const leader = await stableGroup([a, b])
    const follower = leader === a ? b : a
    const back = new TestMember(made, { instanceId: must(follower.instanceId ?? undefined, 'id') })
    expect(await back.joinOnce()).toMatchObject({
      errorCode: 0,
      generationId: leader.generationId,
      leader: leader.memberId,
    })
    expect(back.memberId).not.toBe(follower.memberId)
    expect((await back.sync()).assignment.toString()).toBe(follower.memberId)
    expect(await leader.heartbeat()).toBe(ERROR.NONE)
    expect(await follower.heartbeat()).toBe(ERROR.FENCED_INSTANCE_ID)
    const leaderBack = new TestMember(made, { instanceId: must(leader.instanceId ?? undefined, 'id') })
    expect(await leaderBack.joinOnce()).toMatchObject({ skipAssignment: true, leader: leaderBack.memberId })
  })

  it('leads nobody after a return at a version that cannot skip the assignment', async () => {
    const made = await testBroker()
    const member = new TestMember(made, { instanceId: 'one' })
    await stableGroup([member])
    const back = new TestMember(made, { instanceId: 'one', version: 8 })
    expect(await back.joinOnce()).toMatchObject({ errorCode: 0, leader: member.memberId, members: [] })
  })

  it('keeps its place while it is away, until its session ends, and can be removed by its instance id', async () => {
    const made = await testBroker()
    const [a, b] = [
      new TestMember(made, { instanceId: 'one', sessionTimeoutMs: 600_000 }),
      new TestMember(made, { sessionTimeoutMs: 600_000 }),
    ]
    await stableGroup([a, b])
    const join = b.joinOnce([['range', 'changed']])
    await settle()
    made.clock.advance(60_000)
    const joined = await join
    expect(joined.members.map((member) => member.groupInstanceId)).toContain('one')
    const admin = new TestClient(made.broker)
    const { members } = await admin.call(leaveGroupApi, 4, {
      groupId: 'g',
      members: [
        { memberId: '', groupInstanceId: 'one' },
        { memberId: '', groupInstanceId: 'nobody' },
      ],
    })
    expect(members.map((member) => member.errorCode)).toEqual([ERROR.NONE, ERROR.UNKNOWN_MEMBER_ID])
  })
})

describe('a broker that dies between two generations', () => {
  /** The member as it was, on what the disk of its broker surely has. */
  async function afterPowerLoss(disk: FaultDisk, member: TestMember): Promise<TestMember> {
    const made = await testBroker({ disk: disk.crashImage('lost', seededPrng(1)) })
    const again = new TestMember(made, member.options)
    again.memberId = member.memberId
    again.generationId = member.generationId
    return again
  }

  it('does not give out again the number of a generation that was joined and never synced', async () => {
    const disk = new FaultDisk(new MemoryDisk())
    const member = new TestMember(await testBroker({ disk }))
    await stableGroup([member])
    const { generationId } = await member.joinOnce([['range', 'changed']])
    const back = await afterPowerLoss(disk, member)
    expect(await back.heartbeat()).toBe(ERROR.ILLEGAL_GENERATION)
    expect((await back.joinOnce([['range', 'changed']])).generationId).toBeGreaterThan(generationId)
  })

  it('tells members of their assignments only when it will know them for members after its death', async () => {
    const disk = new FaultDisk(new MemoryDisk())
    const made = await testBroker({ disk })
    const [one, two] = [new TestMember(made), new TestMember(made)]
    const leader = await stableGroup([one, two])
    const follower = leader === one ? two : one
    const joined = follower.joinOnce([['range', 'changed']])
    await settle()
    await leader.joinOnce()
    await joined
    const release = disk.holdSyncs()
    const answered: string[] = []
    const syncs = [leader, follower].map(async (member) => {
      const { errorCode } = await member.sync({ [member.memberId]: 'new' })
      answered.push(`${errorCode}: ${await (await afterPowerLoss(disk, member)).heartbeat()}`)
    })
    await settle()
    expect(answered).toEqual([])
    release()
    await Promise.all(syncs)
    expect(answered).toEqual(['0: 0', '0: 0'])
  })

  it('knows a static member that came back meanwhile by its new id', async () => {
    const disk = new FaultDisk(new MemoryDisk())
    const made = await testBroker({ disk })
    const [one, two] = [new TestMember(made, { instanceId: 'one' }), new TestMember(made, { instanceId: 'two' })]
    await stableGroup([one, two])
    const changed = two.joinOnce([['range', 'changed']])
    await settle()
    const back = new TestMember(made, { instanceId: 'one' })
    await back.joinOnce([['range', 'changed']])
    await changed
    const returned = await afterPowerLoss(disk, back)
    expect(await returned.heartbeat()).toBe(ERROR.ILLEGAL_GENERATION)
    expect(await (await afterPowerLoss(disk, one)).heartbeat()).toBe(ERROR.FENCED_INSTANCE_ID)
  })

  it('knows a static member that left and came back meanwhile by its new id', async () => {
    const disk = new FaultDisk(new MemoryDisk())
    const made = await testBroker({ disk })
    const [one, two] = [new TestMember(made, { instanceId: 'one' }), new TestMember(made)]
    await stableGroup([one, two])
    expect(await one.leave()).toBe(ERROR.NONE)
    const back = new TestMember(made, { instanceId: 'one' })
    const joined = back.joinOnce()
    await settle()
    await two.joinOnce()
    await joined
    const returned = await afterPowerLoss(disk, back)
    expect(await returned.heartbeat()).toBe(ERROR.ILLEGAL_GENERATION)
  })
})

describe('committed offsets', () => {
  it('come back with their metadata, over a restart, by name and by topic id', async () => {
    const disk = new MemoryDisk()
    const made = await testBroker({ disk })
    const topicId = await new TestClient(made.broker).createTopic('t', 2)
    const simple = new TestMember(made)
    expect(await simple.commit(42)).toBe(ERROR.NONE)
    await made.broker.close()
    const client = new TestClient((await testBroker({ disk })).broker)
    const old = await client.call(offsetFetchApi, 5, { groupId: 'g', topics: null })
    expect(old.topics).toMatchObject([
      { name: 't', partitions: [{ partitionIndex: 0, committedOffset: 42, metadata: 'm' }] },
    ])
    const { groups } = await client.call(offsetFetchApi, 10, {
      groups: [{ groupId: 'g', topics: [{ topicId, partitionIndexes: [0, 1] }] }],
      requireStable: false,
    })
    expect(groups[0]?.topics[0]?.partitions.map((each) => each.committedOffset)).toEqual([42, -1])
    const none = await client.call(offsetFetchApi, 8, {
      groups: [{ groupId: 'nobody', topics: null }],
      requireStable: false,
    })
    expect(none.groups).toMatchObject([{ groupId: 'nobody', errorCode: 0, topics: [] }])
  })

  it('are refused from outsiders while the group has members, and for partitions that do not exist', async () => {
    const made = await testBroker()
    const member = new TestMember(made)
    const outsider = new TestMember(made)
    expect(await outsider.commit(1)).toBe(ERROR.UNKNOWN_TOPIC_OR_PARTITION)
    await new TestClient(made.broker).createTopic('t')
    await stableGroup([member])
    expect(await outsider.commit(1)).toBe(ERROR.UNKNOWN_MEMBER_ID)
    expect(await member.commit(1)).toBe(ERROR.NONE)
    const changed = member.joinOnce()
    await changed
    expect(await member.commit(2)).toBe(ERROR.REBALANCE_IN_PROGRESS)
  })

  it('go with their topic and with their group', async () => {
    const disk = new MemoryDisk()
    const made = await testBroker({ disk })
    const client = new TestClient(made.broker)
    await client.createTopic('t')
    const simple = new TestMember(made)
    await simple.commit(5)
    await client.call(deleteTopicsApi, 5, { topicNames: ['t'], timeoutMs: 1000 })
    await client.createTopic('t')
    const fetch = async (from: TestClient): Promise<number | undefined> => {
      const { topics } = await from.call(offsetFetchApi, 5, {
        groupId: 'g',
        topics: [{ name: 't', partitionIndexes: [0] }],
      })
      return topics[0]?.partitions[0]?.committedOffset
    }
    expect(await fetch(client)).toBe(-1)
    await simple.commit(6)
    const { results } = await client.call(deleteGroupsApi, 2, { groupsNames: ['g', 'nobody'] })
    expect(results.map((result) => result.errorCode)).toEqual([ERROR.NONE, ERROR.GROUP_ID_NOT_FOUND])
    expect(await fetch(client)).toBe(-1)
    await made.broker.close()
    expect(await fetch(new TestClient((await testBroker({ disk })).broker))).toBe(-1)
  })
})

describe('groups for people and tools', () => {
  it('are listed by state and type without regard to case, described, and not deleted while they have members', async () => {
    const made = await testBroker()
    const client = new TestClient(made.broker)
    const member = new TestMember(made)
    await stableGroup([member])
    const list = (statesFilter: string[], typesFilter: string[]) =>
      client.call(listGroupsApi, 5, { statesFilter, typesFilter })
    expect((await list([], [])).groups).toMatchObject([
      { groupId: 'g', protocolType: 'consumer', groupState: 'Stable', groupType: 'classic' },
    ])
    expect((await list(['stable'], ['CLASSIC'])).groups).toHaveLength(1)
    expect((await list(['Empty'], [])).groups).toEqual([])
    expect(made.broker.status().groups).toEqual([{ id: 'g', type: 'classic', state: 'Stable', members: 1 }])
    const { groups } = await client.call(describeGroupsApi, 6, { groups: ['g', 'nobody'] })
    expect(groups).toMatchObject([
      {
        groupState: 'Stable',
        members: [{ memberId: member.memberId, clientId: 'test', memberMetadata: Buffer.from('topics') }],
      },
      { errorCode: ERROR.GROUP_ID_NOT_FOUND, groupState: 'Dead' },
    ])
    expect((await client.call(deleteGroupsApi, 2, { groupsNames: ['g'] })).results[0]?.errorCode).toBe(
      ERROR.NON_EMPTY_GROUP,
    )
  })

  it('keep members and assignments over a restart', async () => {
    const disk = new MemoryDisk()
    const made = await testBroker({ disk })
    const member = new TestMember(made)
    await stableGroup([member])
    await made.broker.close()
    const second = await testBroker({ disk })
    const same = new TestMember(second)
    same.memberId = member.memberId
    same.generationId = member.generationId
    expect(await same.heartbeat()).toBe(ERROR.NONE)
    expect((await same.sync()).assignment.toString()).toBe(member.memberId)
    second.clock.advance(10_000)
    expect(await same.heartbeat()).toBe(ERROR.UNKNOWN_MEMBER_ID)
    expect(await groupState(second)).toBe('Empty')
  })

  it('have this node as coordinator, one key or many', async () => {
    const client = new TestClient((await testBroker()).broker)
    expect(await client.call(findCoordinatorApi, 2, { key: 'g', keyType: 0 })).toMatchObject({
      errorCode: 0,
      nodeId: 1,
    })
    const { coordinators } = await client.call(findCoordinatorApi, 6, { keyType: 1, coordinatorKeys: ['a', 'b'] })
    expect(coordinators).toMatchObject([
      { key: 'a', nodeId: 1, errorCode: 0 },
      { key: 'b', nodeId: 1, errorCode: 0 },
    ])
    const share = await client.call(findCoordinatorApi, 6, { keyType: 2, coordinatorKeys: ['a'] })
    expect(share.coordinators[0]?.errorCode).toBe(ERROR.INVALID_REQUEST)
  })

  it('cannot be faked: clients may not write to the internal topics', async () => {
    const made = await testBroker()
    const client = new TestClient(made.broker)
    await client.createTopic('t')
    await new TestMember(made).commit(1)
    expect((await client.produce('__consumer_offsets', makeBatch([{ key: 'k', value: 'v' }]))).errorCode).toBe(
      ERROR.INVALID_TOPIC_EXCEPTION,
    )
  })
})
