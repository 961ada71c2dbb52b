// Synchronous steps that block their thread: named from another thread, and no reason to lose the membership.
import { expect, test, vi } from 'vitest'
import { askInstances } from '../../src/app/index.ts'
import { systemClock } from '../../src/base/index.ts'
import { StreamsBuilder, serdes, topic } from '../../src/index.ts'
import { application, clientOf, createTopics, memoryBroker, send, temporaryDirectory } from './harness.ts'

const WAIT = { timeout: 20_000, interval: 20 }
const input = topic('lines', { value: serdes.string })

test('a step that blocks the thread of the application is named, and the membership outlives it', async () => {
  const { broker, servers: bootstrapServers } = await memoryBroker()
  const client = clientOf(broker)
  await createTopics(client, 1, input.name)
  const builder = new StreamsBuilder()
  let processed = 0
  builder.stream(input).foreach(
    () => {
      const endMs = systemClock.monotonicMs() + 1_500
      while (systemClock.monotonicMs() < endMs) processed++
    },
    { name: 'count-sheep' },
  )
  const { app, warnings } = application(builder.build(), { bootstrapServers, stateDir: temporaryDirectory() })
  await app.start()
  const members = async (): Promise<readonly string[]> =>
    (await client.admin().describeGroups(['app']))[0]?.members.map(({ memberId }) => memberId) ?? []
  const before = await members()
  expect(before).toHaveLength(1)
  await send(client, input.name, 1, ['a'])
  await vi.waitFor(() => expect(warnings).toHaveLength(1), WAIT)
  expect(warnings[0]).toMatch(/-StreamThread-1: count-sheep of task 0_0 blocks the thread for 1\.\d s$/)
  expect(processed).toBeGreaterThan(0)
  await vi.waitFor(async () => {
    const offsets = await client.admin().groupOffsets('app')
    expect([...offsets.values()].map(({ offset }) => offset)).toEqual([1])
  }, WAIT)
  expect(await members()).toEqual(before)
  expect(app.state).toBe('running')
})

test(
  'a step that blocks a worker is named by the status of the application, which goes on',
  { timeout: 120_000 },
  async () => {
    const { broker, servers: bootstrapServers } = await memoryBroker()
    const client = clientOf(broker)
    await createTopics(client, 1, 'words')
    const stateDir = temporaryDirectory()
    const { app } = application(new URL('./topologies.ts#blockEach', import.meta.url), { bootstrapServers, stateDir })
    await app.start()
    await send(client, 'words', 1, ['1500'])
    await vi.waitFor(
      () =>
        expect(app.status().threads[0]).toMatchObject({
          waits: [{ kind: 'blocked', node: 'block of task 0_0' }],
          tasks: [{ waits: [{ kind: 'blocked' }] }],
        }),
      WAIT,
    )
    const [asked] = await askInstances(stateDir)
    expect(asked?.status?.threads[0]?.waits[0]).toMatchObject({ kind: 'blocked' })
    await vi.waitFor(() => expect(app.status().threads[0]?.waits).toEqual([]), WAIT)
  },
)
