// Who runs which task: a pure function of what the members said. Kafka Streams' high-availability assignor, with these rules:
//
// 1. Each task is active once. Without lag, members are within one task of each other, for tasks with state and for all.
// 2. A member keeps what it runs, as far as rule 1 lets it; of what it gives up, first what it has most of from one sub-topology.
// 3. What is free goes where its state is, then to who has least of the sub-topology, then to who has least.
// 4. A task whose new process would have to restore more than acceptableRecoveryLag records stays with a process that is
//    caught up, while a warm-up replica is brought up to date on the new one (at most warmupReplicasMax at once); a probing
//    rebalance then asks again.
// 5. Standbys go to other processes than the active task and each other, those with other client tags first.
import { must } from '../../base/index.ts'
import { OFFSET_SUM_RUNNING } from './subscription-info.ts'
import { type TaskId, compareTaskIds } from './task-id.ts'

export interface AssignableTask {
  readonly id: TaskId
  readonly isStateful: boolean
  /** Sum of the end offsets of its changelogs; undefined: not known, then nobody counts as behind. */
  readonly endOffsetSum: number | undefined
}

export interface AssignableMember {
  readonly memberId: string
  readonly processId: string
  /** What the process has of each task: the sum of changelog positions, or OFFSET_SUM_RUNNING for what this member runs. */
  readonly taskOffsetSums: ReadonlyMap<TaskId, number>
  readonly clientTags: Readonly<Record<string, string>>
}

export interface AssignTasksOptions {
  readonly standbyReplicas: number
  readonly warmupReplicasMax: number
  readonly acceptableRecoveryLag: number
  /** Client tags by which standbys are spread, the most important first. */
  readonly rackAwareTags: readonly string[]
}

export interface MemberTasks {
  readonly active: readonly TaskId[]
  /** Standbys and warm-ups. */
  readonly standby: readonly TaskId[]
}

export interface TaskAssignment {
  readonly byMember: ReadonlyMap<string, MemberTasks>
  /** Warm-ups are under way: ask again after the probing interval. */
  readonly needsProbing: boolean
}

export function assignTasks(
  tasks: readonly AssignableTask[],
  members: readonly AssignableMember[],
  options: AssignTasksOptions,
): TaskAssignment {
  const group = new Group(members)
  const sorted = [...tasks].sort((a, b) => compareTaskIds(a.id, b.id))
  const stateful = sorted.filter((task) => task.isStateful)
  group.place(stateful)
  const warmups = group.leaveWithCaughtUp(stateful, options)
  group.place(sorted.filter((task) => !task.isStateful))
  const needsProbing = group.placeWarmups(warmups, options.warmupReplicasMax)
  group.placeStandbys(stateful, options)
  return { byMember: group.result(), needsProbing }
}

interface Warmup {
  readonly task: AssignableTask
  readonly desired: Member
}

/** Builds an assignment; counts change as tasks are placed. */
class Member {
  readonly id: string
  readonly process: Process
  readonly info: AssignableMember
  readonly active: AssignableTask[] = []
  readonly standby: AssignableTask[] = []
  readonly countBySubTopology = new Map<number, number>()

  constructor(info: AssignableMember, process: Process) {
    this.id = info.memberId
    this.info = info
    this.process = process
  }

  get load(): number {
    return this.active.length + this.standby.length
  }

  countOf(task: AssignableTask): number {
    return this.countBySubTopology.get(task.id.subTopology) ?? 0
  }

  add(task: AssignableTask): void {
    this.active.push(task)
    this.process.replicas.add(task)
    this.countBySubTopology.set(task.id.subTopology, this.countOf(task) + 1)
  }

  remove(task: AssignableTask): void {
    this.active.splice(this.active.indexOf(task), 1)
    this.process.replicas.delete(task)
    this.countBySubTopology.set(task.id.subTopology, this.countOf(task) - 1)
  }

  addStandby(task: AssignableTask): void {
    this.standby.push(task)
    this.process.replicas.add(task)
  }
}

