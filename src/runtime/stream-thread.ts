// A stream thread: it hosts tasks against a cluster. One loop, pull only:
//
//   runOnce():  flags and group events -> poll -> enqueue -> restore a slice -> process -> punctuate -> commit
//
//   created --run()--> starting --> partitions-assigned <--> running --close(), error--> pending-shutdown --> dead
//                                          ^  partitions-revoked  |
//                                          +----------------------+
//
// Invariants: events set flags that the next round reads; between two awaits the world stands still. The wall clock is read
// once a round. Where there is nothing to do the loop waits on the fetcher, which group events, async steps and close() wake.
// Only this loop touches the tasks.
import {
  type Clock,
  RetriableError,
  TaskCorruptedError,
  TaskMigratedError,
  TidemillError,
  sleep,
} from '../base/index.ts'
import type { Client, Fetcher, GroupEvent, GroupMember, MemberAssignment, RecordProducer } from '../client/index.ts'
import type { MetricsRegistry } from '../metrics/index.ts'
import { loadCompression } from '../protocol/index.ts'
import type { TopicPartition } from '../record/index.ts'
import type { ByteStoreEngine, StoreDefinition } from '../state/index.ts'
import type { Topology } from '../topology/index.ts'
import { MetadataVersion } from './assignment/metadata-version.ts'
import { commitIntervalMs } from './commit-interval.ts'
import { Committer, notAgain } from './committer.ts'
import { type GlobalState, openGlobalState } from './global-state.ts'
import { HeldStores } from './held-stores.ts'
import { checkSinks, ensureTopics } from './internal-topics.ts'
import { transactionalId } from './names.ts'
import { resolvePatterns } from './pattern-topics.ts'
import { PendingStepWatch } from './pending-step-watch.ts'
import { internalTopicNames } from './plan-topics.ts'
import { ProducerCollector } from './producer-collector.ts'
import { needsOrigins } from './production-failures.ts'
import { RepartitionPurger } from './repartition-purger.ts'
import { RestoreTotals } from './restore-totals.ts'
import type { RestoreProgress } from './restore.ts'
import { settleAsyncSteps, settledOf } from './settle-async-steps.ts'
import { type StepMark, sharedMark } from './step-mark.ts'
import type { HostedTask } from './task-contract.ts'
import { NO_TASK_DIRECTORIES, type TaskDirectories } from './task-directories.ts'
import { TaskManager } from './task-manager.ts'
import { type ThreadConfig, isolationOf } from './thread-config.ts'
import { RefusedRecords } from './refused-records.ts'
import { causeOf, isRebalance } from './thread-errors.ts'
import { checkGroupStatus, instancesOfGroup, openGroupMember, readAssignment } from './thread-group.ts'
import { type ThreadMetrics, lagOfChangelogs, showThread, threadMetrics } from './thread-metrics.ts'
import { ThreadReporter } from './thread-reporter.ts'
import type { InstancePartitions, ThreadReport } from './thread-status.ts'

export type ThreadState =
  | 'created'
  | 'starting'
  | 'partitions-revoked'
  | 'partitions-assigned'
  | 'running'
  | 'pending-shutdown'
  | 'dead'

export interface ThreadListener {
  onState(state: ThreadState, before: ThreadState): void
  onRestore(progress: RestoreProgress): void
  /** Something that people should know and that stops nothing. */
  onWarning(message: string): void
}

export interface StreamThreadOptions {
  /** From 1; part of the transactional id. */
  readonly index: number
  readonly topology: Topology
  readonly client: Client
  readonly config: ThreadConfig
  readonly clock: Clock
  readonly metrics: MetricsRegistry
  readonly engine: (taskId: string, store: StoreDefinition) => ByteStoreEngine
  /** Shared with the other threads of the process. @defaultValue none: the engines leave nothing behind */
  readonly directories?: TaskDirectories
  /** Lets sockets and timers have their turn. */
  readonly yieldToEvents: () => Promise<void>
  readonly listener: ThreadListener
}

