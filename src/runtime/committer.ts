// The commit of a thread: all its tasks together. At least once: caches are flushed, everything sent is acknowledged, then the
// offsets are committed. Exactly once: offsets and records are one transaction, which the thread has begun. In both, stores take
// what is pending only after the log has it.
import { RetriableError, TaskMigratedError, TidemillError } from '../base/index.ts'
import type { ClusterMetadata, GroupMember, GroupMetadata, OffsetAndMetadata, RecordProducer } from '../client/index.ts'
import type { TopicPartition } from '../record/index.ts'
import type { ChangelogPosition } from '../state/index.ts'
import { settleProductionFailures } from './production-failures.ts'
import type { RecordCollector } from './record-collector.ts'
import type { RefusedRecords } from './refused-records.ts'
import type { HostedTask } from './task-contract.ts'
import type { ThreadConfig } from './thread-config.ts'

export interface CommitterOptions {
  readonly config: ThreadConfig
  readonly cluster: ClusterMetadata
  readonly member: GroupMember
  readonly producer: () => RecordProducer
  readonly collector: () => RecordCollector
  readonly refused: RefusedRecords
  readonly isInternal: (topic: string) => boolean
}

/** A transaction was aborted: tasks must drop what is not committed and go back. */
export class TransactionAbortedError extends TidemillError {
  override readonly name = 'TransactionAbortedError'

  constructor(cause: unknown) {
    super('transaction-aborted', `the transaction was aborted and is tried again: ${String(cause)}`, { cause })
  }
}

export class Committer {
  readonly #options: CommitterOptions

  constructor(options: CommitterOptions) {
    this.#options = options
  }

  /**
   * Commits what these tasks have done; no async step may be in flight. Returns the offsets that were committed.
   *
   * @throws TaskMigratedError another member owns the tasks
   * @throws TransactionAbortedError exactly once: nothing was committed
   * @throws RetriableError at least once: the offsets were not committed
   */
  async commit(tasks: readonly HostedTask[], nowMs: number): Promise<ReadonlyMap<TopicPartition, OffsetAndMetadata>> {
    const offsets = new Map<TopicPartition, OffsetAndMetadata>()
    for (const task of tasks) {
      for (const [tp, offset] of notAgain(() => task.prepareCommit(nowMs)).offsets) offsets.set(tp, offset)
    }
    if (this.#options.config.processingGuarantee === 'exactly-once') await this.#commitTransaction(offsets)
    else await this.#flushAndCommit(offsets)
    this.#complete(tasks)
    return offsets
  }

  // The log has it: what one store cannot take must not keep the others from it. It is behind its changelog then, and restored.
  #complete(tasks: readonly HostedTask[]): void {
    const errors: unknown[] = []
    for (const task of tasks) {
      try {
        task.completeCommit((tp) => this.#position(tp))
      } catch (error) {
        errors.push(error)
      }
    }
    const [first] = errors
    if (errors.length === 1) throw first
    if (errors.length > 1) {
      const problem = `${errors.length} tasks could not take what was committed: ${errors.map(messageOf).join('; ')}`
      throw new TidemillError('disk-failed', problem, { cause: first })
    }
  }

  /** Ends an open transaction without a commit; a producer that cannot even do that is to be replaced. */
  async abort(): Promise<void> {
    const producer = this.#options.producer()
    if (producer.isInTransaction) await producer.abortTransaction()
  }

  async #flushAndCommit(offsets: ReadonlyMap<TopicPartition, OffsetAndMetadata>): Promise<void> {
    const { member, producer } = this.#options
    await this.#settle(producer())
    if (offsets.size === 0) return
    const { metadata } = member
    try {
      await member.commit(offsets)
    } catch (error) {
      if (!this.#isBetweenGenerations(error, metadata)) throw error
      const message = `the offsets are committed after the rebalance: ${String(error)}`
      throw new RetriableError('broker-not-ready', message, { cause: error })
    }
  }

  async #commitTransaction(offsets: ReadonlyMap<TopicPartition, OffsetAndMetadata>): Promise<void> {
    const { member } = this.#options
    const producer = this.#options.producer()
    let { metadata } = member
    try {
      await this.#settle(producer)
      metadata = member.metadata
      if (offsets.size > 0) await producer.sendOffsets(offsets, metadata)
      await producer.commitTransaction()
      this.#options.refused.clear()
    } catch (error) {
      if (this.#isBetweenGenerations(error, metadata)) throw new TransactionAbortedError(error)
      if (error instanceof TaskMigratedError || isFatal(error)) throw error
      throw new TransactionAbortedError(error)
    }
  }

  async #settle(producer: RecordProducer): Promise<void> {
    const { config, collector, isInternal, refused } = this.#options
    await settleProductionFailures({ producer, collector: collector(), handlers: config.handlers, isInternal, refused })
  }

  // A commit may reach the group after its next generation has begun and before this member has heard of it. The partitions are
  // still ours then: they would be revoked first. Where it turns out that the member was thrown out, the event 'lost' follows.
  #isBetweenGenerations(error: unknown, used: GroupMetadata): boolean {
    if (!(error instanceof TaskMigratedError) || error.code !== 'group-member-fenced') return false
    const { metadata, state } = this.#options.member
    if (metadata.memberId !== used.memberId) return false
    return state === 'joining' || state === 'syncing' || metadata.generation !== used.generation
  }

  #position(changelog: TopicPartition): ChangelogPosition | undefined {
    const { producer, cluster } = this.#options
    const acknowledged = producer().acknowledged(changelog)
    if (acknowledged === undefined) return undefined
    const { offset } = acknowledged
    // What is known of the leader now is as new: an epoch that is too old would make the position look cut off later.
    const leaderEpoch = Math.max(acknowledged.leaderEpoch, cluster.leader(changelog)?.epoch ?? -1)
    return { topicId: cluster.topic(changelog.topic)?.id ?? '', nextOffset: offset + 1, leaderEpoch }
  }
}

/**
 * Runs a step of a task. What fails in it cannot be tried again as it is, for half of it may be done: only going back to what is
 * committed mends it.
 */
export function notAgain<T>(step: () => T): T {
  try {
    return step()
  } catch (error) {
    if (!(error instanceof RetriableError)) throw error
    throw new TidemillError('processing-failed', `a step could not be finished: ${error.message}`, { cause: error })
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** What trying again would not mend: it is the application's to see. */
function isFatal(error: unknown): boolean {
  if (!(error instanceof TidemillError)) return true
  return error.code === 'not-authorized' || error.code === 'production-failed' || error.code === 'record-too-large'
}
