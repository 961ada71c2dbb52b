// The asynchronous steps of a task: what is in flight, and results that wait to be re-injected by the loop. Nothing runs
// between two awaits: a step that finishes puts its result here and wakes the host. After clear() late results are nobody's.
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

export class AsyncSteps {
  inFlight = 0
  readonly #wake: (() => void) | undefined
  #ready: Completion[] = []
  #generation = 0
  readonly #full = new Set<NodeHost>()

  constructor(wake: (() => void) | undefined) {
    this.#wake = wake
  }

  get isBlocked(): boolean {
    return this.#full.size > 0
  }

  get hasReady(): boolean {
    return this.#ready.length > 0
  }

  begin(node: NodeHost, record: RecordContext, source: RawRecord | undefined): AsyncStep {
    const generation = this.#generation
    let isFinished = false
    this.inFlight++
    return {
      finish: (resume) => {
        if (isFinished || generation !== this.#generation) return
        isFinished = true
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

  clear(): void {
    this.#generation++
    this.#ready = []
    this.#full.clear()
    this.inFlight = 0
  }
}
