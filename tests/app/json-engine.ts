// A store engine as a user could write one: each store is a Map, and a file of JSON that every commit replaces.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import {
  type ByteChanges,
  type ByteCursor,
  type ByteRange,
  type ByteStore,
  type ByteView,
  type OpenStoreOptions,
  type StoreEngine,
  type StorePosition,
  formatStorePosition,
  parseStorePosition,
} from '../../src/index.ts'

/** What a mutant does wrong. */
export type Mistake =
  | 'none'
  | 'keeps buffers'
  | 'ignores reverse'
  | 'lt is inclusive'
  | 'forgets positions'
  | 'live cursor'

export class JsonEngine implements StoreEngine {
  readonly type = 'disk'
  readonly opened: (OpenStoreOptions & { readonly name: string })[] = []
  readonly #mistake: Mistake

  constructor(mistake: Mistake = 'none') {
    this.#mistake = mistake
  }

  open(name: string, options: OpenStoreOptions): ByteStore {
    this.opened.push({ ...options, name })
    return new JsonStore(name, options.directory, this.#mistake)
  }
}

/** Rows by hex key; a value is a view of whatever buffer it lies in. */
type Rows = ReadonlyMap<string, Buffer>

class JsonStore implements ByteStore {
  readonly name: string
  readonly #path: string
  readonly #mistake: Mistake
  #rows: Map<string, Buffer>
  #position: StorePosition | undefined

  constructor(name: string, directory: string, mistake: Mistake) {
    this.name = name
    this.#path = `${directory}/rows.json`
    this.#mistake = mistake
    const { rows, position } = load(this.#path)
    this.#rows = rows
    this.#position = mistake === 'forgets positions' ? undefined : position
  }

  get(key: Uint8Array, start: number, end: number): ByteView | undefined {
    const buffer = this.#rows.get(Buffer.from(key.subarray(start, end)).toString('hex'))
    return buffer === undefined ? undefined : { buffer, valueStart: 0, valueEnd: buffer.length }
  }

  cursor(range: ByteRange): ByteCursor {
    return new JsonCursor(this.#rows, range, this.#mistake)
  }

  commit(changes: ByteChanges, position: StorePosition): void {
    const rows = this.#mistake === 'live cursor' ? this.#rows : new Map(this.#rows)
    changes.each((buffer, keyStart, keyEnd, valueStart, valueEnd) => {
      const key = buffer.toString('hex', keyStart, keyEnd)
      const view = buffer.subarray(valueStart, valueEnd)
      if (valueEnd < 0) rows.delete(key)
      else rows.set(key, this.#mistake === 'keeps buffers' ? view : Buffer.from(view))
    })
    this.#rows = rows
    this.#position = position
    this.#save()
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
    return this.#rows.size
  }

  approximateBytes(): number {
    let bytes = 0
    for (const [key, value] of this.#rows) bytes += key.length / 2 + value.length
    return bytes
  }

  deleteBelow(key: Uint8Array): void {
    const hex = Buffer.from(key).toString('hex')
    this.#rows = new Map([...this.#rows].filter(([each]) => each >= hex))
    this.#save()
  }

  async flush(): Promise<void> {}
  async close(): Promise<void> {}

  async destroy(): Promise<void> {
    rmSync(dirname(this.#path), { recursive: true, force: true })
  }

  #save(): void {
    const position = this.#position === undefined ? undefined : formatStorePosition(this.#position)
    const rows = [...this.#rows].map(([key, value]) => [key, value.toString('hex')])
    mkdirSync(dirname(this.#path), { recursive: true })
    writeFileSync(`${this.#path}.new`, JSON.stringify({ rows, position }))
    renameSync(`${this.#path}.new`, this.#path)
  }
}

function load(path: string): { readonly rows: Map<string, Buffer>; readonly position: StorePosition | undefined } {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return { rows: new Map(), position: undefined }
  }
  const { rows, position } = JSON.parse(text) as { rows: [string, string][]; position?: string }
  return {
    rows: new Map(rows.map(([key, value]) => [key, Buffer.from(value, 'hex')])),
    position: position === undefined ? undefined : parseStorePosition(position),
  }
}

class JsonCursor implements ByteCursor {
  buffer: Buffer = Buffer.alloc(0)
  readonly keyStart = 0
  keyEnd = 0
  valueStart = 0
  valueEnd = 0
  readonly #rows: Rows
  readonly #keys: readonly string[]
  #at = 0

  constructor(rows: Rows, { gte, lt, reverse = false }: ByteRange, mistake: Mistake) {
    const [from, to] = [gte, lt].map((bytes) => (bytes === undefined ? undefined : Buffer.from(bytes).toString('hex')))
    const isBelow = (key: string): boolean =>
      to === undefined || key < to || (mistake === 'lt is inclusive' && key === to)
    const keys = [...rows.keys()].filter((key) => (from === undefined || key >= from) && isBelow(key)).sort()
    this.#rows = rows
    this.#keys = reverse && mistake !== 'ignores reverse' ? keys.reverse() : keys
  }

  next(): boolean {
    const key = this.#keys[this.#at++]
    const value = key === undefined ? undefined : this.#rows.get(key)
    if (key === undefined || value === undefined) return false
    this.buffer = Buffer.concat([Buffer.from(key, 'hex'), value])
    this.keyEnd = this.valueStart = key.length / 2
    this.valueEnd = this.buffer.length
    return true
  }

  close(): void {
    this.#at = this.#keys.length
  }
}
