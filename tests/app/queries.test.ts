// Questions to running applications: live, of several instances, and bound to a position.
import { expect, onTestFinished, test, vi } from 'vitest'
import {
  type Change,
  StoreUnavailableError,
  type Streams,
  StreamsBuilder,
  type Topology,
  serdes,
  stores,
  topic,
  tumbling,
} from '../../src/index.ts'
import { application, clientOf, createTopics, memoryBroker, send, temporaryDirectory } from './harness.ts'

const PARTITIONS = 4
const WAIT = { timeout: 20_000, interval: 20 }
const input = topic('plays', { value: serdes.string })
const counts = stores.keyValue('counts', { key: serdes.string, value: serdes.int64 })
const lists = stores.keyValue('lists', { key: serdes.string, value: serdes.json<{ seen: number[] }>() })
const hourly = stores.window('hourly', { key: serdes.string, value: serdes.int64, retention: '7d' })
let port = 0

/** One that nobody has at the moment: the servers of these tests are this process's. */
function server(): string {
  port = port === 0 ? 20_000 + (process.pid % 20_000) : port + 1
  return `localhost:${port}`
}

function build(): Topology {
  const builder = new StreamsBuilder({ key: serdes.string })
  const bySong = builder.stream(input).groupBy((song) => song, { key: serdes.string, value: serdes.string })
  bySong.count({ store: counts })
  bySong.windowedBy(tumbling({ size: '1h' })).count({ store: hourly })
  // An aggregate that is changed in place: what was there before is right all the same.
  bySong.aggregate(
    () => ({ seen: [] as number[] }),
    (all, _song) => {
      all.seen.push(all.seen.length)
      return all
    },
    { store: lists },
  )
  return builder.build()
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

/** Takes what comes, in the background; ends with the test. */
function follow<T>(items: AsyncIterable<T>): T[] {
  const all: T[] = []
  void (async () => {
    for await (const item of items) all.push(item)
  })()
  return all
}

test('a table, its windows and mutable aggregates are followed live, long before a commit', async () => {
  const { broker, servers: bootstrapServers } = await memoryBroker()
  const client = clientOf(broker)
  await createTopics(client, 1, input.name)
  const { app } = application(build(), { bootstrapServers, stateDir: temporaryDirectory(), commitInterval: '1h' })
  await app.start()
  const signal = new AbortController()
  const one = follow(app.query(counts).watch('Imagine', { signal: signal.signal }))
  const all = follow(app.query(counts).watch())
  const windows = follow(app.query(hourly).watch('Help'))
  const inPlace = follow(app.query(lists).watch('Imagine'))
  await vi.waitFor(() => expect(app.status().threads[0]?.tasks).toHaveLength(4), WAIT)
  await send(client, input.name, 1, ['Imagine', 'Help', 'Imagine'])
  const pair = ({ before, after }: Change<unknown, unknown>): readonly unknown[] => [before, after]
  await vi.waitFor(() => expect(all).toHaveLength(3), WAIT)
  expect(one.map(pair)).toEqual([[undefined, 1], [1, 2]]) // prettier-ignore
  expect(windows).toEqual([
    { key: 'Help', before: undefined, after: 1, timestamp: 1_001, window: { start: 0, end: 3_600_000 } },
  ])
  expect(inPlace.map(pair)).toEqual([[undefined, { seen: [0] }], [{ seen: [0] }, { seen: [0, 1] }]]) // prettier-ignore
  signal.abort()
  await send(client, input.name, 1, ['Imagine'])
  await vi.waitFor(() => expect(all.at(-1)).toMatchObject({ key: 'Imagine', before: 2, after: 3 }), WAIT)
  expect(one).toHaveLength(2)
  const ended = collect(app.query(counts).watch())
  await app.close()
  expect(await ended).toEqual([])
  await expect(collect(app.query(counts).watch())).rejects.toMatchObject({ reason: 'not-running' })
})

test('what waits in the cache or for the commit is left out where a query says so', { timeout: 60_000 }, async () => {
  const { broker, servers: bootstrapServers } = await memoryBroker()
  const client = clientOf(broker)
  await createTopics(client, 1, input.name)
  const options = { bootstrapServers, stateDir: temporaryDirectory(), commitInterval: '1h' } as const
  const first = application(build(), options).app
  await first.start()
  await send(client, input.name, 1, ['Imagine', 'Imagine'])
  await vi.waitFor(async () => expect(await first.query(counts).get('Imagine')).toBe(2), WAIT)
  expect(await first.query(counts, { skipCache: true }).get('Imagine')).toBeUndefined()
  expect(await first.query(counts, { isolation: 'read-committed' }).get('Imagine')).toBeUndefined()
  expect(await collect(first.query(hourly, { isolation: 'read-committed' }).fetch('Imagine'))).toEqual([])
  const atLeast = await first.position(counts)
  expect(await first.query(counts, { atLeast }).get('Imagine')).toBe(2)
  const bound = first.query(counts, { atLeast, isolation: 'read-committed', timeout: '20ms' })
  await expect(bound.get('Imagine')).rejects.toMatchObject({ reason: 'not-up-to-bound' })
  await first.close()
  const second = application(build(), { ...options, queryIsolation: 'read-committed' }).app
  await second.start()
  await vi.waitFor(async () => expect(await second.query(counts).get('Imagine')).toBe(2), WAIT)
  await send(client, input.name, 1, ['Imagine'])
  const uncommitted = second.query(counts, { isolation: 'read-uncommitted' })
  await vi.waitFor(async () => expect(await uncommitted.get('Imagine')).toBe(3), WAIT)
  expect(await second.query(counts).get('Imagine')).toBe(2)
  expect(await second.query(counts, { atLeast }).get('Imagine')).toBe(2)
})

test('each instance answers for the whole table, and follows it', { timeout: 60_000 }, async () => {
  const { broker, servers: bootstrapServers } = await memoryBroker()
  const client = clientOf(broker)
  await createTopics(client, PARTITIONS, input.name)
  const instance = (): Streams =>
    application(build(), { bootstrapServers, stateDir: temporaryDirectory(), applicationServer: server() }).app
  const apps = [instance(), instance()]
  await Promise.all(apps.map((app) => app.start()))
  await vi.waitFor(
    () => expect(apps.map((app) => app.lags().inputs.length).every((count) => count === 2 * PARTITIONS)).toBe(true),
    WAIT,
  )
  const followed = apps.map((app) => follow(app.query(counts).watch()))
  const songs = Array.from({ length: 20 }, (_, i) => `song-${i}`)
  // Until both live queries have found the other instance, which they look for now and then.
  await vi.waitFor(async () => {
    await send(client, input.name, PARTITIONS, songs)
    await vi.waitFor(
      () => {
        for (const changes of followed) expect(new Set(changes.map(({ key }) => key))).toEqual(new Set(songs))
      },
      { timeout: 500, interval: 20 },
    )
  }, WAIT)
  for (const app of apps) {
    const query = app.query(counts)
    await vi.waitFor(
      async () => expect((await collect(query.range())).map(([key]) => key).toSorted()).toEqual(songs.toSorted()),
      WAIT,
    )
    expect(await Promise.all(songs.map((song) => query.get(song)))).not.toContain(undefined)
    expect(await query.approximateCount()).toBeGreaterThanOrEqual(20)
    expect((await app.instances(counts)).map(({ isLocal, active }) => [isLocal, active.length > 0])).toContainEqual([
      false,
      true,
    ])
  }
  const [first, second] = apps as [Streams, Streams]
  const locations = await Promise.all(
    songs.map(async (song) => [await first.locate(counts, song), await second.locate(counts, song)] as const),
  )
  for (const [one, other] of locations) {
    expect(one.partition).toBe(other.partition)
    expect(one.isLocal).toBe(!other.isLocal)
    expect(one.server).toBe(other.server)
  }
  await second.close({ leaveGroup: false })
  const there = songs[locations.findIndex(([one]) => !one.isLocal)] ?? ''
  await expect(first.query(counts).get(there)).rejects.toThrow(StoreUnavailableError)
  await expect(first.query(counts, { timeout: '1s' }).get(there)).rejects.toMatchObject({ reason: 'not-reachable' })
})

test('a query waits for the position that it asks for, and says when it is not reached', async () => {
  const { broker, servers: bootstrapServers } = await memoryBroker()
  const client = clientOf(broker)
  await createTopics(client, 1, input.name)
  const { app } = application(build(), { bootstrapServers, stateDir: temporaryDirectory() })
  await app.start()
  await send(client, input.name, 1, ['a', 'b'])
  const [repartition = ''] = app.lags().inputs.flatMap(({ topic: name }) => (name.includes('counts') ? [name] : []))
  expect(await app.query(counts, { atLeast: { [repartition]: { 0: 1 } }, timeout: '20s' }).get('b')).toBe(1)
  expect(await app.position(counts)).toEqual({ [repartition]: { 0: 1 } })
  await expect(
    app.query(counts, { atLeast: { [repartition]: { 0: 99 } }, timeout: '20ms' }).get('b'),
  ).rejects.toMatchObject({ code: 'store-unavailable', reason: 'not-up-to-bound' })
})

test('a server that another process has is an error of start()', async () => {
  const { broker, servers: bootstrapServers } = await memoryBroker()
  await createTopics(clientOf(broker), 1, input.name)
  const { app } = application(build(), {
    bootstrapServers,
    stateDir: temporaryDirectory(),
    applicationServer: `127.0.0.1:${broker.address?.port}`,
  })
  onTestFinished(() => app.close())
  await expect(app.start()).rejects.toMatchObject({ code: 'port-in-use' })
})
