// The asynchronous steps of a task: what is in flight, and results that wait to be re-injected by the loop. Nothing runs
// between two awaits: a step that finishes puts its result here and wakes the host. After clear() late results are nobody's.
import type { Clock } from '../base/index.ts'
import type { RecordContext } from '../record/index.ts'
import type { AsyncStep } from '../topology/index.ts'
import type { NodeHost } from './node-host.ts'
import type { HeldRecord } from './record-queue.ts'

/** A step whose promise has not settled. */
export interface PendingStep {
  readonly node: string
  readonly key: unknown
  readonly record: RecordContext
  /** On the monotonic clock. */
  readonly sinceMs: number
}

/** From its beginning to its result that is ready: what to call, at which node, in which record's context. */
export class BegunStep implements AsyncStep {
  readonly #owner: AsyncSteps
  readonly node: NodeHost
  readonly key: unknown
  readonly record: RecordContext
  readonly source: HeldRecord | undefined
  readonly sinceMs: number
  /** Undefined: it has not settled. */
  resume: (() => void) | undefined = undefined

  constructor(owner: AsyncSteps, node: NodeHost, key: unknown, record: RecordContext, source: HeldRecord | undefined) {
    this.#owner = owner
    this.node = node
    this.key = key
    this.record = record
    this.source = source
    this.sinceMs = owner.nowMs()
  }

  finish(resume: () => void): void {
    this.#owner.finish(this, resume)
  }
}

/** So many are told of each node. */
const PENDING_TOLD = 5

export class AsyncSteps {
  inFlight = 0
  /** Whether there was ever one: wrappers of processors hide which of them are asynchronous. */
  hasBegun = false
  readonly #clock: Clock
  readonly #wake: (() => void) | undefined
  /** In the order in which they began. */
  readonly #begun = new Set<BegunStep>()
  #ready: BegunStep[] = []
  readonly #full = new Set<NodeHost>()

  constructor(clock: Clock, wake: (() => void) | undefined) {
    this.#clock = clock
    this.#wake = wake
  }

  get isBlocked(): boolean {
    return this.#full.size > 0
  }

  get hasReady(): boolean {
    return this.#ready.length > 0
  }

  /** On the monotonic clock. */
  nowMs(): number {
    return this.#clock.monotonicMs()
  }

  begin(node: NodeHost, key: unknown, record: RecordContext, source: HeldRecord | undefined): BegunStep {
    const step = new BegunStep(this, node, key, record, source)
    this.#begun.add(step)
    this.hasBegun = true
    this.inFlight++
    return step
  }

  finish(step: BegunStep, resume: () => void): void {
    if (!this.#begun.delete(step)) return
    step.resume = resume
    this.#ready.push(step)
    this.#wake?.()
  }

  setFull(node: NodeHost, isFull: boolean): void {
    if (isFull) this.#full.add(node)
    else this.#full.delete(node)
  }

  /** Takes what is ready; each is in flight until it was run. */
  takeReady(): readonly BegunStep[] {
    const ready = this.#ready
    this.#ready = []
    return ready
  }

  /** The oldest of each node. */
  pending(): readonly PendingStep[] {
    const counts = new Map<NodeHost, number>()
    const told: PendingStep[] = []
    for (const { node, key, record, sinceMs } of this.#begun) {
      const count = (counts.get(node) ?? 0) + 1
      counts.set(node, count)
      if (count <= PENDING_TOLD) told.push({ node: node.name, key, record, sinceMs })
    }
    return told
  }

  clear(): void {
    this.#ready = []
    this.#begun.clear()
    this.#full.clear()
    this.inFlight = 0
  }
}
