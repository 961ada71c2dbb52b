// The store behind a table, key-value or versioned, as the operators of tables use it.
import type { KeyValueStore, OwnedKeyValue, StateStore, Stored, VersionedStore } from '../state/index.ts'
import { RecordHeaders } from '../record/index.ts'
import type { AnyRecord } from './functions.ts'

/** What a put did: the newest entry of its key, an older version of it, or nothing (beyond the history). */
export const PUT = { latest: 0, notLatest: 1, refused: 2 } as const

/**
 * As Kafka Streams 4.3 has it: stores with headers (KIP-1271) get none from the DSL's operators; only the tombstones in their
 * changelogs carry the current record's.
 */
export function storedHeaders(value: unknown, record: AnyRecord): RecordHeaders {
  return value === null ? record.headers : RecordHeaders.empty
}

export interface TableStore {
  get(key: any): any
  getStored(key: any): Stored<any> | undefined
  /** Null deletes. */
  put(key: any, value: any, timestamp: number, record: AnyRecord): number
  /** For aggregations: the value may be changed in place until it is put back. */
  getOwned(key: any): Stored<any> | undefined
  /** The store may keep the value itself, so that it is encoded when the cache is flushed and not before. */
  putOwned(key: any, value: any, timestamp: number, record: AnyRecord): number
}

export function openTableStore(state: StateStore): TableStore {
  return state.definition.kind === 'versioned'
    ? new VersionedTable(state.face as VersionedStore<any, any>)
    : new KeyValueTable(state.face as KeyValueStore<any, any> & OwnedKeyValue<any, any>)
}

class KeyValueTable implements TableStore {
  readonly #store: KeyValueStore<any, any> & OwnedKeyValue<any, any>

  constructor(store: KeyValueStore<any, any> & OwnedKeyValue<any, any>) {
    this.#store = store
  }

  get(key: any): any {
    return this.#store.get(key)
  }

  getStored(key: any): Stored<any> | undefined {
    return this.#store.getStored(key)
  }

  put(key: any, value: any, timestamp: number, record: AnyRecord): number {
    const headers = storedHeaders(value, record)
    const isRecords = timestamp === record.timestamp && headers === record.headers
    this.#store.put(key, value, isRecords ? record : { timestamp, headers })
    return PUT.latest
  }

  getOwned(key: any): Stored<any> | undefined {
    return this.#store.getOwned(key)
  }

  putOwned(key: any, value: any, timestamp: number, record: AnyRecord): number {
    this.#store.putOwned(key, value, timestamp, storedHeaders(value, record))
    return PUT.latest
  }
}

/** It has no cache: whatever comes out was decoded for the caller. */
class VersionedTable implements TableStore {
  readonly #store: VersionedStore<any, any>

  constructor(store: VersionedStore<any, any>) {
    this.#store = store
  }

  get(key: any): any {
    return this.#store.get(key)?.value
  }

  getStored(key: any): Stored<any> | undefined {
    const version = this.#store.get(key)
    if (version === undefined) return undefined
    return { value: version.value, timestamp: version.validFrom, headers: RecordHeaders.empty }
  }

  put(key: any, value: any, timestamp: number): number {
    const result = this.#store.put(key, value, timestamp)
    if (result === 'latest') return PUT.latest
    return result === 'expired' ? PUT.refused : PUT.notLatest
  }

  getOwned(key: any): Stored<any> | undefined {
    return this.getStored(key)
  }

  putOwned(key: any, value: any, timestamp: number): number {
    return this.put(key, value, timestamp)
  }
}
