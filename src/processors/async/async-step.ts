import { sleep, TidemillError, type Timer } from '../../base/index.ts'
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
  readonly #calls = new Set<Call>()
  /** Why no more is called. */
  #closed: TidemillError | undefined
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
    const reason = new TidemillError('async-step-aborted', 'the task of this step was closed or moved')
    this.#closed ??= reason
    for (const call of this.#calls) call.abort(reason)
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
    try {
      job.outcome = { value: await this.#attempts(job) }
    } catch (error) {
      job.outcome = { error }
    }
    if (this.#closed !== undefined) return
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
        if (attempt > retryCountMax || this.#closed !== undefined) throw error
      }
      const delayMs = retryBackoffMs * 2 ** (attempt - 1)
      // No timer where there is nothing to wait for: the clock of a test stands still.
      if (delayMs <= 0) continue
      const call = this.#newCall()
      await this.#until(call, sleep(this.#context.async.clock, delayMs, call.signal))
    }
  }

  /** Ends with what is waited for, or as soon as that is aborted. */
  #until(call: Call, wait: Promise<any>, timer?: Timer): Promise<any> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        timer?.cancel()
        this.#calls.delete(call)
      }
      const onError = (error: unknown): void => {
        end()
        reject(error)
      }
      wait.then((value) => {
        end()
        resolve(value)
      }, onError)
      call.onAbort(onError)
    })
  }

  #newCall(): Call {
    const call = new Call()
    this.#calls.add(call)
    if (this.#closed !== undefined) call.abort(this.#closed)
    return call
  }

  /** One call, with a signal of its own; it settles at the time-out even where the user's promise does not. */
  #call(job: Job, attempt: number): Promise<any> {
    const { timeoutMs } = this.#options
    const call = this.#newCall()
    const timer =
      timeoutMs === undefined
        ? undefined
        : this.#context.async.clock.setTimer(timeoutMs, () => call.abort(this.#timedOut(job, timeoutMs, attempt)))
    return this.#until(call, this.#callUser(job, attempt, call), timer)
  }

  /** Async, so that what the user's function throws at once is a rejection too. */
  async #callUser(job: Job, attempt: number, call: Call): Promise<any> {
    const { value, key } = job.record
    const { topic, partition, offset, timestamp, headers } = job.origin
    const context: AsyncContext = {
      topic,
      partition,
      offset,
      timestamp,
      headers,
      attempt,
      get signal() {
        return call.signal
      },
    }
    return this.#options.function(value, key, context)
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

/** Something that is waited for and can be aborted. Its signal is made for who asks: it costs more than all the rest of a call. */
class Call {
  #listener: ((reason: unknown) => void) | undefined = undefined
  #reason: unknown = undefined
  #controller: AbortController | undefined = undefined

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#reason !== undefined) this.#controller.abort(this.#reason)
    }
    return this.#controller.signal
  }

  /** Calls the one listener, at once where it was aborted before. */
  onAbort(listener: (reason: unknown) => void): void {
    this.#listener = listener
    if (this.#reason !== undefined) listener(this.#reason)
  }

  abort(reason: unknown): void {
    if (this.#reason !== undefined) return
    this.#reason = reason
    this.#controller?.abort(reason)
    this.#listener?.(reason)
  }
}
