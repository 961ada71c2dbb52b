import { describe, expect, test } from 'vitest'
import type { AssignableMember, AssignableTask } from './assign-tasks.ts'
import { OFFSET_SUM_RUNNING } from './subscription-info.ts'
import { type ApplicationState, type TaskAssignor, assignWith } from './task-assignor.ts'
import { formatTaskId, parseTaskId, taskId } from './task-id.ts'

const options = { standbyReplicas: 1, warmupReplicasMax: 2, acceptableRecoveryLag: 10, rackAwareTags: ['zone'] }
const tasks: readonly AssignableTask[] = [0, 1, 2, 3].map((partition) => ({
  id: taskId(0, partition),
  isStateful: true,
  endOffsetSum: 100,
}))
function member(memberId: string, processId: string, sums: Readonly<Record<string, number>> = {}): AssignableMember {
  const taskOffsetSums = new Map(
    Object.entries(sums).map(([id, sum]) => [parseTaskId(id) ?? taskId(9, 9), sum] as const),
  )
  return { memberId, processId, taskOffsetSums, clientTags: { zone: processId } }
}
const names = (ids: readonly { readonly subTopology: number; readonly partition: number }[] | undefined): string =>
  (ids ?? []).map(formatTaskId).join(' ')

describe('a user’s assignor', () => {
  test('sees the application: tasks, processes, what they run and how far behind they are', () => {
    let seen: ApplicationState | undefined
    const all = tasks.map(({ id }) => formatTaskId(id))
    const members = [
      member('a1', 'A', { '0_0': OFFSET_SUM_RUNNING }),
      member('a2', 'A', { '0_1': 70 }),
      member('b1', 'B', { '0_2': -3 }),
    ]
    assignWith(
      (application) => {
        seen = application
        return { clients: [{ processId: 'A', active: all }] }
      },
      tasks,
      members,
      options,
    )
    expect(seen?.tasks[0]).toEqual({ taskId: '0_0', isStateful: true, endOffsetSum: 100 })
    expect(seen?.clients).toEqual([
      { processId: 'A', threads: 2, active: ['0_0'], state: new Map([['0_1', 30]]), clientTags: { zone: 'A' } },
      { processId: 'B', threads: 1, active: [], state: new Map([['0_2', undefined]]), clientTags: { zone: 'B' } },
    ])
    expect(seen).toMatchObject({ standbyReplicas: 1, acceptableRecoveryLag: 10, rackAwareTags: ['zone'] })
  })

  test('decides for processes; threads keep what they run and share the rest', () => {
    const members = [member('a1', 'A'), member('a2', 'A', { '0_1': OFFSET_SUM_RUNNING }), member('b1', 'B')]
    const assignor: TaskAssignor = () => ({
      clients: [
        { processId: 'A', active: ['0_0', '0_1'], standby: ['0_2'] },
        { processId: 'B', active: ['0_2', '0_3'], standby: ['0_0', '0_1'] },
      ],
      needsProbing: true,
    })
    const { byMember, needsProbing } = assignWith(assignor, tasks, members, options)
    expect(needsProbing).toBe(true)
    expect(names(byMember.get('a1')?.active)).toBe('0_0')
    expect(names(byMember.get('a2')?.active)).toBe('0_1')
    expect(names(byMember.get('b1')?.active)).toBe('0_2 0_3')
    expect(names(byMember.get('b1')?.standby)).toBe('0_0 0_1')
    expect([...byMember.values()].flatMap(({ standby }) => standby)).toHaveLength(3)
  })

  test('is told everything that cannot be, at once', () => {
    const assignor: TaskAssignor = () => ({
      clients: [
        { processId: 'A', active: ['0_0', '0_1', '7_7'], standby: ['0_1'] },
        { processId: 'C', active: ['0_1', '0_2'] },
      ],
    })
    expect(() => assignWith(assignor, tasks, [member('a1', 'A'), member('b1', 'B')], options)).toThrow(
      'what the function given as assignor says cannot be: there is no task 7_7; there is no process C; ' +
        'task 0_1 is active on A and on C; task 0_3 is active nowhere. Each task is active once, and a standby elsewhere',
    )
  })

  test('that gives a process a task twice is refused', () => {
    const assignor: TaskAssignor = () => ({
      clients: [{ processId: 'A', active: ['0_0', '0_1', '0_2', '0_3'], standby: ['0_3'] }],
    })
    expect(() => assignWith(assignor, tasks, [member('a1', 'A')], options)).toThrow(
      /process A has task 0_3 as active and as standby/,
    )
  })

  test('that throws is named', () => {
    const assignor: TaskAssignor = () => {
      throw new Error('no zone')
    }
    expect(() => assignWith(assignor, tasks, [member('a1', 'A')], options)).toThrow(
      'the function given as assignor failed: no zone',
    )
  })
})
