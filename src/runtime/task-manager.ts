// The tasks of one thread: made and closed as the group's leader assigns them, fed by the thread's fetcher, restored beside the
// running ones. It decides nothing about time: the thread calls it.
//
//   assigned --> (waits for its directory) --create--> restoring --restored--> running --revoked, lost, close--> (gone)
//   assigned --> (waits for its directory) --create--> standby ------------------------------------------------> (gone)
//
// Invariants: its directory is this thread's exactly while a task is in `active` or `standby`. An input is in the fetcher exactly while its task is running; a changelog while it is being restored or followed.
import { type Clock, type TaskCorruptedError, TidemillError, must } from '../base/index.ts'
import type { Client, FetchProblem, FetchedPartition, Fetcher } from '../client/index.ts'
import type { MetricsRegistry } from '../metrics/index.ts'
import { type TopicPartition, formatTopicPartition, topicPartition } from '../record/index.ts'
import type { ByteStoreEngine, StateStore, StoreDefinition } from '../state/index.ts'
import type { StartFrom, SubTopology, Topology } from '../topology/index.ts'
import { OFFSET_SUM_RUNNING } from './assignment/subscription-info.ts'
import { type TaskId, formatTaskId, parseTaskId } from './assignment/task-id.ts'
import { topicName } from './names.ts'
import { missingTopics } from './plan-topics.ts'
import type { RecordCollector } from './record-collector.ts'
import { type LostState, type RestoreListener, Restorer } from './restore.ts'
import { lookUpStartOffsets, startPolicies } from './start-offsets.ts'
import type { StepMark } from './step-mark.ts'
import type { HostedTask, TaskOptions } from './task-contract.ts'
import type { TaskDirectories } from './task-directories.ts'
import type { ThreadConfig } from './thread-config.ts'
import { inputLagMs } from './thread-reporter.ts'
import { type TaskMetrics, taskMetrics } from './thread-metrics.ts'
import { Task } from './task.ts'

export type CommittedOffsets = Map<TopicPartition, { readonly offset: number; readonly metadata: string }>

export interface ActiveTask {
  readonly id: TaskId
  readonly task: HostedTask
  readonly metrics: TaskMetrics
  readonly committed: CommittedOffsets
  /** Inputs that have enough buffered. */
  readonly paused: Set<TopicPartition>
  isRunning: boolean
}

export interface TaskManagerOptions {
  readonly topology: Topology
  readonly client: Client
  readonly fetcher: Fetcher
  readonly config: ThreadConfig
  readonly clock: Clock
  readonly metrics: MetricsRegistry
  readonly threadName: string
  readonly engine: (taskId: string, store: StoreDefinition) => ByteStoreEngine
  readonly directories: TaskDirectories
  readonly mark: StepMark
  readonly onStarted: () => void
  readonly collector: () => RecordCollector
  readonly committed: (
    partitions: readonly TopicPartition[],
  ) => Promise<ReadonlyMap<TopicPartition, { readonly offset: number; readonly metadata: string }>>
  readonly onRestore: RestoreListener
  readonly onWarning: (message: string) => void
  readonly wake: () => void
}

/** How long a topic may be unknown before that is an error: the news of a new topic takes its time. */
const UNKNOWN_TOPIC_MS_MAX = 30_000

export class TaskManager {
  readonly active: Map<TaskId, ActiveTask> = new Map()
  readonly standby: Map<TaskId, HostedTask> = new Map()
  globalStores: ReadonlyMap<string, StateStore> = new Map()
  readonly restorer: Restorer
  readonly #options: TaskManagerOptions
  readonly #byInput = new Map<TopicPartition, ActiveTask>()
  readonly #startPolicy: (topic: string) => StartFrom
  readonly #unknownSinceMs = new Map<TopicPartition, number>()
  /** Assigned, but another thread has not closed them yet. */
  readonly #waitingActive = new Map<TaskId, readonly TopicPartition[]>()
  readonly #waitingStandby = new Set<TaskId>()

  constructor(options: TaskManagerOptions) {
    const { client, fetcher, clock, onRestore, topology, config, wake } = options
    this.#options = options
    this.restorer = new Restorer({ client, fetcher, clock, listener: onRestore, wake })
    this.#startPolicy = startPolicies(topology, config.applicationId, config.startFrom)
  }

