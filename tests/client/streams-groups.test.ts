import { beforeEach, describe, expect, test } from 'vitest'
import { ManualClock, RetriableError, seededPrng } from '../../src/base/index.ts'
import { type Client, type GroupEvent, type GroupMember, createClient } from '../../src/client/index.ts'
import {
  ERROR,
  type StreamsGroupHeartbeatRequest,
  findCoordinatorApi,
  offsetCommitApi,
  streamsGroupHeartbeatApi,
} from '../../src/protocol/index.ts'
import { formatTopicPartition, topicPartition } from '../../src/record/index.ts'
import { ALL_VERSIONS, ScriptedTransport, settle } from './scripted-transport.ts'

type Tasks = readonly { readonly subtopologyId: string; readonly partitions: readonly number[] }[]

const INTERVAL_MS = 5_000
const none: Tasks = []

/** The coordinator's side of a heartbeat, said by the test. */
class Group {
  readonly clock = new ManualClock()
  readonly transport = new ScriptedTransport()
  readonly client: Client
  readonly heartbeats: StreamsGroupHeartbeatRequest[] = []
  readonly log: string[] = []
  isShutdownRequested = false
  answer: (heartbeat: StreamsGroupHeartbeatRequest) => object = () => ({})
  commitCode: number = ERROR.NONE

  constructor() {
    this.transport.topics = { orders: 2, 'app-by-key-repartition': 2 }
    this.transport.script = ({ api, request, answer }) => {
      if (api.key === findCoordinatorApi.key) {
        const found = { errorCode: 0, errorMessage: null, nodeId: 1, host: 'scripted', port: 1 }
        answer({ ...found, coordinators: [{ key: 'app', ...found }] })
      } else if (api.key === streamsGroupHeartbeatApi.key) {
        const heartbeat = request as StreamsGroupHeartbeatRequest
        this.heartbeats.push(heartbeat)
        answer({ ...ANSWER, memberId: heartbeat.memberId, ...this.answer(heartbeat) })
      } else if (api.key === offsetCommitApi.key) {
        const partitions = [{ partitionIndex: 0, errorCode: this.commitCode }]
        answer({ topics: [{ name: 'orders', partitions }] })
      }
    }
    this.client = createClient({
      clientId: 'test',
      transport: this.transport,
      clock: this.clock,
      prng: seededPrng(1),
    })
  }

  join(): GroupMember {
    const member = this.client.streamsGroupMember({
      groupId: 'app',
      memberId: 'process-1',
      processId: 'process',
      clientTags: { zone: 'a' },
      isShutdownRequested: () => this.isShutdownRequested,
      subtopologies: [
        {
          id: '0',
          sourceTopics: ['orders'],
          repartitionSourceTopics: [],
          repartitionSinkTopics: ['app-by-key-repartition'],
          changelogTopics: [],
          copartitionGroups: [],
        },
        {
          id: '1',
          sourceTopics: [],
          repartitionSourceTopics: [
            { name: 'app-by-key-repartition', partitions: 0, replicationFactor: -1, config: { a: 'b' } },
          ],
          repartitionSinkTopics: [],
          changelogTopics: [
            {
              name: 'app-counts-changelog',
              partitions: 0,
              replicationFactor: -1,
              config: { 'cleanup.policy': 'compact' },
            },
          ],
          copartitionGroups: [],
        },
      ],
    })
    member.start()
    return member
  }

  /** Lets what is due happen, and notes the events. */
  async events(member: GroupMember, advanceMs = 0): Promise<readonly GroupEvent[]> {
    await settle()
    if (advanceMs > 0) this.clock.advance(advanceMs)
    await settle()
    const events = member.takeEvents()
    for (const event of events) this.log.push(line(event))
    return events
  }
}

const ANSWER = {
  errorCode: 0,
  memberEpoch: 1,
  heartbeatIntervalMs: INTERVAL_MS,
  acceptableRecoveryLag: 0,
  taskOffsetIntervalMs: 0,
  status: null,
  activeTasks: null,
  standbyTasks: null,
  warmupTasks: null,
  endpointInformationEpoch: 0,
  partitionsByUserEndpoint: null,
}

