// The operators that programs are made of first, each with a bar of its own; the others are in operators.ts.
import { type KStream, type StreamsBuilder, hopping, serdes, session, sliding, topic, tumbling } from 'tidemill'
import { type RecordBatch, RecordBatchBuilder, type RecordCursor, recordCursor } from '../src/protocol/index.ts'
import type { Bench } from './bench.ts'
import type { Order } from './order.ts'
import { BATCH_BYTES, ROUND_RECORDS, keyOf, rows, taskBench, topologyOf } from './task-bench.ts'

// ---- floors ----

/** A bare loop over the records of batches into a builder. */
function loop(each: (cursor: RecordCursor, builder: RecordBatchBuilder) => void) {
  return (batches: readonly RecordBatch[]) => () => {
    const builder = new RecordBatchBuilder({ capacity: BATCH_BYTES + 4_096 })
    for (const batch of batches) {
      const cursor = recordCursor(batch)
      while (cursor.next()) {
        each(cursor, builder)
        if (builder.sizeBytes >= BATCH_BYTES) builder.build()
      }
    }
  }
}

const textAt = (buffer: Buffer, start: number, length: number): string => buffer.toString('utf8', start, start + length)

const stringLoop = loop((cursor, builder) => {
  const key = textAt(cursor.buffer, cursor.keyStart, cursor.keyLength)
  const value = textAt(cursor.buffer, cursor.valueStart, cursor.valueLength)
  builder.appendRecord(cursor.timestamp, Buffer.from(key), Buffer.from(value))
})

const jsonLoop = loop((cursor, builder) => {
  const key = textAt(cursor.buffer, cursor.keyStart, cursor.keyLength)
  const order = JSON.parse(textAt(cursor.buffer, cursor.valueStart, cursor.valueLength)) as Order
  if (order.quantity < 1) return
  const value = JSON.stringify(withTotal(order))
  builder.appendRecord(cursor.timestamp, Buffer.from(key), Buffer.from(value))
})

const customers = new Map(Array.from({ length: 1_000 }, (_, i) => [keyOf(i), { name: `customer ${i}`, level: i % 5 }]))

const joinLoop = loop((cursor, builder) => {
  const key = textAt(cursor.buffer, cursor.keyStart, cursor.keyLength)
  const order = JSON.parse(textAt(cursor.buffer, cursor.valueStart, cursor.valueLength)) as Order
  const customer = customers.get(key)
  if (customer === undefined) return
  const value = JSON.stringify({ ...order, name: customer.name })
  builder.appendRecord(cursor.timestamp, Buffer.from(key), Buffer.from(value))
})

function withTotal(order: Order): Order & { readonly total: number } {
  return { ...order, total: order.price * order.quantity }
}

// ---- topologies ----

const orders = topic('orders', { key: serdes.string, value: serdes.json<Order>() })
const texts = topic('orders', { key: serdes.string, value: serdes.string })
const others = topic('others', { key: serdes.string, value: serdes.string })
const out = topic('out', { key: serdes.string, value: serdes.string })
const counted = topic('out', { key: serdes.string, value: serdes.int64 })

const textStream = (builder: StreamsBuilder): KStream<string, string> => builder.stream(texts)

function count(name: string, cache: boolean, units: number): Bench {
  const topology = topologyOf((builder) =>
    textStream(builder)
      .groupByKey()
      .count({ store: { name: 'counts', cache } })
      .toStream()
      .to(counted),
  )
  return taskBench(name, topology, {
    cache,
    rows: { orders: rows(100_000, 100_000, 1_000) },
    // Half a million records a commit: a second of work, where the default commit interval is 30 s.
    passes: 5,
    first: { orders: Array.from({ length: 100_000 }, (_, i) => ({ key: keyOf(i), value: 'v', timestamp: 1_000 })) },
    bar: { floor: 0, units },
  })
}

function windowed(
  name: string,
  build: (stream: KStream<string, string>) => void,
  units: number,
  keyCount = 10_000,
): Bench {
  return taskBench(
    name,
    topologyOf((builder) => build(textStream(builder))),
    {
      cache: true,
      rows: { orders: rows(ROUND_RECORDS, keyCount, 1_000) },
      stepMs: 1_000,
      passes: 10,
      bar: { floor: 0, units },
    },
  )
}

