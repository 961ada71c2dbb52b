import { describe, expect, test } from 'vitest'
import { RetriableError, TaskMigratedError } from '../base/index.ts'
import type { GroupMember, GroupMetadata, RecordProducer } from '../client/index.ts'
import { topicPartition } from '../record/index.ts'
import { Committer, TransactionAbortedError } from './committer.ts'
import { RefusedRecords } from './refused-records.ts'
import type { HostedTask } from './task-contract.ts'
import type { ThreadConfig } from './thread-config.ts'

/** A group that refuses commits of its last generation, and what the member knows of itself after that. */
interface Group {
  readonly state: GroupMember['state']
  readonly after: Partial<GroupMetadata>
}

const fenced = new TaskMigratedError('group-member-fenced', 'ILLEGAL_GENERATION')
const member = { groupId: 'g', generation: 4, memberId: 'm', groupInstanceId: undefined }

function committerOf(guarantee: ThreadConfig['processingGuarantee'], group: Group) {
  const completed: string[] = []
  let metadata: GroupMetadata = member
  const refuse = async (): Promise<never> => {
    metadata = { ...member, ...group.after }
    throw fenced
  }
  const producer = { flush: async () => undefined, failures: () => [], sendOffsets: refuse }
  const task = {
    prepareCommit: () => ({ offsets: new Map([[topicPartition('a', 0), { offset: 1, metadata: '' }]]) }),
    completeCommit: () => completed.push('completed'),
  }
  const committer = new Committer({
    // The ports below are as much of the real ones as a commit that is refused makes use of.
    config: { processingGuarantee: guarantee, handlers: {} } as unknown as ThreadConfig,
    cluster: { topic: () => undefined } as never,
    member: {
      get state() {
        return group.state
      },
      get metadata() {
        return metadata
      },
      commit: refuse,
    } as unknown as GroupMember,
    producer: () => producer as unknown as RecordProducer,
    collector: () => undefined as never,
    refused: new RefusedRecords(() => undefined),
    isInternal: () => false,
  })
  return { commit: () => committer.commit([task as unknown as HostedTask], 0), completed }
}

describe('a commit that the group refuses', () => {
  const betweenGenerations: readonly (readonly [string, Group])[] = [
    ['has not heard of the next generation yet', { state: 'joining', after: {} }],
    ['has just heard of the next generation', { state: 'syncing', after: { generation: 5 } }],
    ['is settled in the next generation', { state: 'stable', after: { generation: 5 } }],
  ]
  test.each(betweenGenerations)('because the member %s costs no task', async (_, group) => {
    const exactlyOnce = committerOf('exactly-once', group)
    await expect(exactlyOnce.commit()).rejects.toBeInstanceOf(TransactionAbortedError)
    const atLeastOnce = committerOf('at-least-once', group)
    await expect(atLeastOnce.commit()).rejects.toBeInstanceOf(RetriableError)
    expect([...exactlyOnce.completed, ...atLeastOnce.completed]).toEqual([])
  })

  const thrownOut: readonly (readonly [string, Group])[] = [
    ['although it knows of no other generation', { state: 'stable', after: {} }],
    ['and is somebody else now', { state: 'joining', after: { memberId: 'n', generation: 5 } }],
  ]
  test.each(thrownOut)('because the member was thrown out, %s, gives up its tasks', async (_, group) => {
    for (const guarantee of ['exactly-once', 'at-least-once'] as const) {
      const { commit, completed } = committerOf(guarantee, group)
      await expect(commit()).rejects.toBe(fenced)
      expect(completed).toEqual([])
    }
  })
})
