// The task alone: record batches in, record batches out, stores in memory; nothing of client or broker.
import {
  type KStream,
  StreamsBuilder,
  type Topology,
  hopping,
  serdes,
  session,
  sliding,
  topic,
  tumbling,
} from 'tidemill'
import { ManualClock } from '../src/base/index.ts'
import { RecordBatchBuilder, readBatches, recordCursor, type RecordBatch } from '../src/protocol/index.ts'
import { topicPartition } from '../src/record/index.ts'
import { type RecordCollector, Task, type TopicWriter, topicName } from '../src/runtime/index.ts'
import { MemoryEngine } from '../src/state/index.ts'
import type { Bench } from './bench.ts'
import { ORDER_TEXT, type Order } from './order.ts'

const ROUND_RECORDS = 20_000
const BATCH_BYTES = 64 * 1024
const CACHE_BYTES_MAX = 64 * 1024 * 1024

interface Row {
  readonly key: string
  readonly value: string
  readonly timestamp: number
}

/** Batches of about 64 KiB, as a producer makes them. */
function batchesOf(rows: readonly Row[]): readonly RecordBatch[] {
  const builder = new RecordBatchBuilder({ capacity: BATCH_BYTES + 4_096 })
  const batches: RecordBatch[] = []
  let baseOffset = 0
  const flush = (): void => {
    const count = builder.recordCount
    if (count === 0) return
    batches.push(...readBatches(builder.build({ baseOffset })))
    baseOffset += count
  }
  for (const { key, value, timestamp } of rows) {
    builder.appendRecord(timestamp, Buffer.from(key), Buffer.from(value))
    if (builder.sizeBytes >= BATCH_BYTES) flush()
  }
  flush()
  return batches
}

function shifted(batches: readonly RecordBatch[], ms: number): readonly RecordBatch[] {
  return batches.map((batch) => ({
    ...batch,
    baseTimestamp: batch.baseTimestamp + ms,
    maxTimestamp: batch.maxTimestamp + ms,
  }))
}

/** Builds batches of what it gets and lets them go. */
class BatchCollector implements RecordCollector {
  readonly origins = undefined
  readonly #writers = new Map<string, TopicWriter>()
  recordCount = 0

  topic(name: string): TopicWriter {
    let writer = this.#writers.get(name)
    if (writer === undefined) this.#writers.set(name, (writer = this.#writer(name)))
    return writer
  }

  #writer(topic: string): TopicWriter {
    const builder = new RecordBatchBuilder({ capacity: BATCH_BYTES + 4_096 })
    const count = (): void => {
      this.recordCount++
      if (builder.sizeBytes >= BATCH_BYTES) builder.build()
    }
    return {
      topic,
      partitions: 1,
      send: (_partition, key, value, timestamp, headers) => {
        builder.appendRecord(timestamp, key, value, headers)
        count()
      },
      sendRange: (_partition, buffer, keyStart, keyEnd, valueStart, valueEnd, timestamp, headers) => {
        const key = keyEnd === -1 ? null : buffer
        builder.append(timestamp, key, keyStart, keyEnd, valueEnd === -1 ? null : buffer, valueStart, valueEnd, headers)
        count()
      },
    }
  }
}

interface TaskBenchOptions {
  readonly cache?: boolean
  /** Rows by topic; those of `first` are taken once, before the rounds. */
  readonly rows: Readonly<Record<string, readonly Row[]>>
  readonly first?: Readonly<Record<string, readonly Row[]>>
  /** Event time that passes from one pass over the rows to the next. */
  readonly stepMs?: number
  /** Passes over the rows from one commit to the next: a round. @defaultValue 1 */
  readonly passes?: number
  readonly floor?: (batches: readonly RecordBatch[]) => () => void
  readonly bar?: Bench['bar']
}

