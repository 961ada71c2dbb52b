import { sleep, TidemillError } from '../../base/index.ts'
import type { RecordContext } from '../../record/index.ts'
import type { Encoder } from '../../serde/index.ts'
import type { AsyncStep, NodeContext, NodeProcessor } from '../../topology/index.ts'
import type { AnyRecord, ProcessorSupplier } from '../functions.ts'
import { makeRecord, withValue } from '../stream-records.ts'
import { Lanes } from './lanes.ts'

/** What an asynchronous function gets beside value and key. */
export interface AsyncContext extends RecordContext {
  /** Aborted at the time-out, at a rebalance and at shutdown. */
  readonly signal: AbortSignal
  /** 1 at the first call, 2 at the first retry, ... */
  readonly attempt: number
}

/**
 * 'key': the calls of a key one after another, results in that order. 'partition': so too, and all results in the order of
 * the input. 'none': calls start in the order of the input, results come as they are ready.
 */
export type AsyncOrder = 'key' | 'partition' | 'none'

export interface AsyncStepOptions {
  readonly kind: 'map' | 'map-values' | 'flat-map-values' | 'filter' | 'foreach'
  readonly function: (value: any, key: any, context: AsyncContext) => Promise<any>
  /** Calls at once in a task. */
  readonly concurrency: number
  readonly order: AsyncOrder
  /** Of each call; undefined: none. */
  readonly timeoutMs: number | undefined
  readonly retryCountMax: number
  /** Before the first retry; doubled before each further one. */
  readonly retryBackoffMs: number
  /** Tells keys apart that are not strings, numbers, booleans or bigints; undefined: such keys count as one. */
  readonly keyEncoder: Encoder<any> | undefined
}

/** mapAsync, mapValuesAsync, flatMapValuesAsync, filterAsync, foreachAsync. Java has none. */
export function asyncStep(options: AsyncStepOptions): ProcessorSupplier {
  return () => new AsyncStepProcessor(options)
}

/** Records that wait or run for each call that may run: so that one busy key does not leave the others idle. */
const ROOM_PER_CALL = 2

/** A record on its way through the step. */
interface Job {
  readonly record: AnyRecord
  readonly origin: RecordContext
  readonly step: AsyncStep
  outcome: { readonly value: any } | { readonly error: unknown } | undefined
}

/**
 * Accepts records synchronously, runs the user's function on a bounded number of them, and hands finished ones to the task's
 * loop, which has them forwarded with the record context that they came with:
 *
 *   waiting --(its lane and a call are free)--> running --(settled, retries included)--> done --(its turn)--> finished
 *
 * Invariants: at most `concurrency` run; of a lane (a key) at most one; `inFlight` counts all that are not finished, and the
 * task is told to hold records back while there is no more room. After close() nothing is handed over any more.
 */
class AsyncStepProcessor implements NodeProcessor {
  readonly #options: AsyncStepOptions
  readonly #lanes: Lanes<Job>
  readonly #closing = new AbortController()
  /** In the order of the input; for 'partition' only. */
  readonly #queue: Job[] = []
  #context!: NodeContext
  #inFlight = 0
  #running = 0

  constructor(options: AsyncStepOptions) {
    this.#options = options
    this.#lanes = new Lanes(options.order === 'none' ? 'none' : 'by-key', options.keyEncoder)
  }

  init(context: NodeContext): void {
    this.#context = context
  }