class Process {
  readonly id: string
  readonly members: Member[] = []
  readonly offsetSums = new Map<TaskId, number>()
  /** Tasks that it holds in any role. */
  readonly replicas = new Set<AssignableTask>()

  constructor(id: string) {
    this.id = id
  }

  get tags(): Readonly<Record<string, string>> {
    return (this.members[0] as Member).info.clientTags
  }

  get load(): number {
    return this.members.reduce((sum, member) => sum + member.load, 0) / this.members.length
  }

  /** Records to restore before it could run the task. */
  lag(task: AssignableTask): number {
    if (task.endOffsetSum === undefined) return 0
    const sum = this.offsetSums.get(task.id)
    if (sum === OFFSET_SUM_RUNNING) return 0
    return sum === undefined || sum < 0 ? task.endOffsetSum : Math.max(0, task.endOffsetSum - sum)
  }

  leastLoaded(): Member {
    return must(
      minBy(this.members, (member) => [member.load]),
      'member of a process',
    )
  }
}

class Group {
  readonly #members: Member[] = []
  readonly #processes = new Map<string, Process>()
  readonly #runningMember = new Map<TaskId, Member>()

  constructor(infos: readonly AssignableMember[]) {
    for (const info of [...infos].sort(
      (a, b) => compareText(a.processId, b.processId) || compareText(a.memberId, b.memberId),
    )) {
      let process = this.#processes.get(info.processId)
      if (process === undefined) this.#processes.set(info.processId, (process = new Process(info.processId)))
      const member = new Member(info, process)
      process.members.push(member)
      this.#members.push(member)
      this.#readOffsets(member)
    }
  }

