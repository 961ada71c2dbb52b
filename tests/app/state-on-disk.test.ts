// Stores on disk over restarts, in whole applications: what is there is gone on with, and what cannot be trusted is set aside,
// said, and read back.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Client } from '../../src/client/index.ts'
import type { RestoreProgress } from '../../src/runtime/index.ts'
import type { StreamsOptions } from '../../src/index.ts'
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

const PARTITIONS = 2
const module = new URL('./topologies.ts', import.meta.url)

interface Run {
  readonly warnings: readonly string[]
  readonly restoredRecords: number
}

interface Stage {
  readonly client: Client
  readonly stateDir: string
  /** Runs the application until each key was counted that often, and closes it. */
  readonly run: (keys: readonly string[], count: number, more?: Partial<StreamsOptions>) => Promise<Run>
}

async function stage(processingGuarantee: 'at-least-once' | 'exactly-once'): Promise<Stage> {
  const { broker, servers: bootstrapServers } = await memoryBroker()
  const client = clientOf(broker)
  await createTopics(client, PARTITIONS, words.name, counts.name)
  const stateDir = temporaryDirectory()
  return {
    client,
    stateDir,
    async run(keys, count, more = {}) {
      const last = new Map<string, RestoreProgress>()
      const { app, warnings } = application((more.threads ?? 1) > 1 ? module : countEach(), {
        bootstrapServers,
        stateDir,
        processingGuarantee,
        onRestore: (progress) => last.set(`${progress.topic}-${progress.partition}`, progress),
        ...more,
      })
      await app.start()
      await send(client, words.name, PARTITIONS, keys)
      const unique = new Set(keys)
      const isDone = (all: Readonly<Record<string, number>>): boolean => [...unique].every((key) => all[key] === count)
      await readUntil(client, counts.name, PARTITIONS, (all) => isDone(countsOf(all)))
      await app.close()
      return { warnings, restoredRecords: [...last.values()].reduce((sum, { records }) => sum + records, 0) }
    },
  }
}

const KEYS = Array.from({ length: 50 }, (_, i) => `word-${i}`)

test.each(['at-least-once', 'exactly-once'] as const)(
  '%s: a restart goes on from what is on disk, and reads nothing back',
  async (guarantee) => {
    const { run, stateDir } = await stage(guarantee)
    await run(KEYS, 1)
    expect(readdirSync(join(stateDir, 'app')).filter((name) => /^\d+_\d+$/.test(name))).toEqual([
      '0_0',
      '0_1',
      '1_0',
      '1_1',
    ])
    expect(readdirSync(join(stateDir, 'app', '1_0'))).toEqual(['each'])
    expect(await run(KEYS, 2)).toEqual({ warnings: [], restoredRecords: 0 })
    expect(await run(KEYS, 3, { threads: 2 })).toEqual({ warnings: [], restoredRecords: 0 })
  },
  60_000,
)

test('what is in the changelog and not on disk is read back, and only that', async () => {
  const { run, stateDir } = await stage('exactly-once')
  await run(KEYS, 1)
  await run(KEYS, 2, { stateDir: temporaryDirectory() })
  expect(await run(KEYS, 3, { stateDir })).toEqual({ warnings: [], restoredRecords: KEYS.length })
}, 60_000)

test('a store of a changelog that was made anew is set aside, and says so', async () => {
  const { run, client, stateDir } = await stage('at-least-once')
  await run(KEYS, 1)
  await client.admin().deleteTopics(['app-each-changelog'])
  const { warnings } = await run(KEYS, 1)
  expect(warnings).toHaveLength(PARTITIONS)
  for (const warning of warnings) {
    expect(warning).toMatch(
      /^store 'each' of task 1_[01] is at offset \d+ of app-each-changelog-[01], which is of a topic of that name that was deleted: it is set aside and restored from the start \(its files are in .*each\.set-aside-1\)$/,
    )
  }
  expect(readdirSync(join(stateDir, 'app', '1_0'))).toEqual(['each', 'each.set-aside-1'])
}, 60_000)

test.each(['at-least-once', 'exactly-once'] as const)(
  '%s: a store with a damaged block is set aside and read back while the application runs',
  async (guarantee) => {
    const { run, stateDir } = await stage(guarantee)
    const keys = Array.from({ length: 6_000 }, (_, i) => `a rather long word to fill blocks with ${i}`)
    const small = { stateMemoryBytesMax: 1_048_576, cacheBytesMax: 0 }
    await run(keys, 1, small)
    const directory = join(stateDir, 'app', '1_0', 'each')
    const runs = readdirSync(directory).filter((name) => name.startsWith('run-'))
    expect(runs).not.toEqual([])
    for (const name of runs) flipByte(join(directory, name), 100)
    const { warnings, restoredRecords } = await run(keys, 2, small)
    expect(warnings.filter((warning) => warning.includes('damaged'))).toHaveLength(1)
    expect(warnings.find((warning) => warning.includes('damaged'))).toMatch(
      /1_0\/each\/run-\d+ is damaged at offset \d+: .*set aside/,
    )
    expect(restoredRecords).toBeGreaterThan(0)
  },
  60_000,
)

test('blocks are compressed by choice, and read whatever the choice is now', async () => {
  const { run } = await stage('at-least-once')
  const keys = Array.from({ length: 3_000 }, (_, i) => `a rather long word to fill blocks with ${i}`)
  const small = { stateMemoryBytesMax: 1_048_576, cacheBytesMax: 0 }
  await run(keys, 1, { ...small, stateCompression: 'zstd' })
  expect(await run(keys, 2, { ...small, stateCompression: 'lz4' })).toEqual({ warnings: [], restoredRecords: 0 })
  expect(await run(keys, 3, small)).toEqual({ warnings: [], restoredRecords: 0 })
}, 60_000)

function flipByte(path: string, at: number): void {
  const bytes = readFileSync(path)
  bytes[at] = (bytes[at] ?? 0) ^ 0x40
  writeFileSync(path, bytes)
}
