// What processors of the user's see of their node: only the public face, and only the stores that they named.
import { TidemillError } from '../base/index.ts'
import { type Duration, durationMs, type RecordContext, type StreamRecord } from '../record/index.ts'
import type { ApplicationConfig, Metrics, NodeContext, Punctuation, PunctuationClock } from '../topology/index.ts'
import type { FaceOf, StoreHandle } from './store-handle.ts'
import type {
  FixedKeyProcessorContext,
  FixedKeyResult,
  ProcessingContext,
  ProcessorContext,
  ScheduleOptions,
} from './user-processor.ts'

export class UserContext implements ProcessingContext {
  readonly #context: NodeContext
  readonly #storeNames: ReadonlySet<string>
  #record: RecordContext | undefined

  constructor(context: NodeContext, stores: readonly StoreHandle[]) {
    this.#context = context
    this.#storeNames = new Set(stores.map((handle) => handle.name))
  }

  get applicationId(): string {
    return this.#context.applicationId
  }

  get taskId(): string {
    return this.#context.taskId
  }

  get record(): RecordContext {
    return this.#record ?? this.#context.record
  }

  get stateDir(): string {
    return this.#context.config.stateDir
  }

  get config(): ApplicationConfig {
    return this.#context.config
  }

  get metrics(): Metrics {
    return this.#context.metrics
  }

  get streamTime(): number {
    return this.#context.streamTime
  }

  get now(): number {
    return this.#context.now
  }

  store<H extends StoreHandle>(handle: H): FaceOf<H> {
    if (!this.#storeNames.has(handle.name)) throw unknownStore(this.#context.nodeName, handle.name, this.#storeNames)
    // The handle's phantom says which face the store of its definition has.
    return this.#context.store(handle.name).face as FaceOf<H>
  }

  schedule(
    interval: Duration,
    clock: PunctuationClock,
    callback: (time: number) => void,
    options: ScheduleOptions = {},
  ): Punctuation {
    const { startAt } = options
    const intervalMs = durationMs(interval, 'interval of schedule()')
    return this.#context.schedule(intervalMs, clock, callback, startAt === undefined ? undefined : Number(startAt))
  }

  commit(): void {
    this.#context.requestCommit()
  }

  /** Calls while `record` is another one. */
  withRecord<R>(record: RecordContext, callback: () => R): R {
    this.#record = record
    try {
      return callback()
    } finally {
      this.#record = undefined
    }
  }
}

export class UserProcessorContext extends UserContext implements ProcessorContext<any, any> {
  readonly #context: NodeContext

  constructor(context: NodeContext, stores: readonly StoreHandle[]) {
    super(context, stores)
    this.#context = context
  }

  forward(record: StreamRecord<any, any>, child?: string): void {
    checkTimestamp(record.timestamp, this.#context.nodeName)
    if (child === undefined) return this.#context.forward(record)
    this.#context.forwardTo(childIndex(this.#context, child), record)
  }
}

export class UserFixedKeyContext extends UserContext implements FixedKeyProcessorContext<any> {
  readonly #context: NodeContext
  #current: StreamRecord<any, any> | undefined

  constructor(context: NodeContext, stores: readonly StoreHandle[]) {
    super(context, stores)
    this.#context = context
  }

  /** The record whose key the results get; undefined outside of process(). */
  set current(record: StreamRecord<any, any> | undefined) {
    this.#current = record
  }

  forward(result: FixedKeyResult<any>, child?: string): void {
    const current = this.#current
    if (current === undefined) throw noCurrentRecord(this.#context.nodeName)
    const { value, timestamp = current.timestamp, headers = current.headers } = result
    checkTimestamp(timestamp, this.#context.nodeName)
    const record = { key: current.key, value, timestamp, headers }
    if (child === undefined) return this.#context.forward(record)
    this.#context.forwardTo(childIndex(this.#context, child), record)
  }
}

function childIndex(context: NodeContext, child: string): number {
  const index = context.childNames.indexOf(child)
  if (index >= 0) return index
  throw new TidemillError(
    'unknown-child',
    `${context.nodeName} forwards to '${child}', which is not one of its children: ${context.childNames.join(', ') || 'none'}`,
  )
}

function checkTimestamp(timestamp: number, nodeName: string): void {
  if (timestamp >= 0) return
  throw new TidemillError(
    'invalid-timestamp',
    `${nodeName} forwards a record with timestamp ${timestamp}: event time is 0 ms or more`,
  )
}

function unknownStore(nodeName: string, name: string, names: ReadonlySet<string>): TidemillError {
  return new TidemillError(
    'unknown-store',
    `${nodeName} asks for the store '${name}', which is not among its stores (${[...names].join(', ') || 'none'}): ` +
      `add the handle to 'stores' of the processor`,
  )
}

function noCurrentRecord(nodeName: string): TidemillError {
  return new TidemillError(
    'invalid-argument',
    `${nodeName} forwards a value outside of process(): there is no record whose key it could have; use process() instead of processValues()`,
  )
}
