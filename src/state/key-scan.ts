// A walk through the rows of one key by (major, minor), segment after segment. It is the row that it stands at.
import { writeInt64 } from '../base/index.ts'
import type { ByteCursor } from './byte-store.ts'
import { keyFirstParts, suffixLength, writeSuffix } from './key-schema.ts'
import type { StoreCore } from './store-core.ts'

const SEGMENT_BYTES = 8

/** How the rows of a store lie, and what they lie in. */
export interface RowLayout<K, V> {
  readonly core: StoreCore<K, V>
  readonly kind: 'window' | 'session'
  readonly segmentIntervalMs: number
}

/** Majors from..to, both inclusive, in the segments first..last. */
export interface MajorRange {
  readonly from: number
  readonly to: number
  readonly first: number
  readonly last: number
}

export class KeyScan<K, V> {
  // The row; valid until `next` is called.
  buffer!: Buffer
  keyStart = 0
  keyEnd = 0
  major = 0
  minor = 0
  valueStart = 0
  valueEnd = 0

  readonly #layout: RowLayout<K, V>
  readonly #key: K
  readonly #range: MajorRange
  readonly #isReverse: boolean
  readonly #suffixBytes: number
  #keyLength = 0
  /** The next to open. */
  #segment: number
  #cursor: ByteCursor | undefined = undefined

  constructor(layout: RowLayout<K, V>, key: K, range: MajorRange, isReverse: boolean) {
    this.#layout = layout
    this.#key = key
    this.#range = range
    this.#isReverse = isReverse
    this.#suffixBytes = suffixLength(layout.kind)
    this.#segment = isReverse ? range.last : range.first
  }

  next(): boolean {
    for (;;) {
      const cursor = (this.#cursor ??= this.#openNext())
      if (cursor === undefined) return false
      while (cursor.next()) if (this.#take(cursor)) return true
      this.#cursor = undefined
    }
  }

  /** Where it is not walked to its end. */
  close(): void {
    this.#cursor?.close()
    this.#cursor = undefined
    this.#segment = Infinity
  }

  #openNext(): ByteCursor | undefined {
    const { from, to, first, last } = this.#range
    const segment = this.#segment
    if (segment < first || segment > last) return undefined
    this.#segment += this.#isReverse ? -1 : 1
    const { core, kind, segmentIntervalMs } = this.#layout
    const low = segment === first ? from : segment * segmentIntervalMs
    const high = segment === last ? to : (segment + 1) * segmentIntervalMs - 1
    const { writer } = core.keys
    writer.reset()
    writer.int64(segment)
    core.keys.append(this.#key, writer)
    this.#keyLength = writer.position - SEGMENT_BYTES
    writeSuffix(kind, writer, low, 0)
    const gte = writer.toBuffer()
    const lt = writer.toBuffer()
    const suffixBytes = this.#suffixBytes
    writeInt64(lt, high + 1, lt.length - suffixBytes)
    return core.cursorOfKey(this.#key, low, high, { gte, lt, reverse: this.#isReverse, suffixBytes })
  }

  /** False: a longer key that lies between. */
  #take(found: ByteCursor): boolean {
    const { buffer, keyEnd: end } = found
    const keyStart = found.keyStart + SEGMENT_BYTES
    if (end - this.#suffixBytes - keyStart !== this.#keyLength) return false
    const { keyEnd, major, minor } = keyFirstParts(this.#layout.kind, buffer, keyStart, end)
    this.buffer = buffer
    this.keyStart = keyStart
    this.keyEnd = keyEnd
    this.major = major
    this.minor = minor
    this.valueStart = found.valueStart
    this.valueEnd = found.valueEnd
    return true
  }
}
