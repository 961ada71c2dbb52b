// The compactor of applications: a worker that writes and merges runs for all stores of the thread that has it. The thread hears of
// what is done by an event, at its next commit (a loop may not come to its events for long), or by waiting.
//
// Invariant: each job is called back once. If the worker dies, what was under way is called back with an error, and this thread does
// all jobs itself from then on.
import { MessageChannel, type MessagePort, type Worker, receiveMessageOnPort } from 'node:worker_threads'
import { NodeDisk, TaskCorruptedError, TidemillError, must } from '../base/index.ts'
import {
  type CompactionJob,
  type CompactionOutcome,
  type CompactionTicket,
  type Compactor,
  InlineCompactor,
} from '../state/index.ts'
import {
  type CompactionStart,
  type FromCompaction,
  HEARTBEAT,
  POSTED_COUNT,
  type ToCompaction,
} from './compaction-messages.ts'
import { startWorker } from './start-worker.ts'
import { type PlainError, fromPlainError } from './worker-messages.ts'

export interface CompactionWorkerOptions {
  /** The root of the disk that the stores are on. */
  readonly directory: string
  /** Is told if the worker died. */
  readonly onWarning?: (message: string) => void
}

/** A wait looks so often whether the worker lives. */
const LOOK_INTERVAL_MS = 1_000
/** So many looks without a sign of life: it does not. A sync of a slow disk may take long. */
const SILENT_LOOKS_MAX = 60

type Done = (outcome: CompactionOutcome) => void

export class CompactionWorker implements Compactor {
  readonly #options: CompactionWorkerOptions
  readonly #shared = new Int32Array(new SharedArrayBuffer(8))
  readonly #open = new Map<number, Done>()
  #nextId = 0
  #worker: Worker | undefined
  #port: MessagePort | undefined
  /** In place of a worker that died. */
  #inline: InlineCompactor | undefined

  constructor(options: CompactionWorkerOptions) {
    this.#options = options
  }

  start(job: CompactionJob, done: Done): CompactionTicket {
    if (this.#inline !== undefined) return this.#inline.start(job, done)
    const id = this.#nextId++
    const port = (this.#port ??= this.#startWorker())
    this.#open.set(id, done)
    // The process stays for what somebody may wait for.
    if (this.#open.size === 1) port.ref()
    this.#send({ kind: 'job', id, job })
    return {
      advance: () => this.#receiveWaiting(),
      finishNow: () => this.#waitFor(id),
      cancel: () => {
        if (this.#open.has(id)) this.#send({ kind: 'cancel', id })
      },
    }
  }

  /** Ends the worker; call it when all stores are closed. */
  async close(): Promise<void> {
    const worker = this.#worker
    this.#worker = undefined
    this.#port?.close()
    this.#port = undefined
    await worker?.terminate()
  }

  #startWorker(): MessagePort {
    const { port1, port2 } = new MessageChannel()
    const start: CompactionStart = {
      tidemill: 'compaction',
      directory: this.#options.directory,
      port: port2,
      shared: this.#shared,
    }
    const worker = startWorker('compaction-entry', start, [port2])
    worker.unref()
    worker.on('error', (error: Error) => this.#die(worker, error.message))
    worker.on('exit', (code) => this.#die(worker, `exit code ${code}`))
    this.#worker = worker
    port1.on('message', (message: FromCompaction) => this.#receive(message))
    port1.unref()
    return port1
  }

  #send(message: ToCompaction): void {
    const port: MessagePort = must(this.#port, 'port to the compaction worker')
    port.postMessage(message)
  }

  #receiveWaiting(): void {
    const port = this.#port
    if (port === undefined) return
    for (;;) {
      const waiting = receiveMessageOnPort(port)
      if (waiting === undefined) return
      this.#receive(waiting.message as FromCompaction) // compaction-entry.ts sends it
    }
  }

  #receive({ id, runs, error, path = '' }: FromCompaction): void {
    this.#end(id, { runs, error: error === undefined ? undefined : errorOf(error, path) })
  }

  #end(id: number, outcome: CompactionOutcome): void {
    const done = this.#open.get(id)
    if (done === undefined) return
    this.#open.delete(id)
    if (this.#open.size === 0) this.#port?.unref()
    done(outcome)
  }

  /** Blocks this thread. */
  #waitFor(id: number): void {
    let heartbeat = -1
    for (let silentLooks = 0; ;) {
      const posted = Atomics.load(this.#shared, POSTED_COUNT)
      this.#receiveWaiting()
      if (!this.#open.has(id)) return
      if (Atomics.wait(this.#shared, POSTED_COUNT, posted, LOOK_INTERVAL_MS) !== 'timed-out') continue
      const beat = Atomics.load(this.#shared, HEARTBEAT)
      silentLooks = beat === heartbeat ? silentLooks + 1 : 0
      heartbeat = beat
      const seconds = (SILENT_LOOKS_MAX * LOOK_INTERVAL_MS) / 1_000
      if (silentLooks >= SILENT_LOOKS_MAX) this.#die(this.#worker, `no sign of life for ${seconds} s`)
    }
  }

  #die(worker: Worker | undefined, why: string): void {
    // It was closed.
    if (worker === undefined || worker !== this.#worker) return
    this.#worker = undefined
    this.#port?.close()
    this.#port = undefined
    this.#inline = new InlineCompactor(new NodeDisk(this.#options.directory))
    const message = `the compaction worker ended (${why}): stores are written and merged within commits from now on`
    this.#options.onWarning?.(message)
    const error = new TidemillError('thread-died', message)
    for (const id of Array.from(this.#open.keys())) this.#end(id, { runs: [], error })
  }
}

function errorOf(plain: PlainError, path: string): Error {
  const error = fromPlainError(plain)
  return plain.code === 'store-corrupt'
    ? new TaskCorruptedError(plain.code, plain.message, { cause: error, path })
    : error
}
