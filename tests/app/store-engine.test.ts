// Stores over an engine of the user's: the public contract finds what is wrong with one, and an application runs on one.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  type RestoreProgress,
  type StoreEngine,
  StreamsBuilder,
  type Topology,
  serdes,
  stores,
  topic,
} from '../../src/index.ts'
import { MemoryEngine } from '../../src/state/index.ts'
import { testStoreEngine } from '../../src/testing/index.ts'
import { application, clientOf, createTopics, memoryBroker, readUntil, send, temporaryDirectory } from './harness.ts'
import { JsonEngine, type Mistake } from './json-engine.ts'

const input = topic('input', { value: serdes.string })
const output = topic('output', { key: serdes.string, value: serdes.int64 })

test('an engine that keeps the contract passes, and leaves nothing behind', async () => {
  const directory = temporaryDirectory()
  await testStoreEngine(new JsonEngine(), { runs: 30, directory })
  expect(readdirSync(directory)).toEqual([])
  await testStoreEngine(new MemoryEngine(), { runs: 30 })
})

test.each<[Mistake, RegExp]>([
  ['keeps buffers', /get of|scan|rows/],
  ['ignores reverse', /scan/],
  ['lt is inclusive', /scan/],
  ['forgets positions', /position\(\) after reopen is undefined/],
  ['live cursor', /a commit on its way|where a cursor stands/],
])('an engine that %s is found, with a short history and its seed', async (mistake, problem) => {
  const error = await testStoreEngine(new JsonEngine(mistake), {
    runs: 200,
    seed: 7,
    directory: temporaryDirectory(),
  }).then(
    () => undefined,
    (thrown: unknown) => thrown as Error,
  )
  expect(error?.message).toMatch(problem)
  const [head = '', ...steps] = error?.message.split('\n') ?? []
  expect(head).toMatch(/seed \d+/)
  expect(steps.length).toBeLessThan(6)
})

function counting(engine: StoreEngine): Topology {
  const counts = stores.keyValue('counts', { key: serdes.string, value: serdes.int64, type: engine, cache: false })
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string })
  builder
    .stream(input)
    .groupBy((word) => word)
    .count({ store: counts })
    .toStream()
    .to(output)
  return builder.build()
}

test(
  'an application counts in it, goes on from it, and restores it where it is gone',
  { timeout: 60_000 },
  async () => {
    const { broker, servers: bootstrapServers } = await memoryBroker()
    const client = clientOf(broker)
    await createTopics(client, 1, input.name, output.name)
    const stateDir = temporaryDirectory()
    const run = async (words: readonly string[], outputs: number): Promise<readonly RestoreProgress[]> => {
      const restored: RestoreProgress[] = []
      const engine = new JsonEngine()
      const { app } = application(counting(engine), {
        applicationId: 'own',
        bootstrapServers,
        stateDir,
        onRestore: (progress) => void restored.push(progress),
      })
      await app.start()
      await send(client, input.name, 1, words)
      await readUntil(client, output.name, 1, (all) => all.length >= outputs)
      await app.close()
      expect(engine.opened).toMatchObject([{ name: 'counts', taskId: '1_0', segmentBytes: 0 }])
      return restored
    }
    await run(['tea', 'cup', 'tea'], 3)
    const directory = join(stateDir, 'own', '1_0', 'counts')
    expect(existsSync(join(directory, 'rows.json'))).toBe(true)
    expect((await run(['tea'], 4)).filter(({ startOffset }) => startOffset === 0)).toEqual([])
    await new JsonEngine().open('counts', { taskId: '1_0', directory, segmentBytes: 0 }).destroy()
    const restored = await run(['tea'], 5)
    expect(restored.at(-1)).toMatchObject({ phase: 'finished', store: 'counts', startOffset: 0 })
    const last = (await readUntil(client, output.name, 1, (all) => all.length >= 5)).at(-1)
    expect(last?.value.readBigInt64BE()).toBe(4n)
  },
)

test('what is no engine is refused with the name of the store', () => {
  const type = { type: 'disk' } as unknown as StoreEngine
  expect(() => stores.keyValue('counts', { key: serdes.string, value: serdes.int64, type })).toThrow(
    /type of store 'counts' is object: it must be 'disk', 'memory' or an engine/,
  )
})
