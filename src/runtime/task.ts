// A task: the unit of state and order, and the only engine there is. It hosts the nodes of a sub-topology (in the test driver
// of all of them) for one partition: queues, processors, sinks, stores, punctuations, async steps, and the two halves of a
// commit. Everything is synchronous; its host (stream thread, test driver) awaits between the calls. The face with its
// states is task-contract.ts.
// Invariants: nodes run one record at a time, depth first; `context` is the record that is being processed or flushed; stores
// are opened, flushed and committed in the order in which the nodes that use them were added, as Java's are.
import { ByteWriter, type Clock, assert, must } from '../base/index.ts'
import { RecordHeaders, type RecordContext, type TopicPartition, topicPartition } from '../record/index.ts'
import {
  type ChangelogPosition,
  type ChangelogRecord,
  type StateStore,
  type StoreDefinition,
  openStore,
} from '../state/index.ts'
import type {
  ApplicationConfig,
  AsyncStep,
  DropReason,
  Metrics,
  Punctuation,
  PunctuationClock,
  SinkNode,
  SourceNode,
  TopologyNode,
} from '../topology/index.ts'
import { AsyncSteps, type BegunStep, type PendingStep } from './async-steps.ts'
import {
  type CommitMetadata,
  NO_COMMIT_METADATA,
  decodeCommitMetadata,
  encodeCommitMetadata,
} from './commit-metadata.ts'
import type { ErrorContext, RawRecord } from './error-handling.ts'
import { ErrorPolicy, type ErrorPolicyOwner } from './error-policy.ts'
import { type MutableContext, NodeHost, type NodeOwner, type Receiver } from './node-host.ts'
import { changelogTopic, topicName } from './names.ts'
import { type InputWait, PartitionGroup } from './partition-group.ts'
import { PunctuationQueue, type PunctuationSchedule, anchoredTime } from './punctuation.ts'
import type { RecordCollector } from './record-collector.ts'
import { type HeldRecord, type QueueHost, RecordQueue } from './record-queue.ts'
import { SinkHost, type SinkOwner } from './sink-host.ts'
import { SourceHost } from './source-host.ts'
import type {
  AcknowledgedPosition,
  HostedTask,
  PreparedCommit,
  RecordSource,
  TaskChangelog,
  TaskOptions,
} from './task-contract.ts'
import {
  FLUSHING_STEP,
  NO_STEP,
  READING_STEP,
  STEP_COUNT,
  STEP_NODE,
  STEP_PARTITION,
  type StepMark,
  unwatchedMark,
} from './step-mark.ts'
import { TaskStore, TaskStoreHost } from './task-store.ts'
import { timestampExtractor } from './timestamp-extractors.ts'

const NO_METRICS: Metrics = {
  gauge: () => ({ set: () => undefined }),
  counter: () => ({ add: () => undefined }),
  histogram: () => ({ record: () => undefined }),
}

export class Task implements HostedTask, NodeOwner, SinkOwner, QueueHost, ErrorPolicyOwner {
  readonly taskId: string
  readonly stores: ReadonlyMap<string, StateStore>
  readonly config: ApplicationConfig
  readonly clock: Clock
  readonly collector: RecordCollector
  readonly emitIntervalMs: number
  readonly scratch: ByteWriter = new ByteWriter()
  readonly context: MutableContext = {
    topic: null,
    partition: -1,
    offset: -1,
    timestamp: -1,
    headers: RecordHeaders.empty,
  }
  nowMs = 0
  readonly mark: StepMark

  readonly #options: TaskOptions
  readonly #cells: Int32Array
  readonly #policy: ErrorPolicy
  readonly #sources: readonly SourceHost[]
  readonly #nodes: readonly NodeHost[]
  readonly #stores: readonly TaskStore[]
  /** Among these the bytes for caches are divided. */
  #cachedStoreCount = 1
  readonly #group: PartitionGroup
  readonly #steps: AsyncSteps
  readonly #streamTimeSchedules = new PunctuationQueue()
  readonly #wallClockSchedules = new PunctuationQueue()
  readonly #committed = new Map<TopicPartition, number>()
  /** What the last prepareCommit gave, until it is completed. */
  #prepared: PreparedCommit['offsets'] = new Map()
  readonly #shared = new Map<object, unknown>()
  #beforeCommit: { readonly node: NodeHost; readonly callback: () => boolean }[] = []
  #processorMetadata: Map<string, number>
  #state: 'created' | 'running' | 'closed' = 'created'
  #hasWorked = false
  #isCommitRequested = false
  /** Where the record that is processed came from: its bytes, for dead letters. */
  #current: RecordQueue | undefined = undefined
  #stepSource: HeldRecord | undefined = undefined

