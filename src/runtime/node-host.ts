// A processor node at work: what the task gives to an operator (NodeContext), and where its errors are caught.
// Invariants: the task's record context has the timestamp and headers of the record that is being processed, also further
// down where an operator changed them, and is put back after each forward; an error is offered to the processing handler
// once, by the innermost node that it came from, and the nodes above go on with their next record where it says so.
import { type Clock, TidemillError } from '../base/index.ts'
import type { RecordContext, RecordHeaders, StreamRecord } from '../record/index.ts'
import type { StateStore } from '../state/index.ts'
import type {
  ApplicationConfig,
  AsyncHost,
  AsyncStep,
  DropReason,
  Metrics,
  NodeContext,
  NodeProcessor,
  ProcessorNode,
  Punctuation,
  PunctuationClock,
} from '../topology/index.ts'
import { STEP_NODE, type StepMark } from './step-mark.ts'

/** What records can be given to: processors and sinks. */
export interface Receiver {
  readonly name: string
  receive(record: StreamRecord): void
}

/** The task's record context: one object, written over for each record. */
export interface MutableContext {
  topic: string | null
  partition: number
  offset: number
  timestamp: number
  headers: RecordHeaders
}

/** What a node asks of its task. */
export interface NodeOwner {
  readonly taskId: string
  readonly config: ApplicationConfig
  readonly clock: Clock
  readonly context: MutableContext
  readonly emitIntervalMs: number
  readonly nowMs: number
  readonly mark: StepMark
  readonly streamTime: number
  store(name: string): StateStore | undefined
  schedule(
    node: NodeHost,
    intervalMs: number,
    clock: PunctuationClock,
    callback: (timeMs: number) => void,
    startAtMs: number | undefined,
  ): Punctuation
  beforeCommit(node: NodeHost, callback: () => boolean): void
  requestCommit(): void
  dropped(reason: DropReason, node: string): void
  loadMetadata(key: string): number | undefined
  saveMetadata(key: string, value: number): void
  shared<T>(token: object, create: () => T): T
  metrics(node: string): Metrics
  /** Returns where the record is to be dropped, else throws. */
  processingFailed(error: unknown, node: string): void
  beginAsync(node: NodeHost, key: unknown): AsyncStep
  setFull(node: NodeHost, isFull: boolean): void
}

export class NodeHost implements NodeContext, Receiver, AsyncHost {
  readonly node: ProcessorNode
  readonly name: string
  readonly record: RecordContext
  readonly clock: Clock
  childNames: readonly string[] = []
  ownsRecords = false
  readonly #owner: NodeOwner
  readonly #context: MutableContext
  #processor: NodeProcessor
  #children: readonly Receiver[] = []
  readonly #cells: Int32Array
  readonly #number: number

  constructor(node: ProcessorNode, owner: NodeOwner) {
    this.#cells = owner.mark.cells
    this.#number = owner.mark.numberOf(node.name)
    this.node = node
    this.name = node.name
    this.#owner = owner
    this.#context = owner.context
    this.record = owner.context
    this.clock = owner.clock
    this.#processor = node.create()
  }

  // ---- for the task ----

  set children(children: readonly Receiver[]) {
    this.#children = children
    this.childNames = children.map((child) => child.name)
  }

  get ignoresValue(): boolean {
    return this.#processor.ignoresValue === true
  }

  init(): void {
    this.#processor.init(this)
  }

  /** A processor with nothing in it, after an aborted transaction. */
  reset(): void {
    this.close()
    this.#processor = this.node.create()
  }

  close(): void {
    this.#processor.close?.()
  }

  /** Its number among the nodes that a watcher names. */
  get number(): number {
    return this.#number
  }

  receive(record: StreamRecord): void {
    this.#cells[STEP_NODE] = this.#number
    try {
      this.#processor.process(record)
    } catch (error) {
      this.#owner.processingFailed(error, this.name)
    }
  }

