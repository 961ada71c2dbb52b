// Runs one processor alone: what goes in are records as they are, what comes out is what it forwarded. It is hosted by the same task as
// in life, between a source that hands records over as they are and children that catch them.
import { ManualClock } from '../base/index.ts'
import {
  type FaceOf,
  type FixedKeyProcessor,
  type Processor,
  type StoreHandle,
  process,
  processValues,
} from '../processors/index.ts'
import { type Duration, RecordHeaders, type StreamRecord, durationMs, topicPartition } from '../record/index.ts'
import { type RecordCollector, Task } from '../runtime/index.ts'
import { MemoryEngine } from '../state/index.ts'
import type {
  NodeProcessor,
  ProcessorNode,
  Punctuation,
  PunctuationClock,
  SourceNode,
  SubTopology,
} from '../topology/index.ts'
import { oneRecord } from './one-record.ts'
import { observed } from './observed-context.ts'

/** Options of {@link ProcessorTestDriver}. */
export interface ProcessorTestDriverOptions {
  /** Names of the node's children, for forward(record, child). @defaultValue one, called 'child' */
  readonly children?: readonly string[]
  /** Wall-clock time at the start. @defaultValue 0 */
  readonly startAt?: number | Date
  /** What context.record says of records that are given. @defaultValue 'input' */
  readonly topic?: string
  /** What context.applicationId says. @defaultValue 'test' */
  readonly applicationId?: string
  /** The processor is a FixedKeyProcessor: what it forwards has the key of the record. @defaultValue false */
  readonly keepsKeys?: boolean
}

type AnyProcessor = Processor<any, any, any, any> | FixedKeyProcessor<any, any, any>

/** A record to process; what is left out is null, the driver's wall-clock time, none. */
export interface ProcessorInput<out K, out V> {
  readonly key: K
  readonly value: V
  readonly timestamp?: number
  readonly headers?: RecordHeaders
}

/** What a processor forwarded. */
export interface Forwarded<out K, out V> extends StreamRecord<K, V> {
  /** undefined: to all children. */
  readonly child: string | undefined
}

/** A punctuation that a processor asked for. */
export interface Scheduled {
  readonly intervalMs: number
  readonly clock: PunctuationClock
  readonly startAtMs: number | undefined
  readonly isCancelled: boolean
}

/**
 * Tests a processor on its own, with its stores, on a clock that the test moves. Java: MockProcessorContext.
 *
 * @example
 * using driver = new ProcessorTestDriver(detectFraud)
 * driver.process({ key: 'card-1', value: { iban: 'AT61', amount: 20_000 }, timestamp: 0 })
 * expect(driver.forwarded[0]?.headers.get('severity')).toBe('high')
 */
export class ProcessorTestDriver<in KIn, in VIn, out KOut = unknown, out VOut = unknown> implements Disposable {
  readonly #clock: ManualClock
  readonly #task: Task
  readonly #topic: string
  readonly #forwarded: Forwarded<KOut, VOut>[] = []
  readonly #scheduled: { -readonly [P in keyof Scheduled]: Scheduled[P] }[] = []
  #input: StreamRecord = { key: null, value: null, timestamp: 0, headers: RecordHeaders.empty }
  #nextOffset = 0
  #toAll: StreamRecord | undefined = undefined

  constructor(
    processor: Processor<KIn, VIn, KOut, VOut> | FixedKeyProcessor<KIn, VIn, VOut>,
    options: ProcessorTestDriverOptions = {},
  ) {
    const { startAt = 0, topic = 'input' } = options
    this.#topic = topic
    this.#clock = new ManualClock(Number(startAt))
    this.#task = this.#host(processor, options)
    this.#task.start(this.#clock.now())
  }

  /** What was forwarded so far, in order. */
  get forwarded(): readonly Forwarded<KOut, VOut>[] {
    return this.#forwarded
  }

  /** The punctuations that were asked for, in order. */
  get scheduled(): readonly Scheduled[] {
    return this.#scheduled
  }

  /** Whether it asked for a commit since the last commit(). */
  get hasCommitRequest(): boolean {
    return this.#task.isCommitRequested
  }

  /** Wall-clock time in ms since 1970. */
  get now(): number {
    return this.#clock.now()
  }

