// Bytes in, bytes out: hosts the runtime's own tasks with no cluster, synchronously, on a clock that the test moves. Semantics
// are those of Java's TopologyTestDriver: for each partition number one task runs the whole topology, with one partition group over all
// its topics; after each record stream-time punctuations fire and the task commits; what was produced to source topics comes back
// as input. TopologyTestDriver is the typed face over it.
import { ManualClock, TidemillError, must } from '../base/index.ts'
import { type RecordHeaders, type TopicPartition, topicPartition } from '../record/index.ts'
import {
  type ErrorHandlers,
  type HostedTask,
  type RecordCollector,
  Task,
  type TopicWriter,
  topicName,
} from '../runtime/index.ts'
import { type ByteStoreEngine, MemoryEngine, type StateStore } from '../state/index.ts'
import type { SourceNode, SubTopology, Topology, UpgradeFrom } from '../topology/index.ts'
import { oneRecord } from './one-record.ts'
import { TestLogs } from './test-logs.ts'

export interface RawTestRecord {
  readonly topic: string
  readonly partition: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly timestamp: number
  readonly headers: RecordHeaders
}

export interface RawTestDriverOptions {
  readonly applicationId: string
  readonly upgradeFrom?: UpgradeFrom | undefined
  readonly cacheBytesMax: number
  readonly commit: 'each-record' | 'manual'
  readonly startAtMs: number
  readonly partitions: number
  readonly handlers: ErrorHandlers
}

const engine: ByteStoreEngine = new MemoryEngine()

/** @internal */
export class RawTestDriver implements RecordCollector {
  readonly clock: ManualClock
  readonly partitions: number
  readonly origins = undefined
  readonly #options: RawTestDriverOptions
  readonly #topology: Topology
  #globalTask: HostedTask | undefined
  #tasks: readonly HostedTask[]
  readonly #logs = new TestLogs()
  readonly #inputs = new Map<string, 'task' | 'global'>()
  readonly #read = new Set<TopicPartition>()
  readonly #patterns: readonly SourceNode[]
  readonly #writers = new Map<string, TopicWriter>()
  #produced: RawTestRecord[] = []
  #notFedBack = 0
  #wake: (() => void) | undefined = undefined

  constructor(topology: Topology, options: RawTestDriverOptions) {
    this.#options = options
    this.#topology = topology
    this.clock = new ManualClock(options.startAtMs)
    this.partitions = options.partitions
    const nodes = topology.subTopologies.filter(({ isGlobal }) => !isGlobal).flatMap((sub) => sub.nodes)
    this.#patterns = nodes.filter((node) => node.kind === 'source' && node.pattern !== undefined) as SourceNode[]
    this.#globalTask = this.#openGlobalTask()
    this.#tasks = this.#openTasks()
    this.#start()
  }