  get running(): readonly ActiveTask[] {
    return [...this.active.values()].filter(({ isRunning }) => isRunning)
  }

  /** Some task waits until another thread of the process has closed it. */
  get isWaiting(): boolean {
    return this.#waitingActive.size > 0 || this.#waitingStandby.size > 0
  }

  get allRunning(): boolean {
    if (this.#waitingActive.size > 0) return false
    for (const { isRunning } of this.active.values()) if (!isRunning) return false
    return true
  }

  /** What each task has of its state, for the leader of the group. */
  offsetSums(): ReadonlyMap<TaskId, number> {
    const sums = new Map<TaskId, number>()
    for (const [id, { task, isRunning }] of this.active) {
      const sum = isRunning ? OFFSET_SUM_RUNNING : this.restorer.offsetSum(task)
      if (sum !== undefined) sums.set(id, sum)
    }
    for (const [id, task] of this.standby) {
      const sum = this.restorer.offsetSum(task)
      if (sum !== undefined) sums.set(id, sum)
    }
    for (const [text, sum] of this.#options.directories.dormant()) {
      const id = parseTaskId(text)
      if (id !== undefined && !sums.has(id) && this.#isOfTopology(id)) sums.set(id, sum)
    }
    return sums
  }

  #isOfTopology({ subTopology }: TaskId): boolean {
    return this.#options.topology.subTopologies.some(({ id, isGlobal }) => id === subTopology && !isGlobal)
  }

  /** Makes and closes tasks so that there are exactly these. What is closed was committed before, or is not to be. */
  async assign(active: ReadonlyMap<TaskId, readonly TopicPartition[]>, standby: readonly TaskId[]): Promise<void> {
    const wantedStandby = new Set(standby)
    await this.close([...this.active.keys()].filter((id) => !active.has(id)))
    await this.#closeStandbys([...this.standby.keys()].filter((id) => !wantedStandby.has(id)))
    await this.#addInputs(active)
    this.#forgetWaiting()
    for (const [id, inputs] of active) if (!this.active.has(id)) this.#waitingActive.set(id, inputs)
    for (const id of wantedStandby) if (!this.standby.has(id)) this.#waitingStandby.add(id)
    await this.createWaiting()
  }

  #forgetWaiting(): void {
    this.#waitingActive.clear()
    this.#waitingStandby.clear()
  }

