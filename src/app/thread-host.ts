// A stream thread as the application sees it, wherever it runs: on the caller's thread, or in a worker.
import type { MetricValue } from '../metrics/index.ts'
import type { ThreadReport, ThreadState } from '../runtime/index.ts'
import type { LocalQuery, LocalQueryAnswer, OnChanges, WatchRequest } from '../query/index.ts'

/** A thread as of now; a worker's tasks are at most a second old. */
export interface ThreadInfo extends ThreadReport {
  readonly name: string
  /** From 1. */
  readonly index: number
  readonly state: ThreadState
}

/** How a thread is to end. */
export interface CloseThread {
  readonly leaveGroup: boolean
  /** How long promises of async steps are waited for. @defaultValue 10,000 ms */
  readonly settleMs?: number
}

export interface ThreadHost {
  readonly index: number
  readonly info: ThreadInfo
  /** Settles when the thread has ended and everything of it is closed; rejects with what stopped it. */
  run(): Promise<void>
  close(options: CloseThread): void
  /** All of it, or one sub-topology. */
  pause(subTopology: number | undefined): void
  resume(subTopology: number | undefined): void
  requestApplicationShutdown(): void
  /** As of now, or as the worker told last. */
  metrics(): readonly MetricValue[]
  query(query: LocalQuery): Promise<LocalQueryAnswer>
  /** Begins a live query, also before the thread runs. */
  watch(id: number, request: WatchRequest, onChanges: OnChanges): void
  unwatch(id: number): void
}
