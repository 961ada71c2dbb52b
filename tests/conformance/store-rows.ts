// The rows of a store at the end of a case, read through its typed face, as the cases write them.
import type {
  KeyValueStore,
  RecordHeaders,
  SessionStore,
  Stored,
  Topology,
  VersionedStore,
  WindowStore,
} from 'tidemill'
import type { StateStore, StoreDefinition } from '../../src/state/index.ts'
import { fromBuffer } from './cases.ts'
import { textOf } from './functions.ts'

type Row = readonly unknown[]

/** Undefined for stores that the cases do not list. */
export function storeRows(
  _topology: Topology,
  store: StateStore,
  keys: ReadonlySet<string>,
): readonly Row[] | undefined {
  const { definition, face } = store
  // The definition's kind says which face it is.
  switch (definition.kind) {
    case 'key-value':
      return [...(face as KeyValueStore<any, any>).rangeStored()].map(([key, stored]) => [
        data(key),
        data(stored.value),
        ...stamp(stored, definition),
      ])
    case 'window':
      return windowRows(face as WindowStore<any, any>, definition)
    case 'session':
      return sessionRows(face as SessionStore<any, any>, definition)
    case 'versioned':
      return versionedRows(face as VersionedStore<any, any>, keys)
    default:
      return undefined
  }
}

function windowRows(store: WindowStore<any, any>, definition: StoreDefinition): readonly Row[] {
  const entries = [...store.fetchAll(0, Number.MAX_SAFE_INTEGER)]
  return entries.map((entry) => [data(entry.key), entry.window.start, data(entry.value), ...stamp(entry, definition)])
}

function sessionRows(store: SessionStore<any, any>, definition: StoreDefinition): readonly Row[] {
  const entries = [...store.fetchRange(undefined, undefined)]
  return entries.map(({ key, value, window, headers }) => [
    data(key),
    window.start,
    window.end,
    data(value),
    ...(definition.format === 'headers' ? [headerRows(headers)] : []),
  ])
}

function versionedRows(store: VersionedStore<any, any>, keys: ReadonlySet<string>): readonly Row[] {
  return [...keys].flatMap((key) => {
    const version = store.get(key)
    return version === undefined ? [] : [[data(key), data(version.value), version.validFrom]]
  })
}

function stamp({ timestamp, headers }: Stored<unknown>, { format }: StoreDefinition): Row {
  if (format === 'plain') return []
  return format === 'timestamped' ? [timestamp] : [timestamp, headerRows(headers)]
}

function headerRows(headers: RecordHeaders): Row {
  return [...headers].map(([name, value]) => [name, fromBuffer(value)])
}

function data(value: unknown): unknown {
  if (typeof value === 'number') return value
  return typeof value === 'bigint' ? Number(value) : fromBuffer(Buffer.from(textOf(value) ?? '', 'utf8'))
}