function line(event: GroupEvent): string {
  if (event.kind === 'failed') return `failed ${event.error.message}`
  if (event.kind === 'status') return `status ${event.status}: ${event.detail}`
  if (event.kind === 'endpoints')
    return `endpoints ${event.endpoints.map(({ host, port }) => `${host}:${port}`).join(' ')}`
  if (event.kind === 'assigned') {
    const { partitions, tasks } = event.assignment
    const standby = (tasks?.standby ?? []).map(({ subtopologyId, partition }) => `${subtopologyId}_${partition}`)
    return `assigned ${partitions.map(formatTopicPartition).join(' ')}${standby.length > 0 ? ` standby ${standby.join(' ')}` : ''}`
  }
  return `${event.kind} ${event.partitions.map(formatTopicPartition).join(' ')}`
}

const tasks = (active: Tasks, standby: Tasks = none, warmup: Tasks = none): object => ({
  activeTasks: active,
  standbyTasks: standby,
  warmupTasks: warmup,
})

let group: Group
beforeEach(() => {
  group = new Group()
})

describe('a member of a streams group', () => {
  test('tells its topology once, takes what it is given, and says that it has it', async () => {
    group.answer = ({ memberEpoch }) =>
      memberEpoch === 0
        ? tasks(
            [{ subtopologyId: '0', partitions: [0, 1] }],
            [{ subtopologyId: '1', partitions: [0] }],
            [{ subtopologyId: '1', partitions: [1] }],
          )
        : {}
    const member = group.join()
    await group.events(member)
    expect(group.log).toEqual(['assigned orders-0 orders-1 standby 1_0 1_1'])
    const [joining, acknowledging, ...rest] = group.heartbeats
    expect(joining).toMatchObject({ memberId: 'process-1', memberEpoch: 0, processId: 'process', activeTasks: [] })
    expect(joining?.clientTags).toEqual([{ key: 'zone', value: 'a' }])
    expect(joining?.topology?.subtopologies.map((each) => each.stateChangelogTopics.map(({ name }) => name))).toEqual([
      [],
      ['app-counts-changelog'],
    ])
    expect(acknowledging).toMatchObject({
      memberEpoch: 1,
      topology: null,
      activeTasks: [{ subtopologyId: '0', partitions: [0, 1] }],
      warmupTasks: [{ subtopologyId: '1', partitions: [1] }],
    })
    expect(rest).toEqual([])
    await group.events(member, INTERVAL_MS)
    expect(group.heartbeats.at(-1)).toMatchObject({ memberEpoch: 1, activeTasks: null })
    expect(member.metadata).toMatchObject({ memberId: 'process-1', generation: 1 })
  })

  test('gives up a task before it says so, and heartbeats go on meanwhile', async () => {
    group.answer = ({ memberEpoch }) => (memberEpoch === 0 ? tasks([{ subtopologyId: '0', partitions: [0, 1] }]) : {})
    const member = group.join()
    await group.events(member)
    group.answer = () => ({ memberEpoch: 2, ...tasks([{ subtopologyId: '0', partitions: [1] }]) })
    await group.events(member, INTERVAL_MS)
    expect(group.log.at(-1)).toBe('revoking orders-0')
    await group.events(member, INTERVAL_MS)
    expect(group.heartbeats.at(-1)).toMatchObject({ memberEpoch: 2, activeTasks: null })
    group.answer = () => ({ memberEpoch: 2 })
    member.revoked()
    await group.events(member)
    expect(group.log.at(-1)).toBe('assigned orders-1')
    expect(group.heartbeats.at(-1)).toMatchObject({ activeTasks: [{ subtopologyId: '0', partitions: [1] }] })
  })

  test.each([
    ['fenced', ERROR.FENCED_MEMBER_EPOCH],
    ['unknown to the coordinator', ERROR.UNKNOWN_MEMBER_ID],
  ])(
    'that is %s loses its tasks, stays who it was until that is dealt with, and joins again',
    async (_name, errorCode) => {
      const mine = tasks([{ subtopologyId: '0', partitions: [0] }])
      group.answer = ({ memberEpoch }) => (memberEpoch === 0 ? mine : {})
      const member = group.join()
      await group.events(member)
      group.answer = ({ memberEpoch }) =>
        memberEpoch === 0 ? { memberEpoch: 7, ...mine } : memberEpoch === 7 ? { memberEpoch: 7 } : { errorCode }
      await settle()
      group.clock.advance(INTERVAL_MS)
      await settle()
      group.answer = () => ({ memberEpoch: 7 })
      const events = member.takeEvents()
      expect(events.map(line)).toEqual(['lost orders-0'])
      expect(member.metadata.generation).toBe(1)
      expect(member.takeEvents().map(line)).toEqual(['assigned orders-0'])
      expect(member.metadata.generation).toBe(7)
    },
  )

  test('whose commit comes with an old epoch asks for the new one at once', async () => {
    group.answer = ({ memberEpoch }) =>
      memberEpoch === 0 ? tasks([{ subtopologyId: '0', partitions: [0] }]) : { memberEpoch: 3 }
    const member = group.join()
    await group.events(member)
    const before = group.heartbeats.length
    group.commitCode = ERROR.STALE_MEMBER_EPOCH
    const offsets = new Map([[topicPartition('orders', 0), { offset: 5, metadata: '' }]])
    await expect(member.commit(offsets)).rejects.toThrow(RetriableError)
    await settle()
    expect(group.heartbeats.length).toBe(before + 1)
    expect(member.metadata.generation).toBe(3)
  })

  test('gives out again what it holds when its owner has dropped it', async () => {
    group.answer = ({ memberEpoch }) => (memberEpoch === 0 ? tasks([{ subtopologyId: '0', partitions: [0] }]) : {})
    const member = group.join()
    await group.events(member)
    member.rejoin('the tasks were dropped')
    await group.events(member)
    expect(group.log).toEqual(['assigned orders-0', 'assigned orders-0'])
  })

  test('says what keeps the coordinator from assigning, once', async () => {
    group.answer = () => ({ status: [{ statusCode: 1, statusDetail: 'no topic orders' }] })
    const member = group.join()
    await group.events(member)
    await group.events(member, INTERVAL_MS)
    expect(group.log).toEqual(['status missing-source-topics: no topic orders'])
  })

  test('asks all to shut down, and hears when another does', async () => {
    const member = group.join()
    await group.events(member)
    group.isShutdownRequested = true
    group.answer = () => ({ status: [{ statusCode: 4, statusDetail: 'asked by process-1' }] })
    member.rejoin('the application is to shut down')
    await group.events(member)
    expect(group.heartbeats.at(-1)?.shutdownApplication).toBe(true)
    expect(group.log).toContain('status shutdown-requested: asked by process-1')
  })

  test('leaves with its last heartbeat', async () => {
    group.answer = ({ memberEpoch }) => (memberEpoch === 0 ? tasks([]) : {})
    const member = group.join()
    await group.events(member)
    const closing = member.close()
    await settle()
    group.clock.advance(INTERVAL_MS)
    await closing
    expect(group.heartbeats.at(-1)).toMatchObject({ memberId: 'process-1', memberEpoch: -1 })
  })

  test('on a cluster without streams groups fails with what to do', async () => {
    group.transport.apiVersions = ({ answer }) =>
      answer({
        ...ALL_VERSIONS,
        apiKeys: ALL_VERSIONS.apiKeys.filter(({ apiKey }) => apiKey !== streamsGroupHeartbeatApi.key),
      })
    const member = group.join()
    await group.events(member)
    expect(group.log).toEqual([
      expect.stringMatching(/cannot serve StreamsGroupHeartbeat.*Apache Kafka 4\.2 or later.*use 'classic' here/),
    ])
  })
})
