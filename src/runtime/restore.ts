// Brings the stores of tasks up to their changelogs, several at once and beside running tasks: changelog partitions are read by
// the thread's own fetcher, and what comes is applied in slices, so that running tasks wait for at most one slice.
//
// Invariants: a changelog is read in the thread's isolation. The end of a restore is the log's end when it began, without
// regard to transactions: under exactly-once the position reaches it only when transactions that were open there have ended,
// so that a commit whose markers are still being written is never missed. A source topic that serves as changelog ends at the
// committed offset. A standby has no end: it follows.
import { type Clock, assert, must } from '../base/index.ts'
import type { Client, FetchProblem, FetchedPartition, Fetcher } from '../client/index.ts'
import { type TopicPartition, formatTopicPartition } from '../record/index.ts'
import { ChangelogRecords } from './changelog-records.ts'
import { lookUpLogs, lostPositions } from './changelog-logs.ts'
import type { HostedTask, TaskChangelog } from './task-contract.ts'

/** What onRestore and onStandbyUpdate are told. Java: StateRestoreListener, StandbyUpdateListener. */
export interface RestoreProgress {
  /** 'suspended': the task went elsewhere before it was done. */
  readonly phase: 'started' | 'progress' | 'finished' | 'suspended'
  readonly taskId: string
  readonly store: string
  readonly topic: string
  readonly partition: number
  readonly startOffset: number
  /** Where it ends; of a standby: the log's end as far as it is known. */
  readonly endOffset: number
  /** The next offset to apply. */
  readonly offset: number
  /** Applied since it began. */
  readonly records: number
  /** Since it began. */
  readonly elapsedMs: number
  readonly isStandby: boolean
}

export type RestoreListener = (progress: RestoreProgress) => void

/** Stores of a task that cannot be gone on with: to be set aside and restored from the start. */
export interface LostState {
  readonly task: HostedTask
  readonly stores: readonly string[]
  readonly message: string
}

interface Restoring {
  readonly task: HostedTask
  readonly changelog: TaskChangelog
  readonly isStandby: boolean
  readonly topicId: string
  readonly startMs: number
  readonly startOffset: number
  endOffset: number
  /** The next offset to apply. */
  offset: number
  /** Of what was applied last. */
  leaderEpoch: number
  records: number
  /** Fetched and not applied. */
  readonly queue: FetchedPartition[]
  isPaused: boolean
  /** Its store works off what it was given: nothing is applied meanwhile. */
  isBusy: boolean
  hasFinished: boolean
}

/** What takes longer to read back than to write. */
const RECORDS_PERSISTED_MIN = 10_000
/** Fetched partitions of one changelog that wait; beyond, it is paused. */
const QUEUED_FETCHES_MAX = 2

export interface RestorerOptions {
  readonly client: Client
  readonly fetcher: Fetcher
  readonly clock: Clock
  readonly listener: RestoreListener
  /** Ends the thread's waiting: a store has time again. */
  readonly wake: () => void
}

export class Restorer {
  readonly #options: RestorerOptions
  readonly #byPartition = new Map<TopicPartition, Restoring>()
  readonly #openByTask = new Map<HostedTask, number>()
  /** Of a store that could not be made durable. */
  #failure: { readonly error: unknown } | undefined

  constructor(options: RestorerOptions) {
    this.#options = options
  }

  /** Some task is not restored yet. */
  get isActive(): boolean {
    return this.#openByTask.size > 0
  }

  /** Restored or standby changelogs with work that waits. */
  get hasQueued(): boolean {
    for (const each of this.#byPartition.values()) {
      if (!each.isBusy && each.queue.length > 0) return true
    }
    return this.#failure !== undefined
  }

  isDone(task: HostedTask): boolean {
    return !this.#openByTask.has(task)
  }

