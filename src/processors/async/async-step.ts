import { TidemillError, type Timer } from '../../base/index.ts'
import type { RecordContext, RecordHeaders } from '../../record/index.ts'
import type { Encoder } from '../../serde/index.ts'
import type { AsyncStep, NodeContext, NodeProcessor } from '../../topology/index.ts'
import type { AnyRecord, ProcessorSupplier } from '../functions.ts'
import { makeRecord, withValue } from '../stream-records.ts'
import { type Lane, Lanes } from './lanes.ts'

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
class Job {
  readonly record: AnyRecord
  readonly step: AsyncStep
  readonly lane: Lane<Job>
  /** Where it is among those that run; -1: it waits, or is done. */
  runningAt = -1
  attempt = 0
  /** What is waited for; undefined where that is a pause, or nothing. */
  call: Call | undefined = undefined
  /** Of the time-out, or of the pause before the next call. */
  timer: Timer | undefined = undefined
  outcome: 'none' | 'value' | 'error' = 'none'
  /** The value or the error. */
  result: unknown = undefined

  constructor(record: AnyRecord, step: AsyncStep, lane: Lane<Job>) {
    this.record = record
    this.step = step
    this.lane = lane
  }
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
  /** In no order. */
  readonly #running: Job[] = []
  /** Why no more is called. */
  #closed: TidemillError | undefined
  /** In the order of the input; for 'partition' only. */
  readonly #queue: Job[] = []
  #context!: NodeContext
  #inFlight = 0

  constructor(options: AsyncStepOptions) {
    this.#options = options
    this.#lanes = new Lanes(options.order === 'none' ? 'none' : 'by-key', options.keyEncoder)
  }

  init(context: NodeContext): void {
    this.#context = context
  }

  process(record: AnyRecord): void {
    const { key } = record
    const lane = this.#lanes.of(key)
    const job = new Job(record, this.#context.async.begin(key), lane)
    this.#inFlight++
    if (this.#options.order === 'partition') this.#queue.push(job)
    this.#lanes.add(lane, job)
    this.#startNext()
    this.#tellRoom()
  }

  close(): void {
    const reason = new TidemillError('async-step-aborted', 'the task of this step was closed or moved')
    this.#closed ??= reason
    for (const { call, timer } of this.#running.splice(0)) {
      timer?.cancel()
      call?.abort(reason)
    }
    this.#lanes.clear()
    this.#queue.length = 0
  }

  #startNext(): void {
    while (this.#running.length < this.#options.concurrency) {
      const job = this.#lanes.take()
      if (job === undefined) return
      job.runningAt = this.#running.push(job) - 1
      this.#call(job)
    }
  }

  /**
   * One call, with a signal of its own; it ends at the time-out even where the user's promise does not settle. The promise is
   * listened to as it is: each one more would cost as much as all the rest of a call.
   */
  #call(job: Job): void {
    const { timeoutMs } = this.#options
    const call = new Call(job.step.record, ++job.attempt)
    job.call = call
    if (timeoutMs !== undefined)
      job.timer = this.#context.async.clock.setTimer(timeoutMs, () => this.#timeOut(job, call, timeoutMs))
    void this.#callUser(job, call).then(
      (value) => {
        if (this.#isAwaited(job, call)) this.#done(job, 'value', value)
      },
      (error: unknown) => {
        if (this.#isAwaited(job, call)) this.#failed(job, error)
      },
    )
  }

  /** What the user's function throws at once is a rejection too. */
  #callUser({ record }: Job, call: Call): Promise<any> {
    try {
      return Promise.resolve(this.#options.function(record.value, record.key, call))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** False: it was aborted, whatever it has come to. */
  #isAwaited(job: Job, call: Call): boolean {
    return job.call === call && this.#closed === undefined
  }

  #timeOut(job: Job, call: Call, timeoutMs: number): void {
    if (!this.#isAwaited(job, call)) return
    const error = this.#timedOut(job, timeoutMs)
    job.call = undefined
    call.abort(error)
    this.#failed(job, error)
  }

  #failed(job: Job, error: unknown): void {
    const { retryCountMax, retryBackoffMs } = this.#options
    if (job.attempt > retryCountMax) return this.#done(job, 'error', error)
    job.timer?.cancel()
    job.call = job.timer = undefined
    const delayMs = retryBackoffMs * 2 ** (job.attempt - 1)
    // No timer where there is nothing to wait for: the clock of a test stands still.
    if (delayMs <= 0) this.#call(job)
    else job.timer = this.#context.async.clock.setTimer(delayMs, () => this.#call(job))
  }

  #done(job: Job, outcome: 'value' | 'error', result: unknown): void {
    job.timer?.cancel()
    job.call = job.timer = undefined
    job.outcome = outcome
    job.result = result
    this.#leave(job)
    this.#lanes.release(job.lane)
    if (this.#options.order === 'partition') this.#finishInOrder()
    else this.#finish(job)
    this.#startNext()
    this.#tellRoom()
  }

  /** The last of those that run takes its place. */
  #leave(job: Job): void {
    const last = this.#running.pop()
    if (last !== undefined && last !== job) {
      this.#running[job.runningAt] = last
      last.runningAt = job.runningAt
    }
    job.runningAt = -1
  }

  #finishInOrder(): void {
    let done = 0
    for (; done < this.#queue.length; done++) {
      const job = this.#queue[done] as Job
      if (job.outcome === 'none') break
      this.#finish(job)
    }
    this.#queue.splice(0, done)
  }

  #finish(job: Job): void {
    this.#inFlight--
    job.step.finish(() => this.#deliver(job))
  }

  #tellRoom(): void {
    this.#context.async.setFull(this.#inFlight >= this.#options.concurrency * ROOM_PER_CALL)
  }

  /** In the task's loop, under the record context of the input. */
  #deliver({ record, outcome, result }: Job): void {
    if (outcome === 'error') throw result
    // What the user's function gave, of the type that its operator asks for.
    const value = result as any
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

  #timedOut({ step, attempt }: Job, timeoutMs: number): TidemillError {
    const { topic, partition, offset } = step.record
    return new TidemillError(
      'async-step-timed-out',
      `${this.#context.nodeName} did not settle within ${timeoutMs} ms (attempt ${attempt}) for the record at ` +
        `${topic}-${partition} offset ${offset}: look at what it waits for, or raise 'timeout' or 'retries'`,
    )
  }
}

/** What a call is told. Its signal is made for who asks: it costs more than all the rest of a call. */
class Call implements AsyncContext {
  readonly topic: string | null
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
  readonly headers: RecordHeaders
  readonly attempt: number
  #reason: unknown = undefined
  #controller: AbortController | undefined = undefined

  constructor({ topic, partition, offset, timestamp, headers }: RecordContext, attempt: number) {
    this.topic = topic
    this.partition = partition
    this.offset = offset
    this.timestamp = timestamp
    this.headers = headers
    this.attempt = attempt
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#reason !== undefined) this.#controller.abort(this.#reason)
    }
    return this.#controller.signal
  }

  abort(reason: unknown): void {
    this.#reason = reason
    this.#controller?.abort(reason)
  }
}
