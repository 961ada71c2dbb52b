// The global stores of one thread: one task that reads all partitions of the global topics. It is brought to the end before any
// other task starts, then kept up beside them by the thread's own fetcher. It belongs to no group and commits to none: its
// stores take data and position together.
import { type Clock, assert, must } from '../base/index.ts'
import type { Client, FetchedPartition, Fetcher } from '../client/index.ts'
import type { MetricsRegistry } from '../metrics/index.ts'
import { type TopicPartition, formatTopicPartition, topicPartition } from '../record/index.ts'
import type { ByteStoreEngine, ChangelogPosition, StateStore, StoreDefinition } from '../state/index.ts'
import type { SubTopology, Topology } from '../topology/index.ts'
import { lookUpLogs, lostPositions } from './changelog-logs.ts'
import { missingTopics } from './plan-topics.ts'
import type { RecordCollector } from './record-collector.ts'
import type { HostedTask, TaskChangelog } from './task-contract.ts'
import type { TaskDirectories } from './task-directories.ts'
import { Task } from './task.ts'
import type { ThreadConfig } from './thread-config.ts'
import { type TaskMetrics, taskMetrics } from './thread-metrics.ts'
import { inputLagMs } from './thread-reporter.ts'

const TASK_ID = 'global'

/** Each thread has its own: the first the name that Kafka Streams gives it. */
function directoryOf(threadIndex: number): string {
  return threadIndex === 1 ? TASK_ID : `${TASK_ID}-${threadIndex}`
}

const RECORDS_A_STEP = 1_000

export interface GlobalStateOptions {
  readonly topology: Topology
  readonly client: Client
  readonly fetcher: Fetcher
  readonly config: ThreadConfig
  readonly clock: Clock
  readonly metrics: MetricsRegistry
  readonly threadName: string
  readonly engine: (taskId: string, store: StoreDefinition) => ByteStoreEngine
  readonly directories: TaskDirectories
  readonly collector: RecordCollector
  readonly onWarning: (message: string) => void
  /** Of the thread. */
  readonly index: number
}

export class GlobalState {
  readonly #options: GlobalStateOptions
  readonly #subTopologies: readonly SubTopology[]
  readonly #directory: string
  readonly #metrics: TaskMetrics
  readonly #inputs: ReadonlySet<TopicPartition>
  /** Where the logs ended when it began; empty once it is there. */
  readonly #ends = new Map<TopicPartition, number>()
  #task: HostedTask

  constructor(options: GlobalStateOptions, subTopologies: readonly SubTopology[], inputs: readonly TopicPartition[]) {
    const { metrics, threadName, fetcher, index } = options
    this.#options = options
    this.#subTopologies = subTopologies
    this.#directory = directoryOf(index)
    this.#inputs = new Set(inputs)
    this.#metrics = taskMetrics({
      registry: metrics,
      threadName,
      taskId: TASK_ID,
      inputs,
      lagOf: (tp) => Math.max(0, (fetcher.endOffset(tp) ?? 0) - (fetcher.position(tp) ?? 0)) + this.#task.buffered(tp),
      lagMsOf: (tp) => inputLagMs(this.#task, tp, fetcher, options.clock),
    })
    const isFree = options.directories.tryOpen(this.#directory)
    assert(isFree, () => `the directory ${this.#directory} of ${threadName} is open in another thread`)
    this.#task = this.#makeTask()
  }

