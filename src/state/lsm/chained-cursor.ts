// Cursors one after another: of segments, which have no key in common. The next one is opened when the one before has ended.
import type { ByteCursor } from '../byte-store.ts'

export class ChainedCursor implements ByteCursor {
  buffer!: Buffer
  keyStart = 0
  keyEnd = 0
  valueStart = 0
  valueEnd = 0
  readonly #cursors: readonly ByteCursor[]
  #at = 0

  constructor(cursors: readonly ByteCursor[]) {
    this.#cursors = cursors
  }

  next(): boolean {
    for (;;) {
      const cursor = this.#cursors[this.#at]
      if (cursor === undefined) return false
      if (cursor.next()) {
        this.buffer = cursor.buffer
        this.keyStart = cursor.keyStart
        this.keyEnd = cursor.keyEnd
        this.valueStart = cursor.valueStart
        this.valueEnd = cursor.valueEnd
        return true
      }
      this.#at++
    }
  }

  close(): void {
    for (const cursor of this.#cursors) cursor.close()
    this.#at = this.#cursors.length
  }
}
