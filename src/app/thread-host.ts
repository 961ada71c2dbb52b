// A stream thread as the application sees it, wherever it runs: on the caller's thread, or in a worker.
import type { MetricValue } from '../metrics/index.ts'
import type { TaskStatus, ThreadState } from '../runtime/index.ts'
import type { LocalQuery, LocalQueryAnswer } from './local-query.ts'

export interface ThreadInfo {
  readonly name: string
  readonly state: ThreadState
  readonly tasks: readonly TaskStatus[]
}

export interface ThreadHost {
  readonly index: number
  readonly info: ThreadInfo
  /** Settles when the thread has ended and everything of it is closed; rejects with what stopped it. */
  run(): Promise<void>
  close(options: { readonly leaveGroup: boolean }): void
  pause(): void
  resume(): void
  requestApplicationShutdown(): void
  /** As of now, or as the worker told last. */
  metrics(): readonly MetricValue[]
  query(query: LocalQuery): Promise<LocalQueryAnswer>
}
