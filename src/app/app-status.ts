// How an application stands, as app.status() and `tidemill status` tell it.
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
