// What a stream thread is told: the application's options, parsed once (app/parse-config.ts), as far as the runtime reads them.
import type { StartFrom, UpgradeFrom } from '../topology/index.ts'
import type { TaskAssignor } from './assignment/task-assignor.ts'
import type { ErrorHandlers } from './error-handling.ts'

export interface ThreadConfig {
  readonly applicationId: string
  /** Base of the names that the cluster sees: `<clientId>-StreamThread-<n>`. */
  readonly clientId: string
  readonly processId: string
  readonly processingGuarantee: 'at-least-once' | 'exactly-once'
  readonly stateDir: string
  readonly commitIntervalMs: number
  /** In its place where a task of the thread has async steps. */
  readonly asyncCommitIntervalMs: number
  /** Of this thread: the application's, divided by its threads. */
  readonly cacheBytesMax: number
  /** Pending writes of all tasks of the thread; beyond, it commits early. */
  readonly uncommittedBytesMax: number
  /** Caches, tables in memory, blocks read and pending writes of the thread. */
  readonly stateMemoryBytesMax: number
  /** Of blocks of stores on disk. */
  readonly stateCompression: 'none' | 'lz4' | 'zstd'
  /** Appended and not acknowledged; beyond, the thread waits between records. */
  readonly unsentBytesMax: number
  readonly bufferedRecordsMax: number
  readonly pollTimeoutMs: number
  readonly taskIdleMs: number | 'never'
  readonly taskTimeoutMs: number
  readonly emitIntervalMs: number
  readonly standbyReplicas: number
  readonly warmupReplicasMax: number
  readonly acceptableRecoveryLag: number
  readonly probingRebalanceIntervalMs: number
  /** In place of Kafka Streams' own; not under the streams group protocol. */
  readonly assignor: TaskAssignor | undefined
  readonly rackAwareTags: readonly string[]
  readonly clientTags: Readonly<Record<string, string>>
  readonly groupProtocol: 'classic' | 'streams'
  readonly groupInstanceId: string | undefined
  /** `host:port` of interactive queries. */
  readonly applicationServer: string | undefined
  /** -1: the broker's default. */
  readonly replicationFactor: number
  /** Release that other members of the group still run. */
  readonly upgradeFrom: UpgradeFrom | undefined
  readonly topicDefaults: Readonly<Record<string, string>>
  readonly repartitionPurgeIntervalMs: number
  readonly windowChangelogExtraRetentionMs: number
  readonly handlers: ErrorHandlers
  /** Where a source begins that says nothing and has no committed offset. */
  readonly startFrom: StartFrom
  readonly transactionTimeoutMs: number
  readonly producer: {
    readonly lingerMs: number
    readonly batchBytesMax: number
    readonly compression: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
    readonly deliveryTimeoutMs: number
  }
  readonly consumer: {
    readonly sessionTimeoutMs: number
    readonly heartbeatIntervalMs: number
    readonly rebalanceTimeoutMs: number
    readonly fetchMaxWaitMs: number
    readonly partitionMaxBytes: number
    readonly fetchMaxBytes: number
    readonly bufferedBytesMax: number
  }
}

/** What a thread counts and shows; app.metrics() has it. */
export type IsolationLevel = 'read-committed' | 'read-uncommitted'

export function isolationOf(config: ThreadConfig): IsolationLevel {
  return config.processingGuarantee === 'exactly-once' ? 'read-committed' : 'read-uncommitted'
}
