import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type AssignableMember,
  type AssignableTask,
  type AssignTasksOptions,
  type TaskAssignment,
  assignTasks,
} from './assign-tasks.ts'
import { OFFSET_SUM_RUNNING } from './subscription-info.ts'
import { type TaskId, formatTaskId, taskId } from './task-id.ts'

const options: AssignTasksOptions = {
  standbyReplicas: 0,
  warmupReplicasMax: 2,
  acceptableRecoveryLag: 10,
  rackAwareTags: [],
}

function task(subTopology: number, partition: number, isStateful = true, endOffsetSum?: number): AssignableTask {
  return { id: taskId(subTopology, partition), isStateful, endOffsetSum }
}

function member(memberId: string, processId: string, sums: Iterable<readonly [TaskId, number]> = []): AssignableMember {
  return { memberId, processId, taskOffsetSums: new Map(sums), clientTags: {} }
}

/** What each member would say after the assignment took effect. */
function afterwards(members: readonly AssignableMember[], { byMember }: TaskAssignment): readonly AssignableMember[] {
  return members.map((each) =>
    member(
      each.memberId,
      each.processId,
      (byMember.get(each.memberId)?.active ?? []).map((id) => [id, OFFSET_SUM_RUNNING] as const),
    ),
  )
}

function activeCounts(assignment: TaskAssignment): readonly number[] {
  return [...assignment.byMember.values()].map(({ active }) => active.length)
}

const someTasks = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 8 }), fc.boolean()), { minLength: 1, maxLength: 5 })
  .map((subTopologies) =>
    subTopologies.flatMap(([partitions, isStateful], s) =>
      Array.from({ length: partitions }, (_, p) => task(s, p, isStateful)),
    ),
  )
const someMembers = fc
  .array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 6 })
  .map((processes) =>
    processes.flatMap((threads, p) => Array.from({ length: threads }, (_, t) => member(`m${p}-${t}`, `p${p}`))),
  )

