// A user's own assignor (KIP-924): it says which process runs which task; what a process has is shared out among its threads here,
// so that each keeps what it runs. What it says is checked before anybody hears of it.
import { TidemillError, must } from '../../base/index.ts'
import type {
  AssignTasksOptions,
  AssignableMember,
  AssignableTask,
  MemberTasks,
  TaskAssignment,
} from './assign-tasks.ts'
import { OFFSET_SUM_RUNNING } from './subscription-info.ts'
import { type TaskId, compareTaskIds, formatTaskId } from './task-id.ts'

/** A task of the application, as an assignor sees it. */
export interface TaskInfo {
  /** `<sub-topology>_<partition>`. */
  readonly taskId: string
  /** Has stores with a changelog. */
  readonly isStateful: boolean
  /** Sum of the end offsets of its changelogs; undefined while only one process is there. */
  readonly endOffsetSum: number | undefined
}

/** A process (Java: a KafkaStreams client) of the application. */
export interface ClientState {
  readonly processId: string
  /** How many stream threads it has. */
  readonly threads: number
  /** Tasks that it runs. */
  readonly active: readonly string[]
  /** Tasks whose state it has without running them, and how far behind it is, in records (undefined: not known). */
  readonly state: ReadonlyMap<string, number | undefined>
  readonly clientTags: Readonly<Record<string, string>>
}

/** What a task assignor decides from. */
export interface ApplicationState {
  readonly tasks: readonly TaskInfo[]
  readonly clients: readonly ClientState[]
  readonly standbyReplicas: number
  readonly warmupReplicasMax: number
  /** In records. */
  readonly acceptableRecoveryLag: number
  readonly rackAwareTags: readonly string[]
}

/** What a process is to run. Java: KafkaStreamsAssignment. */
export interface ClientAssignment {
  readonly processId: string
  readonly active: readonly string[]
  /** Replicas: standbys and warm-ups. */
  readonly standby?: readonly string[]
}

/** What a task assignor decides. Java: TaskAssignment. */
export interface TaskAssignorResult {
  readonly clients: readonly ClientAssignment[]
  /** Asks again after `probingRebalanceInterval`, for example when a warm-up may have caught up. @defaultValue false */
  readonly needsProbing?: boolean
}

/**
 * Decides which process runs which task, in place of Kafka Streams' own assignor: a pure function of the state of the application,
 * called by the member that leads the group at each rebalance. Each task must be given as active once, and as a standby only to other
 * processes. Give it as `assignor` to `new Streams()`, or in the export `options` of the module where the topology comes from a URL.
 * KIP-924; Java: `task.assignor.class`.
 *
 * @example
 * ```ts
 * import type { TaskAssignor } from 'tidemill'
 *
 * // All tasks of a sub-topology on one process, as long as there are as many sub-topologies as processes.
 * const bySubTopology: TaskAssignor = ({ tasks, clients }) => ({
 *   clients: clients.map(({ processId }, i) => ({
 *     processId,
 *     active: tasks.map(({ taskId }) => taskId).filter((id) => Number(id.split('_')[0]) % clients.length === i),
 *   })),
 * })
 * ```
 */
export type TaskAssignor = (application: ApplicationState) => TaskAssignorResult

/** @throws TidemillError `assignment-failed` with everything that is wrong with the result */
export function assignWith(
  assignor: TaskAssignor,
  tasks: readonly AssignableTask[],
  members: readonly AssignableMember[],
  options: AssignTasksOptions,
): TaskAssignment {
  const processes = byProcess(members)
  const application: ApplicationState = {
    tasks: tasks.map(({ id, isStateful, endOffsetSum }) => ({ taskId: formatTaskId(id), isStateful, endOffsetSum })),
    clients: Array.from(processes, ([processId, threads]) => clientState(processId, threads, tasks)),
    standbyReplicas: options.standbyReplicas,
    warmupReplicasMax: options.warmupReplicasMax,
    acceptableRecoveryLag: options.acceptableRecoveryLag,
    rackAwareTags: options.rackAwareTags,
  }
  const { clients, needsProbing = false } = ask(assignor, application)
  check(clients, tasks, processes)
  const ids = new Map(tasks.map(({ id }) => [formatTaskId(id), id]))
  const idsOf = (names: readonly string[]): readonly TaskId[] => names.map((name) => must(ids.get(name), name))
  const given = new Map(clients.map((each) => [each.processId, each]))
  const byMember = new Map<string, MemberTasks>()
  for (const [processId, threads] of processes) {
    const { active = [], standby = [] } = given.get(processId) ?? {}
    const shares = amongThreads(idsOf(active), idsOf(standby), threads)
    for (const [memberId, share] of shares) byMember.set(memberId, share)
  }
  return { byMember, needsProbing }
}