function taskBench(name: string, topology: Topology, options: TaskBenchOptions): Bench {
  const collector = new BatchCollector()
  const subTopologies = topology.subTopologies
  const names = [...new Set(subTopologies.flatMap((sub) => sub.sourceTopics).map((ref) => topicName('bench', ref)))]
  const engine = new MemoryEngine()
  const task = new Task({
    taskId: '0_0',
    subTopologies,
    partition: 0,
    inputs: names.map((one) => topicPartition(one, 0)),
    config: { applicationId: 'bench', stateDir: '', processingGuarantee: 'at-least-once' },
    handlers: {
      onDeserializationError: undefined,
      onProcessingError: undefined,
      onProductionError: undefined,
      deadLetterTopic: undefined,
    },
    defaultTimestamp: topology.defaultTimestamp,
    clock: new ManualClock(),
    collector,
    engine: () => engine,
    cacheBytesMax: () => (options.cache === true ? CACHE_BYTES_MAX : 0),
    globalStores: new Map(),
    committed: new Map(),
    taskIdleMs: 'never',
    emitIntervalMs: 1_000,
  })
  task.start(0)
  const input = Object.entries(options.rows).map(([topicOf, rows]) => ({
    tp: topicPartition(topicOf, 0),
    batches: batchesOf(rows),
    count: rows.length,
  }))
  const take = (tp: ReturnType<typeof topicPartition>, batches: readonly RecordBatch[], count: number): void =>
    task.enqueue(tp, batches, 0, count)
  const drain = (): void => {
    while (task.process(1_000, 0) > 0) task.punctuate(0)
  }
  const commit = (): void => {
    task.prepareCommit(0)
    task.completeCommit(() => undefined)
  }
  for (const [topicOf, rows] of Object.entries(options.first ?? {})) {
    take(topicPartition(topicOf, 0), batchesOf(rows), rows.length)
  }
  drain()
  commit()
  const { passes = 1 } = options
  let pass = 0
  const [first] = input
  return {
    name,
    records: passes * input.reduce((sum, { count }) => sum + count, 0),
    round: () => {
      for (const end = pass + passes; pass < end; pass++) {
        const ms = pass * (options.stepMs ?? 0)
        for (const { tp, batches, count } of input) take(tp, ms === 0 ? batches : shifted(batches, ms), count)
        drain()
      }
      commit()
    },
    ...(options.floor === undefined || first === undefined ? {} : { floor: options.floor(first.batches) }),
    ...(options.bar === undefined ? {} : { bar: options.bar }),
  }
}

// ---- rows ----

const keyOf = (i: number): string => `key-${String(i).padStart(6, '0')}`

function rows(
  count: number,
  keyCount: number,
  spanMs: number,
  value: (i: number) => string = () => ORDER_TEXT,
): readonly Row[] {
  // Keys come in an order that no cache can foresee, the same in every run.
  let state = 12_345
  return Array.from({ length: count }, (_, i) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return { key: keyOf(state % keyCount), value: value(i), timestamp: 1_000_000 + Math.floor((i * spanMs) / count) }
  })
}

// ---- floors ----

/** A bare loop over the records of batches into a builder. */
function loop(each: (cursor: ReturnType<typeof recordCursor>, builder: RecordBatchBuilder) => void) {
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

function topologyOf(build: (builder: StreamsBuilder) => void): Topology {
  const builder = new StreamsBuilder()
  build(builder)
  return builder.build()
}

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
  'foreign-key-join': () => {
    const topology = topologyOf((builder) => {
      const left = builder.table(orders, { store: 'left' })
      const right = builder.table(others, { store: 'right' })
      left
        .join(right, (order, other) => `${order.id} ${other}`, { foreignKey: (order) => order.customer })
        .toStream()
        .to(out)
    })
    return taskBench('foreign-key-join', topology, {
      rows: { orders: rows(ROUND_RECORDS, 10_000, 1_000, (i) => ORDER_TEXT.replace('c-471', keyOf(i % 1_000))) },
      first: {
        others: Array.from({ length: 1_000 }, (_, i) => ({ key: keyOf(i), value: `other ${i}`, timestamp: 1 })),
      },
      passes: 5,
      bar: { floor: 0, units: 12 },
    })
  },
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
