// Answers of an inner join that took a result away, and came when the left entry had changed. Whoever changes without another
// foreign key is not told that there is nothing: so the result of before would stay, as it does in Java. When the caches are
// empty the left entry asks again, and this time it is told in any case.
import type { NodeContext } from '../../topology/index.ts'

/** Asks for a left entry as it is now; false: it has no foreign key, and so no result. */
export type AskAgain = (key: any, left: any, timestamp: number) => boolean

/** Of one join in one task. */
export class LostAnswers {
  /** The operator that sends subscriptions. */
  ask: AskAgain = () => false
  #timestamps = new Map<any, number>()

  static of(context: NodeContext, join: object): LostAnswers {
    return context.shared(join, () => new LostAnswers())
  }

  add(key: any, timestamp: number): void {
    this.#timestamps.set(key, timestamp)
  }

  /** By left key the time of the answer. */
  take(): ReadonlyMap<any, number> {
    const timestamps = this.#timestamps
    if (timestamps.size > 0) this.#timestamps = new Map()
    return timestamps
  }
}