export const taskBenches: Readonly<Record<string, () => Bench>> = {
  'pass-through-bytes': () => {
    const topology = topologyOf((builder) => builder.stream(topic('orders')).to(topic('out')))
    return taskBench('pass-through-bytes', topology, {
      rows: { orders: rows(ROUND_RECORDS, 1_000, 1_000) },
      bar: { floor: 0, units: 0.35 },
    })
  },
  'pass-through-strings': () => {
    const topology = topologyOf((builder) => builder.stream(texts).to(out))
    return taskBench('pass-through-strings', topology, {
      rows: { orders: rows(ROUND_RECORDS, 1_000, 1_000) },
      floor: stringLoop,
      bar: { floor: 1, units: 0.4 },
    })
  },
  json: () => {
    const totals = topic('out', { key: serdes.string, value: serdes.json<Order & { readonly total: number }>() })
    const topology = topologyOf((builder) =>
      builder
        .stream(orders)
        .filter((order) => order.quantity >= 1)
        .mapValues((order) => withTotal(order))
        .to(totals),
    )
    return taskBench('json', topology, {
      rows: { orders: rows(ROUND_RECORDS, 1_000, 1_000) },
      floor: jsonLoop,
      bar: { floor: 1, units: 0.8 },
    })
  },
  'stream-table-join': () => {
    const table = topic('customers', { key: serdes.string, value: serdes.json<{ readonly name: string }>() })
    const named = topic('out', { key: serdes.string, value: serdes.json<Order & { readonly name: string }>() })
    const topology = topologyOf((builder) =>
      builder
        .stream(orders)
        .join(builder.table(table, { store: 'customers' }), (order, customer) => ({ ...order, name: customer.name }))
        .to(named),
    )
    return taskBench('stream-table-join', topology, {
      cache: true,
      rows: { orders: rows(ROUND_RECORDS, 1_000, 1_000) },
      first: {
        customers: [...customers].map(([key, value]) => ({ key, value: JSON.stringify(value), timestamp: 1 })),
      },
      floor: joinLoop,
      bar: { floor: 1, units: 1.2 },
    })
  },
  'count-cached': () => count('count-cached', true, 1),
  count: () => count('count', false, 1.8),
  'tumbling-count': () =>
    windowed(
      'tumbling-count',
      (stream) =>
        void stream
          .groupByKey()
          .windowedBy(tumbling({ size: '5s' }))
          .count(),
      1,
    ),
  'hopping-10': () =>
    windowed(
      'hopping-10',
      (stream) =>
        void stream
          .groupByKey()
          .windowedBy(hopping({ size: '10s', advance: '1s' }))
          .count(),
      4,
    ),
  'sliding-count': () =>
    windowed(
      'sliding-count',
      (stream) =>
        void stream
          .groupByKey()
          .windowedBy(sliding({ timeDifference: '1s' }))
          .count(),
      12,
    ),
  'session-count': () =>
    windowed(
      'session-count',
      (stream) =>
        void stream
          .groupByKey()
          .windowedBy(session({ inactivityGap: '1s' }))
          .count(),
      6,
    ),
  'emit-on-close': () =>
    windowed(
      'emit-on-close',
      (stream) =>
        void stream
          .groupByKey()
          .windowedBy(tumbling({ size: '5s' }), { emit: 'on-window-close' })
          .count(),
      12,
    ),
  suppress: () =>
    windowed(
      'suppress',
      (stream) =>
        void stream
          .groupByKey()
          .windowedBy(tumbling({ size: '5s' }))
          .count()
          .suppress({ until: 'window-closes' }),
      12,
    ),
  cogroup: () =>
    windowed(
      'cogroup',
      (stream) =>
        void stream
          .groupByKey()
          .cogroup(
            () => 0,
            (sum: number) => sum + 1,
          )
          .aggregate({ store: 'sums', value: serdes.int64 }),
      12,
    ),
  'stream-stream-join': () => streamJoin('stream-stream-join', 'join', 6),
  'outer-join': () => streamJoin('outer-join', 'outerJoin', 12),
  versioned: () => {
    const topology = topologyOf((builder) => {
      builder.table(texts, { store: { name: 'versions', versioned: { historyRetention: '10s' } } })
    })
    return taskBench('versioned', topology, {
      rows: { orders: rows(ROUND_RECORDS, 10_000, 1_000) },
      stepMs: 1_000,
      passes: 5,
      bar: { floor: 0, units: 12 },
    })
  },
}

function streamJoin(name: string, kind: 'join' | 'outerJoin', units: number): Bench {
  const topology = topologyOf((builder) => {
    const left = builder.stream(texts)
    const right = builder.stream(others)
    const joined =
      kind === 'join'
        ? left.join(right, (a, b) => a + b, { within: '1s' })
        : left.outerJoin(right, (a, b) => `${a}${b}`, { within: '1s' })
    joined.to(out)
  })
  return taskBench(name, topology, {
    rows: {
      orders: rows(ROUND_RECORDS / 2, 10_000, 1_000, (i) => `left ${i}`),
      others: rows(ROUND_RECORDS / 2, 10_000, 1_000, (i) => `right ${i}`),
    },
    stepMs: 1_000,
    passes: 5,
    bar: { floor: 0, units },
  })
}
