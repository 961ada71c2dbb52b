// The engine that keeps bytes in memory: nothing survives the process, the changelog is read from its start again.
import { must } from '../base/index.ts'
import type { ForeseenKeys } from '../serde/index.ts'
import type {
  ByteChanges,
  ByteCursor,
  ByteRange,
  ByteStore,
  ByteStoreEngine,
  ByteView,
  OpenByteStoreOptions,
  StorePosition,
} from './byte-store.ts'
import { compareKeys } from './byte-order.ts'
import { ByteTable } from './byte-table.ts'
import { isInSegment, segmentOf } from './lsm/segment.ts'

/** Opens stores in memory, each one new and empty. */
export class MemoryEngine implements ByteStoreEngine {
  readonly type = 'memory'

  open(name: string, { segmentBytes = 0 }: OpenByteStoreOptions = {}): ByteStore {
    return new MemoryByteStore(name, segmentBytes)
  }
}

/** The entries of one segment of time; of all where the store has none. */
interface Segment {
  readonly name: Buffer
  // Its values are never null.
  readonly table: ByteTable
}

/** Each segment of time has a table of its own, so that expiry drops tables and walks through none. */
class MemoryByteStore implements ByteStore {
  readonly name: string
  readonly #segmentBytes: number
  /** In order. */
  #segments: readonly Segment[] = []
  /** The one that was used last. */
  #current: Segment | undefined
  #position: StorePosition | undefined

  constructor(name: string, segmentBytes: number) {
    this.name = name
    this.#segmentBytes = segmentBytes
  }

  get(key: Uint8Array, start: number, end: number): ByteView | undefined {
    const table = this.#segmentAt(key, start, end)?.table
    return table !== undefined && table.find(key, start, end) ? table : undefined
  }

  foresee(keys: ForeseenKeys): void {
    for (const { table } of this.#segments) table.foresee(keys)
  }

  cursor({ gte, lt, reverse = false, suffixBytes }: ByteRange): ByteCursor {
    const segments = this.#segments.filter(({ name }) => reaches(name, gte, lt))
    const cursors = segments.map(({ table }) => table.cursor(gte, lt, reverse, suffixBytes))
    const [only] = cursors
    if (cursors.length === 1 && only !== undefined) return only
    return new ChainedCursor(reverse ? cursors : cursors.reverse())
  }

  commit(changes: ByteChanges, position: StorePosition): void {
    changes.each((buffer, keyStart, keyEnd, valueStart, valueEnd, isNew = false) => {
      const { table } = this.#segmentAt(buffer, keyStart, keyEnd) ?? this.#addSegment(buffer, keyStart, keyEnd)
      // Behind what is not looked up yet everything waits, for the last of a key counts.
      if (isNew || !table.isIndexed) table.append(buffer, keyStart, keyEnd, buffer, valueStart, valueEnd, isNew)
      else if (valueEnd < 0) table.remove(buffer, keyStart, keyEnd)
      else table.put(buffer, keyStart, keyEnd, buffer, valueStart, valueEnd)
    })
    this.#position = position
  }

  load(changes: ByteChanges, position: StorePosition): void {
    this.commit(changes, position)
  }

  backlog(): undefined {
    return undefined
  }

  position(): StorePosition | undefined {
    return this.#position
  }

  approximateCount(): number {
    return this.#segments.reduce((sum, { table }) => sum + table.size, 0)
  }

  approximateBytes(): number {
    return this.#segments.reduce((sum, { table }) => sum + table.byteCount, 0)
  }

  deleteBelow(key: Uint8Array): void {
    const isBelow = ({ name }: Segment): boolean => compareKeys(name, key) < 0 && !reaches(name, key, undefined)
    for (const { table } of this.#segments.filter(isBelow)) table.clear()
    this.#segments = this.#segments.filter((segment) => !isBelow(segment))
    this.#current = undefined
    for (const { name, table } of this.#segments) if (compareKeys(name, key) < 0) table.removeBelow(key)
  }

  async flush(): Promise<void> {}

  async close(): Promise<void> {
    for (const { table } of this.#segments) table.clear()
    this.#segments = []
    this.#current = undefined
  }

  destroy(): Promise<void> {
    return this.close()
  }

  #segmentAt(key: Uint8Array, start: number, end: number): Segment | undefined {
    const current = this.#current
    const bytes = this.#segmentBytes
    if (current !== undefined && isInSegment(current.name, key, start, end, bytes)) return current
    const found = this.#segments.find(({ name }) => isInSegment(name, key, start, end, bytes))
    if (found !== undefined) this.#current = found
    return found
  }

  #addSegment(key: Uint8Array, start: number, end: number): Segment {
    const segment = { name: segmentOf(key, start, end, this.#segmentBytes), table: new ByteTable(true) }
    this.#segments = [...this.#segments, segment].toSorted((a, b) => compareKeys(a.name, b.name))
    return (this.#current = segment)
  }
}

/** Whether keys of the segment can lie from `gte` to `lt`. */
function reaches(segment: Buffer, gte: Uint8Array | undefined, lt: Uint8Array | undefined): boolean {
  if (lt !== undefined && compareKeys(segment, lt) >= 0) return false
  if (gte === undefined || isLast(segment) || compareKeys(segment, gte) >= 0) return true
  return gte.length >= segment.length && segment.equals(gte.subarray(0, segment.length))
}

function isLast(segment: Buffer): boolean {
  return segment.length > 0 && (segment[0] as number) >= 0x80
}

/** One cursor after another; they are given last first. */
class ChainedCursor implements ByteCursor {
  readonly #left: ByteCursor[]
  #current: ByteCursor | undefined

  constructor(cursors: ByteCursor[]) {
    this.#left = cursors
    this.#current = cursors.at(-1)
  }

  get buffer(): Buffer {
    return this.#entry().buffer
  }

  get keyStart(): number {
    return this.#entry().keyStart
  }

  get keyEnd(): number {
    return this.#entry().keyEnd
  }

  get valueStart(): number {
    return this.#entry().valueStart
  }

  get valueEnd(): number {
    return this.#entry().valueEnd
  }

  next(): boolean {
    for (;;) {
      const cursor = this.#left.at(-1)
      if (cursor === undefined) return false
      this.#current = cursor
      if (cursor.next()) return true
      this.#left.pop()
    }
  }

  close(): void {
    for (const cursor of this.#left.splice(0)) cursor.close()
  }

  #entry(): ByteCursor {
    return must(this.#current, 'a cursor that stands at an entry')
  }
}
