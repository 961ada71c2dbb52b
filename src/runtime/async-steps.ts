// The asynchronous steps of a task: what is in flight, and results that wait to be re-injected by the loop. Nothing runs
// between two awaits: a step that finishes puts its result here and wakes the host. After clear() late results are nobody's.
import type { Clock } from '../base/index.ts'
import type { RecordContext } from '../record/index.ts'
import type { AsyncStep } from '../topology/index.ts'
import type { RawRecord } from './error-handling.ts'
import type { NodeHost } from './node-host.ts'

/** A result that is ready: what to call, at which node, in which record's context. */
export interface Completion {
  readonly node: NodeHost
  readonly record: RecordContext
  readonly source: RawRecord | undefined
  readonly resume: () => void
}

/** A step whose promise has not settled. */
export interface PendingStep {
  readonly node: string
  readonly key: unknown
  readonly record: RecordContext
  /** On the monotonic clock. */
  readonly sinceMs: number
}

interface Begun extends Omit<PendingStep, 'node'> {
  readonly node: NodeHost
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
  readonly #begun = new Set<Begun>()
  #ready: Completion[] = []
  #generation = 0
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

  begin(node: NodeHost, key: unknown, record: RecordContext, source: RawRecord | undefined): AsyncStep {
    const generation = this.#generation
    const begun: Begun = { node, key, record, sinceMs: this.#clock.monotonicMs() }
    this.#begun.add(begun)
    this.hasBegun = true
    this.inFlight++
    return {
      finish: (resume) => {
        if (generation !== this.#generation || !this.#begun.delete(begun)) return
        this.#ready.push({ node, record, source, resume })
        this.#wake?.()
      },
    }
  }

  setFull(node: NodeHost, isFull: boolean): void {
    if (isFull) this.#full.add(node)
    else this.#full.delete(node)
  }

  /** Takes what is ready; each is in flight until it was run. */
  takeReady(): readonly Completion[] {
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
    this.#generation++
    this.#ready = []
    this.#begun.clear()
    this.#full.clear()
    this.inFlight = 0
  }
}
