// The newest batches of all logs, as the very buffers that were appended: readers that keep up never touch the disk. One budget
// of bytes for all logs, oldest out first. Views pin the frames they came in; batches of one frame leave together, so that
// the sum of their sizes is a fair account. A ring a log and one over all: an Array.shift() here once cost 28 us a request.
import { must } from '../../base/index.ts'
import { batch } from './batch-fields.ts'

/** A queue over a circular array. */
class Ring<T> {
  #items: (T | undefined)[] = Array.from({ length: 16 })
  #head = 0
  length = 0

  at(index: number): T {
    return must(this.#items[(this.#head + index) & (this.#items.length - 1)], 'ring item')
  }

  push(item: T): void {
    if (this.length === this.#items.length) this.#grow()
    this.#items[(this.#head + this.length) & (this.#items.length - 1)] = item
    this.length++
  }

  shift(): T {
    const item = this.at(0)
    this.#items[this.#head] = undefined
    this.#head = (this.#head + 1) & (this.#items.length - 1)
    this.length--
    return item
  }

  clear(): void {
    this.#items = Array.from({ length: 16 })
    this.#head = 0
    this.length = 0
  }

  #grow(): void {
    const items: (T | undefined)[] = Array.from({ length: this.#items.length * 2 })
    for (let i = 0; i < this.length; i++) items[i] = this.at(i)
    this.#items = items
    this.#head = 0
  }
}

/** The cached batches of one log, without gaps up to its end. */
export class LogTail {
  readonly ring: Ring<Buffer> = new Ring<Buffer>()
  /** How many batches of it are still in the ring over all logs though they are gone from here. */
  forgotten = 0

  /** The first offset that is cached; undefined when nothing is. */
  get startOffset(): number | undefined {
    return this.ring.length === 0 ? undefined : batch.baseOffset(this.ring.at(0), 0)
  }

  /** Whole batches from the one that holds the offset, which has to be cached; the buffers themselves, not copies. */
  read(fromOffset: number, endOffset: number, bytesMax: number): readonly Buffer[] {
    const result: Buffer[] = []
    let bytes = 0
    for (let i = this.#indexOf(fromOffset); i < this.ring.length; i++) {
      const item = this.ring.at(i)
      bytes += item.length
      if (batch.baseOffset(item, 0) >= endOffset || (result.length > 0 && bytes > bytesMax)) break
      result.push(item)
    }
    return result
  }

  /** The first batch whose last offset is at or after the offset. */
  #indexOf(offset: number): number {
    let low = 0
    let high = this.ring.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (batch.lastOffset(this.ring.at(middle), 0) < offset) low = middle + 1
      else high = middle
    }
    return low
  }
}

export class TailCache {
  readonly #bytesMax: number
  readonly #order = new Ring<{ readonly tail: LogTail; readonly bytes: number }>()
  #bytes = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  get bytes(): number {
    return this.#bytes
  }

  add(tail: LogTail, item: Buffer): void {
    if (item.length > this.#bytesMax) return this.forget(tail)
    tail.ring.push(item)
    this.#order.push({ tail, bytes: item.length })
    this.#bytes += item.length
    while (this.#bytes > this.#bytesMax) this.#evict()
  }

  /** Drops all of a log: it was cut or deleted. */
  forget(tail: LogTail): void {
    tail.forgotten += tail.ring.length
    tail.ring.clear()
  }

  #evict(): void {
    const { tail, bytes } = this.#order.shift()
    this.#bytes -= bytes
    if (tail.forgotten > 0) tail.forgotten--
    else tail.ring.shift()
  }
}