/** Records that a task takes before the next has its turn and unsent bytes are looked at. */
const RECORDS_A_STEP = 250
/** How long records are processed before group events and punctuations are looked at. */
const PROCESS_MS_A_ROUND = 20
const RESTORE_MS_BESIDE_TASKS = 10
const RESTORE_MS_ALONE = 100
/** After this the wait for group events begins anew: a limit, not a rate. */
const GROUP_WAIT_MS = 30_000
const CLOSE_TIMEOUT_MS = 10_000
/** How long promises of async steps are waited for at the end. */
const SETTLE_MS = 10_000
/** A rebalance holds up the whole group: what has not settled by then is dropped and done again by whoever gets the task. */
const REVOKE_SETTLE_MS = 2_000
/** After something that another attempt may mend. */
const RETRY_PAUSE_MS = 100
/** How long the last commit is tried again. */
const LAST_COMMIT_MS = 5_000
/** Something that is tried again is told of when it has failed so long. */
const NEWS_AFTER_MS = 1_000

export class StreamThread {
  readonly name: string
  readonly index: number
  /** Which node is at work, for another thread to read. */
  readonly mark: StepMark
  /** For queries. */
  readonly stores: HeldStores
  /** Called when a task begins to process. */
  onTaskStarted: (() => void) | undefined = undefined
  readonly #options: StreamThreadOptions
  readonly #fetcher: Fetcher
  readonly #member: GroupMember
  readonly #tasks: TaskManager
  readonly #committer: Committer
  readonly #purger: RepartitionPurger
  readonly #metrics: ThreadMetrics
  readonly #reporter: ThreadReporter
  readonly #pendingSteps: PendingStepWatch
  readonly #metadataVersion = new MetadataVersion()
  #producer: RecordProducer
  #collector: ProducerCollector
  readonly #refused = new RefusedRecords((origin, topic) => this.#metrics.leftOut(origin, topic))
  readonly #restoring: RestoreTotals
  #global: GlobalState | undefined
  #state: ThreadState = 'created'
  #isClosing = false
  #leaveGroup = true
  #settleMs = SETTLE_MS
  #isPaused = false
  readonly #pausedParts = new Set<number>()
  #shutdownRequested = false
  #assignError: TidemillError | undefined
  #isWatchingGroup = false
  #isProducerReady = false
  #wakeWaiters: (() => void)[] = []
  #lastCommitMs = 0
  #probeAtMs = Infinity
  /** Given and not applied yet. */
  #assignment: MemberAssignment | undefined
  /** Since when no commit has succeeded, where one has failed. */
  #failing: { readonly reason: string; readonly sinceMs: number } | undefined
  #committing: { readonly phase: 'async-steps' | 'log'; readonly sinceMs: number } | undefined
  #instances: readonly InstancePartitions[] = []

