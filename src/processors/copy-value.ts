// Users may change an aggregate in place. What is still needed as it was, is copied by way of its bytes first.
import { RecordHeaders } from '../record/index.ts'
import type { Serde, SerdeContext } from '../serde/index.ts'

export class ValueCopier {
  readonly #serde: Serde<any>
  readonly #context: SerdeContext

  constructor(serde: Serde<any>, topic: string) {
    this.#serde = serde
    this.#context = { topic, headers: RecordHeaders.empty, isKey: false }
  }

  copy(value: any): any {
    if (typeof value !== 'object' || value === null) return value
    return this.#serde.decode(this.#serde.encode(value, this.#context), this.#context)
  }
}
