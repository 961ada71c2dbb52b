// What has happened to a member of a group, kept until its owner reads it, in order and up to one loss at a time.
//
// Invariant: from a loss until its owner has dealt with it (asked for events again), `identity` is who the member was, for what
// the owner commits for partitions that are others' now would be accepted from who it has become.
import type { Clock } from '../base/index.ts'
import type { GroupEvent, GroupMetadata } from './contract.ts'

export class MemberEvents {
  readonly #clock: Clock
  readonly #events: GroupEvent[] = []
  /** Of each 'lost' event that is not dealt with: who the member was. */
  readonly #losses: GroupMetadata[] = []
  #isLossTaken = false
  #isEnded = false
  readonly #waiters = new Set<() => void>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Who the member was, while a loss is not dealt with. */
  get identity(): GroupMetadata | undefined {
    return this.#losses[0]
  }

  push(event: GroupEvent): void {
    this.#events.push(event)
    this.#wakeAll()
  }

  lost(before: GroupMetadata, event: GroupEvent & { readonly kind: 'lost' }): void {
    this.#losses.push(before)
    this.push(event)
  }

  take(): readonly GroupEvent[] {
    if (this.#isLossTaken) this.#losses.shift()
    const loss = this.#events.findIndex(({ kind }) => kind === 'lost')
    this.#isLossTaken = loss >= 0
    return this.#events.splice(0, loss < 0 ? this.#events.length : loss + 1)
  }

  wait(timeoutMs: number): Promise<void> {
    if (this.#events.length > 0 || this.#isEnded) return Promise.resolve()
    return new Promise((resolve) => {
      const done = (): void => {
        timer.cancel()
        this.#waiters.delete(done)
        resolve()
      }
      const timer = this.#clock.setTimer(timeoutMs, done)
      this.#waiters.add(done)
    })
  }

  /** Nobody waits from here on. */
  end(): void {
    this.#isEnded = true
    this.#wakeAll()
  }

  #wakeAll(): void {
    for (const waiter of this.#waiters) waiter()
  }
}
