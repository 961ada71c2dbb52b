// For unit tests: one operator over real stores in memory, with what it forwards, drops and asks for kept in lists. A record
// that is forwarded goes nowhere else. Commits are made by commit(), which flushes the caches as a task does.
import { ManualClock } from '../../base/index.ts'
import { RecordHeaders, type RecordContext, type StreamRecord } from '../../record/index.ts'
import { MemoryEngine, openStore, type StateStore, type StoreDefinition, type StoreHost } from '../../state/index.ts'
import type {
  AsyncHost,
  AsyncStep,
  DropReason,
  Metrics,
  NodeContext,
  NodeProcessor,
  Punctuation,
} from '../../topology/index.ts'
import type { ProcessorSupplier } from '../functions.ts'

export interface HarnessOptions {
  readonly stores?: readonly StoreDefinition[]
  readonly cacheBytesMax?: number
  readonly children?: readonly string[]
  readonly taskId?: string
}

export interface Forwarded {
  readonly key: any
  readonly value: any
  readonly timestamp: number
  readonly headers: RecordHeaders
  /** Of the record context at that moment. */
  readonly offset: number
  /** undefined: to all children. */
  readonly child: string | undefined
}

interface Schedule {
  readonly intervalMs: number
  readonly clock: string
  readonly callback: (timeMs: number) => void
  nextMs: number
}

type Context = { -readonly [F in keyof RecordContext]: RecordContext[F] }

const NO_METRIC = { set: () => {}, add: () => {}, record: () => {} }

export class ProcessorHarness implements NodeContext, StoreHost {
  readonly applicationId = 'app'
  readonly taskId: string
  readonly nodeName = 'NODE'
  readonly childNames: readonly string[]
  readonly ownsRecords = false
  readonly emitIntervalMs = 0
  readonly config = { applicationId: 'app', stateDir: 'state', processingGuarantee: 'at-least-once' } as const
  readonly metrics: Metrics = { gauge: () => NO_METRIC, counter: () => NO_METRIC, histogram: () => NO_METRIC }
  readonly clock: ManualClock = new ManualClock(1_000)
  readonly record: Context = { topic: null, partition: -1, offset: -1, timestamp: -1, headers: RecordHeaders.empty }
  readonly dropReasons: DropReason[] = []
  readonly changes: { readonly store: string; readonly key: Buffer; readonly value: Buffer | null }[] = []
  readonly metadata: Map<string, number> = new Map()
  streamTime = -1
  isFull = false
  inFlight = 0
  commitRequests = 0
  #forwarded: Forwarded[] = []
  #offset = 0
  #completions: { readonly origin: RecordContext; readonly resume: () => void }[] = []
  readonly #schedules = new Set<Schedule>()
  readonly #stores = new Map<string, StateStore>()
  readonly #beforeCommit: (() => boolean)[] = []
  readonly #shared = new Map<object, unknown>()
  readonly #cacheBytesMax: number
  readonly #engine = new MemoryEngine()
  #processor: NodeProcessor

  constructor(supplier: ProcessorSupplier, options: HarnessOptions = {}) {
    this.taskId = options.taskId ?? '0_0'
    this.childNames = options.children ?? ['child']
    this.#cacheBytesMax = options.cacheBytesMax ?? 0
    for (const store of options.stores ?? []) this.#stores.set(store.name, openStore(store, this))
    this.#processor = supplier()
    this.#processor.init(this)
  }

  get now(): number {
    return this.clock.now()
  }

