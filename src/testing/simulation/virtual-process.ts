// A process of a simulated world: whatever it waits for goes through here. A crashed process hears nothing ever again; one that is
// paused hears it all when it goes on, in order.
//
//   running <--pause(), resume()--> paused
//   running, paused --crash()--> crashed
import { type Clock, type Prng, type Timer, seededPrng } from '../../base/index.ts'
import type { VirtualTime } from './virtual-time.ts'

/** When every world begins: some day in November 2023. */
export const EPOCH_MS = 1_700_000_000_000

/** When a process dies: in that call from now on (0 is the next), of all calls or of those that send; or around a request. */
export interface CrashPoint {
  readonly calls: number
  readonly isAtSend: boolean
  /** The key of the request's API. */
  readonly requestKey?: number | undefined
  /** The request is on its way when it dies. */
  readonly isAfterSend?: boolean
}

export const NEVER: CrashPoint = { calls: Infinity, isAtSend: false }

interface Delivery {
  readonly callback: () => void
  isCancelled: boolean
}

export class VirtualProcess {
  readonly name: string
  readonly clock: Clock
  readonly prng: Prng
  readonly #time: VirtualTime
  #state: 'running' | 'paused' | 'crashed' = 'running'
  #held: Delivery[] = []
  #crashPoint: CrashPoint = NEVER
  #callsLeft = Infinity
  #onCrash: (() => void) | undefined

  constructor(name: string, time: VirtualTime, seed: number) {
    this.name = name
    this.#time = time
    this.prng = seededPrng(seed)
    this.clock = {
      now: () => EPOCH_MS + Math.floor(time.nowMs),
      monotonicMs: () => time.nowMs,
      setTimer: (delayMs, callback) => this.after(delayMs, callback),
    }
  }

  get state(): 'running' | 'paused' | 'crashed' {
    return this.#state
  }

  get isCrashed(): boolean {
    return this.#state === 'crashed'
  }

  /** Calls back after that time, if the process still lives then. */
  after(delayMs: number, callback: () => void): Timer {
    if (this.isCrashed) return { cancel: () => undefined }
    const delivery: Delivery = { callback, isCancelled: false }
    this.#time.after(delayMs, () => this.#take(delivery))
    return { cancel: () => void (delivery.isCancelled = true) }
  }

  /** Something has come for the process: it hears it now, or when it goes on. */
  deliver(callback: () => void): void {
    this.#take({ callback, isCancelled: false })
  }

  wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.after(delayMs, resolve))
  }

  pause(): void {
    if (this.#state === 'running') this.#state = 'paused'
  }

  resume(): void {
    if (this.#state !== 'paused') return
    this.#state = 'running'
    const held = this.#held
    this.#held = []
    for (const delivery of held) this.#time.after(0, () => this.#take(delivery))
  }

  crash(): void {
    if (this.isCrashed) return
    this.#state = 'crashed'
    this.#held = []
  }

  /** Has it crash inside of a call of a port; `onCrash` runs at the moment. */
  crashAt(point: CrashPoint, onCrash: () => void): void {
    this.#crashPoint = point
    this.#callsLeft = point.calls
    this.#onCrash = onCrash
  }

  /** A port is called: false where the process is dead, or dies of it. `requestKey` says what is about to be sent. */
  call(port: 'disk' | 'network', requestKey?: number): boolean {
    if (this.isCrashed) return false
    const point = this.#crashPoint
    if (point.requestKey !== undefined) {
      if (requestKey !== point.requestKey || point.isAfterSend === true) return true
    } else {
      if (point.isAtSend && port === 'disk') return true
      if (this.#callsLeft-- > 0) return true
    }
    this.#crashNow()
    return false
  }

  /** A request is on its way. */
  sent(requestKey: number): void {
    const point = this.#crashPoint
    if (!this.isCrashed && point.isAfterSend === true && point.requestKey === requestKey) this.#crashNow()
  }

  #crashNow(): void {
    this.#crashPoint = NEVER
    this.#callsLeft = Infinity
    this.crash()
    this.#onCrash?.()
  }

  #take(delivery: Delivery): void {
    if (delivery.isCancelled || this.isCrashed) return
    if (this.#state === 'paused') this.#held.push(delivery)
    else delivery.callback()
  }
}