  get inputTopics(): readonly string[] {
    return [...this.#inputs.keys()]
  }

  reads(topic: string): boolean {
    return this.#kindOf(topic) !== undefined
  }

  isDeadLetterTopic(topic: string): boolean {
    return this.#options.handlers.deadLetterTopic === topic
  }

  get inFlight(): number {
    return this.#tasks.reduce((sum, task) => sum + task.inFlight, 0)
  }

  /** Takes everything that was produced since the last call, in order. */
  takeProduced(): readonly RawTestRecord[] {
    const produced = this.#produced
    this.#produced = []
    this.#notFedBack = 0
    return produced
  }

  /** Delivers a record and does all work that follows from it. */
  pipe(record: RawTestRecord): void {
    this.#deliver(record, this.#kindOf(record.topic) ?? this.#noInput(record.topic))
    this.#work()
  }

  advanceWallClock(ms: number): void {
    this.clock.advance(ms)
    const now = this.clock.now()
    for (const task of this.#tasks) {
      task.punctuateWallClock(now)
      this.#commitAfterWork(task)
    }
    this.#work()
  }

  commit(): void {
    for (const task of this.#tasks) this.#commit(task)
    this.#work()
  }

  /** Runs what async steps have finished; returns whether nothing is in flight any more. */
  runCompletions(): boolean {
    for (const task of this.#tasks) {
      if (task.runCompletions(this.clock.now()) > 0) this.#afterWork(task)
    }
    this.#work()
    return this.inFlight === 0
  }

  /** Resolves when an async step has finished. */
  completion(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  store(name: string, partition: number): StateStore {
    const store = this.#globalTask?.stores.get(name) ?? this.#tasks[partition]?.stores.get(name)
    if (store !== undefined) return store
    const { stores, globalStores } = this.#topology
    const names = [...stores, ...globalStores].map((definition) => definition.name)
    throw new TidemillError(
      'unknown-store',
      `the topology has no store '${name}'${partition > 0 ? ` in partition ${partition}` : ''}; its stores are: ${names.join(', ') || 'none'}`,
    )
  }

  /**
   * Ends and begins anew, as after a crash: memory is lost, state comes back from the changelogs, input that was not committed is
   * taken again.
   */
  async restart(): Promise<void> {
    await this.close()
    this.#read.clear()
    this.#globalTask = this.#openGlobalTask()
    this.#tasks = this.#openTasks()
    for (const task of this.#tasks) this.#restore(task)
    this.#start()
    if (this.#globalTask !== undefined) {
      for (const tp of this.#globalTask.inputs) this.#replay(this.#globalTask, tp, 0)
      this.#drainGlobal(this.#globalTask)
    }
    for (const task of this.#tasks) {
      for (const tp of task.inputs) this.#replay(task, tp, this.#logs.committedOffset(tp))
    }
    this.#work()
  }

  async close(): Promise<void> {
    for (const task of this.#tasks) await task.close()
    await this.#globalTask?.close()
  }

  // ---- as the tasks' collector ----

  topic(name: string): TopicWriter {
    let writer = this.#writers.get(name)
    if (writer === undefined) this.#writers.set(name, (writer = this.#writer(name)))
    return writer
  }

  #writer(topic: string): TopicWriter {
    const isChangelog = this.#tasks.some((task) => task.changelogs().some(({ tp }) => tp.topic === topic))
    const add = (
      partition: number,
      key: Buffer | null,
      value: Buffer | null,
      timestamp: number,
      headers: RecordHeaders,
    ): void => {
      const record = { topic, partition: Math.max(0, partition), key, value, timestamp, headers }
      this.#produced.push(record)
      if (isChangelog) this.#logs.append(topicPartition(topic, record.partition), record)
    }
    return {
      topic,
      partitions: this.partitions,
      send: (partition, key, value, timestamp, headers) =>
        add(
          partition,
          key === null ? null : Buffer.from(key),
          value === null ? null : Buffer.from(value),
          timestamp,
          headers,
        ),
      sendRange: (partition, buffer, keyStart, keyEnd, valueStart, valueEnd, timestamp, headers) =>
        add(partition, range(buffer, keyStart, keyEnd), range(buffer, valueStart, valueEnd), timestamp, headers),
    }
  }

  // ---- work ----

  // Until nothing is queued: one record, punctuations, commit, and what was produced comes back.
  #work(): void {
    this.#feedBack()
    for (let hasWorked = true; hasWorked;) {
      hasWorked = false
      for (const task of this.#tasks) {
        if (task.bufferedRecords === 0 || task.process(1, this.clock.now()) === 0) continue
        hasWorked = true
        this.#afterWork(task)
      }
    }
  }

  #afterWork(task: HostedTask): void {
    task.punctuateStreamTime(this.clock.now())
    this.#commitAfterWork(task)
    this.#feedBack()
  }

  #commitAfterWork(task: HostedTask): void {
    if (this.#options.commit === 'each-record' || task.isCommitRequested) this.#commit(task)
  }

  // With async steps in flight a commit waits: the next one takes all.
  #commit(task: HostedTask): void {
    if (task.inFlight > 0) return
    this.#logs.commit(task.prepareCommit(this.clock.now()).offsets)
    task.completeCommit(() => undefined)
  }

  #feedBack(): void {
    while (this.#notFedBack < this.#produced.length) {
      const record = must(this.#produced[this.#notFedBack++], 'a produced record')
      const kind = this.#kindOf(record.topic)
      if (kind !== undefined) this.#deliver(record, kind)
    }
  }

  #deliver(record: RawTestRecord, kind: 'task' | 'global'): void {
    const tp = topicPartition(record.topic, record.partition)
    const offset = this.#logs.append(tp, record)
    const task = kind === 'global' ? must(this.#globalTask, 'the global task') : this.#taskOf(record)
    if (!this.#read.has(tp)) this.#addInput(task, tp)
    task.enqueue(tp, [oneRecord(record, offset)], offset, offset + 1)
    if (kind === 'global') this.#drainGlobal(task)
  }

  #drainGlobal(task: HostedTask): void {
    while (task.process(1, this.clock.now()) > 0);
    this.#commit(task)
  }

  // ---- start and restart ----

  #openGlobalTask(): HostedTask | undefined {
    const globals = this.#topology.subTopologies.filter(({ isGlobal }) => isGlobal)
    return globals.length === 0 ? undefined : this.#task('global', 0, globals, new Map())
  }

  #openTasks(): readonly HostedTask[] {
    const subTopologies = this.#topology.subTopologies.filter(({ isGlobal }) => !isGlobal)
    if (subTopologies.length === 0) return []
    const globalStores = this.#globalTask?.stores ?? new Map()
    return Array.from({ length: this.partitions }, (_, partition) =>
      this.#task(`0_${partition}`, partition, subTopologies, globalStores),
    )
  }