  #makeTask(): HostedTask {
    const { topology, config, clock, engine, collector } = this.#options
    return new Task({
      taskId: TASK_ID,
      subTopologies: this.#subTopologies,
      partition: 0,
      inputs: [...this.#inputs],
      config,
      handlers: config.handlers,
      defaultTimestamp: topology.defaultTimestamp,
      clock,
      collector,
      engine: (store) => engine(this.#directory, store),
      cacheBytesMax: () => 0,
      globalStores: new Map(),
      committed: new Map(),
      taskIdleMs: 'never',
      emitIntervalMs: config.emitIntervalMs,
      onDropped: this.#metrics.dropped,
      metrics: this.#metrics.ofNode,
    })
  }

  get stores(): ReadonlyMap<string, StateStore> {
    return this.#task.stores
  }

  /** Everything that was there at the start has been applied. */
  get isReady(): boolean {
    return this.#ends.size === 0
  }

  get pendingBytes(): number {
    let bytes = 0
    for (const store of this.stores.values()) bytes += store.pendingBytes
    return bytes
  }

  /** Stores that are behind with writing what they were given before. */
  async backlog(): Promise<void> {
    for (const store of this.stores.values()) await store.backlog()
  }

  get hasBuffered(): boolean {
    return this.#task.bufferedRecords > 0
  }

  /** Begins to read, from where the stores are. */
  async begin(): Promise<void> {
    const { client, fetcher, clock } = this.#options
    const inputs = [...this.#inputs]
    const logs = await lookUpLogs(client, inputs)
    const lost = await lostPositions(client, this.#task.changelogs(), logs)
    await this.#setAside(Array.from(lost, ([changelog, problem]) => [changelog, problem] as const))
    const positions = this.#positions()
    this.#task.start(clock.now())
    for (const tp of inputs) {
      const { start, end } = must(logs.get(tp), formatTopicPartition(tp))
      const from = Math.min(Math.max(start, positions.get(tp) ?? 0), end)
      fetcher.add(tp, from)
      if (from < end) this.#ends.set(tp, end)
    }
  }

  /** Where to go on: with several stores of one topic, where the one is that is furthest behind. */
  #positions(): ReadonlyMap<TopicPartition, number> {
    const positions = new Map<TopicPartition, number>()
    for (const { tp, position } of this.#task.changelogs()) {
      const offset = position?.nextOffset ?? 0
      positions.set(tp, Math.min(offset, positions.get(tp) ?? offset))
    }
    return positions
  }

  async #setAside(lost: readonly (readonly [TaskChangelog, string])[]): Promise<void> {
    if (lost.length === 0) return
    const { directories, onWarning } = this.#options
    await this.#destroyForeign(lost.map(([{ store }]) => store.definition.name))
    await this.#task.close()
    for (const [{ store, tp, position }, problem] of lost) {
      const { name } = store.definition
      onWarning(
        `global store '${name}' is at offset ${position?.nextOffset} of ${formatTopicPartition(tp)}, which ${problem}: ` +
          'it is set aside and read from the start',
      )
      directories.setAside(this.#directory, name)
    }
    this.#task = this.#makeTask()
  }

  /** The store with a damaged file; undefined where it is of another task. */
  damagedStore(path: string): string | undefined {
    const [directory, store] = path.split('/')
    return directory === this.#directory ? store : undefined
  }

  enqueue(fetched: FetchedPartition): boolean {
    const { tp, batches, fromOffset, nextOffset } = fetched
    if (!this.#inputs.has(tp)) return false
    this.#task.enqueue(tp, batches, fromOffset, nextOffset)
    return true
  }

  process(nowMs: number): number {
    const processed = this.#task.process(RECORDS_A_STEP, nowMs)
    if (processed > 0) this.#metrics.processed.add(processed)
    this.#task.punctuate(nowMs)
    for (const [tp, end] of this.#ends) {
      const position = this.#options.fetcher.position(tp) ?? 0
      if (position >= end && this.#task.buffered(tp) === 0) this.#ends.delete(tp)
    }
    return processed
  }

  /** Moves what is pending into the stores. */
  commit(nowMs: number): void {
    if (!this.#task.needsCommit) return
    const { offsets } = this.#task.prepareCommit(nowMs)
    this.#task.completeCommit((tp): ChangelogPosition | undefined => {
      const offset = offsets.get(tp)?.offset
      if (offset === undefined) return undefined
      const topicId = this.#options.client.cluster.topic(tp.topic)?.id ?? ''
      return { topicId, nextOffset: offset, leaderEpoch: -1 }
    })
  }

  async close(): Promise<void> {
    for (const tp of this.#inputs) this.#options.fetcher.remove(tp)
    this.#metrics.remove()
    try {
      await this.#task.close()
    } finally {
      this.#options.directories.close(this.#directory)
    }
  }

  /** Closes, and puts a damaged store out of the way. */
  async closeWithout(store: string): Promise<void> {
    await this.#destroyForeign([store])
    await this.close()
    this.#options.directories.setAside(this.#directory, store)
  }

  /** A user's engine has files that nobody else knows. */
  async #destroyForeign(names: readonly string[]): Promise<void> {
    for (const name of names) {
      const store = this.stores.get(name)
      if (store?.definition.engine !== undefined) await store.destroy()
    }
  }
}

/** undefined where the topology has no global stores. */
export async function openGlobalState(options: GlobalStateOptions): Promise<GlobalState | undefined> {
  const { topology, client, config } = options
  const subTopologies = topology.subTopologies.filter(({ isGlobal }) => isGlobal)
  if (subTopologies.length === 0) return undefined
  const names = [...new Set(subTopologies.flatMap((each) => each.sourceTopics.map(({ name }) => name)))]
  const known = new Map((await client.cluster.refresh(names)).map((topic) => [topic.name, topic.partitions]))
  const missing = names.filter((name) => !known.has(name))
  if (missing.length > 0) throw missingTopics(missing, config.applicationId)
  const inputs = names.flatMap((name) =>
    Array.from({ length: must(known.get(name), name) }, (_, partition) => topicPartition(name, partition)),
  )
  return new GlobalState(options, subTopologies, inputs)
}
