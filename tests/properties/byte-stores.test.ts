// The contract of byte stores with as many histories as PROPERTY_RUNS says: the disk engine, and, where the Node has it, SQLite
// under the same contract, so that the model of the contract is not only ours.
import { createRequire } from 'node:module'
import { describe } from 'vitest'
import { type Disk, MemoryDisk } from '../../src/base/index.ts'
import { byteStoreContract } from '../../src/state/byte-store.contract.ts'
import type {
  ByteChanges,
  ByteCursor,
  ByteRange,
  ByteStore,
  ByteView,
  StorePosition,
} from '../../src/state/byte-store.ts'
import { LsmEngine } from '../../src/state/lsm/lsm-engine.ts'
import { LsmMemory } from '../../src/state/lsm/lsm-memory.ts'
import { NUM_RUNS } from './runs.ts'

interface Statement {
  run(...values: readonly unknown[]): unknown
  get(...values: readonly unknown[]): Row | undefined
  all(...values: readonly unknown[]): readonly Row[]
}

interface Row {
  readonly k: Uint8Array
  readonly v: Uint8Array
}

interface Sqlite {
  readonly DatabaseSync: new (path: string) => { exec(sql: string): void; prepare(sql: string): Statement }
}

class SqliteStore implements ByteStore {
  readonly name = 'store'
  readonly #put: Statement
  readonly #delete: Statement
  readonly #deleteBelow: Statement
  readonly #get: Statement
  readonly #scan: Statement
  readonly #count: Statement
  #position: StorePosition | undefined

  constructor({ DatabaseSync }: Sqlite) {
    const db = new DatabaseSync(':memory:')
    db.exec('CREATE TABLE kv (k BLOB PRIMARY KEY, v BLOB NOT NULL) WITHOUT ROWID')
    this.#put = db.prepare('INSERT OR REPLACE INTO kv VALUES (?, ?)')
    this.#delete = db.prepare('DELETE FROM kv WHERE k = ?')
    this.#deleteBelow = db.prepare('DELETE FROM kv WHERE k < ?')
    this.#get = db.prepare('SELECT k, v FROM kv WHERE k = ?')
    this.#scan = db.prepare('SELECT k, v FROM kv ORDER BY k')
    this.#count = db.prepare('SELECT k, v FROM kv')
  }

  get(key: Uint8Array, start: number, end: number): ByteView | undefined {
    const row = this.#get.get(Buffer.from(key.subarray(start, end)))
    return row === undefined ? undefined : { buffer: Buffer.from(row.v), valueStart: 0, valueEnd: row.v.length }
  }

  cursor({ gte, lt, reverse = false }: ByteRange): ByteCursor {
    const rows = this.#scan
      .all()
      .filter(
        ({ k }) =>
          (gte === undefined || Buffer.compare(k, gte) >= 0) && (lt === undefined || Buffer.compare(k, lt) < 0),
      )
    return new RowCursor(reverse ? rows.toReversed() : rows)
  }

  commit(changes: ByteChanges, position: StorePosition): void {
    changes.each((buffer, keyStart, keyEnd, valueStart, valueEnd) => {
      const key = Buffer.from(buffer.subarray(keyStart, keyEnd))
      if (valueEnd < 0) this.#delete.run(key)
      else this.#put.run(key, Buffer.from(buffer.subarray(valueStart, valueEnd)))
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
    return this.#count.all().length
  }

  approximateBytes(): number {
    return this.#count.all().reduce((sum, { k, v }) => sum + k.length + v.length, 0)
  }

  deleteBelow(key: Uint8Array): void {
    this.#deleteBelow.run(Buffer.from(key))
  }

  async flush(): Promise<void> {}
  async close(): Promise<void> {}
  async destroy(): Promise<void> {}
}

class RowCursor implements ByteCursor {
  buffer: Buffer = Buffer.alloc(0)
  readonly keyStart = 0
  keyEnd = 0
  valueStart = 0
  valueEnd = 0
  readonly #rows: readonly Row[]
  #at = 0

  constructor(rows: readonly Row[]) {
    this.#rows = rows
  }

  next(): boolean {
    const row = this.#rows[this.#at++]
    if (row === undefined) return false
    this.buffer = Buffer.concat([row.k, row.v])
    this.keyEnd = this.valueStart = row.k.length
    this.valueEnd = this.buffer.length
    return true
  }

  close(): void {
    this.#at = this.#rows.length
  }
}

function loadSqlite(): Sqlite | undefined {
  try {
    return createRequire(import.meta.url)('node:sqlite') as Sqlite
  } catch {
    return undefined
  }
}

describe('byte stores', () => {
  const disks = new WeakMap<ByteStore, Disk>()
  for (const segmentBytes of [0, 1, 2]) {
    const open = (disk: Disk): ByteStore => {
      const memory = new LsmMemory({ tableBytesMax: 500, blockBytes: 80, blockBytesMax: 500 })
      const store = new LsmEngine({ disk, directory: 'app/0_0', memory }).open('store', { segmentBytes })
      disks.set(store, disk)
      return store
    }
    const reopen = (closed: ByteStore): ByteStore => open(disks.get(closed) as Disk)
    byteStoreContract(
      `a store on disk with ${segmentBytes} bytes of segment`,
      { open: () => open(new MemoryDisk()), reopen },
      NUM_RUNS,
    )
  }
  const sqlite = loadSqlite()
  if (sqlite !== undefined) byteStoreContract('SQLite', { open: () => new SqliteStore(sqlite) }, NUM_RUNS)
})
