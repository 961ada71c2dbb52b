// The door to time. Nothing else touches Date, performance or setTimeout, so that a simulation or a test can move time.

export interface Timer {
  cancel(): void
}

export interface Clock {
  /** Wall-clock time in ms since 1970: for records and people. It can jump. */
  now(): number
  /** Monotonic time in ms: for deadlines and intervals. It never goes back. */
  monotonicMs(): number
  /** Calls once after at least that many ms; an unref'd timer does not keep the process alive. */
  setTimer(delayMs: number, callback: () => void, options?: { readonly unref?: boolean }): Timer
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  setTimer(delayMs, callback, options = {}) {
    const handle = setTimeout(callback, delayMs)
    if (options.unref === true) handle.unref()
    return { cancel: () => clearTimeout(handle) }
  },
}

/** Waits; rejects with the signal's reason when it is aborted. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(signal.reason)
    const onAbort = (): void => {
      timer.cancel()
      reject(signal?.reason)
    }
    const timer = clock.setTimer(delayMs, () => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    })
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}

/** A clock that stands still until it is moved: for tests, the test driver and simulation. */
export class ManualClock implements Clock {
  #nowMs: number
  #monotonicMs = 0
  #nextId = 0
  readonly #timers = new Map<number, { readonly atMs: number; readonly callback: () => void }>()

  constructor(startAtMs = 0) {
    this.#nowMs = startAtMs
  }

  now(): number {
    return this.#nowMs
  }

  monotonicMs(): number {
    return this.#monotonicMs
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    const id = this.#nextId++
    this.#timers.set(id, { atMs: this.#monotonicMs + Math.max(0, delayMs), callback })
    return { cancel: () => void this.#timers.delete(id) }
  }

  /** Moves time and fires the timers that come due, in order. */
  advance(ms: number): void {
    const targetMs = this.#monotonicMs + ms
    for (;;) {
      let due: { readonly id: number; readonly atMs: number; readonly callback: () => void } | undefined
      for (const [id, timer] of this.#timers) {
        if (timer.atMs <= targetMs && (due === undefined || timer.atMs < due.atMs)) due = { id, ...timer }
      }
      if (due === undefined) break
      this.#timers.delete(due.id)
      this.#moveTo(Math.max(due.atMs, this.#monotonicMs))
      due.callback()
    }
    this.#moveTo(targetMs)
  }

  #moveTo(monotonicMs: number): void {
    this.#nowMs += monotonicMs - this.#monotonicMs
    this.#monotonicMs = monotonicMs
  }
}
