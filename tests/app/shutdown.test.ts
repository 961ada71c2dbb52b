// The end of an application, in order and within a limit, and its beginning after that.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { Client } from '../../src/client/index.ts'
import { type RestoreProgress, StreamsBuilder, serdes, topic } from '../../src/index.ts'
import {
  application,
  clientOf,
  countsOf,
  createTopics,
  memoryBroker,
  readUntil,
  send,
  temporaryDirectory,
} from './harness.ts'
import { countEach, counts, words } from './topologies.ts'

const script = fileURLToPath(new URL('./word-count-process.ts', import.meta.url))

async function startProcess(env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['--import', 'tsx', script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child.stdout as NodeJS.EventEmitter, 'data')
  return child
}

async function membersOf(client: Client, group: string): Promise<number> {
  const [described] = await client.admin().describeGroups([group])
  return described?.members.length ?? 0
}

describe('SIGTERM', () => {
  test.each([
    ['leaves the group', {}, 0],
    ['keeps a static membership', { GROUP_INSTANCE_ID: 'one' }, 1],
  ] as const)(
    'ends a process with 0, %s, and leaves nothing to restore',
    { timeout: 60_000 },
    async (_what, env, members) => {
      const { broker, servers } = await memoryBroker()
      const client = clientOf(broker)
      await createTopics(client, 1, words.name, counts.name)
      const stateDir = temporaryDirectory()
      const child = await startProcess(env, servers, stateDir, 'exactly-once')
      await send(client, words.name, 1, ['a', 'b', 'a'])
      await readUntil(client, counts.name, 1, (all) => countsOf(all)['a'] === 2)
      child.kill('SIGTERM')
      expect((await once(child, 'exit'))[0]).toBe(0)
      expect(await membersOf(client, 'killed')).toBe(members)
      const restored: RestoreProgress[] = []
      const { app } = application(countEach(), {
        applicationId: 'killed',
        bootstrapServers: servers,
        stateDir,
        processingGuarantee: 'exactly-once',
        onRestore: (progress) => restored.push(progress),
        ...(members === 1 && { groupInstanceId: 'one' }),
      })
      await app.start()
      await send(client, words.name, 1, ['a'])
      expect(countsOf(await readUntil(client, counts.name, 1, (all) => countsOf(all)['a'] === 3))).toEqual({
        a: 3,
        b: 1,
      })
      expect(restored.reduce((sum, { records }) => sum + records, 0)).toBe(0)
    },
  )
})

test.each(['at-least-once', 'exactly-once'] as const)(
  'a promise that never settles does not keep an application from closing in order (%s)',
  async (processingGuarantee) => {
    const { broker, servers: bootstrapServers } = await memoryBroker()
    const client = clientOf(broker)
    const input = topic('in', { value: serdes.string })
    await createTopics(client, 1, input.name)
    const builder = new StreamsBuilder()
    const seen: AbortSignal[] = []
    builder.stream(input).foreachAsync(
      (_value, _key, { signal }) => {
        seen.push(signal)
        return new Promise(() => undefined)
      },
      { name: 'hang' },
    )
    const { app, warnings } = application(builder.build(), {
      bootstrapServers,
      stateDir: temporaryDirectory(),
      processingGuarantee,
    })
    await app.start()
    await send(client, input.name, 1, ['a'])
    await vi.waitFor(() => expect(seen).toHaveLength(1), { timeout: 20_000 })
    await app.close({ timeout: '1s' })
    expect(seen[0]?.aborted).toBe(true)
    expect(await membersOf(client, 'app')).toBe(0)
    expect((await client.admin().groupOffsets('app')).size).toBe(0)
    expect(warnings.join()).toMatch(/promises of hang did not settle in time: what is not committed is done again/)
    expect(warnings.join()).not.toMatch(/the threads did not end/)
  },
)

test('a rebalance does not wait for a promise that never settles', { timeout: 60_000 }, async () => {
  const { broker, servers: bootstrapServers } = await memoryBroker()
  const client = clientOf(broker)
  const input = topic('in', { value: serdes.string })
  await createTopics(client, 2, input.name)
  const build = () => {
    const builder = new StreamsBuilder()
    builder.stream(input).foreachAsync(() => new Promise(() => undefined), { name: 'hang', concurrency: 1 })
    return builder.build()
  }
  const start = () => application(build(), { bootstrapServers, stateDir: temporaryDirectory() }).app
  const first = start()
  await first.start()
  await send(client, input.name, 2, ['a', 'b'])
  await vi.waitFor(() => expect(first.status().threads[0]?.waits).toMatchObject([{ kind: 'commit' }]), {
    timeout: 20_000,
  })
  const second = start()
  await second.start()
  const tasks = () => [first, second].map((app) => app.threads.flatMap((thread) => thread.tasks).length)
  await vi.waitFor(() => expect(tasks()).toEqual([1, 1]), { timeout: 40_000 })
  await Promise.all([first.close({ timeout: '300ms' }), second.close({ timeout: '300ms' })])
})
