// What runs in a compaction worker: the jobs of all stores of a thread, a slice at a time. What is short goes first (tables are
// waited for sooner than merges are), so that a long merge holds up nothing.
import { type MessagePort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { NodeDisk, TaskCorruptedError } from '../base/index.ts'
import { loadCompression } from '../protocol/index.ts'
import { type CompactionJob, type JobRun, runJob } from '../state/index.ts'
import {
  type CompactionStart,
  type FromCompaction,
  HEARTBEAT,
  POSTED_COUNT,
  type ToCompaction,
} from './compaction-messages.ts'
import { toPlainError } from './worker-messages.ts'

interface Working {
  readonly id: number
  readonly run: JobRun
  /** Lower goes first. */
  readonly rank: number
}

const SLICE_BYTES = 1_024 * 1_024

const { port, directory, shared } = workerData as CompactionStart // compaction-worker.ts sends it
const disk = new NodeDisk(directory)
const working: Working[] = []

function rankOf(job: CompactionJob): number {
  return job.kind === 'merge' ? job.byteCount : 0
}

function receive(message: ToCompaction): void {
  if (message.kind === 'job') {
    working.push({ id: message.id, run: runJob(disk, message.job), rank: rankOf(message.job) })
    // Of one rank in the order in which they came.
    working.sort((a, b) => a.rank - b.rank)
    return
  }
  const cancelled = working.find(({ id }) => id === message.id)
  if (cancelled !== undefined) fail(cancelled, new Error('the job was cancelled'))
}

function step(first: Working): void {
  try {
    if (first.run.step(SLICE_BYTES)) end(first, { id: first.id, runs: first.run.runs, error: undefined })
  } catch (error) {
    fail(first, error)
  }
}

function fail(failed: Working, error: unknown): void {
  try {
    failed.run.abandon()
  } catch {
    // What stays is a leftover, removed when the store is opened next.
  }
  const place = error instanceof TaskCorruptedError ? { path: error.path } : {}
  end(failed, { id: failed.id, runs: [], error: toPlainError(error), ...place })
}

function end(ended: Working, message: FromCompaction): void {
  working.splice(working.indexOf(ended), 1)
  port.postMessage(message)
  Atomics.add(shared, POSTED_COUNT, 1)
  Atomics.notify(shared, POSTED_COUNT)
}

function receiveWaiting(from: MessagePort): void {
  for (;;) {
    const waiting = receiveMessageOnPort(from)
    if (waiting === undefined) return
    receive(waiting.message as ToCompaction) // compaction-worker.ts sends it
  }
}

function work(message: ToCompaction): void {
  receive(message)
  for (let first = working[0]; first !== undefined; first = working[0]) {
    Atomics.add(shared, HEARTBEAT, 1)
    step(first)
    receiveWaiting(port)
  }
}

// What comes before waits in the port. A failure ends the worker, which the other side sees.
void loadCompression().then(() => port.on('message', work))