  constructor(options: TaskOptions) {
    this.#options = options
    this.taskId = options.taskId
    this.config = options.config
    this.clock = options.clock
    this.collector = options.collector
    this.emitIntervalMs = options.emitIntervalMs
    this.mark = options.mark ?? unwatchedMark()
    this.#cells = this.mark.cells
    this.#policy = new ErrorPolicy(options.handlers, this)
    this.#steps = new AsyncSteps(options.clock, options.wake)
    const nodes = options.subTopologies.flatMap((subTopology) => subTopology.nodes)
    this.#stores = this.#openStores(nodes)
    this.stores = new Map(this.#stores.map(({ store }) => [store.definition.name, store]))
    const { sources, hosts } = this.#host(nodes)
    this.#sources = sources
    this.#nodes = hosts
    const metadata = new Map(options.inputs.map((tp) => [tp, committedMetadata(options.committed, tp)]))
    this.#processorMetadata = mergedMetadata(metadata.values())
    this.#group = new PartitionGroup(
      options.inputs.map((tp) =>
        this.#queue(tp, sources, must(metadata.get(tp), 'metadata of an input').partitionTime),
      ),
    )
    for (const [tp, { offset }] of options.committed) this.#committed.set(tp, offset)
  }

  get inputs(): readonly TopicPartition[] {
    return this.#group.queues.map((queue) => queue.tp)
  }

  get streamTime(): number {
    return this.#group.streamTime
  }

  // ---- restore ----