  /** Makes the tasks whose directories are free. What fails waits, and is made by the next call. */
  async createWaiting(): Promise<void> {
    if (!this.isWaiting) return
    const { directories } = this.#options
    const isFree = (id: TaskId): boolean => directories.tryOpen(formatTaskId(id))
    const active = new Map([...this.#waitingActive].filter(([id]) => isFree(id)))
    for (const id of active.keys()) this.#waitingActive.delete(id)
    try {
      await this.#createActive(active)
    } catch (error) {
      for (const [id, inputs] of active) await this.#undo(id, () => this.#waitingActive.set(id, inputs))
      throw error
    }
    const standby = [...this.#waitingStandby].filter(isFree)
    for (const id of standby) this.#waitingStandby.delete(id)
    try {
      await this.#createStandbys(standby)
    } catch (error) {
      for (const id of standby) await this.#undo(id, () => this.#waitingStandby.add(id))
      throw error
    }
  }

  /** Of a task that was to be made, and that does not run yet: closes what there is of it. */
  async #undo(id: TaskId, wait: () => void): Promise<void> {
    const active = this.active.get(id)
    if (active?.isRunning === true || this.#waitingActive.has(id) || this.#waitingStandby.has(id)) return
    wait()
    if (active !== undefined) await this.#closeTask(id, this.#forget(id).task)
    else if (this.standby.has(id)) await this.#closeTask(id, this.#forgetStandby(id))
    else this.#options.directories.close(formatTaskId(id))
  }

  async close(ids: readonly TaskId[]): Promise<void> {
    for (const id of ids) {
      const { task } = this.#forget(id)
      await this.#closeTask(id, task)
    }
  }

  async #closeTask(id: TaskId, task: HostedTask): Promise<void> {
    try {
      await task.close()
    } finally {
      this.#options.directories.close(formatTaskId(id))
    }
  }

  async closeAll(): Promise<void> {
    this.#forgetWaiting()
    await this.close([...this.active.keys()])
    await this.#closeStandbys([...this.standby.keys()])
  }

  /** Tasks of which one of these is an input. */
  withInputs(partitions: readonly TopicPartition[]): readonly TaskId[] {
    const given = new Set(partitions)
    return [...this.active.values()].filter(({ task }) => task.inputs.some((tp) => given.has(tp))).map(({ id }) => id)
  }

  /** Sets stores of these aside and makes the tasks anew: what is set aside is restored. Nothing of theirs is committed. */
  async recreate(lost: readonly LostState[]): Promise<void> {
    // It would make what waits, which has just found nothing free, and so on without end.
    if (lost.length === 0) return
    const { onWarning, directories } = this.#options
    for (const { task, stores, message } of lost) {
      const id = must(parseTaskId(task.taskId), 'id of a task')
      const isActive = this.active.has(id)
      if (isActive) this.#forget(id)
      else this.#forgetStandby(id)
      if (isActive) this.#waitingActive.set(id, task.inputs)
      else this.#waitingStandby.add(id)
      // Where there are no files to set aside, what the store has is destroyed.
      const kept = stores.filter((store) => hasOurFiles(task.stores.get(store)?.definition))
      for (const store of stores) if (!kept.includes(store)) await task.stores.get(store)?.destroy()
      await task.close()
      const aside = kept.flatMap((store) => directories.setAside(task.taskId, store) ?? [])
      onWarning(aside.length === 0 ? message : `${message} (its files are in ${aside.join(', ')})`)
    }
    await this.createWaiting()
  }

  /** A file of a store of one of the tasks is damaged; false where it is of none of them. */
  async recreateDamaged({ path, message }: TaskCorruptedError): Promise<boolean> {
    const [task, store] = path.split('/')
    const id = task === undefined ? undefined : parseTaskId(task)
    const damaged = id === undefined ? undefined : (this.active.get(id)?.task ?? this.standby.get(id))
    if (damaged === undefined || store === undefined) return false
    await this.recreate([{ task: damaged, stores: [store], message }])
    return true
  }

  enqueue(fetched: FetchedPartition): boolean {
    const { tp, batches, fromOffset, nextOffset } = fetched
    const active = this.#byInput.get(tp)
    if (active === undefined) return this.restorer.offer(fetched)
    active.task.enqueue(tp, batches, fromOffset, nextOffset)
    this.#unknownSinceMs.delete(tp)
    if (active.task.buffered(tp) > this.#options.config.bufferedRecordsMax && !active.paused.has(tp)) {
      active.paused.add(tp)
      this.#options.fetcher.pause(tp)
    }
    return true
  }

  resumeInputs(): void {
    for (const { task, paused } of this.active.values()) {
      for (const tp of paused) {
        if (task.buffered(tp) > this.#options.config.bufferedRecordsMax) continue
        paused.delete(tp)
        this.#options.fetcher.resume(tp)
      }
    }
  }

  /** For tasks with several inputs, which may have to wait for each other. */
  updateLags(): void {
    const { fetcher } = this.#options
    for (const { task, isRunning } of this.active.values()) {
      if (!isRunning || task.inputs.length < 2) continue
      for (const tp of task.inputs) {
        const end = fetcher.endOffset(tp)
        const position = fetcher.position(tp)
        task.setLag(tp, end === undefined || position === undefined ? undefined : Math.max(0, end - position))
      }
    }
  }

  /** Starts tasks whose stores are up to their changelogs. */
  startRestored(tasks: readonly HostedTask[], nowMs: number): void {
    for (const active of this.active.values()) if (tasks.includes(active.task)) this.#start(active, nowMs)
  }

  /** Drops what is not committed and goes back to what is. */
  async rewind(nowMs: number): Promise<void> {
    const running = this.running
    const committed = await this.#committedOffsets(running.flatMap(({ task }) => task.inputs))
    for (const active of running) {
      active.committed.clear()
      for (const tp of active.task.inputs) {
        const offset = committed.get(tp)
        if (offset !== undefined) active.committed.set(tp, offset)
      }
      active.paused.clear()
      active.task.discard(active.committed, nowMs)
      for (const tp of active.task.inputs) this.#options.fetcher.add(tp, must(committed.get(tp), 'offset').offset)
    }
  }

  /** What the fetcher could not read: gone, lost, unknown. */
  async handleProblem(problem: FetchProblem): Promise<void> {
    const lost = this.restorer.problem(problem)
    if (lost !== undefined) return this.recreate([lost])
    if (!this.#byInput.has(problem.tp)) return
    const { fetcher, client, clock, onWarning } = this.#options
    const name = formatTopicPartition(problem.tp)
    switch (problem.kind) {
      case 'out-of-range': {
        const found = await lookUpStartOffsets([problem.tp], this.#startPolicy, client.admin(), clock)
        const offset = must(found.get(problem.tp), name)
        onWarning(
          `${name} has no offset ${problem.offset} any more (${problem.logStartOffset} to ${problem.logEndOffset}): reading goes on at ${offset}`,
        )
        return fetcher.add(problem.tp, offset)
      }
      case 'diverged':
        onWarning(
          `${name} lost records at the broker: reading goes back from offset ${problem.offset} to ${problem.validOffset}`,
        )
        return fetcher.add(problem.tp, problem.validOffset)
      case 'unknown-topic':
        return this.#unknownTopic(problem.tp)
      case 'corrupt':
        throw new TidemillError(
          'corrupt-records',
          `${name} cannot be read at offset ${problem.offset}: ${problem.error.message}`,
          {
            cause: problem.error,
          },
        )
    }
  }

  // ---- inside ----

  #unknownTopic(tp: TopicPartition): void {
    const nowMs = this.#options.clock.monotonicMs()
    const since = this.#unknownSinceMs.get(tp) ?? nowMs
    this.#unknownSinceMs.set(tp, since)
    if (nowMs - since > UNKNOWN_TOPIC_MS_MAX) throw missingTopics([tp.topic], this.#options.config.applicationId)
  }

  #forget(id: TaskId): ActiveTask {
    const active = must(this.active.get(id), `task ${formatTaskId(id)}`)
    this.active.delete(id)
    this.restorer.remove(active.task)
    for (const tp of active.task.inputs) {
      this.#byInput.delete(tp)
      this.#options.fetcher.remove(tp)
    }
    active.metrics.remove()
    return active
  }

  /** Topics that a pattern matches since the task was made. */
  async #addInputs(wanted: ReadonlyMap<TaskId, readonly TopicPartition[]>): Promise<void> {
    for (const [id, inputs] of wanted) {
      const active = this.active.get(id)
      const added = active === undefined ? [] : inputs.filter((tp) => !active.task.inputs.includes(tp))
      if (active === undefined || added.length === 0) continue
      const committed = await this.#committedOffsets(added)
      for (const tp of added) {
        active.committed.set(tp, must(committed.get(tp), formatTopicPartition(tp)))
        active.task.addInput(tp)
        if (active.isRunning) this.#read(active, tp)
      }
    }
  }

  async #createActive(wanted: ReadonlyMap<TaskId, readonly TopicPartition[]>): Promise<void> {
    if (wanted.size === 0) return
    const committed = await this.#committedOffsets([...wanted.values()].flat())
    const created = Array.from(wanted, ([id, inputs]) => this.#create(id, inputs, committed))
    for (const active of created) this.active.set(active.id, active)
    const lost = await this.restorer.begin(
      created.map(({ task }) => task),
      false,
      committed,
    )
    const isLost = new Set(lost.map(({ task }) => task))
    for (const active of created) {
      if (!isLost.has(active.task) && this.restorer.isDone(active.task)) this.#start(active, this.#options.clock.now())
    }
    await this.recreate(lost)
  }

  #create(id: TaskId, inputs: readonly TopicPartition[], all: CommittedOffsets): ActiveTask {
    const committed: CommittedOffsets = new Map()
    for (const tp of inputs) committed.set(tp, must(all.get(tp), `offset of ${formatTopicPartition(tp)}`))
    const metrics = this.#metrics(id, inputs, () => task)
    const task = this.#task(id, inputs, committed, metrics)
    return { id, task, metrics, committed, paused: new Set(), isRunning: false }
  }

  #metrics(id: TaskId, inputs: readonly TopicPartition[], task: () => HostedTask): TaskMetrics {
    const { metrics, threadName, fetcher } = this.#options
    return taskMetrics({
      registry: metrics,
      threadName,
      taskId: formatTaskId(id),
      inputs,
      lagOf: (tp) => {
        const end = fetcher.endOffset(tp)
        const position = fetcher.position(tp)
        if (end === undefined || position === undefined) return 0
        return Math.max(0, end - position) + task().buffered(tp)
      },
      lagMsOf: (tp) => inputLagMs(task(), tp, fetcher, this.#options.clock),
    })
  }

  #task(
    id: TaskId,
    inputs: readonly TopicPartition[],
    committed: TaskOptions['committed'],
    metrics: TaskMetrics,
  ): HostedTask {
    const { topology, config, clock, engine, collector, wake } = this.#options
    const subTopology = must(
      topology.subTopologies.find((each) => each.id === id.subTopology),
      `sub-topology ${id.subTopology}`,
    )
    const taskId = formatTaskId(id)
    return new Task({
      taskId,
      subTopologies: [subTopology],
      partition: id.partition,
      inputs,
      config,
      handlers: config.handlers,
      defaultTimestamp: topology.defaultTimestamp,
      clock,
      collector: collector(),
      engine: (store) => engine(taskId, store),
      cacheBytesMax: () => Math.floor(config.cacheBytesMax / Math.max(1, this.active.size)),
      globalStores: this.globalStores,
      committed,
      taskIdleMs: config.taskIdleMs,
      emitIntervalMs: config.emitIntervalMs,
      wake,
      mark: this.#options.mark,
      onDropped: metrics.dropped,
      metrics: metrics.ofNode,
    })
  }

  #start(active: ActiveTask, nowMs: number): void {
    active.task.start(nowMs)
    active.isRunning = true
    this.#options.onStarted()
    for (const tp of active.task.inputs) this.#read(active, tp)
  }

