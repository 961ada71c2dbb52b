// Which waiting job may run: of each lane (a key) one at a time, lanes in the order in which their heads came. Without lanes
// a plain queue. A null key belongs to no lane. Invariant: a lane is in `#ready` exactly while it is idle and has jobs.
import type { Encoder } from '../../serde/index.ts'
import { RecordHeaders } from '../../record/index.ts'

interface Lane<J> {
  readonly jobs: J[]
  isBusy: boolean
}

const NO_TOPIC = { topic: '', headers: RecordHeaders.empty, isKey: true }

export class Lanes<J> {
  readonly #keyEncoder: Encoder<any> | undefined
  readonly #isLaned: boolean
  readonly #lanes = new Map<unknown, Lane<J>>()
  /** Lanes that may start, and jobs without a lane. */
  #ready: (Lane<J> | { readonly job: J })[] = []
  #readyAt = 0

  constructor(mode: 'by-key' | 'none', keyEncoder: Encoder<any> | undefined) {
    this.#isLaned = mode === 'by-key'
    this.#keyEncoder = keyEncoder
  }

  add(key: unknown, job: J): void {
    if (!this.#isLaned || key === null) {
      this.#ready.push({ job })
      return
    }
    const id = this.#laneId(key)
    let lane = this.#lanes.get(id)
    if (lane === undefined) this.#lanes.set(id, (lane = { jobs: [], isBusy: false }))
    lane.jobs.push(job)
    if (!lane.isBusy && lane.jobs.length === 1) this.#ready.push(lane)
  }

  /** The next job that may run; its lane is busy until release(). */
  take(): J | undefined {
    const next = this.#ready[this.#readyAt]
    if (next === undefined) return undefined
    this.#readyAt++
    if (this.#readyAt > 64 && this.#readyAt * 2 > this.#ready.length) {
      this.#ready = this.#ready.slice(this.#readyAt)
      this.#readyAt = 0
    }
    if ('job' in next) return next.job
    next.isBusy = true
    return next.jobs.shift()
  }

  release(key: unknown): void {
    if (!this.#isLaned || key === null) return
    const id = this.#laneId(key)
    const lane = this.#lanes.get(id)
    if (lane === undefined) return
    lane.isBusy = false
    if (lane.jobs.length > 0) this.#ready.push(lane)
    else this.#lanes.delete(id)
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
