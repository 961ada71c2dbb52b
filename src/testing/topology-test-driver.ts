// The test driver that users see: typed topics and stores over RawTestDriver.
import { partitionForKey, TidemillError } from '../base/index.ts'
import { type Duration, durationMs } from '../record/index.ts'
import type { FaceOf, StoreHandle } from '../processors/index.ts'
import type { DeserializationErrorHandler, ProcessingErrorHandler, ProductionErrorHandler } from '../runtime/index.ts'
import { type Serde, serdes } from '../serde/index.ts'
import type { KeyValueStore } from '../state/index.ts'
import type { SinkNode, SourceNode, Topology, UpgradeFrom } from '../topology/index.ts'
import { RawTestDriver, type RawTestRecord } from './raw-test-driver.ts'
import { TestInputTopic, TestOutputTopic, type TopicSerdes } from './test-topics.ts'

const CACHE_BYTES_MAX = 10 * 1024 * 1024

/** Options of {@link TopologyTestDriver}. */
export interface TestDriverOptions {
  /** Shows what caching holds back: a cache of 10 MiB, and commits only when commit() is called. @defaultValue false */
  readonly cache?: boolean
  /** Size of the caches of the stores that have one. @defaultValue 0, or 10 MiB with `cache: true` */
  readonly cacheBytesMax?: number
  /** When caches are flushed: after each record, as Java's driver does, or when the test says. @defaultValue each-record, manual with `cache: true` */
  readonly commit?: 'each-record' | 'manual'
  /** Wall-clock time at the start: ms since 1970, or a Date. @defaultValue 0 */
  readonly startAt?: number | Date
  /** Partitions of every topic; each number is a task of its own. @defaultValue 1 */
  readonly partitions?: number
  /** Stands in front of internal topics' names. @defaultValue 'test' */
  readonly applicationId?: string
  /** As of `Streams`. @defaultValue none */
  readonly upgradeFrom?: UpgradeFrom
  /** As of `Streams`. @defaultValue fail */
  readonly onDeserializationError?: DeserializationErrorHandler
  /** As of `Streams`. @defaultValue fail */
  readonly onProcessingError?: ProcessingErrorHandler
  /** As of `Streams`. @defaultValue fail */
  readonly onProductionError?: ProductionErrorHandler
  /** Topic of records that a handler gives up with 'dead-letter'. @defaultValue none */
  readonly deadLetterTopic?: string | { readonly name: string }
}

type AnyTopic<K, V> = TopicSerdes<K, V>

/**
 * Runs a topology without a broker, synchronously, on a clock that the test moves. Java: TopologyTestDriver; beyond it caching
 * (`cache: true`), several partitions and async steps (`await driver.settled()`).
 *
 * @example
 * using driver = new TopologyTestDriver(wordCount())
 * driver.inputTopic(lines).pipe({ value: 'hello hello' })
 * expect(driver.outputTopic(wordCounts).readMap()).toEqual(new Map([['hello', 2]]))
 */
export class TopologyTestDriver implements Disposable, AsyncDisposable {
  /** @internal Bytes in, bytes out. */
  readonly raw: RawTestDriver
  readonly #topology: Topology
  readonly #applicationId: string
  readonly #unread = new Map<string, RawTestRecord[]>()
  #isClosed = false

  /** Starts at once: processors are initialised when this returns. */
  constructor(topology: Topology, options: TestDriverOptions = {}) {
    const { cache = false, startAt = 0, partitions = 1, applicationId = 'test' } = options
    this.#topology = topology
    this.#applicationId = applicationId
    this.raw = new RawTestDriver(topology, {
      applicationId,
      upgradeFrom: options.upgradeFrom,
      cacheBytesMax: options.cacheBytesMax ?? (cache ? CACHE_BYTES_MAX : 0),
      commit: options.commit ?? (cache ? 'manual' : 'each-record'),
      startAtMs: typeof startAt === 'number' ? startAt : startAt.getTime(),
      partitions: checkPartitions(partitions),
      handlers: {
        onDeserializationError: options.onDeserializationError,
        onProcessingError: options.onProcessingError,
        onProductionError: options.onProductionError,
        deadLetterTopic:
          typeof options.deadLetterTopic === 'object' ? options.deadLetterTopic.name : options.deadLetterTopic,
      },
    })
  }