  #read(active: ActiveTask, tp: TopicPartition): void {
    this.#byInput.set(tp, active)
    this.#options.fetcher.add(tp, must(active.committed.get(tp), formatTopicPartition(tp)).offset)
  }

  /** Committed offsets, and where there is none, where the source says. */
  async #committedOffsets(partitions: readonly TopicPartition[]): Promise<CommittedOffsets> {
    const { client, clock, committed } = this.#options
    const result: CommittedOffsets = new Map()
    for (const [tp, { offset, metadata }] of await committed(partitions)) {
      if (offset >= 0) result.set(tp, { offset, metadata })
    }
    const without = partitions.filter((tp) => !result.has(tp))
    if (without.length === 0) return result
    for (const [tp, offset] of await lookUpStartOffsets(without, this.#startPolicy, client.admin(), clock)) {
      result.set(tp, { offset, metadata: '' })
    }
    return result
  }

  async #createStandbys(ids: readonly TaskId[]): Promise<void> {
    const { topology, config } = this.#options
    const none: CommittedOffsets = new Map()
    const tasks = ids.map((id) => {
      const inputs = subTopologyInputs(topology, id.subTopology, config.applicationId, id.partition)
      const task = this.#task(
        id,
        inputs,
        none,
        this.#metrics(id, [], () => task),
      )
      this.standby.set(id, task)
      return task
    })
    await this.recreate(await this.restorer.begin(tasks, true, none))
  }

  async #closeStandbys(ids: readonly TaskId[]): Promise<void> {
    for (const id of ids) await this.#closeTask(id, this.#forgetStandby(id))
  }

  #forgetStandby(id: TaskId): HostedTask {
    const task = must(this.standby.get(id), 'standby task')
    this.standby.delete(id)
    this.restorer.remove(task)
    return task
  }
}

/** A user's engine knows what it keeps: it is told to destroy that. */
function hasOurFiles(definition: StoreDefinition | undefined): boolean {
  return definition?.type === 'disk' && definition.engine === undefined
}

export function subTopologyInputs(
  topology: Topology,
  subTopology: number,
  applicationId: string,
  partition: number,
): readonly TopicPartition[] {
  const found: SubTopology | undefined = topology.subTopologies.find(({ id }) => id === subTopology)
  return must(found, `sub-topology ${subTopology}`).sourceTopics.map((ref) =>
    topicPartition(topicName(applicationId, ref), partition),
  )
}