describe('assignTasks', () => {
  test('every task is active exactly once, and members are within one of each other, whatever was before', () => {
    fc.assert(
      fc.property(someTasks, someMembers, someMembers, (tasks, before, now) => {
        const earlier = afterwards(before, assignTasks(tasks, before, options))
        const known = now.map((each) => earlier.find((old) => old.memberId === each.memberId) ?? each)
        const assignment = assignTasks(tasks, known, options)
        const active = [...assignment.byMember.values()].flatMap((tasksOf) => tasksOf.active.map(formatTaskId))
        expect(active.sort()).toEqual(tasks.map(({ id }) => formatTaskId(id)).sort())
        const counts = activeCounts(assignment)
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
      }),
    )
  })

  test('an unchanged group keeps everything', () => {
    fc.assert(
      fc.property(someTasks, someMembers, (tasks, members) => {
        const first = assignTasks(tasks, members, options)
        expect(assignTasks(tasks, afterwards(members, first), options)).toEqual(first)
      }),
    )
  })

  test('a member that joins or leaves moves no more tasks than balance needs', () => {
    fc.assert(
      fc.property(someMembers, fc.integer({ min: 1, max: 40 }), fc.nat(), (members, count, who) => {
        const tasks = Array.from({ length: count }, (_, p) => task(0, p))
        const before = afterwards(members, assignTasks(tasks, members, options))
        const joined = [...before, member('new', 'new')]
        const afterJoin = assignTasks(tasks, joined, options)
        expect(moved(before, afterJoin)).toBe(afterJoin.byMember.get('new')?.active.length)
        if (members.length === 1) return
        const gone = before[who % before.length] as AssignableMember
        const afterLeave = assignTasks(
          tasks,
          before.filter((each) => each !== gone),
          options,
        )
        expect(moved(before, afterLeave)).toBe(gone.taskOffsetSums.size)
      }),
    )
  })

  test('sub-topologies are spread as evenly as their sizes allow', () => {
    const tasks = [0, 1, 2].flatMap((s) => [0, 1, 2, 3].map((p) => task(s, p)))
    const members = ['a', 'b', 'c', 'd'].map((id) => member(id, id))
    for (const { active } of assignTasks(tasks, members, options).byMember.values()) {
      expect(active.map(({ subTopology }) => subTopology)).toEqual([0, 1, 2])
    }
  })

  test('a task far behind on its new process stays where it is caught up, and is warmed up there', () => {
    const tasks = [0, 1, 2, 3].map((p) => task(0, p, true, 1_000))
    const old = member(
      'old',
      'old',
      tasks.map(({ id }) => [id, OFFSET_SUM_RUNNING] as const),
    )
    const assignment = assignTasks(tasks, [old, member('young', 'young')], { ...options, warmupReplicasMax: 1 })
    expect(assignment.needsProbing).toBe(true)
    expect(assignment.byMember.get('old')?.active).toHaveLength(4)
    expect(assignment.byMember.get('young')).toMatchObject({ active: [], standby: [{ subTopology: 0 }] })
  })

  test('a warmed-up task moves, and the probing ends', () => {
    const tasks = [task(0, 0, true, 1_000), task(0, 1, true, 1_000)]
    const old = member(
      'old',
      'old',
      tasks.map(({ id }) => [id, OFFSET_SUM_RUNNING] as const),
    )
    const young = member('young', 'young', [[taskId(0, 1), 995]])
    const assignment = assignTasks(tasks, [old, young], options)
    expect(assignment).toEqual({
      needsProbing: false,
      byMember: new Map([
        ['old', { active: [taskId(0, 0)], standby: [] }],
        ['young', { active: [taskId(0, 1)], standby: [] }],
      ]),
    })
  })

  test('when the owner is gone its task goes to the process with the most of its state', () => {
    const one = task(0, 0, true, 100)
    const members = [member('a', 'a', [[one.id, 20]]), member('b', 'b', [[one.id, 95]]), member('c', 'c')]
    expect(assignTasks([one], members, options).byMember.get('b')?.active).toEqual([one.id])
  })

  test('standbys stand on other processes than their active task, evenly, as many as there are processes for', () => {
    fc.assert(
      fc.property(someTasks, someMembers, fc.integer({ min: 1, max: 3 }), (tasks, members, standbyReplicas) => {
        const { byMember } = assignTasks(tasks, members, { ...options, standbyReplicas })
        const processes = new Set(members.map(({ processId }) => processId))
        for (const { id, isStateful } of tasks) {
          const holders = members.filter(({ memberId }) =>
            [...(byMember.get(memberId)?.active ?? []), ...(byMember.get(memberId)?.standby ?? [])].includes(id),
          )
          expect(new Set(holders.map(({ processId }) => processId)).size).toBe(holders.length)
          expect(holders.length).toBe(isStateful ? Math.min(standbyReplicas + 1, processes.size) : 1)
        }
      }),
    )
  })

  test('standbys prefer processes with other client tags', () => {
    const tagged = (id: string, zone: string): AssignableMember => ({ ...member(id, id), clientTags: { zone } })
    const members = [tagged('a', 'x'), tagged('b', 'x'), tagged('c', 'y')]
    const { byMember } = assignTasks([task(0, 0)], members, { ...options, standbyReplicas: 1, rackAwareTags: ['zone'] })
    expect(byMember.get('a')?.active).toHaveLength(1)
    expect(byMember.get('c')?.standby).toHaveLength(1)
  })
})

function moved(before: readonly AssignableMember[], { byMember }: TaskAssignment): number {
  const owner = new Map(
    before.flatMap((each) => [...each.taskOffsetSums.keys()].map((id) => [id, each.memberId] as const)),
  )
  return [...byMember].reduce(
    (sum, [id, { active }]) => sum + active.filter((each) => owner.get(each) !== id).length,
    0,
  )
}
