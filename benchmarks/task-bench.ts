// How the task alone is measured: record batches in, record batches out, stores in memory; nothing of client or broker. What goes to
// internal topics is read back.
import { StreamsBuilder, type Topology } from 'tidemill'
import { ManualClock } from '../src/base/index.ts'
import { RecordBatchBuilder, readBatches, type RecordBatch } from '../src/protocol/index.ts'
import { type TopicPartition, topicPartition } from '../src/record/index.ts'
import { type RecordCollector, Task, type TaskOptions, type TopicWriter, topicName } from '../src/runtime/index.ts'
import { MemoryEngine } from '../src/state/index.ts'
import type { Bench } from './bench.ts'
import { ORDER_TEXT } from './order.ts'

export const ROUND_RECORDS = 20_000
export const BATCH_BYTES: number = 64 * 1024
const CACHE_BYTES_MAX = 64 * 1024 * 1024

export interface Row {
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

/** Builds batches of what it gets, and lets them go but for those of topics that the task reads. */
class BatchCollector implements RecordCollector {
  readonly origins = undefined
  written = 0
  readonly #writers = new Map<string, TopicWriter>()
  readonly #builders = new Map<string, RecordBatchBuilder>()
  readonly #nextOffsets = new Map<string, number>()
  readonly #isRead: (topic: string) => boolean
  #full: { readonly topic: string; readonly batch: RecordBatch }[] = []

  constructor(isRead: (topic: string) => boolean) {
    this.#isRead = isRead
  }

  topic(name: string): TopicWriter {
    let writer = this.#writers.get(name)
    if (writer === undefined) this.#writers.set(name, (writer = this.#writer(name)))
    return writer
  }

  /** Gives what was written to the topics that the task reads; false: nothing. */
  giveBack(take: (topic: string, batch: RecordBatch) => void): boolean {
    for (const [topic, builder] of this.#builders) if (this.#isRead(topic)) this.#build(topic, builder)
    const full = this.#full
    this.#full = []
    for (const { topic, batch } of full) take(topic, batch)
    return full.length > 0
  }

  #writer(topic: string): TopicWriter {
    const builder = new RecordBatchBuilder({ capacity: BATCH_BYTES + 4_096 })
    this.#builders.set(topic, builder)
    const count = (): void => {
      this.written++
      if (builder.sizeBytes >= BATCH_BYTES) this.#build(topic, builder)
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

  #build(topic: string, builder: RecordBatchBuilder): void {
    const { recordCount } = builder
    if (recordCount === 0) return
    const baseOffset = this.#nextOffsets.get(topic) ?? 0
    this.#nextOffsets.set(topic, baseOffset + recordCount)
    const bytes = builder.build({ baseOffset })
    if (this.#isRead(topic)) for (const batch of readBatches(bytes)) this.#full.push({ topic, batch })
  }
}

export interface TaskBenchOptions {
  readonly cache?: boolean
  /** Rows by topic; those of `first` are taken once, before the rounds. */
  readonly rows: Readonly<Record<string, readonly Row[]>>
  readonly first?: Readonly<Record<string, readonly Row[]>>
  /** Event time that passes from one pass over the rows to the next. */
  readonly stepMs?: number
  /** Passes over the rows from one commit to the next: a round. @defaultValue 1 */
  readonly passes?: number
  /** There are async steps: a round ends when they have. */
  readonly isAsync?: boolean
  readonly floor?: (batches: readonly RecordBatch[]) => () => void
  readonly bar?: Bench['bar']
}

export function taskBench(name: string, topology: Topology, options: TaskBenchOptions): Bench {
  const subTopologies = topology.subTopologies.filter(({ isGlobal }) => !isGlobal)
  const names = [...new Set(subTopologies.flatMap((sub) => sub.sourceTopics).map((ref) => topicName('bench', ref)))]
  const collector = new BatchCollector((each) => names.includes(each))
  const engine = new MemoryEngine()
  const common: Omit<TaskOptions, 'taskId' | 'subTopologies' | 'inputs' | 'globalStores'> = {
    partition: 0,
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
    committed: new Map(),
    taskIdleMs: 'never',
    emitIntervalMs: 1_000,
  }
  const globals = topology.subTopologies.filter(({ isGlobal }) => isGlobal)
  const globalNames = globals.flatMap((sub) => sub.sourceTopics).map((ref) => topicName('bench', ref))
  const globalTask = new Task({
    ...common,
    taskId: 'global',
    subTopologies: globals,
    inputs: globalNames.map((one) => topicPartition(one, 0)),
    globalStores: new Map(),
  })
  const task = new Task({
    ...common,
    taskId: '0_0',
    subTopologies,
    inputs: names.map((one) => topicPartition(one, 0)),
    globalStores: globalTask.stores,
  })
  globalTask.start(0)
  task.start(0)
  const input = Object.entries(options.rows).map(([topicOf, rows]) => ({
    tp: topicPartition(topicOf, 0),
    batches: batchesOf(rows),
    count: rows.length,
  }))
  const take = (tp: ReturnType<typeof topicPartition>, batches: readonly RecordBatch[], count: number): void =>
    task.enqueue(tp, batches, 0, count)
  const drain = (): void => {
    do {
      while (task.process(1_000, 0) > 0) task.punctuate(0)
    } while (
      collector.giveBack((topicOf, batch) =>
        take(topicPartition(topicOf, 0), [batch], batch.baseOffset + batch.recordCount),
      )
    )
  }
  const commit = (): void => {
    task.prepareCommit(0)
    task.completeCommit(() => undefined)
  }
  for (const [topicOf, rows] of Object.entries(options.first ?? {})) {
    if (globalNames.includes(topicOf)) {
      globalTask.enqueue(topicPartition(topicOf, 0), batchesOf(rows), 0, rows.length)
      while (globalTask.process(1_000, 0) > 0);
      globalTask.prepareCommit(0)
      globalTask.completeCommit(() => undefined)
    } else take(topicPartition(topicOf, 0), batchesOf(rows), rows.length)
  }
  drain()
  commit()
  const writtenBefore = collector.written
  // Promises that are settled run before the next of these.
  const settle = async (): Promise<void> => {
    for (drain(); task.inFlight > 0 || task.buffered(input[0]?.tp as TopicPartition) > 0; drain())
      await Promise.resolve()
    pass++
  }
  const { passes = 1 } = options
  let pass = 0
  const [first] = input
  return {
    name,
    records: passes * input.reduce((sum, { count }) => sum + count, 0),
    written: () => collector.written - writtenBefore,
    round: () => {
      for (const end = pass + passes; pass < end; pass++) {
        const ms = pass * (options.stepMs ?? 0)
        for (const { tp, batches, count } of input) take(tp, ms === 0 ? batches : shifted(batches, ms), count)
        if (options.isAsync === true) return settle().then(commit)
        drain()
      }
      commit()
      return undefined
    },
    ...(options.floor === undefined || first === undefined ? {} : { floor: options.floor(first.batches) }),
    ...(options.bar === undefined ? {} : { bar: options.bar }),
  }
}

// ---- rows ----

export const keyOf = (i: number): string => `key-${String(i).padStart(6, '0')}`

export function rows(
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

export function topologyOf(build: (builder: StreamsBuilder) => void): Topology {
  const builder = new StreamsBuilder()
  build(builder)
  return builder.build()
}