function ask(assignor: TaskAssignor, application: ApplicationState): TaskAssignorResult {
  try {
    return assignor(application)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new TidemillError('assignment-failed', `the function given as assignor failed: ${reason}`, { cause: error })
  }
}

function byProcess(members: readonly AssignableMember[]): ReadonlyMap<string, readonly AssignableMember[]> {
  const processes = new Map<string, AssignableMember[]>()
  for (const member of [...members].sort((a, b) => (a.memberId < b.memberId ? -1 : 1)))
    processes.set(member.processId, [...(processes.get(member.processId) ?? []), member])
  return processes
}

function clientState(
  processId: string,
  threads: readonly AssignableMember[],
  tasks: readonly AssignableTask[],
): ClientState {
  const active: string[] = []
  const state = new Map<string, number | undefined>()
  for (const { id, endOffsetSum } of tasks) {
    const sums = threads.flatMap(({ taskOffsetSums }) => taskOffsetSums.get(id) ?? [])
    if (sums.length === 0) continue
    if (sums.includes(OFFSET_SUM_RUNNING)) active.push(formatTaskId(id))
    else state.set(formatTaskId(id), lag(endOffsetSum, Math.max(...sums)))
  }
  return { processId, threads: threads.length, active, state, clientTags: threads[0]?.clientTags ?? {} }
}

function lag(endOffsetSum: number | undefined, offsetSum: number): number | undefined {
  return endOffsetSum === undefined || offsetSum < 0 ? undefined : Math.max(0, endOffsetSum - offsetSum)
}

function check(
  clients: readonly ClientAssignment[],
  tasks: readonly AssignableTask[],
  processes: ReadonlyMap<string, unknown>,
): void {
  const problems: string[] = []
  const owners = new Map<string, string>(tasks.map(({ id }) => [formatTaskId(id), '']))
  for (const { processId, active, standby = [] } of clients) {
    if (!processes.has(processId)) problems.push(`there is no process ${processId}`)
    for (const id of [...active, ...standby]) if (!owners.has(id)) problems.push(`there is no task ${id}`)
    for (const id of active) {
      if (owners.get(id)) problems.push(`task ${id} is active on ${owners.get(id)} and on ${processId}`)
      owners.set(id, processId)
    }
  }
  for (const [id, owner] of owners) if (owner === '') problems.push(`task ${id} is active nowhere`)
  for (const { processId, standby = [] } of clients) {
    for (const id of standby)
      if (owners.get(id) === processId) problems.push(`process ${processId} has task ${id} as active and as standby`)
  }
  if (problems.length === 0) return
  throw new TidemillError(
    'assignment-failed',
    `what the function given as assignor says cannot be: ${problems.join('; ')}. Each task is active once, and a standby elsewhere`,
  )
}

/** Threads keep what they run while their share allows it; the rest goes to who has least. */
function amongThreads(
  active: readonly TaskId[],
  standby: readonly TaskId[],
  threads: readonly AssignableMember[],
): ReadonlyMap<string, MemberTasks> {
  const shares = new Map(threads.map(({ memberId }) => [memberId, { active: [] as TaskId[], standby: [] as TaskId[] }]))
  const most = Math.ceil(active.length / threads.length)
  const left: TaskId[] = []
  for (const id of [...active].sort(compareTaskIds)) {
    const owner = threads.find(({ taskOffsetSums }) => taskOffsetSums.get(id) === OFFSET_SUM_RUNNING)
    const share = owner && must(shares.get(owner.memberId), owner.memberId)
    if (share !== undefined && share.active.length < most) share.active.push(id)
    else left.push(id)
  }
  const least = (): { active: TaskId[]; standby: TaskId[] } =>
    [...shares.values()].reduce((a, b) =>
      a.active.length + a.standby.length <= b.active.length + b.standby.length ? a : b,
    )
  for (const id of left) least().active.push(id)
  for (const id of [...standby].sort(compareTaskIds)) least().standby.push(id)
  for (const share of shares.values()) share.active.sort(compareTaskIds)
  return shares
}
