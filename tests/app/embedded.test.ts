// Several processes on one embedded directory: one serves, the others reach it, and whoever is left takes over.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openClient, serveDirectory } from '../../src/app/index.ts'
import type { Client } from '../../src/client/index.ts'
import { application, countsOf, createTopics, readUntil, send, temporaryDirectory } from './harness.ts'
import { countEach, counts, words } from './topologies.ts'

const script = fileURLToPath(new URL('./word-count-process.ts', import.meta.url))

async function startProcess(...args: readonly string[]): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['--import', 'tsx', script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child.stdout as NodeJS.EventEmitter, 'data')
  return child
}

async function connected(bootstrapServers: string): Promise<Client> {
  const client = await openClient({ bootstrapServers })
  onTestFinished(() => client.close())
  return client
}

const hasBoth = (all: Readonly<Record<string, number>>): boolean => all['a'] === 2 && all['b'] === 2

describe('a directory that several processes use', () => {
  test(
    'the second reaches the broker of the first, and takes over when the first is killed',
    { timeout: 120_000 },
    async () => {
      const dir = temporaryDirectory()
      const bootstrapServers = `embedded:${dir}/data`
      const first = await connected(bootstrapServers)
      await createTopics(first, 2, words.name, counts.name)
      await first.close()

      const owner = await startProcess(bootstrapServers, `${dir}/state`, 'exactly-once')
      const client = await connected(bootstrapServers)
      await send(client, words.name, 2, ['a', 'b', 'a', 'b'])
      await readUntil(client, counts.name, 2, (all) => hasBoth(countsOf(all)))
      await expect(serveDirectory({ dir: `${dir}/data` })).rejects.toMatchObject({
        code: 'directory-locked',
        message: expect.stringMatching(new RegExp(`is served by process ${owner.pid} at 127.0.0.1:\\d+ already`)),
      })

      owner.kill('SIGKILL')
      await once(owner, 'exit')
      const kept = await readUntil(client, counts.name, 2, (all) => hasBoth(countsOf(all)))
      expect(countsOf(kept)).toEqual({ a: 2, b: 2 })
      const served = await serveDirectory({ dir: `${dir}/data` })
      onTestFinished(() => served.close())

      const { app } = application(countEach(), {
        applicationId: 'killed',
        bootstrapServers,
        stateDir: `${dir}/state`,
        processingGuarantee: 'exactly-once',
      })
      await app.start()
      await send(client, words.name, 2, ['a'])
      const after = await readUntil(client, counts.name, 2, (all) => countsOf(all)['a'] === 3)
      expect(countsOf(after)).toEqual({ a: 3, b: 2 })
    },
  )

  test('two processes share the work of one application', { timeout: 120_000 }, async () => {
    const dir = temporaryDirectory()
    const bootstrapServers = `embedded:${dir}/data`
    const client = await connected(bootstrapServers)
    await createTopics(client, 2, words.name, counts.name)
    const { app } = application(countEach(), { applicationId: 'killed', bootstrapServers, stateDir: `${dir}/state` })
    await app.start()
    await startProcess(bootstrapServers, `${dir}/state`, 'at-least-once')
    const mine = (): number => app.threads.flatMap(({ tasks }) => tasks).filter(({ role }) => role === 'active').length
    expect(mine()).toBe(2)
    await send(client, words.name, 2, ['a', 'b', 'c', 'd'])
    await readUntil(client, counts.name, 2, (all) => Object.keys(countsOf(all)).length === 4)
  })
})

test('a port that is in use is named', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())))
  const { port } = server.address() as { readonly port: number }
  const dir = temporaryDirectory()
  await expect(serveDirectory({ dir, listen: { port } })).rejects.toMatchObject({
    code: 'port-in-use',
    message: expect.stringContaining(String(port)),
  })
  // The directory is free again.
  const served = await serveDirectory({ dir })
  await served.close()
})
