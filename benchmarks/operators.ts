// A line for each operator that task.ts does not have: none may cost over 12 U a record at 10^4 keys.
import {
  type KStream,
  type KTable,
  type StreamsBuilder,
  serdes,
  session,
  sliding,
  stores,
  topic,
  tumbling,
} from 'tidemill'
import type { Bench } from './bench.ts'
import { ORDER_TEXT, type Order } from './order.ts'
import { ROUND_RECORDS, type TaskBenchOptions, keyOf, rows, taskBench, topologyOf } from './task-bench.ts'

const KEYS = 10_000
const UNITS_MAX = 12

const texts = topic('orders', { key: serdes.string, value: serdes.string })
const others = topic('others', { key: serdes.string, value: serdes.string })
const orders = topic('orders', { key: serdes.string, value: serdes.json<Order>() })
const out = topic('out', { key: serdes.string, value: serdes.string })
const counted = topic('out', { key: serdes.string, value: serdes.int64 })
const visits = stores.keyValue('visits', { key: serdes.string, value: serdes.int64 })

function operator(
  name: string,
  build: (builder: StreamsBuilder) => void,
  options: Omit<TaskBenchOptions, 'bar' | 'rows'> & { readonly rows?: TaskBenchOptions['rows'] } = {},
): Bench {
  return taskBench(name, topologyOf(build), {
    cache: true,
    rows: { orders: rows(ROUND_RECORDS, KEYS, 1_000) },
    stepMs: 1_000,
    passes: 2,
    ...options,
    bar: { floor: 0, units: UNITS_MAX },
  })
}

function ofStream(name: string, build: (stream: KStream<string, string>) => void): Bench {
  return operator(name, (builder) => build(builder.stream(texts)))
}

function ofTable(name: string, build: (table: KTable<string, string>) => void): Bench {
  return operator(name, (builder) => build(builder.table(texts, { store: 'table' })))
}

const BOTH_SIDES = {
  orders: rows(ROUND_RECORDS / 2, KEYS, 1_000, (i) => `left ${i}`),
  others: rows(ROUND_RECORDS / 2, KEYS, 1_000, (i) => `right ${i}`),
}

function ofTables(
  name: string,
  build: (left: KTable<string, string>, right: KTable<string, string>) => KTable<string, string>,
): Bench {
  return operator(
    name,
    (builder) => {
      const [left, right] = [builder.table(texts, { store: 'left' }), builder.table(others, { store: 'right' })]
      build(left, right).toStream().to(out)
    },
    { rows: BOTH_SIDES },
  )
}

function foreignKey(name: string, kind: 'join' | 'leftJoin'): Bench {
  const options = { foreignKey: (order: Order) => order.customer }
  return operator(
    name,
    (builder) => {
      const [left, right] = [builder.table(orders, { store: 'left' }), builder.table(others, { store: 'right' })]
      const joiner = (order: Order, other: string | undefined): string => `${order.id} ${other}`
      const joined = kind === 'join' ? left.join(right, joiner, options) : left.leftJoin(right, joiner, options)
      joined.toStream().to(out)
    },
    {
      rows: { orders: rows(ROUND_RECORDS, KEYS, 1_000, (i) => ORDER_TEXT.replace('c-471', keyOf(i % 1_000))) },
      first: {
        others: Array.from({ length: 1_000 }, (_, i) => ({ key: keyOf(i), value: `other ${i}`, timestamp: 1 })),
      },
    },
  )
}

const both = (a: string | undefined, b: string | undefined): string => `${a} ${b}`
const longer = (value: string): string => `${value}!`

