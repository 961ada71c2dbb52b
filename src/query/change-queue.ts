// Changes on their way to somebody who iterates over them. Where they are not taken in time, those of a key that still wait become
// one: from what was before the first to what is after the last. Invariant: never more than CHANGES_MAX wait.
import { TidemillError } from '../base/index.ts'
import type { LocalChange } from './watch.ts'

/** From here on changes of a key are merged. */
const MERGED_FROM = 1_000
const CHANGES_MAX = 100_000

export class ChangeQueue implements AsyncIterable<LocalChange> {
  #changes: LocalChange[] = []
  /** Of the merged ones: where the last of a key stands. */
  readonly #places = new Map<string, number>()
  #isEnded = false
  #error: TidemillError | undefined
  #wake: (() => void) | undefined

  push(changes: readonly LocalChange[]): void {
    for (const change of changes) this.#push(change)
    this.#wake?.()
  }

  end(): void {
    this.#isEnded = true
    this.#wake?.()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<LocalChange> {
    for (;;) {
      const taken = this.#changes
      this.#changes = []
      this.#places.clear()
      for (const change of taken) {
        if (this.#isEnded) return
        yield change
      }
      if (this.#error !== undefined) throw this.#error
      if (this.#isEnded) return
      if (this.#changes.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }

  #push(change: LocalChange): void {
    const waiting = this.#changes
    if (this.#isEnded || this.#error !== undefined) return
    if (waiting.length < MERGED_FROM) return void waiting.push(change)
    const name = `${Buffer.from(change.key).toString('latin1')} ${change.window?.start} ${change.window?.end}`
    const place = this.#places.get(name)
    const earlier = place === undefined ? undefined : waiting[place]
    if (place !== undefined && earlier !== undefined) {
      waiting[place] = { ...change, before: earlier.before }
      return
    }
    if (waiting.length >= CHANGES_MAX) {
      this.#error = new TidemillError(
        'watch-overflow',
        `changes of ${CHANGES_MAX} keys wait for a live query that does not take them: take them faster, or watch single keys`,
      )
      return
    }
    this.#places.set(name, waiting.push(change) - 1)
  }
}
