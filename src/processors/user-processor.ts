// The Processor API as users write it: plain objects, whose `init` is what Java calls a supplier; one instance a task.
// Synchronous: for what must wait there are mapAsync and its like.
import type { Duration, RecordContext, StreamRecord } from '../record/index.ts'
import type { ApplicationConfig, Metrics, Punctuation, PunctuationClock } from '../topology/index.ts'
import type { FaceOf, StoreHandle } from './store-handle.ts'

/** What `init` returns: called for each record, and once at the end. */
export interface ProcessorInstance<in K, in V> {
  /** Handles one record. What it throws goes to the processing error handler. */
  process(record: StreamRecord<K, V>): void
  /** Called when the task is closed, before its stores are. */
  close?(): void
}

/** Options of `context.schedule`. */
export interface ScheduleOptions {
  /** Event time or wall-clock time of the first call; the others follow at the interval from there. ms since 1970 or a Date. */
  readonly startAt?: number | Date
}

/** What every processor gets from its task. Java: ProcessingContext. */
export interface ProcessingContext {
  readonly applicationId: string
  /** `<sub-topology>_<partition>`. Java: TaskId. */
  readonly taskId: string
  /** Where the current record came from; in a punctuation topic is null, partition and offset are -1. Java: recordMetadata. */
  readonly record: RecordContext
  readonly stateDir: string
  readonly config: ApplicationConfig
  readonly metrics: Metrics
  /** The highest timestamp that the task has seen; -1 before the first record. Java: currentStreamTimeMs. */
  readonly streamTime: number
  /** Wall-clock time in ms since 1970, which a test can move. Java: currentSystemTimeMs. */
  readonly now: number
  /** Gives a store that is named in `stores`, typed by its handle. @throws TidemillError `unknown-store` for any other. */
  store<H extends StoreHandle>(handle: H): FaceOf<H>
  /**
   * Calls a function at an interval of event time or of wall-clock time: once where several intervals have passed, with the
   * current time. The first call on event time is at the first record, on wall-clock time after one interval (KIP-138);
   * with `startAt` at that time (KIP-1146).
   */
  schedule(
    interval: Duration,
    clock: PunctuationClock,
    callback: (time: number) => void,
    options?: ScheduleOptions,
  ): Punctuation
  /** Asks for a commit as soon as the task can. */
  commit(): void
}

/** Java: ProcessorContext. */
export interface ProcessorContext<in KOut, in VOut> extends ProcessingContext {
  /**
   * Sends a record to all children, or to the one with that name.
   * @throws TidemillError `invalid-argument` for a negative timestamp, or where there is no such child.
   */
  forward(record: StreamRecord<KOut, VOut>, child?: string): void
}

/**
 * A processor of records, as a plain object: `stores` it needs, and `init`, called once a task. Java: ProcessorSupplier.
 *
 * @example
 * const doubled: Processor<string, number, string, number> = {
 *   init: (context) => ({ process: (record) => context.forward({ ...record, value: record.value * 2 }) }),
 * }
 */
export interface Processor<in KIn, in VIn, out KOut = never, out VOut = never> {
  readonly stores?: readonly StoreHandle[]
  init(context: ProcessorContext<KOut, VOut>): ProcessorInstance<KIn, VIn>
}

/** A new value for the record that is being processed; its key stays. */
export interface FixedKeyResult<out V> {
  readonly value: V
  /** @defaultValue the record's */
  readonly timestamp?: number
  /** @defaultValue the record's */
  readonly headers?: StreamRecord['headers']
}

/** Java: FixedKeyProcessorContext. */
export interface FixedKeyProcessorContext<in VOut> extends ProcessingContext {
  /** Sends a value on under the key of the current record, with its timestamp and headers unless others are given. */
  forward(result: FixedKeyResult<VOut>, child?: string): void
}

/** A processor that cannot change keys, so that nothing is repartitioned after it. Java: FixedKeyProcessorSupplier. */
export interface FixedKeyProcessor<in out K, in VIn, out VOut = never> {
  readonly stores?: readonly StoreHandle[]
  init(context: FixedKeyProcessorContext<VOut>): ProcessorInstance<K, VIn>
}

/** Makes new values of a table's, with stores. `transform` is called for deletions too (value null). Java: ValueTransformerWithKey. */
export interface ValueTransformer<in K, in V, out R> {
  readonly stores?: readonly StoreHandle[]
  init(context: ProcessingContext): {
    transform(value: V | null, key: K): R | null
    close?(): void
  }
}