  /** Wall-clock time in ms since 1970. */
  get now(): number {
    return this.raw.clock.now()
  }

  /** Names of all topics that something was produced to so far, changelogs and other internal topics too. */
  get producedTopics(): readonly string[] {
    this.#drain()
    return [...this.#unread.keys()].toSorted()
  }

  /**
   * A source topic to put records into; by name it is untyped, with the serdes that the topology reads it with.
   * @throws TidemillError `invalid-argument` where the topology does not read the topic; the message lists those that it reads.
   */
  inputTopic<K, V>(topic: AnyTopic<K, V>): TestInputTopic<K, V>
  inputTopic(topic: string): TestInputTopic<any, any>
  inputTopic(topic: AnyTopic<any, any> | string): TestInputTopic<any, any> {
    const name = typeof topic === 'string' ? topic : topic.name
    if (!this.raw.reads(name)) throw notOfTopology(name, 'source', this.raw.inputTopics)
    return new TestInputTopic<any, any>(
      { raw: this.raw, partitionFor: (key) => this.#partitionFor(key) },
      typeof topic === 'string' ? this.#sourceSerdes(name) : topic,
    )
  }

  /**
   * A topic to read what was produced; by name it is untyped, with the serdes that the topology writes it with (bytes for
   * changelogs).
   * @throws TidemillError `invalid-argument` where the topology does not know the topic; the message lists those that it writes.
   */
  outputTopic<K, V>(topic: AnyTopic<K, V>): TestOutputTopic<K, V>
  outputTopic(topic: string): TestOutputTopic<any, any>
  outputTopic(topic: AnyTopic<any, any> | string): TestOutputTopic<any, any> {
    const name = typeof topic === 'string' ? topic : topic.name
    this.#checkOutput(name)
    return new TestOutputTopic<any, any>(
      { unread: (of) => this.#unreadOf(of) },
      typeof topic === 'string' ? this.#sinkSerdes(name) : topic,
    )
  }

  /**
   * A store's typed face, with what its cache holds. By name it is an untyped key-value store: give the handle of any other.
   * @param partition Which task's; global stores have one only. @defaultValue 0
   * @throws TidemillError `unknown-store`; the message lists the stores that there are.
   */
  store<H extends StoreHandle>(handle: H, partition?: number): FaceOf<H>
  store(name: string, partition?: number): KeyValueStore<any, any>
  store(store: StoreHandle | string, partition = 0): unknown {
    return this.raw.store(typeof store === 'string' ? store : store.name, partition).face
  }

  /** Moves the wall clock, fires the punctuations that come due (each once), commits, and does the work that follows. */
  advanceWallClock(by: Duration): void {
    this.raw.advanceWallClock(durationMs(by, 'advanceWallClock'))
  }

  /**
   * Restarts the application as after a crash: what was in memory is lost, state comes back from the changelogs, and input that
   * was not committed is taken again (at least once: what it had produced already is produced twice). Handles of topics stay valid, stores are to be asked for again.
   */
  async restart(): Promise<void> {
    await this.raw.restart()
  }

  /** Commits: caches are flushed and forwarded, stores take what is pending. */
  commit(): void {
    this.raw.commit()
  }

  /**
   * Waits until no async step is in flight, and commits. Time-outs and back-offs of steps run on the driver's clock: move it
   * with advanceWallClock() while this waits.
   */
  async settled(): Promise<void> {
    while (!this.raw.runCompletions()) await this.raw.completion()
    this.raw.commit()
  }

  /** Closes processors and stores. May be called twice. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await this.raw.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  [Symbol.dispose](): void {
    // All is in memory: nothing is left to wait for, and an error has nowhere to go.
    void this.close().catch(() => undefined)
  }

  #drain(): void {
    for (const record of this.raw.takeProduced()) {
      const records = this.#unread.get(record.topic)
      if (records === undefined) this.#unread.set(record.topic, [record])
      else records.push(record)
    }
  }

  #unreadOf(topic: string): RawTestRecord[] {
    this.#drain()
    let records = this.#unread.get(topic)
    if (records === undefined) records = []
    return records
  }

  #partitionFor(key: Buffer | null): number {
    return key === null || this.raw.partitions === 1 ? 0 : partitionForKey(this.raw.partitions, key)
  }

  #nodes(): readonly (SourceNode | SinkNode)[] {
    return this.#topology.nodes.filter((node) => node.kind !== 'processor') as (SourceNode | SinkNode)[]
  }

  // Serdes of topics are whole ones, though a source needs the reading half only.
  #sourceSerdes(name: string): TopicSerdes<any, any> {
    const source = this.#nodes().find((node) => node.kind === 'source' && this.#reads(node, name))
    return { name, ...wholeSerdes(source) }
  }

  #sinkSerdes(name: string): TopicSerdes<any, any> {
    const sink = this.#nodes().find((node) => node.kind === 'sink' && this.#sinkTopics([node]).includes(name))
    const other = this.#nodes().find((node) => node.kind === 'source' && this.#reads(node, name))
    const dynamic = this.#nodes().find((node) => node.kind === 'sink' && typeof node.topic === 'function')
    return { name, ...wholeSerdes(sink ?? other ?? (this.#isInternal(name) ? undefined : dynamic)) }
  }

  #reads(node: SourceNode, name: string): boolean {
    return node.pattern?.test(name) === true || node.topics.some((ref) => this.#fullName(ref) === name)
  }

  #sinkTopics(nodes: readonly (SourceNode | SinkNode)[]): readonly string[] {
    return nodes.flatMap((node) =>
      node.kind === 'sink' && typeof node.topic === 'object' ? [this.#fullName(node.topic)] : [],
    )
  }

  #fullName(ref: { readonly name: string; readonly isInternal: boolean }): string {
    return ref.isInternal ? `${this.#applicationId}-${ref.name}` : ref.name
  }

  // Changelogs and the like, and dead letters: bytes that no sink's serdes are for.
  #isInternal(name: string): boolean {
    return name.startsWith(`${this.#applicationId}-`) || this.raw.isDeadLetterTopic(name)
  }

  // A function may choose any topic, so then every name is possible.
  #checkOutput(name: string): void {
    const nodes = this.#nodes()
    const isDynamic = nodes.some((node) => node.kind === 'sink' && typeof node.topic === 'function')
    const sinks = this.#sinkTopics(nodes)
    if (isDynamic || sinks.includes(name) || this.raw.reads(name) || this.producedTopics.includes(name)) return
    if (this.#isInternal(name)) return
    throw notOfTopology(name, 'sink', sinks)
  }
}

function wholeSerdes(node: SourceNode | SinkNode | undefined): {
  readonly key: Serde<any>
  readonly value: Serde<any>
} {
  return { key: whole(node?.key), value: whole(node?.value) }
}

function whole(half: object | undefined): Serde<any> {
  // Both halves are there where the topic was declared with a serde.
  return half !== undefined && 'encode' in half && 'decode' in half ? (half as Serde<any>) : serdes.bytes
}

function notOfTopology(name: string, kind: 'source' | 'sink', known: readonly string[]): TidemillError {
  return new TidemillError(
    'invalid-argument',
    `'${name}' is not a ${kind} topic of the topology; these are: ${known.toSorted().join(', ') || 'none'}`,
  )
}

function checkPartitions(partitions: number): number {
  if (Number.isInteger(partitions) && partitions >= 1) return partitions
  throw new TidemillError('invalid-argument', `partitions is ${partitions}: it must be a whole number, 1 or more`)
}