  // ---- NodeContext ----

  get applicationId(): string {
    return this.#owner.config.applicationId
  }

  get taskId(): string {
    return this.#owner.taskId
  }

  get nodeName(): string {
    return this.name
  }

  get streamTime(): number {
    return this.#owner.streamTime
  }

  get now(): number {
    return this.#owner.nowMs
  }

  get emitIntervalMs(): number {
    return this.#owner.emitIntervalMs
  }

  get config(): ApplicationConfig {
    return this.#owner.config
  }

  get metrics(): Metrics {
    return this.#owner.metrics(this.name)
  }

  get async(): AsyncHost {
    return this
  }

  store(name: string): StateStore {
    const store = this.#owner.store(name)
    if (store === undefined) throw this.#noStore(name)
    return store
  }

  forward(record: StreamRecord<any, any>): void {
    const context = this.#context
    const { timestamp, headers } = context
    if (record.timestamp === timestamp && record.headers === headers) {
      const children = this.#children
      for (let i = 0; i < children.length; i++) (children[i] as Receiver).receive(record)
      return
    }
    context.timestamp = record.timestamp
    context.headers = record.headers
    try {
      for (const child of this.#children) child.receive(record)
    } finally {
      context.timestamp = timestamp
      context.headers = headers
    }
  }

  forwardTo(child: number, record: StreamRecord<any, any>): void {
    const receiver = this.#children[child]
    if (receiver === undefined) throw this.#noChild(child)
    const context = this.#context
    const { timestamp, headers } = context
    context.timestamp = record.timestamp
    context.headers = record.headers
    try {
      receiver.receive(record)
    } finally {
      context.timestamp = timestamp
      context.headers = headers
    }
  }

  forwardFrom(origin: RecordContext, record: StreamRecord<any, any>): void {
    const context = this.#context
    const { topic, partition, offset } = context
    context.topic = origin.topic
    context.partition = origin.partition
    context.offset = origin.offset
    try {
      this.forward(record)
    } finally {
      context.topic = topic
      context.partition = partition
      context.offset = offset
    }
  }

  schedule(
    intervalMs: number,
    clock: PunctuationClock,
    callback: (timeMs: number) => void,
    startAtMs?: number,
  ): Punctuation {
    if (intervalMs >= 1) return this.#owner.schedule(this, intervalMs, clock, callback, startAtMs)
    throw new TidemillError('invalid-argument', `${this.name} schedules every ${intervalMs} ms: the least is 1 ms`)
  }

  beforeCommit(callback: () => boolean): void {
    this.#owner.beforeCommit(this, callback)
  }

  requestCommit(): void {
    this.#owner.requestCommit()
  }

  dropped(reason: DropReason): void {
    this.#owner.dropped(reason, this.name)
  }

  loadMetadata(key: string): number | undefined {
    return this.#owner.loadMetadata(key)
  }

  saveMetadata(key: string, value: number): void {
    this.#owner.saveMetadata(key, value)
  }

  shared<T>(token: object, create: () => T): T {
    return this.#owner.shared(token, create)
  }

  // ---- AsyncHost ----

  begin(key?: unknown): AsyncStep {
    return this.#owner.beginAsync(this, key)
  }

  setFull(isFull: boolean): void {
    this.#owner.setFull(this, isFull)
  }

  #noStore(name: string): TidemillError {
    const connected = this.node.stores.length === 0 ? 'none' : this.node.stores.join(', ')
    return new TidemillError(
      'unknown-store',
      `${this.name} asks for the store '${name}', which it is not connected to (connected: ${connected}): list its handle in the processor's 'stores'`,
    )
  }

  #noChild(child: number): TidemillError {
    const children = this.childNames.length === 0 ? 'none' : this.childNames.join(', ')
    return new TidemillError('unknown-child', `${this.name} forwards to child ${child}; its children are: ${children}`)
  }
}