  #start(): void {
    this.#globalTask?.start(this.clock.now())
    for (const task of this.#tasks) task.start(this.clock.now())
  }

  #restore(task: HostedTask): void {
    for (const { tp, isSource } of task.changelogs()) {
      const records = this.#logs.read(tp, 0, isSource ? this.#logs.committedOffset(tp) : Infinity)
      task.restore(tp, records.filter(hasKey), { topicId: '', nextOffset: records.length, leaderEpoch: -1 })
    }
  }

  #replay(task: HostedTask, tp: TopicPartition, from: number): void {
    for (const [i, record] of this.#logs.read(tp, from).entries()) {
      task.enqueue(tp, [oneRecord(record, from + i)], from + i, from + i + 1)
    }
  }

  // A topic that a pattern matches is read from its first record on.
  #addInput(task: HostedTask, tp: TopicPartition): void {
    this.#read.add(tp)
    if (!task.inputs.includes(tp)) task.addInput(tp)
  }

  #taskOf({ topic, partition }: RawTestRecord): HostedTask {
    const task = this.#tasks[partition]
    if (task !== undefined) return task
    throw new TidemillError(
      'invalid-argument',
      `'${topic}' has no partition ${partition}: this driver has ${this.partitions} (option 'partitions')`,
    )
  }

  #kindOf(topic: string): 'task' | 'global' | undefined {
    const kind = this.#inputs.get(topic)
    if (kind !== undefined) return kind
    if (!this.#patterns.some((source) => source.pattern?.test(topic))) return undefined
    this.#inputs.set(topic, 'task')
    return 'task'
  }

  #noInput(topic: string): never {
    throw new TidemillError(
      'invalid-argument',
      `'${topic}' is not a source topic of the topology; these are: ${this.inputTopics.join(', ') || 'none'}`,
    )
  }

  #task(
    taskId: string,
    partition: number,
    subTopologies: readonly SubTopology[],
    globalStores: ReadonlyMap<string, StateStore>,
  ): HostedTask {
    const { applicationId, upgradeFrom, cacheBytesMax, handlers } = this.#options
    const topics = new Set(subTopologies.flatMap((sub) => sub.sourceTopics).map((ref) => topicName(applicationId, ref)))
    const kind = taskId === 'global' ? 'global' : 'task'
    for (const topic of topics) this.#inputs.set(topic, kind)
    // After a restart also the topics that patterns have matched.
    for (const [topic, known] of this.#inputs) if (known === kind) topics.add(topic)
    return new Task({
      taskId,
      subTopologies,
      partition,
      inputs: [...topics].map((topic) => topicPartition(topic, partition)),
      config: { applicationId, stateDir: '', processingGuarantee: 'at-least-once', upgradeFrom },
      handlers,
      defaultTimestamp: this.#topology.defaultTimestamp,
      clock: this.clock,
      collector: this,
      engine: () => engine,
      cacheBytesMax: () => cacheBytesMax,
      globalStores,
      committed: this.#logs.committed,
      taskIdleMs: 'never',
      emitIntervalMs: 0,
      wake: () => this.#wake?.(),
    })
  }
}

function hasKey<R extends { readonly key: Buffer | null }>(record: R): record is R & { readonly key: Buffer } {
  return record.key !== null
}

function range(buffer: Buffer, start: number, end: number): Buffer | null {
  return end === -1 ? null : Buffer.from(buffer.subarray(start, end))
}