  /** Balanced over all members together with what they have already. */
  place(tasks: readonly AssignableTask[]): void {
    const total = this.#members.reduce((sum, member) => sum + member.active.length, tasks.length)
    const least = Math.floor(total / this.#members.length)
    let above = total % this.#members.length
    for (const member of this.#members) if (member.active.length > least) above--
    const hasRoom = (member: Member): boolean =>
      member.active.length < least || (member.active.length === least && above > 0)
    const give = (member: Member, task: AssignableTask): void => {
      if (member.active.length === least) above--
      member.add(task)
    }
    for (const task of this.#keep(tasks, hasRoom, give, least)) {
      give(must(this.#bestFor(task, hasRoom), 'member with room'), task)
    }
  }

  /** Tasks whose new process is too far behind go back to one that is caught up; says which are to be warmed up where. */
  leaveWithCaughtUp(tasks: readonly AssignableTask[], options: AssignTasksOptions): readonly Warmup[] {
    const warmups: Warmup[] = []
    const owners = new Map(this.#members.flatMap((member) => member.active.map((task) => [task, member] as const)))
    for (const task of tasks) {
      const desired = must(owners.get(task), 'owner of a task')
      if (desired.process.lag(task) <= options.acceptableRecoveryLag) continue
      const caughtUp = [...this.#processes.values()].filter(
        (process) => process.lag(task) <= options.acceptableRecoveryLag,
      )
      const running = this.#runningMember.get(task.id)
      const stay = running ?? minBy(caughtUp, (process) => [process.load])?.leastLoaded()
      if (stay === undefined) continue
      desired.remove(task)
      stay.add(task)
      warmups.push({ task, desired })
    }
    return warmups
  }

  placeWarmups(warmups: readonly Warmup[], replicasMax: number): boolean {
    for (const { task, desired } of warmups.slice(0, replicasMax)) desired.addStandby(task)
    return warmups.length > 0
  }

  placeStandbys(tasks: readonly AssignableTask[], options: AssignTasksOptions): void {
    const total = this.#members.reduce((sum, member) => sum + member.load, tasks.length * options.standbyReplicas)
    const most = Math.ceil(total / this.#members.length)
    for (let replica = 0; replica < options.standbyReplicas; replica++) {
      for (const task of tasks) this.#placeStandby(task, most, options.rackAwareTags)
    }
  }

  result(): ReadonlyMap<string, MemberTasks> {
    const ids = (tasks: readonly AssignableTask[]): readonly TaskId[] =>
      tasks.map((task) => task.id).sort(compareTaskIds)
    return new Map(
      this.#members.map((member) => [member.id, { active: ids(member.active), standby: ids(member.standby) }]),
    )
  }

  #readOffsets(member: Member): void {
    for (const [id, sum] of member.info.taskOffsetSums) {
      const known = member.process.offsetSums.get(id)
      if (sum === OFFSET_SUM_RUNNING) {
        member.process.offsetSums.set(id, sum)
        // Two members may both claim a task after a partition of the network: the first by id keeps it.
        if (!this.#runningMember.has(id)) this.#runningMember.set(id, member)
      } else if (known !== OFFSET_SUM_RUNNING && sum > (known ?? -Infinity)) {
        member.process.offsetSums.set(id, sum)
      }
    }
  }

  /** Lets members keep what they run; returns what is free. */
  #keep(
    tasks: readonly AssignableTask[],
    hasRoom: (member: Member) => boolean,
    give: (member: Member, task: AssignableTask) => void,
    least: number,
  ): readonly AssignableTask[] {
    const kept = new Set<AssignableTask>()
    const ownedBy = new Map<Member, AssignableTask[]>()
    for (const task of tasks) {
      const member = this.#runningMember.get(task.id)
      if (member !== undefined) ownedBy.set(member, [...(ownedBy.get(member) ?? []), task])
    }
    const keepWhile = (mayKeep: (member: Member) => boolean): void => {
      for (const [member, owned] of ownedBy) {
        for (const task of inTurnsOfSubTopologies(owned)) {
          if (kept.has(task) || !mayKeep(member)) continue
          give(member, task)
          kept.add(task)
        }
      }
    }
    keepWhile((member) => member.active.length < least)
    keepWhile(hasRoom)
    return tasks.filter((task) => !kept.has(task))
  }

  #bestFor(task: AssignableTask, hasRoom: (member: Member) => boolean): Member | undefined {
    const previous = this.#runningMember.get(task.id)?.process
    return minBy(this.#members.filter(hasRoom), (member) => [
      member.process === previous ? 0 : 1,
      task.isStateful ? (member.process.offsetSums.has(task.id) ? member.process.lag(task) : Infinity) : 0,
      member.countOf(task),
      member.active.length,
    ])
  }

  #placeStandby(task: AssignableTask, loadMost: number, tags: readonly string[]): void {
    const holders = [...this.#processes.values()].filter((process) => process.replicas.has(task))
    const candidates = [...this.#processes.values()].filter((process) => !process.replicas.has(task))
    const process = minBy(candidates, (candidate) => [
      ...tags.map((tag) => holders.filter((holder) => holder.tags[tag] === candidate.tags[tag]).length),
      candidate.offsetSums.has(task.id) && candidate.leastLoaded().load < loadMost ? 0 : 1,
      candidate.load,
    ])
    process?.leastLoaded().addStandby(task)
  }
}

/** One of each sub-topology in turn, so that what comes last is what there is most of. */
function inTurnsOfSubTopologies(tasks: readonly AssignableTask[]): readonly AssignableTask[] {
  const turns = new Map<number, number>()
  const withTurn = tasks.map((task) => {
    const turn = turns.get(task.id.subTopology) ?? 0
    turns.set(task.id.subTopology, turn + 1)
    return { task, turn }
  })
  return withTurn.sort((a, b) => a.turn - b.turn).map(({ task }) => task)
}

/** The first with the lexicographically smallest cost. */
function minBy<T>(items: readonly T[], costOf: (item: T) => readonly number[]): T | undefined {
  let best: T | undefined
  let bestCost: readonly number[] | undefined
  for (const item of items) {
    const cost = costOf(item)
    if (bestCost === undefined || isLess(cost, bestCost)) {
      best = item
      bestCost = cost
    }
  }
  return best
}

function isLess(a: readonly number[], b: readonly number[]): boolean {
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== b[i]) return (a[i] as number) < (b[i] as number)
  }
  return false
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
