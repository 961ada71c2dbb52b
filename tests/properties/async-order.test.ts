// However the calls of async steps finish, the results come in the order that synchronous steps give.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type KStream, StreamsBuilder, type Topology, serdes, topic } from 'tidemill'
import { TopologyTestDriver } from 'tidemill/testing'
import { PROPERTY_TIMEOUT_MS, RUNS } from './runs.ts'

const texts = { key: serdes.string, value: serdes.string }
const input = topic('input', texts)
const output = topic('output', texts)
const totals = topic('totals', texts)

const someRecords = fc
  .array(fc.constantFrom('a', 'b', 'c'), { maxLength: 15 })
  .map((keys) => keys.map((key, i) => ({ key, value: `${i}`, timestamp: i })))

/** Two steps with a stateful one behind them, whose results tell the order that it saw. */
function build(steps: (stream: KStream<string, string>) => KStream<string, string>): Topology {
  const builder = new StreamsBuilder(texts)
  const stream = steps(builder.stream(input))
  stream.to(output)
  stream
    .groupByKey()
    .reduce((all, value) => `${all},${value}`)
    .toStream()
    .to(totals)
  return builder.build()
}

const synchronous = build((stream) =>
  stream.mapValues((value) => `${value}!`).flatMapValues((value) => [value, `${value}?`]),
)

function read(driver: TopologyTestDriver): { readonly all: readonly unknown[]; readonly totals: unknown } {
  const all = driver
    .outputTopic(output)
    .readAll()
    .map(({ key, value, timestamp }) => [key, value, timestamp])
  return { all, totals: Object.fromEntries(driver.outputTopic(totals).readMap()) }
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test.each(['key', 'partition'] as const)(
  'with order %s, whatever finishes first',
  { timeout: PROPERTY_TIMEOUT_MS },
  async (order) => {
    const property = fc.asyncProperty(
      someRecords,
      fc.integer({ min: 1, max: 5 }),
      fc.infiniteStream(fc.nat(100)),
      async (records, concurrency, choices) => {
        const calls: (() => void)[] = []
        const answer = <V>(value: V): Promise<V> => new Promise((resolve) => calls.push(() => resolve(value)))
        const asynchronous = build((stream) =>
          stream
            .mapValuesAsync((value) => answer(`${value}!`), { order, concurrency })
            .flatMapValuesAsync((value) => answer([value, `${value}?`]), { order, concurrency }),
        )
        await using driver = new TopologyTestDriver(asynchronous)
        driver.inputTopic(input).pipeAll(records)
        const state = { isSettled: false }
        const settled = driver.settled().then(() => (state.isSettled = true))
        while (!state.isSettled) {
          calls.splice(choices.next().value % Math.max(1, calls.length), 1)[0]?.()
          await nextTurn()
        }
        await settled
        using expected = new TopologyTestDriver(synchronous)
        expected.inputTopic(input).pipeAll(records)
        const [actual, wanted] = [read(driver), read(expected)]
        expect(actual.totals).toEqual(wanted.totals)
        expect(inOrderOf(order, actual.all)).toEqual(inOrderOf(order, wanted.all))
      },
    )
    await fc.assert(property, RUNS)
  },
)

/** All of it, or key by key. */
function inOrderOf(order: 'key' | 'partition', records: readonly unknown[]): unknown {
  if (order === 'partition') return records
  return ['a', 'b', 'c'].map((key) => records.filter((record) => (record as readonly unknown[])[0] === key))
}
