// The tasks of one thread: made and closed as the group's leader assigns them, fed by the thread's fetcher, restored beside the
// running ones. It decides nothing about time: the thread calls it.
//
//   assigned --create--> restoring --restored--> running --revoked, lost, close--> (gone)
//   assigned --create--> standby ------------------------------------------------> (gone)
//
// Invariants: an input is in the fetcher exactly while its task is running; a changelog while it is being restored or followed.
import { type Clock, TidemillError, must } from '../base/index.ts'
import type { Client, FetchProblem, FetchedPartition, Fetcher } from '../client/index.ts'
import type { MetricsRegistry } from '../metrics/index.ts'
import { type TopicPartition, formatTopicPartition, topicPartition } from '../record/index.ts'
import type { ByteStoreEngine, StateStore, StoreDefinition } from '../state/index.ts'
import type { StartFrom, SubTopology, Topology } from '../topology/index.ts'
import { OFFSET_SUM_RUNNING } from './assignment/subscription-info.ts'
import { type TaskId, formatTaskId } from './assignment/task-id.ts'
import { topicName } from './names.ts'
import { missingTopics } from './plan-topics.ts'
import type { RecordCollector } from './record-collector.ts'
import { type LostState, type RestoreListener, Restorer } from './restore.ts'
import { lookUpStartOffsets, startPolicies } from './start-offsets.ts'
import type { HostedTask, TaskOptions } from './task-contract.ts'
import type { ThreadConfig } from './thread-config.ts'
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

  constructor(options: TaskManagerOptions) {
    const { client, fetcher, clock, onRestore, topology, config } = options
    this.#options = options
    this.restorer = new Restorer({ client, fetcher, clock, listener: onRestore })
    this.#startPolicy = startPolicies(topology, config.applicationId, config.startFrom)
  }

  get running(): readonly ActiveTask[] {
    return [...this.active.values()].filter(({ isRunning }) => isRunning)
  }

  get allRunning(): boolean {
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
    return sums
  }

  /** Makes and closes tasks so that there are exactly these. What is closed was committed before, or is not to be. */
  async assign(active: ReadonlyMap<TaskId, readonly TopicPartition[]>, standby: readonly TaskId[]): Promise<void> {
    const wantedStandby = new Set(standby)
    await this.close([...this.active.keys()].filter((id) => !active.has(id)))
    await this.#closeStandbys([...this.standby.keys()].filter((id) => !wantedStandby.has(id)))
    await this.#addInputs(active)
    await this.#createActive(new Map([...active].filter(([id]) => !this.active.has(id))))
    await this.#createStandbys([...wantedStandby].filter((id) => !this.standby.has(id)))
  }

  async close(ids: readonly TaskId[]): Promise<void> {
    for (const id of ids) {
      const { task } = this.#forget(id)
      await task.close()
    }
  }

  async closeAll(): Promise<void> {
    await this.close([...this.active.keys()])
    await this.#closeStandbys([...this.standby.keys()])
  }

  /** Tasks of which one of these is an input. */
  withInputs(partitions: readonly TopicPartition[]): readonly TaskId[] {
    const given = new Set(partitions)
    return [...this.active.values()].filter(({ task }) => task.inputs.some((tp) => given.has(tp))).map(({ id }) => id)
  }

  /** The state of these is lost: makes them anew, without any. */
  async recreate(lost: readonly LostState[]): Promise<void> {
    for (const { task, message } of lost) {
      this.#options.onWarning(message)
      const active = [...this.active.values()].find((each) => each.task === task)
      if (active === undefined) {
        await this.#recreateStandby(task)
        continue
      }
      this.#forget(active.id)
      await task.destroy()
      await this.#createActive(new Map([[active.id, task.inputs]]))
    }
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
      onDropped: metrics.dropped,
      metrics: metrics.ofNode,
    })
  }

  #start(active: ActiveTask, nowMs: number): void {
    active.task.start(nowMs)
    active.isRunning = true
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

  async #recreateStandby(task: HostedTask): Promise<void> {
    const id = must([...this.standby].find(([, each]) => each === task)?.[0], 'standby task')
    this.restorer.remove(task)
    this.standby.delete(id)
    await task.destroy()
    await this.#createStandbys([id])
  }

  async #closeStandbys(ids: readonly TaskId[]): Promise<void> {
    for (const id of ids) {
      const task = must(this.standby.get(id), 'standby task')
      this.standby.delete(id)
      this.restorer.remove(task)
      await task.close()
    }
  }
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
