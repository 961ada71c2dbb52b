import { describe, expect, onTestFinished, test } from 'vitest'
import { InProcessTransport } from '../../app/in-process-transport.ts'
import { parseConfig } from '../../app/parse-config.ts'
import { MemoryDisk, type TidemillError, must, systemClock, systemPrng } from '../../base/index.ts'
import { startBroker } from '../../broker/index.ts'
import { type Client, type MemberAssignment, type MemberSubscription, createClient } from '../../client/index.ts'
import { StreamsBuilder } from '../../dsl/index.ts'
import { type TopicPartition, formatTopicPartition, topicPartition } from '../../record/index.ts'
import { serdes, topic } from '../../serde/index.ts'
import type { ThreadConfig } from '../thread-config.ts'
import { decodeAssignmentInfo } from './assignment-info.ts'
import { MetadataVersion } from './metadata-version.ts'
import { SHUTDOWN_REQUESTED, StreamsAssignor } from './streams-assignor.ts'
import { OFFSET_SUM_RUNNING, type SubscriptionInfo, encodeSubscriptionInfo } from './subscription-info.ts'
import type { TaskAssignor } from './task-assignor.ts'
import { taskId } from './task-id.ts'

const input = topic('input', { key: serdes.string, value: serdes.string })

async function leader(
  partitions: number,
  userAssignor?: TaskAssignor,
): Promise<{ readonly assignor: StreamsAssignor; readonly client: Client; readonly errors: TidemillError[] }> {
  const broker = await startBroker({ disk: new MemoryDisk(), listen: false })
  const transport = new InProcessTransport(broker)
  const client = createClient({ clientId: 'test', transport, clock: systemClock, prng: systemPrng() })
  onTestFinished(async () => {
    await client.close()
    await broker.close()
  })
  if (partitions > 0)
    await client.admin().createTopics([{ name: 'input', partitions, replicationFactor: -1, config: {} }])
  const builder = new StreamsBuilder()
  builder.stream(input).groupByKey().count({ store: 'counts' })
  const { thread } = parseConfig({ applicationId: 'app', bootstrapServers: 'localhost:1' })
  const config: ThreadConfig = { ...thread, assignor: userAssignor, clientId: 'app', processId: systemPrng().uuid() }
  const errors: TidemillError[] = []
  const assignor = new StreamsAssignor({
    topology: builder.build(),
    client,
    config,
    clock: systemClock,
    metadataVersion: new MetadataVersion(),
    taskOffsetSums: () => new Map(),
    isShutdownRequested: () => false,
    onAssignError: (error) => errors.push(error),
  })
  return { assignor, client, errors }
}

function member(
  memberId: string,
  owned: readonly number[] = [],
  parts: Partial<SubscriptionInfo> = {},
): MemberSubscription {
  const info: SubscriptionInfo = {
    version: 11,
    latestSupported: 11,
    processId: `${memberId.charCodeAt(0).toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`,
    taskOffsetSums: new Map(owned.map((partition) => [taskId(0, partition), OFFSET_SUM_RUNNING])),
    userEndpoint: undefined,
    uniqueField: 0,
    errorCode: 0,
    clientTags: {},
    ...parts,
  }
  return {
    memberId,
    groupInstanceId: undefined,
    topics: ['input'],
    userData: encodeSubscriptionInfo(info),
    ownedPartitions: owned.map((partition) => topicPartition('input', partition)),
    generation: 1,
    rackId: undefined,
  }
}

const given = (assignments: ReadonlyMap<string, MemberAssignment>, memberId: string): readonly string[] =>
  must(assignments.get(memberId), memberId).partitions.map((tp: TopicPartition) => formatTopicPartition(tp))
const info = (
  assignments: ReadonlyMap<string, MemberAssignment>,
  memberId: string,
): ReturnType<typeof decodeAssignmentInfo> =>
  decodeAssignmentInfo(must(assignments.get(memberId)?.userData, 'user data'))