  changelogs(): readonly TaskChangelog[] {
    return this.#stores.flatMap((taskStore) =>
      taskStore.host.changelogs.map((tp) => ({
        store: taskStore.store,
        tp,
        isSource: taskStore.isSource,
        position: taskStore.position(tp),
      })),
    )
  }

  restore(changelog: TopicPartition, records: Iterable<ChangelogRecord>, position: ChangelogPosition): void {
    const taskStore = must(
      this.#stores.find(({ host }) => host.changelogs.includes(changelog)),
      `a store with the changelog ${changelog.topic}-${changelog.partition}`,
    )
    taskStore.restore(records, changelog, position)
  }

  start(nowMs: number): void {
    assert(this.#state === 'created', () => `task ${this.taskId} is started in state ${this.#state}`)
    this.#state = 'running'
    this.nowMs = nowMs
    for (const node of this.#nodes) node.init()
  }

  // ---- records ----

  addInput(tp: TopicPartition): void {
    this.#group.add(this.#queue(tp, this.#sources, -1))
  }

  enqueue(tp: TopicPartition, batches: readonly RecordSource[], fromOffset: number, nextOffset: number): void {
    this.#group.enqueue(this.#queueOf(tp), batches, fromOffset, nextOffset)
  }

  buffered(tp: TopicPartition): number {
    return this.#queueOf(tp).size
  }

  get bufferedRecords(): number {
    return this.#group.bufferedRecords
  }

  setLag(tp: TopicPartition, lag: number | undefined): void {
    this.#queueOf(tp).lag = lag
  }

  progressOf(tp: TopicPartition): { readonly nextOffset: number | undefined; readonly timestamp: number } {
    const { commitOffset, partitionTime } = this.#queueOf(tp)
    return { nextOffset: commitOffset < 0 ? this.#committed.get(tp) : commitOffset, timestamp: partitionTime }
  }

  committedOffset(tp: TopicPartition): number | undefined {
    return this.#committed.get(tp)
  }

  waitsFor(nowMs: number): readonly InputWait[] {
    return this.#group.waitsFor(this.#options.taskIdleMs ?? 0, nowMs)
  }

  isReady(nowMs: number): boolean {
    return this.#group.isReady(this.#options.taskIdleMs ?? 0, nowMs)
  }

  process(recordsMax: number, nowMs: number): number {
    this.nowMs = nowMs
    if (this.#steps.hasReady) this.runCompletions(nowMs)
    let taken = 0
    this.#enter(READING_STEP)
    try {
      while (taken < recordsMax && !this.#steps.isBlocked) {
        const queue = this.#group.next()
        if (queue === undefined) break
        taken++
        if (!queue.isCorrupted) this.#processHead(queue)
      }
    } finally {
      this.#cells[STEP_NODE] = NO_STEP
    }
    if (taken > 0) this.#hasWorked = true
    return taken
  }

  punctuate(nowMs: number): boolean {
    const hasFired = this.punctuateStreamTime(nowMs)
    return this.punctuateWallClock(nowMs) || hasFired
  }

  punctuateStreamTime(nowMs: number): boolean {
    const streamTime = this.#group.streamTime
    return streamTime >= 0 && this.#fire(this.#streamTimeSchedules, streamTime, nowMs)
  }

  punctuateWallClock(nowMs: number): boolean {
    return this.#fire(this.#wallClockSchedules, nowMs, nowMs)
  }

  // ---- async steps ----

  get inFlight(): number {
    return this.#steps.inFlight
  }

  get hasAsyncSteps(): boolean {
    return this.#steps.hasBegun
  }

  get isBlocked(): boolean {
    return this.#steps.isBlocked
  }

  get pendingSteps(): readonly PendingStep[] {
    return this.#steps.pending()
  }

  runCompletions(nowMs: number): number {
    this.nowMs = nowMs
    const ready = this.#steps.takeReady()
    for (const completion of ready) this.#runCompletion(completion)
    if (ready.length > 0) this.#hasWorked = true
    return ready.length
  }

  // ---- commit ----

  get needsCommit(): boolean {
    return this.#hasWorked || this.#isCommitRequested || this.#group.queues.some((queue) => this.#hasMoved(queue))
  }

  get isCommitRequested(): boolean {
    return this.#isCommitRequested
  }

  prepareCommit(nowMs: number): PreparedCommit {
    assert(
      this.#steps.inFlight === 0,
      () => `task ${this.taskId} commits with ${this.#steps.inFlight} async steps in flight`,
    )
    this.nowMs = nowMs
    this.#enter(FLUSHING_STEP)
    try {
      do this.#flushStores()
      while (this.#runBeforeCommit())
    } finally {
      this.#cells[STEP_NODE] = NO_STEP
    }
    this.#isCommitRequested = false
    this.#hasWorked = false
    const offsets = new Map<TopicPartition, { readonly offset: number; readonly metadata: string }>()
    for (const queue of this.#group.queues) {
      if (this.#hasMoved(queue)) offsets.set(queue.tp, { offset: queue.commitOffset, metadata: this.#metadata(queue) })
    }
    this.#prepared = offsets
    const changelogs = this.#stores.flatMap(({ host }) => (host.hasLogged ? host.changelogs : []))
    return { offsets, changelogs }
  }

  completeCommit(acknowledged: AcknowledgedPosition): void {
    for (const [tp, { offset }] of this.#prepared) this.#committed.set(tp, offset)
    this.#prepared = new Map()
    for (const taskStore of this.#stores) {
      for (const tp of taskStore.host.changelogs) {
        const position = this.#positionOf(taskStore, tp, acknowledged(tp))
        if (position !== undefined) taskStore.setPosition(tp, position)
      }
      taskStore.commit()
    }
  }

  discard(committed: TaskOptions['committed'], nowMs: number): void {
    this.nowMs = nowMs
    this.#current = undefined
    this.#steps.clear()
    this.#streamTimeSchedules.clear()
    this.#wallClockSchedules.clear()
    this.#shared.clear()
    this.#beforeCommit = []
    for (const { store, host } of this.#stores) {
      store.discard()
      host.hasLogged = false
    }
    this.#group.reset((tp) => committedMetadata(committed, tp).partitionTime)
    this.#processorMetadata = mergedMetadata(this.inputs.map((tp) => committedMetadata(committed, tp)))
    this.#committed.clear()
    this.#prepared = new Map()
    for (const [tp, { offset }] of committed) this.#committed.set(tp, offset)
    this.#hasWorked = false
    this.#isCommitRequested = false
    for (const node of this.#nodes) node.reset()
    for (const node of this.#nodes) node.init()
  }

  async close(): Promise<void> {
    if (!this.#closeNodes()) return
    for (const { store } of this.#stores.toReversed()) await store.close()
  }

  async destroy(): Promise<void> {
    this.#closeNodes()
    for (const { store } of this.#stores.toReversed()) await store.destroy()
  }

  // ---- for its nodes, sinks, queues and stores ----

  store(name: string): StateStore | undefined {
    return this.stores.get(name) ?? this.#options.globalStores.get(name)
  }

  schedule(
    node: NodeHost,
    intervalMs: number,
    clock: PunctuationClock,
    callback: (timeMs: number) => void,
    startAtMs: number | undefined,
  ): Punctuation {
    if (clock === 'wall-clock') {
      const first = startAtMs === undefined ? this.nowMs + intervalMs : anchoredTime(startAtMs, intervalMs, this.nowMs)
      return this.#wallClockSchedules.schedule(node, intervalMs, first, callback)
    }
    // Without a start the first time is 0: it fires with the first record, whatever its time.
    const first = startAtMs === undefined ? 0 : anchoredTime(startAtMs, intervalMs, this.streamTime)
    return this.#streamTimeSchedules.schedule(node, intervalMs, first, callback)
  }

  beforeCommit(node: NodeHost, callback: () => boolean): void {
    this.#beforeCommit.push({ node, callback })
  }

  requestCommit(): void {
    this.#isCommitRequested = true
  }

  dropped(reason: DropReason, node: string): void {
    this.#options.onDropped?.(reason, node)
  }

  loadMetadata(key: string): number | undefined {
    return this.#processorMetadata.get(key)
  }

  saveMetadata(key: string, value: number): void {
    this.#processorMetadata.set(key, value)
  }

  shared<T>(token: object, create: () => T): T {
    // Who asks with a token knows what was made for it.
    if (this.#shared.has(token)) return this.#shared.get(token) as T
    const made = create()
    this.#shared.set(token, made)
    return made
  }

  metrics(node: string): Metrics {
    return this.#options.metrics?.(node) ?? NO_METRICS
  }

  beginAsync(node: NodeHost, key: unknown): AsyncStep {
    return this.#steps.begin(node, key, { ...this.context }, this.#heldSource())
  }

  setFull(node: NodeHost, isFull: boolean): void {
    this.#steps.setFull(node, isFull)
  }

  topicName(sink: SinkNode): string {
    assert(typeof sink.topic === 'object', () => `${sink.name} has no fixed topic`)
    return topicName(this.config.applicationId, sink.topic)
  }

  originAt(node: string): ErrorContext {
    return this.#policy.contextAt(node)
  }

  currentSource(): RawRecord | undefined {
    return this.#heldSource()?.raw()
  }

  #heldSource(): HeldRecord | undefined {
    if (this.#stepSource !== undefined) return this.#stepSource
    const queue = this.#current
    const { topic, partition, offset } = this.context
    if (queue === undefined || queue.tp.topic !== topic) return undefined
    return queue.tp.partition === partition && queue.offset === offset ? queue.held() : undefined
  }

  deserializationFailed(error: unknown, cause: 'key' | 'value', node: string, source: RawRecord): void {
    this.#policy.deserializationFailed(error, cause, node, source)
  }

  invalidTimestamp(node: string): void {
    this.dropped('invalid-timestamp', node)
  }

  processingFailed(error: unknown, node: string): void {
    this.#policy.processingFailed(error, node)
  }

  productionFailed(error: unknown, cause: 'key' | 'value', node: string, topic: string): void {
    this.#policy.productionFailed(error, cause, node, topic)
  }

  // ---- inside ----

  // What one cache forwards can make a cache dirty that was flushed before it: nothing may stay behind, for the offsets that
  // are committed say that it is in the log.
  #flushStores(): void {
    const flushedCount = (): number => this.#stores.reduce((sum, { host }) => sum + host.flushedCount, 0)
    for (let before = -1; before !== flushedCount();) {
      before = flushedCount()
      for (const { store } of this.#stores) store.flush()
    }
  }

  /** Whether there was anything to do: then caches may not be empty any more. */
  #runBeforeCommit(): boolean {
    let hasWorked = false
    for (const { node, callback } of this.#beforeCommit) {
      this.#setContext({ topic: null, partition: -1, offset: -1, timestamp: -1, headers: RecordHeaders.empty })
      try {
        if (callback()) hasWorked = true
      } catch (error) {
        this.processingFailed(error, node.name)
      }
    }
    return hasWorked
  }

  #processHead(queue: RecordQueue): void {
    const { context } = this
    const { timestamp, headers } = queue
    this.#current = queue
    context.topic = queue.tp.topic
    context.partition = queue.tp.partition
    context.offset = queue.offset
    context.timestamp = timestamp
    context.headers = headers
    const cells = this.#cells
    cells[STEP_COUNT] = (cells[STEP_COUNT] as number) + 1
    cells[STEP_NODE] = queue.source.number
    queue.forward()
    cells[STEP_NODE] = READING_STEP
  }

  /** Tells whoever watches what begins; it ends with NO_STEP. */
  #enter(step: number): void {
    const cells = this.#cells
    cells[STEP_COUNT] = (cells[STEP_COUNT] as number) + 1
    cells[STEP_PARTITION] = this.#options.partition
    cells[STEP_NODE] = step
  }

  #fire(schedules: PunctuationQueue, timeMs: number, nowMs: number): boolean {
    this.nowMs = nowMs
    if (schedules.isEmpty) return false
    const hasFired = schedules.fire(timeMs, (schedule, time) => this.#runPunctuation(schedule, time))
    if (hasFired) this.#hasWorked = true
    return hasFired
  }

  #runPunctuation(schedule: PunctuationSchedule, timeMs: number): void {
    this.#setContext({ topic: null, partition: -1, offset: -1, timestamp: timeMs, headers: RecordHeaders.empty })
    this.#enter(schedule.node.number)
    try {
      schedule.callback(timeMs)
    } catch (error) {
      this.processingFailed(error, schedule.node.name)
    } finally {
      this.#cells[STEP_NODE] = NO_STEP
    }
  }

  #runCompletion({ node, record, source, resume }: BegunStep): void {
    this.#setContext(record)
    this.#stepSource = source
    this.#steps.inFlight--
    this.#enter(node.number)
    try {
      resume?.()
    } catch (error) {
      this.processingFailed(error, node.name)
    } finally {
      this.#cells[STEP_NODE] = NO_STEP
      this.#stepSource = undefined
    }
  }

  #setContext({ topic, partition, offset, timestamp, headers }: RecordContext): void {
    const { context } = this
    context.topic = topic
    context.partition = partition
    context.offset = offset
    context.timestamp = timestamp
    context.headers = headers
  }

  #queueOf(tp: TopicPartition): RecordQueue {
    return must(this.#group.queue(tp), `${tp.topic}-${tp.partition} among the inputs of task ${this.taskId}`)
  }

  #hasMoved(queue: RecordQueue): boolean {
    return queue.commitOffset > (this.#committed.get(queue.tp) ?? -1)
  }

  #metadata({ partitionTime }: RecordQueue): string {
    return encodeCommitMetadata({ partitionTime, processorMetadata: this.#processorMetadata })
  }

  // A source topic that serves as changelog holds what was consumed of it.
  #positionOf(
    taskStore: TaskStore,
    tp: TopicPartition,
    acknowledged: ChangelogPosition | undefined,
  ): ChangelogPosition | undefined {
    if (!taskStore.isSource) return acknowledged
    const nextOffset = this.#committed.get(tp)
    if (nextOffset === undefined) return undefined
    const { topicId, leaderEpoch } = acknowledged ?? { topicId: '', leaderEpoch: -1 }
    return { topicId, nextOffset, leaderEpoch }
  }

  #closeNodes(): boolean {
    if (this.#state === 'closed') return false
    const wasRunning = this.#state === 'running'
    this.#state = 'closed'
    this.#steps.clear()
    this.#group.clear()
    if (wasRunning) for (const node of this.#nodes.toReversed()) node.close()
    return true
  }

  #openStores(nodes: readonly TopologyNode[]): readonly TaskStore[] {
    const definitions = new Map<string, StoreDefinition>()
    const known = new Map(
      this.#options.subTopologies.flatMap(({ stores }) => stores.map((store) => [store.name, store] as const)),
    )
    for (const node of nodes) {
      if (node.kind !== 'processor') continue
      for (const name of node.stores) {
        const definition = known.get(name)
        if (definition !== undefined) definitions.set(name, definition)
      }
    }
    // A store that no processor names is the assembler's to refuse; it would be opened all the same.
    for (const [name, definition] of known) definitions.set(name, definition)
    this.#cachedStoreCount = Math.max(1, [...definitions.values()].filter(({ caching }) => caching).length)
    return [...definitions.values()].map((definition) => this.#openStore(definition))
  }

  #openStore(definition: StoreDefinition): TaskStore {
    const { applicationId } = this.config
    const host = new TaskStoreHost({
      definition,
      applicationId,
      context: this.context,
      collector: this.collector,
      changelogs: this.#changelogsOf(definition),
      engine: this.#options.engine,
      cacheBytesMax: () => Math.floor(this.#options.cacheBytesMax() / this.#cachedStoreCount),
      onDropped: (reason) => this.dropped(reason, definition.name),
    })
    return new TaskStore(host, openStore(definition, host))
  }

  #changelogsOf(definition: StoreDefinition): readonly TopicPartition[] {
    const { sourceTopic } = definition
    if (sourceTopic !== undefined) return this.#options.inputs.filter(({ topic }) => topic === sourceTopic)
    if (!definition.logging || definition.isGlobal) return []
    return [topicPartition(changelogTopic(this.config.applicationId, definition.name), this.#options.partition)]
  }

  #host(nodes: readonly TopologyNode[]): {
    readonly sources: readonly SourceHost[]
    readonly hosts: readonly NodeHost[]
  } {
    const sources = new Map<string, SourceHost>()
    const hosts = new Map<string, NodeHost>()
    const children = new Map<string, Receiver[]>()
    for (const node of nodes) {
      children.set(node.name, [])
      if (node.kind === 'source') {
        sources.set(node.name, new SourceHost(node, this.mark.numberOf(node.name)))
        continue
      }
      const receiver = node.kind === 'sink' ? new SinkHost(node, this) : new NodeHost(node, this)
      if (receiver instanceof NodeHost) hosts.set(node.name, receiver)
      for (const parent of node.parents) must(children.get(parent), `parent ${parent} of ${node.name}`).push(receiver)
    }
    for (const [name, receivers] of children) {
      const source = sources.get(name)
      if (source !== undefined) source.children = receivers
      const host = hosts.get(name)
      if (host !== undefined) host.children = receivers
    }
    for (const host of hosts.values()) {
      host.ownsRecords = host.node.parents.every(
        (parent) => sources.get(parent)?.makesValues === true && children.get(parent)?.length === 1,
      )
    }
    for (const source of sources.values()) source.stores = this.#firstStores(source.node, nodes)
    return { sources: [...sources.values()], hosts: [...hosts.values()] }
  }

  /** Those that records of a source come to before any other: up to there they have their keys, but for a map in between. */
  #firstStores(source: SourceNode, nodes: readonly TopologyNode[]): readonly StateStore[] {
    const reached = new Set([source.name])
    const names = new Set<string>()
    for (const node of nodes) {
      if (node.kind !== 'processor' || !node.parents.some((parent) => reached.has(parent))) continue
      if (node.stores.length === 0) reached.add(node.name)
      else for (const name of node.stores) names.add(name)
    }
    return [...names].flatMap((name) => this.stores.get(name) ?? [])
  }

  #queue(tp: TopicPartition, sources: readonly SourceHost[], partitionTime: number): RecordQueue {
    const source = must(
      sources.find(({ node }) => reads(node, tp.topic, this.config.applicationId)),
      `a source of ${tp.topic} in task ${this.taskId}`,
    )
    const extractor = source.node.timestamp ?? this.#options.defaultTimestamp
    const extract = timestampExtractor(extractor, () => this.nowMs)
    return new RecordQueue(tp, source, this, {
      extract,
      extractsFromRecord: typeof extractor === 'function',
      partitionTime,
    })
  }
}

function reads(source: SourceNode, topic: string, applicationId: string): boolean {
  if (source.pattern?.test(topic) === true) return true
  return source.topics.some((ref) => topicName(applicationId, ref) === topic)
}

function committedMetadata(committed: TaskOptions['committed'], tp: TopicPartition): CommitMetadata {
  const entry = committed.get(tp)
  return entry === undefined ? NO_COMMIT_METADATA : decodeCommitMetadata(entry.metadata)
}

function mergedMetadata(all: Iterable<CommitMetadata>): Map<string, number> {
  const merged = new Map<string, number>()
  for (const { processorMetadata } of all) {
    for (const [key, value] of processorMetadata) merged.set(key, Math.max(value, merged.get(key) ?? value))
  }
  return merged
}
