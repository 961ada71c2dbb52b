// How an application stands, as app.status() and `tidemill status` tell it.
import type { TopicPartition } from '../record/index.ts'
import type { InputProgress, StoreProgress } from '../runtime/index.ts'
import type { LockOwner } from './directory-lock.ts'
import type { StreamsState } from './streams-options.ts'
import type { ThreadInfo } from './thread-host.ts'

/** What `app.status()` gives: for each thread and task where it is and why it does not move. */
export interface AppStatus {
  readonly applicationId: string
  readonly state: StreamsState
  readonly isPaused: boolean
  readonly threads: readonly ThreadInfo[]
}

/** Another process's answer; `status` is missing where it does not answer, and `problem` says why. */
export interface InstanceStatus {
  readonly directory: string
  readonly pid: LockOwner['pid']
  readonly status: AppStatus | undefined
  readonly problem: string | undefined
}

/** How far the tasks of this instance are behind. Java: records-lag, allLocalStorePartitionLags. */
export interface Lags {
  readonly inputs: readonly (InputProgress & { readonly taskId: string })[]
  /** Of stores that are restored or follow as standbys; 0 for those at work. */
  readonly stores: readonly (StoreProgress & {
    readonly taskId: string
    readonly role: 'active' | 'standby'
    readonly isRestoring: boolean
  })[]
}

/** An instance of the application that has an `applicationServer`. Java: StreamsMetadata. */
export interface InstanceInfo {
  /** `host:port` */
  readonly server: string
  readonly isLocal: boolean
  /** Partitions of the input and repartition topics that it processes, or keeps warm. */
  readonly active: readonly TopicPartition[]
  readonly standby: readonly TopicPartition[]
}
