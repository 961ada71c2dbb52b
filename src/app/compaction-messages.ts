// What goes between a thread that has stores and its compaction worker: plain data only.
import type { MessagePort } from 'node:worker_threads'
import type { CompactionJob } from '../state/index.ts'
import type { PlainError } from './worker-messages.ts'

export interface CompactionStart {
  /** Tells our workers from others. */
  readonly tidemill: 'compaction'
  /** The disk's root: paths of jobs are below it. */
  readonly directory: string
  readonly port: MessagePort
  /** Numbers that both sides see, by the indexes below. */
  readonly shared: Int32Array
}

/** Messages that the worker has posted; the caller can wait for it to change. */
export const POSTED_COUNT = 0
/** Counts up while the worker works: it is alive. */
export const HEARTBEAT = 1

export type ToCompaction =
  | { readonly kind: 'job'; readonly id: number; readonly job: CompactionJob }
  | { readonly kind: 'cancel'; readonly id: number }

export interface FromCompaction {
  readonly id: number
  readonly runs: readonly number[]
  readonly error: PlainError | undefined
  /** Of a damaged file. */
  readonly path?: string
}
