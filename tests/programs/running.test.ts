// Programs that run: an application on a directory, the client beside it, questions to its stores, records that go wrong.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import {
  Streams,
  StreamsBuilder,
  type StreamsOptions,
  type Topic,
  type Topology,
  serdes,
  stores,
  topic,
  tumbling,
} from 'tidemill'
import { connect } from 'tidemill/client'

const TIMEOUT_MS = 60_000
const WAIT = { timeout: 20_000, interval: 50 }

/** A directory that is gone after the test. */
function directory(): string {
  const path = mkdtempSync(join(tmpdir(), 'tidemill-program-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

function application(topology: Topology, dir: string, options: Partial<StreamsOptions> = {}): Streams {
  return new Streams(topology, {
    applicationId: 'program',
    bootstrapServers: `embedded:${join(dir, 'data')}`,
    stateDir: join(dir, 'state'),
    commitInterval: '100ms',
    onWarning: () => undefined,
    ...options,
  })
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

test('running and producing: lines in by the client, counts out, exactly once', { timeout: TIMEOUT_MS }, async () => {
  const lines = topic('lines', { value: serdes.string })
  const wordCounts = topic('word-counts', { key: serdes.string, value: serdes.int64 })
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string })
  builder
    .stream(lines)
    .flatMapValues((line) => line.toLowerCase().split(/\W+/))
    .groupBy((word) => word)
    .count()
    .toStream()
    .to(wordCounts)
  const dir = directory()
  await using kafka = await connect(`embedded:${join(dir, 'data')}`)
  await kafka.createTopics([lines, wordCounts], { partitions: 2 })
  await using producer = kafka.producer()
  void producer.send(lines, { value: 'all streams lead to Kafka' })
  await producer.flush()
  const states: string[] = []
  await using app = application(builder.build(), dir, {
    processingGuarantee: 'exactly-once',
    onStateChange: (now) => states.push(now),
  })
  await app.start()
  const seen = new Map<string, number>()
  for await (const { key, value } of kafka.read(wordCounts, {
    from: 'earliest',
    signal: AbortSignal.timeout(20_000),
  })) {
    seen.set(key, value)
    if (seen.size === 5) break
  }
  expect(seen).toEqual(new Map([['all', 1], ['kafka', 1], ['lead', 1], ['streams', 1], ['to', 1]])) // prettier-ignore
  await app.close()
  await app.closed
  expect(states).toContain('running')
  expect(states.at(-1)).toBe('not-running')
})

test('queries: the whole table, what is here, and windows', { timeout: TIMEOUT_MS }, async () => {
  const plays = topic('plays', { key: serdes.string, value: serdes.json<{ readonly song: string }>() })
  const playCounts = stores.keyValue('play-counts', { key: serdes.string, value: serdes.int64 })
  const hourly = stores.window('plays-per-hour', { key: serdes.string, value: serdes.int64, retention: '7d' })
  const build = (): Topology => {
    const builder = new StreamsBuilder()
    const bySong = builder.stream(plays).groupBy((play) => play.song, { key: serdes.string })
    bySong.count({ store: playCounts })
    bySong.windowedBy(tumbling({ size: '1h' })).count({ store: hourly })
    return builder.build()
  }
  const dir = directory()
  await using kafka = await connect(`embedded:${join(dir, 'data')}`)
  await kafka.createTopics([plays], { partitions: 2 })
  await using producer = kafka.producer()
  const songs = ['Imagine', 'Angie', 'Help', 'Yesterday', 'Roxanne', 'Lola', 'Imagine']
  for (const [i, song] of songs.entries()) void producer.send(plays, { key: `ada${i}`, value: { song } })
  await producer.flush()

  await using app = application(build(), dir)
  await app.start()
  const charts = app.query(playCounts)
  await vi.waitFor(async () => expect(await collect(charts.range())).toHaveLength(6), WAIT)
  expect(await charts.get('Imagine')).toBe(2)
  expect(await charts.get('Nobody plays this')).toBeUndefined()
  expect(await collect(charts.range({ from: 'A', to: 'B' }))).toEqual([['Angie', 1]])
  await vi.waitFor(async () => {
    const windows = await collect(app.query(hourly).fetch('Imagine', { from: 0 }))
    expect(windows.reduce((sum, { value }) => sum + value, 0)).toBe(2)
  }, WAIT)

  // A second instance takes a part of the work; what it has, the first says that it has not.
  await using other = application(build(), dir, { stateDir: join(dir, 'other-state') })
  await other.start()
  const local = [app, other].map((one) => one.query(playCounts, { scope: 'local' }))
  await vi.waitFor(async () => {
    const parts = await Promise.all(local.map((query) => collect(query.range())))
    expect(parts.map((part) => part.length > 0)).toEqual([true, true])
    expect(parts.flat()).toHaveLength(6)
  }, WAIT)
  const [there] = (await collect(other.query(playCounts, { scope: 'local' }).range())).map(([song]) => song)
  await expect(charts.get(there ?? '')).rejects.toMatchObject({ code: 'store-unavailable', reason: 'not-here' })
  await expect(collect(charts.range())).rejects.toThrow(/the whole of store 'play-counts' is not held by this instance/)
  expect(await other.query(playCounts).get(there ?? '')).toBeDefined()
})

test(
  'errors: what cannot be read or processed goes to the dead letters, and the others go on',
  { timeout: TIMEOUT_MS },
  async () => {
    const orders = topic('orders', { key: serdes.string, value: serdes.json<{ readonly amount: number }>() })
    const amounts = topic('amounts', { key: serdes.string, value: serdes.float64 })
    const builder = new StreamsBuilder()
    builder
      .stream(orders)
      .mapValues(
        ({ amount }) => {
          if (amount < 0) throw new RangeError(`amount is ${amount}`)
          return amount
        },
        { name: 'check', value: serdes.float64 },
      )
      .to(amounts)
    const raw = topic('orders', { key: serdes.string, value: serdes.string })
    const dead = topic('dead-letters', { key: serdes.string, value: serdes.string })
    const dir = directory()
    await using kafka = await connect(`embedded:${join(dir, 'data')}`)
    await kafka.createTopics([orders, amounts, dead], { partitions: 1 })
    await using producer = kafka.producer()
    for (const value of ['{"amount":1}', 'no json', '{"amount":-1}', '{"amount":2}'])
      void producer.send(raw, { key: 'k', value })
    await producer.flush()
    const failed: string[] = []
    await using app = application(builder.build(), dir, {
      deadLetterTopic: dead.name,
      onDeserializationError: 'dead-letter',
      onProcessingError: (error, { node }) => {
        failed.push(`${node}: ${String(error)}`)
        return error instanceof RangeError ? 'dead-letter' : 'fail'
      },
      onProductionError: (_, { cause }) => (cause === 'send' ? 'retry' : 'dead-letter'),
      onUncaughtError: 'replace-thread',
    })
    await app.start()
    const take = async <V>(from: Topic<string, V>, count: number): Promise<V[]> => {
      const values: V[] = []
      for await (const { value } of kafka.read(from, { from: 'earliest', signal: AbortSignal.timeout(20_000) })) {
        values.push(value)
        if (values.length === count) break
      }
      return values
    }
    expect(await take(amounts, 2)).toEqual([1, 2])
    expect(await take(dead, 2)).toEqual(['no json', '{"amount":-1}'])
    expect(failed).toEqual(['check: RangeError: amount is -1'])
  },
)