  /** Sum of the next offsets of a task's changelogs that are being read; undefined: none is. */
  offsetSum(task: HostedTask): number | undefined {
    let sum: number | undefined
    for (const each of this.#byPartition.values()) if (each.task === task) sum = (sum ?? 0) + each.offset
    return sum
  }

  /**
   * Begins to read all changelogs of tasks; `committed` limits those that are source topics. Tasks whose position is not in the
   * log any more are left out and given back.
   */
  async begin(
    tasks: readonly HostedTask[],
    isStandby: boolean,
    committed: ReadonlyMap<TopicPartition, { readonly offset: number }>,
  ): Promise<readonly LostState[]> {
    const changelogs = tasks.flatMap((task) => task.changelogs().map((changelog) => ({ task, changelog })))
    if (changelogs.length === 0) return []
    const { client } = this.#options
    const logs = await lookUpLogs(
      client,
      changelogs.map(({ changelog }) => changelog.tp),
    )
    const problems = await lostPositions(
      client,
      changelogs.map(({ changelog }) => changelog),
      logs,
    )
    const lost = new Map<HostedTask, LostState>()
    for (const { task, changelog } of changelogs) {
      const problem = problems.get(changelog)
      if (problem !== undefined) lost.set(task, withStore(lost.get(task), task, changelog, problem))
    }
    for (const { task, changelog } of changelogs) {
      const log = must(logs.get(changelog.tp), 'log')
      const end =
        changelog.isSource && !isStandby ? Math.min(log.end, committed.get(changelog.tp)?.offset ?? log.start) : log.end
      if (!lost.has(task)) this.#add(task, changelog, isStandby, { ...log, end })
    }
    return [...lost.values()]
  }

  /** Takes what was fetched where it is of a changelog. */
  offer(fetched: FetchedPartition): boolean {
    const restoring = this.#byPartition.get(fetched.tp)
    if (restoring === undefined) return false
    restoring.queue.push(fetched)
    if (!restoring.isPaused && restoring.queue.length >= QUEUED_FETCHES_MAX) {
      restoring.isPaused = true
      this.#options.fetcher.pause(fetched.tp)
    }
    return true
  }

  /** A changelog that cannot be read on from where the store is; undefined: the problem is not a changelog's. */
  problem(problem: FetchProblem): LostState | undefined {
    const restoring = this.#byPartition.get(problem.tp)
    if (restoring === undefined) return undefined
    const { task, changelog, offset } = restoring
    const { name } = changelog.store.definition
    const message =
      `store '${name}' of task ${task.taskId} cannot go on from offset ${offset} of ` +
      `${formatTopicPartition(problem.tp)} (${problem.kind}): it is set aside and restored from the start`
    return { task, stores: [name], message }
  }

  /** Applies what waits, for at most that long; returns the tasks that are now restored. */
  step(budgetMs: number): readonly HostedTask[] {
    const { clock } = this.#options
    const deadlineMs = clock.monotonicMs() + budgetMs
    const done: HostedTask[] = []
    this.#throwFailure()
    for (const each of this.#byPartition.values()) {
      while (each.queue.length > 0 && !each.hasFinished && !each.isBusy) {
        this.#apply(each, must(each.queue.shift(), 'fetched changelog'))
        if (clock.monotonicMs() >= deadlineMs) break
      }
      if (each.queue.length === 0) this.#passControlBatches(each)
      if (this.#finishIfDone(each)) done.push(each.task)
      this.#resume(each)
      if (clock.monotonicMs() >= deadlineMs) break
    }
    return done
  }

  /** Stops reading the changelogs of a task. */
  remove(task: HostedTask): void {
    for (const [tp, each] of this.#byPartition) {
      if (each.task !== task) continue
      this.#options.fetcher.remove(tp)
      this.#byPartition.delete(tp)
      if (!each.hasFinished && !each.isStandby) this.#tell(each, 'suspended')
    }
    this.#openByTask.delete(task)
  }

  /** Changelogs that are read: task, store, how far behind. */
  progress(): readonly RestoreProgress[] {
    return Array.from(this.#byPartition.values(), (each) => this.#progressOf(each, 'progress'))
  }

  #add(
    task: HostedTask,
    changelog: TaskChangelog,
    isStandby: boolean,
    log: { readonly topicId: string; readonly start: number; readonly end: number },
  ): void {
    const { tp, position } = changelog
    assert(!this.#byPartition.has(tp), () => `changelog ${formatTopicPartition(tp)} is read for two tasks`)
    const startOffset = Math.max(log.start, position?.nextOffset ?? 0)
    const restoring: Restoring = {
      task,
      changelog,
      isStandby,
      topicId: log.topicId,
      startMs: this.#options.clock.monotonicMs(),
      startOffset,
      endOffset: log.end,
      offset: startOffset,
      leaderEpoch: position?.leaderEpoch ?? -1,
      records: 0,
      queue: [],
      isPaused: false,
      isBusy: false,
      hasFinished: false,
    }
    if (!isStandby && startOffset >= log.end) return
    this.#byPartition.set(tp, restoring)
    if (!isStandby) this.#openByTask.set(task, (this.#openByTask.get(task) ?? 0) + 1)
    this.#options.fetcher.add(tp, startOffset)
    this.#tell(restoring, 'started')
  }

  #apply(each: Restoring, fetched: FetchedPartition): void {
    const { task, changelog, topicId } = each
    const leaderEpoch = fetched.batches.at(-1)?.leaderEpoch
    // A source topic that serves as changelog goes on past the committed offset: that is input, not state.
    const limit = changelog.isSource && !each.isStandby ? each.endOffset : Infinity
    const nextOffset = Math.min(fetched.nextOffset, limit)
    const records = new ChangelogRecords(fetched, each.offset, limit)
    each.leaderEpoch = leaderEpoch ?? each.leaderEpoch
    task.restore(changelog.tp, records, { topicId, nextOffset, leaderEpoch: each.leaderEpoch })
    each.offset = nextOffset
    each.records += records.count
    each.endOffset = each.isStandby
      ? Math.max(each.offset, this.#options.fetcher.endOffset(changelog.tp) ?? 0)
      : each.endOffset
    this.#tell(each, 'progress')
    this.#waitFor(each, changelog.store.backlog())
  }

  #waitFor(each: Restoring, work: Promise<void> | undefined): void {
    if (work === undefined) return
    each.isBusy = true
    // It never rejects.
    void work.then(() => {
      each.isBusy = false
      this.#options.wake()
    })
  }

  /** In the background: until it is done a loss of power costs no more than reading it back again. */
  #persist({ changelog }: Restoring): void {
    changelog.store.persist().catch((error: unknown) => {
      this.#failure = { error }
      this.#options.wake()
    })
  }

  #throwFailure(): void {
    const failure = this.#failure
    this.#failure = undefined
    if (failure !== undefined) throw failure.error
  }