  /** Processes a record, then fires what is due on event time. */
  process(input: ProcessorInput<KIn, VIn>): void {
    const { key, value, timestamp = this.#clock.now(), headers = RecordHeaders.empty } = input
    this.#input = { key, value, timestamp, headers }
    const tp = topicPartition(this.#topic, 0)
    const offset = this.#nextOffset++
    // The bytes say nothing: the source hands the record itself over.
    const raw = { topic: this.#topic, partition: 0, key: Buffer.of(0), value: Buffer.of(0), timestamp, headers }
    this.#task.enqueue(tp, [oneRecord(raw, offset)], offset, offset + 1)
    this.#task.process(1, this.#clock.now())
    this.#task.punctuateStreamTime(this.#clock.now())
  }

  /** Takes what was forwarded, so that the next look begins anew. */
  takeForwarded(): Forwarded<KOut, VOut>[] {
    return this.#forwarded.splice(0)
  }

  /** Moves the wall clock and fires the punctuations that come due, each once. */
  advanceWallClock(by: Duration): void {
    this.#clock.advance(durationMs(by, 'advanceWallClock'))
    this.#task.punctuateWallClock(this.#clock.now())
  }

  /** Flushes caches and answers a commit request. */
  commit(): void {
    this.#task.prepareCommit(this.#clock.now())
    this.#task.completeCommit(() => undefined)
  }

  /** One of the processor's stores. */
  store<H extends StoreHandle>(handle: H): FaceOf<H> {
    const store = this.#task.stores.get(handle.name)
    // The handle's phantom says which face the store of its definition has.
    return store?.face as FaceOf<H>
  }

  [Symbol.dispose](): void {
    // All is in memory: nothing is left to wait for, and an error has nowhere to go.
    void this.#task.close().catch(() => undefined)
  }

  #host(processor: AnyProcessor, options: ProcessorTestDriverOptions): Task {
    const { children = ['child'], applicationId = 'test', keepsKeys = false } = options
    const definitions = (processor.stores ?? []).map((handle) => ({ ...handle.definition, logging: false }))
    const names = definitions.map((definition) => definition.name)
    const nodes = [
      this.#source(),
      processorNode('processor', ['source'], names, () => this.#observe(processor, keepsKeys)),
      // Stands first among the children: what it gets goes to all.
      processorNode(ALL, ['processor'], [], () => this.#catch(undefined)),
      ...children.map((name) => processorNode(name, ['processor'], [], () => this.#catch(name))),
    ]
    const engine = new MemoryEngine()
    return new Task({
      taskId: '0_0',
      subTopologies: [{ ...EMPTY_SUB_TOPOLOGY, nodes, stores: definitions }],
      partition: 0,
      inputs: [topicPartition(this.#topic, 0)],
      config: { applicationId, stateDir: '', processingGuarantee: 'at-least-once' },
      handlers: {
        onDeserializationError: undefined,
        onProcessingError: undefined,
        onProductionError: undefined,
        deadLetterTopic: undefined,
      },
      defaultTimestamp: 'fail-on-invalid',
      clock: this.#clock,
      collector: NO_COLLECTOR,
      engine: () => engine,
      cacheBytesMax: () => 0,
      globalStores: new Map(),
      committed: new Map(),
      taskIdleMs: 'never',
      emitIntervalMs: 0,
    })
  }

  #source(): SourceNode {
    return {
      kind: 'source',
      name: 'source',
      topics: [{ name: this.#topic, isInternal: false }],
      pattern: undefined,
      key: { decode: () => this.#input.key },
      value: { decode: () => this.#input.value },
      timestamp: undefined,
      startFrom: undefined,
      parents: [],
      place: undefined,
    }
  }

  #observe(processor: AnyProcessor, keepsKeys: boolean): NodeProcessor {
    // Which of the two it is, the option says.
    const inner = keepsKeys
      ? processValues(processor as FixedKeyProcessor<any, any, any>)()
      : process(processor as Processor<any, any, any, any>)()
    return {
      init: (context) => inner.init(observed(context, (asked, punctuation) => this.#remember(asked, punctuation))),
      process: (record) => inner.process(record),
      close: () => inner.close?.(),
    }
  }

  #remember(asked: Omit<Scheduled, 'isCancelled'>, punctuation: Punctuation): Punctuation {
    const scheduled = { ...asked, isCancelled: false }
    this.#scheduled.push(scheduled)
    return {
      cancel: () => {
        scheduled.isCancelled = true
        punctuation.cancel()
      },
    }
  }

  #catch(child: string | undefined): NodeProcessor {
    return {
      init: () => undefined,
      process: (record) => {
        if (child === undefined) this.#toAll = record
        else if (record === this.#toAll) return
        // What the processor's types say it forwards.
        this.#forwarded.push({ ...(record as StreamRecord<KOut, VOut>), child })
      },
    }
  }
}

const ALL = '(all)'

const EMPTY_SUB_TOPOLOGY: Omit<SubTopology, 'nodes' | 'stores'> = {
  id: 0,
  sourceTopics: [],
  sinkTopics: [],
  repartitionTopics: [],
  changelogTopics: [],
  copartitionGroups: [],
  isGlobal: false,
}

const NO_COLLECTOR: RecordCollector = {
  origins: undefined,
  topic: (topic) => ({ topic, partitions: 1, send: () => undefined, sendRange: () => undefined }),
}

function processorNode(
  name: string,
  parents: readonly string[],
  stores: readonly string[],
  create: () => NodeProcessor,
): ProcessorNode {
  return { kind: 'processor', name, parents, stores, create, place: undefined }
}
