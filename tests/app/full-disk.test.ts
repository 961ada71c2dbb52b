// Disks that are full while an application runs: that of its state, and that of its broker.
import { expect, onTestFinished, test, vi } from 'vitest'
import { type AppPorts, systemPorts } from '../../src/app/ports.ts'
import { FaultDisk, systemPrng } from '../../src/base/index.ts'
import { startBroker } from '../../src/broker/index.ts'
import { Streams, type StreamsOptions } from '../../src/index.ts'
import { clientOf, countsOf, createTopics, readUntil, send } from './harness.ts'
import { countEach, counts, words } from './topologies.ts'

const WAIT = { timeout: 20_000, interval: 20 }
const KEYS = Array.from({ length: 30 }, (_, i) => `word-${i}`)
/** What needs space. */
const CHANGES = ['write', 'open', 'replace', 'directory'] as const

interface Stage {
  /** Of the state. */
  readonly disk: FaultDisk
  readonly brokerDisk: FaultDisk
  readonly warnings: string[]
  readonly start: (options?: Partial<StreamsOptions>) => Promise<Streams>
  readonly send: () => Promise<void>
  /** Every key was counted so often. */
  readonly counted: (count: number) => Promise<void>
}

async function stage(processingGuarantee: 'at-least-once' | 'exactly-once'): Promise<Stage> {
  const brokerDisk = new FaultDisk()
  const disk = new FaultDisk()
  const warnings: string[] = []
  const broker = await startBroker({ disk: brokerDisk, listen: { port: 0 }, onWarning: (text) => warnings.push(text) })
  onTestFinished(() => broker.close())
  const client = clientOf(broker)
  await createTopics(client, 1, words.name, counts.name)
  const processId = systemPrng().uuid()
  // Nothing of the machine is written to.
  const system = systemPorts()
  const ports: AppPorts = {
    clock: system.clock,
    prng: system.prng,
    areThreadsInline: false,
    openDirectory: () => ({ path: 'state', disk, processId, removeState: () => undefined, close: () => undefined }),
    openBroker: (servers, security) => system.openBroker(servers, security),
    yieldToEvents: () => system.yieldToEvents(),
  }
  return {
    disk,
    brokerDisk,
    warnings,
    async start(options = {}) {
      const app = new Streams(
        countEach(),
        {
          applicationId: 'app',
          bootstrapServers: `127.0.0.1:${broker.address?.port}`,
          processingGuarantee,
          commitInterval: '20ms',
          cacheBytesMax: 0,
          signal: new AbortController().signal,
          onWarning: (text) => warnings.push(text),
          ...options,
        },
        ports,
      )
      onTestFinished(() => app.close().catch(() => undefined))
      await app.start()
      return app
    },
    send: () => send(client, words.name, 1, KEYS),
    async counted(count) {
      const isDone = (all: Readonly<Record<string, number>>): boolean => KEYS.every((key) => (all[key] ?? 0) >= count)
      const found = await readUntil(client, counts.name, 1, (all) => isDone(countsOf(all)))
      expect(countsOf(found)).toEqual(Object.fromEntries(KEYS.map((key) => [key, count])))
    },
  }
}

const full = { code: 'disk-full', after: 0, operations: CHANGES, isLasting: true } as const

test.each(['at-least-once', 'exactly-once'] as const)(
  '%s: where the disk of its state is full the application stops and says so, and the next one goes on right',
  { timeout: 60_000 },
  async (guarantee) => {
    const { disk, warnings, start, send: sendWords, counted } = await stage(guarantee)
    const first = await start()
    await sendWords()
    await counted(1)
    disk.planFailure(full)
    await sendWords()
    await expect(first.closed).rejects.toMatchObject({ code: 'disk-full' })
    expect(first.state).toBe('error')
    expect(warnings.join('\n')).toMatch(/the application ends with an error: .*planned failure/)
    disk.heal()
    await start()
    await sendWords()
    await counted(3)
  },
)

test.each(['at-least-once', 'exactly-once'] as const)(
  '%s: where threads are replaced the application goes on when there is space again',
  { timeout: 60_000 },
  async (guarantee) => {
    const { disk, warnings, start, send: sendWords, counted } = await stage(guarantee)
    const app = await start({ onUncaughtError: 'replace-thread' })
    await sendWords()
    await counted(1)
    disk.planFailure(full)
    await sendWords()
    await vi.waitFor(() => expect(warnings.join('\n')).toMatch(/planned failure/), WAIT)
    disk.heal()
    await sendWords()
    await counted(3)
    expect(app.state).not.toBe('error')
  },
)

test.each(['at-least-once', 'exactly-once'] as const)(
  '%s: where the disk of the broker is full the application tries again, and loses nothing',
  { timeout: 60_000 },
  async (guarantee) => {
    const { brokerDisk, warnings, start, send: sendWords, counted } = await stage(guarantee)
    const app = await start()
    await sendWords()
    await counted(1)
    app.pause()
    await sendWords()
    brokerDisk.planFailure(full)
    app.resume()
    await vi.waitFor(() => expect(warnings.join('\n')).toMatch(/planned failure/), WAIT)
    expect(app.state).toBe('running')
    brokerDisk.heal()
    await counted(2)
    expect(app.state).toBe('running')
  },
)