  constructor(options: StreamThreadOptions) {
    const { client, config, clock, topology, index, metrics, engine, listener } = options
    this.#options = options
    this.index = index
    this.name = `${config.clientId}-StreamThread-${index}`
    this.mark = sharedMark(topology)
    this.#metrics = threadMetrics(metrics, this.name)
    this.#fetcher = client.fetcher({
      isolation: isolationOf(config),
      maxWaitMs: config.consumer.fetchMaxWaitMs,
      maxBytes: config.consumer.fetchMaxBytes,
      partitionMaxBytes: config.consumer.partitionMaxBytes,
      bufferedBytesMax: config.consumer.bufferedBytesMax,
    })
    this.#restoring = new RestoreTotals(clock)
    this.#producer = this.#openProducer()
    this.#collector = this.#openCollector()
    this.#tasks = new TaskManager({
      topology,
      client,
      fetcher: this.#fetcher,
      config,
      clock,
      metrics,
      threadName: this.name,
      engine,
      directories: options.directories ?? NO_TASK_DIRECTORIES,
      mark: this.mark,
      onStarted: () => this.onTaskStarted?.(),
      collector: () => this.#collector,
      committed: (partitions) => this.#member.committed(partitions),
      onRestore: (progress) => this.#onRestore(progress),
      onWarning: (message) => listener.onWarning(message),
      wake: () => this.wake(),
    })
    this.#member = openGroupMember(options, {
      metadataVersion: this.#metadataVersion,
      taskOffsetSums: () => this.#tasks.offsetSums(),
      isShutdownRequested: () => this.#shutdownRequested,
      onAssignError: (error) => {
        this.#assignError = error
        this.wake()
      },
    })
    this.stores = new HeldStores({
      topology,
      config,
      cluster: client.cluster,
      tasks: this.#tasks,
      globalStores: () => this.#global?.stores,
      instances: () => this.#instances,
    })
    this.#reporter = new ThreadReporter({
      clock,
      tasks: this.#tasks,
      fetcher: this.#fetcher,
      cluster: client.cluster,
      member: this.#member,
      isPaused: (subTopology) => this.#isPausedAt(subTopology),
      commit: () => this.#committing,
      failing: () => this.#failing,
      commitIntervalMs: () => commitIntervalMs(options.config, this.#tasks.active.values()),
      lastCommitMs: () => (this.#state === 'created' || this.#state === 'starting' ? undefined : this.#lastCommitMs),
      instances: () => this.#instances,
    })
    this.#pendingSteps = new PendingStepWatch(
      clock,
      () => Array.from(this.#tasks.active.values(), ({ task }) => task),
      (message) => listener.onWarning(message),
    )
    const internalTopics = new Set(internalTopicNames(topology, config.applicationId))
    this.#committer = new Committer({
      config,
      cluster: client.cluster,
      member: this.#member,
      producer: () => this.#producer,
      collector: () => this.#collector,
      refused: this.#refused,
      isInternal: (topic) => internalTopics.has(topic),
    })
    this.#purger = new RepartitionPurger(topology, config, client, clock)
    showThread(metrics, this.name, {
      restoring: this.#restoring,
      restoreRemaining: () => lagOfChangelogs(this.#tasks.restorer.progress(), false),
      standbyLag: () => lagOfChangelogs(this.#tasks.restorer.progress(), true),
      commitAgeMs: () => this.#reporter.commitAgeMs ?? 0,
    })
  }

  get applicationId(): string {
    return this.#options.config.applicationId
  }

  get state(): ThreadState {
    return this.#state
  }

  #onRestore(progress: RestoreProgress): void {
    if (!progress.isStandby) this.#metrics.restored.add(this.#restoring.update(progress))
    this.#options.listener.onRestore(progress)
  }

  /** Where it is, and why it does not move. */
  report(): ThreadReport {
    return this.#reporter.report()
  }

  /** Runs until close(); rejects with what stopped it. When it settles everything is closed. */
  async run(): Promise<void> {
    let failure: { readonly error: unknown } | undefined
    try {
      this.#pendingSteps.start()
      await this.#begin()
      while (!this.#isClosing) await this.#round()
      await this.#commitBeforeClose()
    } catch (error) {
      failure = { error }
    }
    await this.#end(failure !== undefined)
    if (failure !== undefined) throw failure.error
  }

  /** Asks it to stop after the current round; promises in flight are waited for at most that long. */
  close(options: { readonly leaveGroup?: boolean; readonly settleMs?: number } = {}): void {
    this.#isClosing = true
    this.#leaveGroup = options.leaveGroup ?? true
    this.#settleMs = options.settleMs ?? SETTLE_MS
    this.wake()
  }

  /** All of it, or one sub-topology: membership and restoring go on. */
  pause(subTopology?: number): void {
    if (subTopology === undefined) this.#isPaused = true
    else this.#pausedParts.add(subTopology)
  }

  /** All that is paused, or one sub-topology. */
  resume(subTopology?: number): void {
    if (subTopology === undefined) {
      this.#isPaused = false
      this.#pausedParts.clear()
    } else this.#pausedParts.delete(subTopology)
    this.wake()
  }

  #isPausedAt(subTopology: number): boolean {
    return this.#isPaused || this.#pausedParts.has(subTopology)
  }

  /** Tells all members of the group to shut down, by a rebalance. */
  requestApplicationShutdown(): void {
    this.#shutdownRequested = true
    // Before it has joined, its first subscription tells.
    if (this.#member.state !== 'unjoined') this.#member.rejoin('the application is to shut down')
  }

  wake(): void {
    this.#fetcher.wake()
    const waiters = this.#wakeWaiters
    this.#wakeWaiters = []
    for (const waiter of waiters) waiter()
  }

  /** One round of the loop. */
  async runOnce(): Promise<void> {
    const { clock, yieldToEvents } = this.#options
    await this.#handleGroupEvents()
    const waitMs = this.#waitMs()
    const { partitions, problems } = await this.#fetcher.poll(waitMs)
    if (waitMs === 0) await yieldToEvents()
    if (this.#isClosing) return
    const nowMs = clock.now()
    for (const fetched of partitions) {
      this.#metrics.polled.add(fetched.batches.length)
      if (this.#global?.enqueue(fetched) !== true) this.#tasks.enqueue(fetched)
    }
    for (const problem of problems) await this.#tasks.handleProblem(problem)
    this.#restore(nowMs)
    this.#global?.process(nowMs)
    this.#tasks.updateLags()
    if (!this.#isPaused) await this.#process(nowMs)
    this.#tasks.resumeInputs()
    if (this.#isCommitDue()) await this.#commit()
    if (nowMs >= this.#probeAtMs) this.#probe()
  }

  // ---- begin and end ----

  async #begin(): Promise<void> {
    const { client, config, topology } = this.#options
    this.#setState('starting')
    await loadCompression()
    await ensureTopics(await resolvePatterns(topology, client, config.applicationId), client, config)
    await checkSinks(topology, client, config)
    await this.#readyProducer()
    await this.#openGlobal()
    this.#lastCommitMs = this.#options.clock.monotonicMs()
    if (this.#hasTasks) this.#member.start()
    else this.#setState('running')
  }

  /** A topology of global tables alone needs no group. */
  get #hasTasks(): boolean {
    return this.#options.topology.subTopologies.some(({ isGlobal }) => !isGlobal)
  }

  async #openGlobal(): Promise<void> {
    const { listener, directories } = this.#options
    this.#global = await openGlobalState({
      ...this.#options,
      fetcher: this.#fetcher,
      collector: this.#collector,
      threadName: this.name,
      directories: directories ?? NO_TASK_DIRECTORIES,
      onWarning: (message) => listener.onWarning(message),
    })
    if (this.#global === undefined) return
    try {
      await this.#bootstrapGlobal(this.#global)
    } catch (error) {
      const damaged = error instanceof TaskCorruptedError ? this.#global.damagedStore(error.path) : undefined
      if (damaged === undefined) throw error
      await this.#renewGlobal(damaged, (error as TaskCorruptedError).message)
    }
  }

  async #bootstrapGlobal(global: GlobalState): Promise<void> {
    const { clock, config, yieldToEvents } = this.#options
    await global.begin()
    while (!global.isReady && !this.#isClosing) {
      const { partitions } = await this.#fetcher.poll(global.hasBuffered ? 0 : config.pollTimeoutMs)
      for (const fetched of partitions) global.enqueue(fetched)
      global.process(clock.now())
      global.commit(clock.now())
      await global.backlog()
      await yieldToEvents()
    }
    this.#tasks.globalStores = global.stores
  }

  async #commitBeforeClose(): Promise<void> {
    const { clock, listener } = this.#options
    this.#setState('pending-shutdown')
    const deadlineMs = clock.monotonicMs() + LAST_COMMIT_MS
    for (;;) {
      try {
        return await this.#commit(this.#settleMs)
      } catch (error) {
        const reason = error instanceof TidemillError ? causeOf(error) : undefined
        if (reason === undefined) throw error
        if (reason instanceof RetriableError && clock.monotonicMs() < deadlineMs) {
          // The other threads close too, so the group rebalances: the next generation takes the commit.
          await sleep(clock, RETRY_PAUSE_MS)
          continue
        }
        // Others have the tasks already, or will do the work again: nothing is lost.
        return listener.onWarning(`the last commit of ${this.name} did not succeed: ${reason.message}`)
      }
    }
  }

  /** Closes everything in order; one failure does not keep the rest open. */
  async #end(hasFailed: boolean): Promise<void> {
    const { listener } = this.#options
    if (this.#state !== 'pending-shutdown') this.#setState('pending-shutdown')
    this.#pendingSteps.stop()
    const attempt = async (what: string, run: () => Promise<void>): Promise<void> => {
      try {
        await run()
      } catch (error) {
        listener.onWarning(`${this.name} could not ${what}: ${String(error)}`)
      }
    }
    if (hasFailed) await attempt('abort its transaction', () => this.#committer.abort())
    await attempt('close its tasks', () => this.#tasks.closeAll())
    await attempt('close its global stores', async () => this.#global?.close())
    await attempt('finish purging repartition topics', () => this.#purger.close())
    await attempt('leave its group', () =>
      this.#member.close({ leaveGroup: this.#leaveGroup, timeoutMs: CLOSE_TIMEOUT_MS }),
    )
    await attempt('close its fetcher', () => this.#fetcher.close())
    await attempt('close its producer', () => this.#producer.close({ timeoutMs: CLOSE_TIMEOUT_MS }))
    this.#metrics.remove()
    this.#setState('dead')
  }

  // ---- the round ----

  async #round(): Promise<void> {
    try {
      await this.runOnce()
    } catch (error) {
      await this.#recover(error)
    }
  }

  /** Goes on after what a rebalance, a fencing or a broker that is away for a while can do; throws all else. */
  async #recover(error: unknown): Promise<void> {
    const { clock, config, listener } = this.#options
    if (error instanceof TaskCorruptedError) return this.#afterDamage(error)
    // A send inside of a step fails with what became of the transaction; the step's own error is around it.
    const reason = causeOf(error)
    if (reason === undefined) throw error
    if (reason instanceof TaskMigratedError) return this.#afterMigration(reason.message)
    const nowMs = clock.monotonicMs()
    this.#failing ??= { reason: reason.message, sinceMs: nowMs }
    if (nowMs - this.#failing.sinceMs > config.taskTimeoutMs) throw error
    if (reason instanceof RetriableError) {
      // A rebalance or a restart of a broker is over in a moment: no news before that.
      if (nowMs - this.#failing.sinceMs >= NEWS_AFTER_MS)
        listener.onWarning(`${this.name} tries again: ${reason.message}`)
      await sleep(clock, RETRY_PAUSE_MS)
    } else await this.#afterAbort(reason)
  }

  #restore(nowMs: number): void {
    const { restorer } = this.#tasks
    if (restorer.isActive || restorer.hasQueued) {
      const budgetMs = this.#tasks.running.length > 0 ? RESTORE_MS_BESIDE_TASKS : RESTORE_MS_ALONE
      this.#tasks.startRestored(restorer.step(budgetMs), nowMs)
    }
    if (this.#state === 'partitions-assigned' && this.#tasks.allRunning) this.#setState('running')
  }

  async #process(nowMs: number): Promise<void> {
    const { clock, config } = this.#options
    this.#beginTransaction()
    const deadlineMs = clock.monotonicMs() + PROCESS_MS_A_ROUND
    for (;;) {
      let processed = 0
      for (const active of this.#tasks.active.values()) {
        if (!active.isRunning || this.#pausedParts.has(active.id.subTopology)) continue
        const { task, metrics } = active
        processed += notAgain(() => {
          const count = task.isReady(nowMs) ? task.process(RECORDS_A_STEP, nowMs) : 0
          if (count === 0 && task.inFlight > 0) task.runCompletions(nowMs)
          metrics.processed.add(count)
          task.punctuate(nowMs)
          return count
        })
      }
      if (this.#producer.unsentBytes > config.unsentBytesMax) await this.#producer.drained(config.unsentBytesMax / 2)
      if (processed === 0 || this.#isClosing || clock.monotonicMs() >= deadlineMs || this.#isCommitDue()) return
    }
  }

  #waitMs(): number {
    const { config } = this.#options
    if (this.#isClosing || this.#tasks.restorer.hasQueued || this.#global?.hasBuffered === true) return 0
    let waitMs = config.pollTimeoutMs
    const nowMs = this.#options.clock.now()
    let needsCommit = false
    for (const { id, task, isRunning } of this.#tasks.active.values()) {
      if (!isRunning) continue
      if (!this.#isPausedAt(id.subTopology) && task.bufferedRecords > 0 && !task.isBlocked && task.isReady(nowMs))
        return 0
      needsCommit ||= task.needsCommit
    }
    if (needsCommit) waitMs = Math.min(waitMs, Math.max(0, this.#commitInMs()))
    return waitMs
  }

  // ---- group ----

  async #handleGroupEvents(): Promise<void> {
    const error = this.#assignError
    if (error !== undefined) throw error
    for (const event of this.#member.takeEvents()) await this.#handleGroupEvent(event)
    await this.#readyProducer()
    await this.#applyAssignment()
    await this.#tasks.createWaiting()
    this.#watchGroup()
  }

  async #handleGroupEvent(event: GroupEvent): Promise<void> {
    switch (event.kind) {
      case 'revoking':
        return this.#revoke(event.partitions)
      case 'assigned':
        this.#assignment = event.assignment
        return
      case 'lost':
        // Others have the tasks already: what is not committed is dropped. The member joins again by itself.
        this.#assignment = undefined
        return this.#dropTasks(event.reason)
      case 'status':
        return checkGroupStatus(event.status, event.detail, this.#options)
      case 'endpoints':
        this.#instances = instancesOfGroup(event.endpoints)
        return
      case 'failed':
        throw event.error
    }
  }

  async #revoke(partitions: readonly TopicPartition[]): Promise<void> {
    this.#setState('partitions-revoked')
    const ids = this.#tasks.withInputs(partitions)
    try {
      if (ids.length > 0) await this.#commit(REVOKE_SETTLE_MS)
    } catch (error) {
      await this.#recover(error)
    }
    await this.#tasks.close(ids.filter((id) => this.#tasks.active.has(id)))
    this.#member.revoked()
  }

  /** Until it has succeeded, each round tries it again. */
  async #applyAssignment(): Promise<void> {
    const assignment = this.#assignment
    if (assignment === undefined) return
    await this.#assigned(assignment)
    this.#assignment = undefined
  }

  async #assigned(given: MemberAssignment): Promise<void> {
    if (this.#state !== 'partitions-assigned') this.#setState('partitions-assigned')
    const { inputs, standby, probeAtMs, instances, isProbed } = await readAssignment(
      given,
      this.#options,
      this.#metadataVersion,
      this.#assignError,
    )
    this.#probeAtMs = probeAtMs
    if (given.tasks === undefined) this.#instances = instances
    await this.#tasks.assign(inputs, standby)
    if (isProbed) this.#member.rejoin('the leader of the group is of an older release')
  }

  #watchGroup(): void {
    if (this.#isWatchingGroup || this.#isClosing) return
    this.#isWatchingGroup = true
    const watch = async (): Promise<void> => {
      await this.#member.waitForEvent(GROUP_WAIT_MS)
      this.#isWatchingGroup = false
      this.wake()
    }
    // A failed wait is seen by the next one, or by the event 'failed'.
    watch().catch(() => (this.#isWatchingGroup = false))
  }

  #probe(): void {
    this.#probeAtMs = Infinity
    // Else one is under way, whose assignment says it anew.
    if (this.#member.state === 'stable') this.#member.rejoin('its assignment says that another is due')
  }

  // ---- commit ----

  #commitInMs(): number {
    const { clock, config } = this.#options
    return this.#lastCommitMs + commitIntervalMs(config, this.#tasks.active.values()) - clock.monotonicMs()
  }

  #isCommitDue(): boolean {
    let pendingBytes = this.#global?.pendingBytes ?? 0
    let needsCommit = false
    for (const { task, isRunning } of this.#tasks.active.values()) {
      if (!isRunning) continue
      if (task.isCommitRequested) return true
      needsCommit ||= task.needsCommit
      for (const store of task.stores.values()) pendingBytes += store.pendingBytes
    }
    if (pendingBytes > this.#options.config.uncommittedBytesMax) return true
    return this.#commitInMs() <= 0 && (needsCommit || this.#global !== undefined)
  }

  /** With a limit, what has not settled by then is left out; without, the commit is put off where something is more urgent. */
  async #commit(settleMs?: number): Promise<void> {
    const { clock } = this.#options
    const startMs = clock.monotonicMs()
    this.#lastCommitMs = startMs
    this.#global?.commit(clock.now())
    const tasks = this.#tasks.running.map(({ task }) => task)
    this.#beginTransaction()
    try {
      this.#committing = { phase: 'async-steps', sinceMs: startMs }
      const hasSettled = await settleAsyncSteps(tasks, settleMs, {
        clock,
        onWake: (wake) => this.#wakeWaiters.push(wake),
        isUrgent: () => this.#isClosing || (this.#hasTasks && !this.#isWatchingGroup),
      })
      if (!hasSettled && settleMs === undefined) return
      const settledMs = clock.monotonicMs()
      this.#metrics.commitWait.record(settledMs - startMs)
      const dirty = (hasSettled ? tasks : this.#settledOf(tasks)).filter((task) => task.needsCommit)
      if (dirty.length === 0) return
      await storesReady(dirty)
      this.#committing = { phase: 'log', sinceMs: settledMs }
      const offsets = await this.#committer.commit(dirty, clock.now())
      this.#failing = undefined
      this.#metrics.commits.add()
      this.#metrics.commitLatency.record(clock.monotonicMs() - settledMs)
      this.#purger.committed(offsets)
    } finally {
      this.#committing = undefined
    }
  }

  /** It is local until the first send: whoever sends nothing has no transaction. */
  #beginTransaction(): void {
    if (this.#options.config.processingGuarantee !== 'exactly-once') return
    if (!this.#producer.isInTransaction) this.#producer.beginTransaction()
  }

  #settledOf(tasks: readonly HostedTask[]): readonly HostedTask[] {
    const { config, listener } = this.#options
    return settledOf(tasks, config.processingGuarantee, (message) => listener.onWarning(`${this.name}: ${message}`))
  }

  async #afterAbort(error: TidemillError): Promise<void> {
    // A rebalance that overtakes a commit is no news.
    if (!isRebalance(error)) this.#options.listener.onWarning(`${this.name}: ${error.message}`)
    try {
      await this.#committer.abort()
    } catch (abortError) {
      return this.#afterMigration(`its transaction could not be aborted: ${String(abortError)}`)
    }
    await this.#tasks.rewind(this.#options.clock.now())
  }

  /** A store has a damaged file: it is never asked again, but set aside and restored. What its task did since the commit is redone. */
  async #afterDamage(error: TaskCorruptedError): Promise<void> {
    const isExactlyOnce = this.#options.config.processingGuarantee === 'exactly-once'
    if (isExactlyOnce) {
      try {
        await this.#committer.abort()
      } catch (abortError) {
        return this.#afterMigration(`its transaction could not be aborted: ${String(abortError)}`)
      }
    }
    const damagedGlobal = this.#global?.damagedStore(error.path)
    if (damagedGlobal !== undefined) return this.#renewGlobal(damagedGlobal, error.message)
    if (!(await this.#tasks.recreateDamaged(error))) throw error
    if (isExactlyOnce) await this.#tasks.rewind(this.#options.clock.now())
  }

  /** Reads a global store from the start again: the tasks that read it are given up so long. */
  async #renewGlobal(store: string, reason: string): Promise<void> {
    this.#options.listener.onWarning(reason)
    await this.#dropTasks(reason)
    const global = this.#global
    this.#global = undefined
    await global?.closeWithout(store)
    await this.#openGlobal()
    if (this.#member.state !== 'unjoined') this.#member.rejoin(reason)
  }

  async #afterMigration(reason: string): Promise<void> {
    await this.#dropTasks(reason)
    this.#member.rejoin(reason)
  }

  /** Others have them, or will: what is not written yet is not to be written after what they write. */
  async #dropTasks(reason: string): Promise<void> {
    if (this.#tasks.active.size > 0 || this.#tasks.standby.size > 0) {
      this.#options.listener.onWarning(`${this.name} drops its tasks: ${reason}`)
      await this.#tasks.closeAll()
    }
    await this.#producer.close({ timeoutMs: 0 })
    this.#producer = this.#openProducer()
    this.#collector = this.#openCollector()
    this.#isProducerReady = false
  }

  /** Under exactly-once a new producer ends what the one before it left open, before new tasks look where to begin. */
  async #readyProducer(): Promise<void> {
    if (this.#isProducerReady) return
    if (this.#options.config.processingGuarantee === 'exactly-once') await this.#producer.initTransactions()
    this.#isProducerReady = true
  }

  // ---- parts ----

  #openProducer(): RecordProducer {
    const { client, config, index } = this.#options
    const isTransactional = config.processingGuarantee === 'exactly-once'
    return client.producer({
      ...config.producer,
      ...(isTransactional
        ? {
            transactionalId: transactionalId(config.applicationId, config.processId, index),
            transactionTimeoutMs: config.transactionTimeoutMs,
          }
        : { writesUntilMs: () => this.#member.sessionEndsAtMs }),
    })
  }

  #openCollector(): ProducerCollector {
    const { client, config } = this.#options
    const keepsOrigins = needsOrigins(config.handlers)
    return new ProducerCollector({
      producer: this.#producer,
      cluster: client.cluster,
      keepsOrigins,
      refused: this.#refused,
    })
  }

  #setState(state: ThreadState): void {
    const before = this.#state
    this.#state = state
    if (state !== before) this.#options.listener.onState(state, before)
  }
}

/** Stores that are behind with writing what they were given before. */
async function storesReady(tasks: readonly HostedTask[]): Promise<void> {
  for (const { stores } of tasks) {
    for (const store of stores.values()) {
      const backlog = store.backlog()
      if (backlog !== undefined) await backlog
    }
  }
}