describe('StreamsAssignor', () => {
  test('gives every task once, makes the changelog with as many partitions, and names a task for each partition', async () => {
    const { assignor, client } = await leader(3)
    const assignments = await assignor.assign([member('a'), member('b')])
    expect([...given(assignments, 'a'), ...given(assignments, 'b')].sort()).toEqual(['input-0', 'input-1', 'input-2'])
    expect(info(assignments, 'a').active).toHaveLength(given(assignments, 'a').length)
    const [changelog] = await client.cluster.refresh(['app-counts-changelog'])
    expect(changelog?.partitions).toBe(3)
    expect((await client.admin().topicConfigs(['app-counts-changelog'])).get('app-counts-changelog')).toMatchObject({
      'cleanup.policy': 'compact',
    })
  })

  test('leaves out what another member still owns; when it is given up it is given out', async () => {
    const { assignor } = await leader(4)
    const first = await assignor.assign([member('a', [0, 1, 2, 3]), member('b')])
    expect(given(first, 'a')).toHaveLength(2)
    expect(given(first, 'b')).toEqual([])
    // Should it die now and come back as a static member, it gets this again without a rebalance.
    expect([info(first, 'a').nextRebalanceMs, info(first, 'b').nextRebalanceMs]).toEqual([0, undefined])
    const kept = given(first, 'a').map((name) => Number(name.at(-1)))
    const second = await assignor.assign([member('a', kept), member('b')])
    expect(given(second, 'a')).toEqual(given(first, 'a'))
    expect(given(second, 'b')).toHaveLength(2)
    expect(info(second, 'a').nextRebalanceMs).toBeUndefined()
  })

  test('who only says that it owned a partition in an earlier generation does not hold it up', async () => {
    const { assignor } = await leader(1)
    const late = { ...member('b', [0]), generation: 0, userData: member('b').userData }
    const assignments = await assignor.assign([member('a', [0]), late])
    expect(given(assignments, 'a')).toEqual(['input-0'])
  })

  test('members of an older release are answered in their version', async () => {
    const { assignor } = await leader(1)
    const assignments = await assignor.assign([member('a', [], { version: 8, latestSupported: 8 }), member('b')])
    expect(info(assignments, 'b')).toMatchObject({ version: 8, commonlySupported: 8 })
  })

  test('a member of a newer release is told what all know, keeps nothing, and is waited for', async () => {
    const { assignor } = await leader(2)
    const newer = { ...member('b', [1]), userData: Buffer.from([0, 0, 0, 12, 0, 0, 0, 12, 99]) }
    const assignments = await assignor.assign([member('a', [0]), newer])
    expect(info(assignments, 'b')).toMatchObject({ version: 11, commonlySupported: 11, errorCode: 0 })
    expect(given(assignments, 'b')).toEqual([])
    // What the newer one still holds is not given to anybody before it has given it up.
    expect(given(assignments, 'a')).toEqual(['input-0'])
  })

  test('a function of the user decides in place of Kafka Streams’ own assignor', async () => {
    const { assignor } = await leader(2, ({ clients, tasks }) => ({
      clients: clients.slice(-1).map(({ processId }) => ({ processId, active: tasks.map(({ taskId: id }) => id) })),
    }))
    const assignments = await assignor.assign([member('a'), member('b')])
    expect([given(assignments, 'a'), given(assignments, 'b')]).toEqual([[], ['input-0', 'input-1']])
  })

  test('when one asks to shut down, all are told', async () => {
    const { assignor } = await leader(1)
    const assignments = await assignor.assign([member('a'), member('b', [], { errorCode: SHUTDOWN_REQUESTED })])
    expect([info(assignments, 'a').errorCode, info(assignments, 'b').errorCode]).toEqual([4, 4])
    expect(given(assignments, 'a')).toEqual([])
  })

  test('a missing source topic is told to all, and to the leader with its name', async () => {
    const { assignor, errors } = await leader(0)
    const assignments = await assignor.assign([member('a')])
    expect(info(assignments, 'a').errorCode).toBe(1)
    expect(errors.map(({ message }) => message)).toEqual([expect.stringContaining("topic 'input' does not exist")])
  })
})