  get async(): AsyncHost {
    return { clock: this.clock, begin: () => this.#begin(), setFull: (isFull) => (this.isFull = isFull) }
  }

  // ---- for tests ----

  /** Processes one record and returns what was forwarded since the last look. */
  pipe(key: any, value: any, timestamp: number, headers: RecordHeaders = RecordHeaders.empty): readonly Forwarded[] {
    this.send(this.#processor, { key, value, timestamp }, headers)
    return this.take()
  }

  /** Processes one record at another operator that was initialised with this context. */
  send(
    processor: NodeProcessor,
    record: Pick<StreamRecord<any, any>, 'key' | 'value' | 'timestamp'>,
    headers: RecordHeaders = RecordHeaders.empty,
  ): void {
    const { key, value, timestamp } = record
    this.streamTime = Math.max(this.streamTime, timestamp)
    this.setRecordContext('topic', 0, this.#offset++, timestamp, headers)
    processor.process({ key, value, timestamp, headers })
  }

  /** What was forwarded since the last look. */
  take(): readonly Forwarded[] {
    const forwarded = this.#forwarded
    this.#forwarded = []
    return forwarded
  }

  /** Another operator over the same stores: a restart, or the other side of a join. */
  also(supplier: ProcessorSupplier): void {
    this.#processor = supplier()
    this.#processor.init(this)
  }

  commit(): readonly Forwarded[] {
    for (const store of this.#stores.values()) store.flush()
    for (const callback of this.#beforeCommit) callback()
    for (const store of this.#stores.values()) {
      store.commit({ changelogs: new Map(), streamTimeMs: -1 })
    }
    return this.take()
  }

  /** Moves the wall clock and fires what is due, once each. */
  advanceWallClock(ms: number): readonly Forwarded[] {
    this.clock.advance(ms)
    this.setRecordContext(null, -1, -1, this.now, RecordHeaders.empty)
    for (const schedule of this.#schedules) {
      if (schedule.clock !== 'wall-clock' || schedule.nextMs > this.now) continue
      schedule.callback(this.now)
      while (schedule.nextMs <= this.now) schedule.nextMs += schedule.intervalMs
    }
    return this.take()
  }

  /** Lets promises settle, then runs what async steps have finished. */
  async settle(): Promise<readonly Forwarded[]> {
    for (let i = 0; i < 50; i++) await Promise.resolve()
    for (const { origin, resume } of this.#completions.splice(0)) {
      this.setRecordContext(origin.topic, origin.partition, origin.offset, origin.timestamp, origin.headers)
      this.inFlight--
      resume()
    }
    return this.take()
  }

  close(): void {
    this.#processor.close?.()
  }

  // ---- NodeContext ----

  store(name: string): StateStore {
    const store = this.#stores.get(name)
    if (store === undefined) throw new Error(`the harness has no store ${name}`)
    return store
  }

  forward(record: StreamRecord<any, any>): void {
    this.#forwarded.push({ ...record, offset: this.record.offset, child: undefined })
  }

  forwardTo(child: number, record: StreamRecord<any, any>): void {
    this.#forwarded.push({ ...record, offset: this.record.offset, child: this.childNames[child] })
  }

  forwardFrom(origin: RecordContext, record: StreamRecord<any, any>): void {
    this.#forwarded.push({ ...record, offset: origin.offset, child: undefined })
  }

  schedule(intervalMs: number, clock: string, callback: (timeMs: number) => void): Punctuation {
    const schedule = { intervalMs, clock, callback, nextMs: this.now + intervalMs }
    this.#schedules.add(schedule)
    return { cancel: () => void this.#schedules.delete(schedule) }
  }

  beforeCommit(callback: () => boolean): void {
    this.#beforeCommit.push(callback)
  }

  requestCommit(): void {
    this.commitRequests++
  }

  dropped(reason: DropReason): void {
    this.dropReasons.push(reason)
  }

  loadMetadata(key: string): number | undefined {
    return this.metadata.get(key)
  }

  saveMetadata(key: string, value: number): void {
    this.metadata.set(key, value)
  }

  shared<T>(token: object, create: () => T): T {
    if (!this.#shared.has(token)) this.#shared.set(token, create())
    return this.#shared.get(token) as T
  }

  // ---- StoreHost ----

  setRecordContext(
    topic: string | null,
    partition: number,
    offset: number,
    timestamp: number,
    headers: RecordHeaders,
  ): void {
    Object.assign(this.record, { topic, partition, offset, timestamp, headers })
  }

  logChange(
    store: StoreDefinition,
    buffer: Buffer,
    keyStart: number,
    keyEnd: number,
    valueStart: number,
    valueEnd: number,
  ): void {
    const copy = (start: number, end: number): Buffer => Buffer.from(buffer.subarray(start, end))
    const value = valueEnd === -1 ? null : copy(valueStart, valueEnd)
    this.changes.push({ store: store.name, key: copy(keyStart, keyEnd), value })
  }

  engine(): MemoryEngine {
    return this.#engine
  }

  cacheBytesMax(): number {
    return this.#cacheBytesMax
  }

  #begin(): AsyncStep {
    const record = { ...this.record }
    this.inFlight++
    return { record, finish: (resume) => void this.#completions.push({ origin: record, resume }) }
  }
}