const benches: readonly (readonly [name: string, make: (name: string) => Bench])[] = [
  ['filter', (name) => ofStream(name, (stream) => stream.filter((value) => value.length > 0).to(out))],
  ['map', (name) => ofStream(name, (stream) => stream.map((value, key) => [key, longer(value)]).to(out))],
  ['flat-map', (name) => ofStream(name, (stream) => stream.flatMap((value, key) => [[key, value]]).to(out))],
  ['flat-map-values', (name) => ofStream(name, (stream) => stream.flatMapValues((value) => [value]).to(out))],
  ['peek', (name) => ofStream(name, (stream) => stream.peek(() => undefined).to(out))],
  ['merge', (name) => operator(name, (builder) => builder.stream(texts).merge(builder.stream(others)).to(out), { rows: BOTH_SIDES })], // prettier-ignore
  [
    'split',
    (name) =>
      ofStream(name, (stream) => {
        const { short } = stream.split({ short: (value) => value.length < 200 })
        short.to(out)
      }),
  ],
  [
    'repartition',
    (name) =>
      ofStream(name, (stream) =>
        stream
          .selectKey((_, key) => key, { key: serdes.string })
          .repartition()
          .to(out),
      ),
  ],
  ['to-table', (name) => ofStream(name, (stream) => stream.toTable({ store: 'table' }).toStream().to(out))],
  [
    'group-by',
    (name) => ofStream(name, (stream) => void stream.groupBy((_, key) => key, { key: serdes.string }).count()),
  ],
  ['reduce', (name) => ofStream(name, (stream) => void stream.groupByKey().reduce((_, value) => value))],
  [
    'aggregate',
    (name) =>
      ofStream(
        name,
        (stream) =>
          void stream.groupByKey().aggregate(
            () => ({ count: 0 }),
            (sum) => ({ count: sum.count + 1 }),
            { store: 'sums', value: serdes.json<{ readonly count: number }>() },
          ),
      ),
  ],
  [
    'process',
    (name) =>
      ofStream(name, (stream) =>
        stream
          .process<string, string>({
            stores: [visits],
            init: (context) => {
              const store = context.store(visits)
              return {
                process: (record) => {
                  store.put(record.key, (store.get(record.key) ?? 0) + 1)
                  context.forward(record)
                },
              }
            },
          })
          .to(out),
      ),
  ],
  [
    'windowed-cogroup',
    (name) =>
      ofStream(
        name,
        (stream) =>
          void stream
            .groupByKey()
            .cogroup(
              () => 0,
              (sum: number) => sum + 1,
            )
            .windowedBy(tumbling({ size: '5s' }))
            .aggregate({ store: 'sums', value: serdes.int64 }),
      ),
  ],
  // With a gap of 1 s, after which each key comes again, no session would ever close.
  [
    'session-on-close',
    (name) =>
      ofStream(name, (stream) =>
        stream
          .groupByKey()
          .windowedBy(session({ inactivityGap: '500ms' }), { emit: 'on-window-close' })
          .count()
          .toStream((_, key) => key.key)
          .to(counted),
      ),
  ],
  [
    'sliding-on-close',
    (name) =>
      ofStream(
        name,
        (stream) =>
          void stream
            .groupByKey()
            .windowedBy(sliding({ timeDifference: '1s' }), { emit: 'on-window-close' })
            .count(),
      ),
  ],
  [
    'process-values',
    (name) =>
      ofStream(name, (stream) =>
        stream
          .processValues<string>({
            stores: [visits],
            init: (context) => {
              const store = context.store(visits)
              return {
                process: ({ key, value }) => {
                  store.put(key, (store.get(key) ?? 0) + 1)
                  context.forward({ value })
                },
              }
            },
          })
          .to(out),
      ),
  ],
  [
    'map-values-async',
    (name) =>
      operator(
        name,
        (builder) =>
          builder
            .stream(texts)
            .mapValuesAsync(async (value) => `${value}!`, { concurrency: 100 })
            .to(out),
        { isAsync: true, passes: 1 },
      ),
  ],
  [
    'global-table-join',
    (name) =>
      operator(
        name,
        (builder) => {
          const table = builder.globalTable(others, { store: 'global' })
          builder
            .stream(texts)
            .join(table, both, { on: (_, key) => key })
            .to(out)
        },
        {
          first: {
            others: Array.from({ length: KEYS }, (_, i) => ({ key: keyOf(i), value: `other ${i}`, timestamp: 1 })),
          },
        },
      ),
  ],
  [
    'versioned-join-grace',
    (name) =>
      operator(
        name,
        (builder) => {
          const table = builder.table(others, { store: { name: 'versions', versioned: { historyRetention: '10s' } } })
          builder.stream(texts).join(table, both, { grace: '200ms' }).to(out)
        },
        { rows: BOTH_SIDES },
      ),
  ],
  ['left-join', (name) => operator(name, (builder) => builder.stream(texts).leftJoin(builder.stream(others), both, { within: '1s' }).to(out), { rows: BOTH_SIDES })], // prettier-ignore
  // Every second two records of a key come: each meets one other, as left and as right, and itself. Of whole orders within a second
  // seven pairs of texts were written for each record, and the line measured how fast text is copied.
  [
    'self-join',
    (name) =>
      operator(
        name,
        (builder) => {
          const stream = builder.stream(texts)
          stream.join(stream, both, { within: '500ms' }).to(out)
        },
        { rows: { orders: rows(ROUND_RECORDS, KEYS, 1_000, (i) => `value ${i}`) } },
      ),
  ],
  ['stream-table-left-join', (name) => operator(name, (builder) => builder.stream(texts).leftJoin(builder.table(others, { store: 'table' }), both).to(out), { rows: BOTH_SIDES })], // prettier-ignore
  [
    'table-filter',
    (name) =>
      ofTable(name, (table) =>
        table
          .filter((value) => value.length > 0)
          .toStream()
          .to(out),
      ),
  ],
  ['table-map-values', (name) => ofTable(name, (table) => table.mapValues(longer).toStream().to(out))],
  [
    'table-group-by',
    (name) =>
      ofTable(
        name,
        (table) =>
          void table.groupBy((value, key) => [key, value], { key: serdes.string, value: serdes.string }).count(),
      ),
  ],
  ['table-join', (name) => ofTables(name, (left, right) => left.join(right, both))],
  ['table-left-join', (name) => ofTables(name, (left, right) => left.leftJoin(right, both))],
  ['table-outer-join', (name) => ofTables(name, (left, right) => left.outerJoin(right, both))],
  ['foreign-key-join', (name) => foreignKey(name, 'join')],
  ['foreign-key-left-join', (name) => foreignKey(name, 'leftJoin')],
]

export const operatorBenches: Readonly<Record<string, () => Bench>> = Object.fromEntries(
  benches.map(([name, make]) => [name, () => make(name)]),
)