  /** What is left at the end may be nothing but markers and aborted records. */
  #passControlBatches(each: Restoring): void {
    const limit = each.changelog.isSource && !each.isStandby ? each.endOffset : Infinity
    each.offset = Math.max(each.offset, Math.min(limit, this.#options.fetcher.position(each.changelog.tp) ?? 0))
  }

  #finishIfDone(each: Restoring): boolean {
    if (each.isStandby || each.hasFinished || each.isBusy || each.offset < each.endOffset) return false
    each.hasFinished = true
    if (each.records >= RECORDS_PERSISTED_MIN) this.#persist(each)
    this.#options.fetcher.remove(each.changelog.tp)
    this.#byPartition.delete(each.changelog.tp)
    this.#tell(each, 'finished')
    const open = must(this.#openByTask.get(each.task), 'open changelogs') - 1
    if (open > 0) this.#openByTask.set(each.task, open)
    else this.#openByTask.delete(each.task)
    return open === 0
  }

  #resume(each: Restoring): void {
    if (!each.isPaused || each.hasFinished || each.queue.length >= QUEUED_FETCHES_MAX) return
    each.isPaused = false
    this.#options.fetcher.resume(each.changelog.tp)
  }

  #tell(each: Restoring, phase: RestoreProgress['phase']): void {
    this.#options.listener(this.#progressOf(each, phase))
  }

  #progressOf(each: Restoring, phase: RestoreProgress['phase']): RestoreProgress {
    const { changelog, task, startMs, startOffset, endOffset, offset, records, isStandby } = each
    const { topic, partition } = changelog.tp
    const store = changelog.store.definition.name
    const { taskId } = task
    const elapsedMs = this.#options.clock.monotonicMs() - startMs
    const offsets = { startOffset, endOffset, offset, records }
    return { phase, taskId, store, topic, partition, ...offsets, elapsedMs, isStandby }
  }
}

function withStore(
  before: LostState | undefined,
  task: HostedTask,
  { store, tp, position }: TaskChangelog,
  problem: string,
): LostState {
  const { name } = store.definition
  const message =
    `store '${name}' of task ${task.taskId} is at offset ${position?.nextOffset} of ${formatTopicPartition(tp)}, ` +
    `which ${problem}: it is set aside and restored from the start`
  if (before === undefined) return { task, stores: [name], message }
  return { task, stores: [...before.stores, name], message: `${before.message}; ${message}` }
}
