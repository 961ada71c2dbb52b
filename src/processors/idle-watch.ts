// Stream time stands still while no record comes, and with it all that waits for a window to close. Where the user asks for
// it, the wall clock moves an operator's stream time on once nothing came for `idleAfterMs`.
import type { NodeContext } from '../topology/index.ts'

const CHECK_INTERVAL_MAX_MS = 1_000

export class IdleWatch {
  readonly #context: NodeContext
  #lastRecordAtMs = 0
  #streamTime = -1

  /** `advance` gets the stream time that the wall clock gives, again and again while nothing comes. */
  constructor(context: NodeContext, idleAfterMs: number, advance: (streamTime: number) => void) {
    this.#context = context
    context.schedule(Math.max(1, Math.min(idleAfterMs, CHECK_INTERVAL_MAX_MS)), 'wall-clock', (now) => {
      const idleMs = now - this.#lastRecordAtMs
      if (this.#streamTime >= 0 && idleMs >= idleAfterMs) advance(this.#streamTime + idleMs)
    })
  }

  /** A record came; the operator's stream time is now this. */
  touch(streamTime: number): void {
    this.#lastRecordAtMs = this.#context.now
    this.#streamTime = streamTime
  }
}
