// Which waiting job may run: of each lane (a key) one at a time, lanes in the order in which their heads came. Without lanes
// a plain queue: each job has one to itself, as those of a null key. Invariant: a lane is in `#ready` exactly while it is idle and has jobs.
import type { Encoder } from '../../serde/index.ts'
import { RecordHeaders } from '../../record/index.ts'

/** What runs one after another: the jobs of a key. */
export interface Lane<J> {
  /** Undefined: of one job alone. */
  readonly id: unknown
  /** The next, and those behind it. */
  next: J | undefined
  later: J[] | undefined
  isBusy: boolean
}

const NO_TOPIC = { topic: '', headers: RecordHeaders.empty, isKey: true }

export class Lanes<J> {
  readonly #keyEncoder: Encoder<any> | undefined
  readonly #isLaned: boolean
  readonly #lanes = new Map<unknown, Lane<J>>()
  /** Lanes that may start. */
  #ready: Lane<J>[] = []
  #readyAt = 0

  constructor(mode: 'by-key' | 'none', keyEncoder: Encoder<any> | undefined) {
    this.#isLaned = mode === 'by-key'
    this.#keyEncoder = keyEncoder
  }

  /** The lane of a key, for a job that is added to it at once. */
  of(key: unknown): Lane<J> {
    if (!this.#isLaned || key === null) return { id: undefined, next: undefined, later: undefined, isBusy: false }
    const id = this.#laneId(key)
    const known = this.#lanes.get(id)
    if (known !== undefined) return known
    const lane: Lane<J> = { id, next: undefined, later: undefined, isBusy: false }
    this.#lanes.set(id, lane)
    return lane
  }

  add(lane: Lane<J>, job: J): void {
    if (lane.next !== undefined) {
      if (lane.later === undefined) lane.later = [job]
      else lane.later.push(job)
      return
    }
    lane.next = job
    if (!lane.isBusy) this.#ready.push(lane)
  }

  /** The next job that may run; its lane is busy until release(). */
  take(): J | undefined {
    const lane = this.#ready[this.#readyAt]
    if (lane === undefined) return undefined
    this.#readyAt++
    if (this.#readyAt > 64 && this.#readyAt * 2 > this.#ready.length) {
      this.#ready = this.#ready.slice(this.#readyAt)
      this.#readyAt = 0
    }
    lane.isBusy = true
    const job = lane.next
    lane.next = lane.later?.shift()
    return job
  }

  release(lane: Lane<J>): void {
    lane.isBusy = false
    if (lane.next !== undefined) this.#ready.push(lane)
    else if (lane.id !== undefined) this.#lanes.delete(lane.id)
  }

  clear(): void {
    this.#lanes.clear()
    this.#ready = []
    this.#readyAt = 0
  }

  #laneId(key: unknown): unknown {
    if (typeof key !== 'object') return key
    if (this.#keyEncoder === undefined) return 'object'
    return Buffer.from(this.#keyEncoder.encode(key, NO_TOPIC)).toString('latin1')
  }
}
