// Answers that a subscription got from a cache. A cache tells of nothing where a row came and went between two flushes: who
// subscribed meanwhile has heard of the row, and must hear that it is gone. In Java the result of such a row stays.
//
// Invariant: what is noted is a foreign key that was answered with a value since its last change was told, if it ever was.
import type { Encoder } from '../../serde/index.ts'
import { RecordHeaders } from '../../record/index.ts'
import type { NodeContext } from '../../topology/index.ts'
import type { TableView } from '../table-view.ts'

export interface UntoldAnswer {
  readonly foreignKey: any
  readonly timestamp: number
}

const NO_TOPIC = { topic: '', headers: RecordHeaders.empty, isKey: true }

/** Of one join in one task. */
export class UntoldAnswers {
  /** Where the answers come from. */
  view: TableView | undefined = undefined
  readonly #encoder: Encoder<any>
  readonly #answers = new Map<unknown, UntoldAnswer>()

  constructor(encoder: Encoder<any>) {
    this.#encoder = encoder
  }

  static of(context: NodeContext, join: object, encoder: Encoder<any>): UntoldAnswers {
    return context.shared(join, () => new UntoldAnswers(encoder))
  }

  gave(foreignKey: any, timestamp: number): void {
    this.#answers.set(this.#identityOf(foreignKey), { foreignKey, timestamp })
  }

  told(foreignKey: any): void {
    if (this.#answers.size > 0) this.#answers.delete(this.#identityOf(foreignKey))
  }

  /** When the caches are empty: the answers that are not true any more, although nobody told of a change. */
  takeUntrue(): readonly UntoldAnswer[] {
    if (this.#answers.size === 0) return []
    const answers = [...this.#answers.values()]
    this.#answers.clear()
    return answers.filter(({ foreignKey }) => this.view?.get(foreignKey) === undefined)
  }

  #identityOf(key: any): unknown {
    if (typeof key !== 'object') return key
    return Buffer.from(this.#encoder.encode(key, NO_TOPIC)).toString('latin1')
  }
}
