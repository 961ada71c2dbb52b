// The wait of a background loop: until something changes, at most so long. One loop, so one wait at a time.
import { type Clock, assert } from '../base/index.ts'

export class LoopPause {
  readonly #clock: Clock
  #onChange: (() => void) | undefined
  #isEnded = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  wait(timeoutMs: number): Promise<void> {
    if (this.#isEnded) return Promise.resolve()
    assert(this.#onChange === undefined, () => 'a loop waits twice')
    return new Promise((resolve) => {
      const done = (): void => {
        timer.cancel()
        this.#onChange = undefined
        resolve()
      }
      const timer = this.#clock.setTimer(timeoutMs, done)
      this.#onChange = done
    })
  }

  changed(): void {
    this.#onChange?.()
  }

  /** No wait is one from here on. */
  end(): void {
    this.#isEnded = true
    this.changed()
  }
}