  process(record: AnyRecord): void {
    const { topic, partition, offset, timestamp, headers } = this.#context.record
    const origin = { topic, partition, offset, timestamp, headers }
    const job: Job = { record, origin, step: this.#context.async.begin(record.key), outcome: undefined }
    this.#inFlight++
    if (this.#options.order === 'partition') this.#queue.push(job)
    this.#lanes.add(record.key, job)
    this.#startNext()
    this.#tellRoom()
  }

  close(): void {
    this.#closing.abort(new TidemillError('async-step-aborted', 'the task of this step was closed or moved'))
    this.#lanes.clear()
    this.#queue.length = 0
  }

  #startNext(): void {
    while (this.#running < this.#options.concurrency) {
      const job = this.#lanes.take()
      if (job === undefined) return
      this.#running++
      // Owned: run() never rejects.
      void this.#run(job)
    }
  }

  async #run(job: Job): Promise<void> {
    const { signal } = this.#closing
    try {
      job.outcome = { value: await this.#attempts(job) }
    } catch (error) {
      job.outcome = { error }
    }
    if (signal.aborted) return
    this.#running--
    this.#lanes.release(job.record.key)
    if (this.#options.order === 'partition') this.#finishInOrder()
    else this.#finish(job)
    this.#startNext()
    this.#tellRoom()
  }

  #finishInOrder(): void {
    let done = 0
    while (this.#queue[done]?.outcome !== undefined) this.#finish(this.#queue[done++] as Job)
    this.#queue.splice(0, done)
  }

  #finish(job: Job): void {
    this.#inFlight--
    job.step.finish(() => this.#deliver(job))
  }

  #tellRoom(): void {
    this.#context.async.setFull(this.#inFlight >= this.#options.concurrency * ROOM_PER_CALL)
  }

  async #attempts(job: Job): Promise<any> {
    const { retryCountMax, retryBackoffMs } = this.#options
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#call(job, attempt)
      } catch (error) {
        if (attempt > retryCountMax || this.#closing.signal.aborted) throw error
      }
      const delayMs = retryBackoffMs * 2 ** (attempt - 1)
      // No timer where there is nothing to wait for: the clock of a test stands still.
      if (delayMs > 0) await sleep(this.#context.async.clock, delayMs, this.#closing.signal)
    }
  }

  /** One call, with a signal of its own; it settles at the time-out even where the user's promise does not. */
  async #call(job: Job, attempt: number): Promise<any> {
    const { timeoutMs } = this.#options
    const abort = new AbortController()
    const onClose = (): void => abort.abort(this.#closing.signal.reason)
    this.#closing.signal.addEventListener('abort', onClose, { once: true })
    const timer =
      timeoutMs === undefined
        ? undefined
        : this.#context.async.clock.setTimer(timeoutMs, () => abort.abort(this.#timedOut(job, timeoutMs, attempt)))
    try {
      return await Promise.race([this.#callUser(job, attempt, abort.signal), rejectOnAbort(abort.signal)])
    } finally {
      timer?.cancel()
      this.#closing.signal.removeEventListener('abort', onClose)
    }
  }

  /** Async, so that what the user's function throws at once is a rejection too. */
  async #callUser(job: Job, attempt: number, signal: AbortSignal): Promise<any> {
    const { value, key } = job.record
    return this.#options.function(value, key, { ...job.origin, signal, attempt })
  }

  /** In the task's loop, under the record context of the input. */
  #deliver({ record, outcome }: Job): void {
    if (outcome === undefined) return
    if ('error' in outcome) throw outcome.error
    const { value } = outcome
    const context = this.#context
    switch (this.#options.kind) {
      case 'map':
        return context.forward(makeRecord(value[0], value[1], record.timestamp, record.headers))
      case 'map-values':
        return context.forward(withValue(record, value))
      case 'flat-map-values':
        for (const one of value) context.forward(withValue(record, one))
        return
      case 'filter':
        return value === true ? context.forward(record) : undefined
      case 'foreach':
        return undefined
    }
  }

  #timedOut({ origin }: Job, timeoutMs: number, attempt: number): TidemillError {
    const { topic, partition, offset } = origin
    return new TidemillError(
      'async-step-timed-out',
      `${this.#context.nodeName} did not settle within ${timeoutMs} ms (attempt ${attempt}) for the record at ` +
        `${topic}-${partition} offset ${offset}: look at what it waits for, or raise 'timeout' or 'retries'`,
    )
  }
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
