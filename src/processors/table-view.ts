// How an operator reads a table that another operator keeps, or that nobody keeps: from a store, or computed on the way from
// the nearest store upstream. Java: KTableValueGetter and its suppliers.
import { must } from '../base/index.ts'
import type { Windowed } from '../record/index.ts'
import type { Encoder } from '../serde/index.ts'
import type {
  EncodedValue,
  KeyValueStore,
  OwnedKeyValue,
  SessionStore,
  Stored,
  SuppressBuffer,
  VersionedStore,
  WindowStore,
} from '../state/index.ts'
import type { NodeContext } from '../topology/index.ts'
import { RecordHeaders } from '../record/index.ts'
import type { Joiner, TableFunction } from './functions.ts'
import { openTransformer, type OpenTransformer } from './table/transform-values.ts'
import type { ValueTransformer } from './user-processor.ts'

export interface TableView<in K = any, out V = any> {
  /** The current value. */
  get(key: K): V | undefined
  /** With timestamp and headers. */
  getStored(key: K): Stored<V> | undefined
  /** The value that was valid at a time; of tables without versions the current one. */
  getAsOf(key: K, timeMs: number): Stored<V> | undefined
  /** Of a view that has its values encoded: what encoded them. */
  readonly encoder?: Encoder<any>
  /** The value of a key by it, until the next call; undefined: there is none, or it cannot be told so. */
  encodedOf?(key: K): EncodedValue | undefined
}

/** A view before there is a task: the stores that its reader must be connected to, and how to open it there. */
export interface TableViewSource {
  readonly stores: readonly string[]
  readonly open: (context: NodeContext) => TableView
}

/** Reads a stored table by key; a global one too. */
export function storeView(store: string): TableViewSource {
  return {
    stores: [store],
    open(context) {
      const state = context.store(store)
      return state.definition.kind === 'versioned'
        ? new VersionedView(state.face as VersionedStore<any, any>)
        : new KeyValueView(state.face as KeyValueStore<any, any> & OwnedKeyValue<any, any>, state.definition.value)
    },
  }
}

/** Reads a table of time windows by windowed key. */
export function windowStoreView(store: string): TableViewSource {
  return { stores: [store], open: (context) => new WindowView(context.store(store).face as WindowStore<any, any>) }
}

/** Reads a table of sessions by windowed key. */
export function sessionStoreView(store: string): TableViewSource {
  return { stores: [store], open: (context) => new SessionView(context.store(store).face as SessionStore<any, any>) }
}

export function filterView(
  upstream: TableViewSource,
  predicate: TableFunction<boolean>,
  negate: boolean,
): TableViewSource {
  const compute = (value: unknown, key: unknown): unknown => (!predicate(value, key) === negate ? value : null)
  return { stores: upstream.stores, open: (context) => new ComputedView(upstream.open(context), compute) }
}

export function mapValuesView(upstream: TableViewSource, mapper: TableFunction): TableViewSource {
  return { stores: upstream.stores, open: (context) => new ComputedView(upstream.open(context), mapper) }
}

/** The transformer's own stores must be connected to the reader too: they are among `stores`. */
export function transformValuesView(
  upstream: TableViewSource,
  transformer: ValueTransformer<any, any, any>,
): TableViewSource {
  const stores = [...upstream.stores, ...(transformer.stores ?? []).map((handle) => handle.name)]
  return {
    stores: [...new Set(stores)],
    open: (context) => new TransformedView(upstream.open(context), openTransformer(transformer, context)),
  }
}

/** Reads the result of a table-table join that is not stored. */
export function tableJoinView(options: {
  readonly kind: 'inner' | 'left' | 'outer'
  readonly left: TableViewSource
  readonly right: TableViewSource
  readonly joiner: Joiner
}): TableViewSource {
  const { kind, left, right, joiner } = options
  return {
    stores: [...new Set([...left.stores, ...right.stores])],
    open: (context) => new JoinedView(kind, left.open(context), right.open(context), joiner),
  }
}

/** What downstream of suppress() has seen: of a key that is held back what was before, else what is upstream. */
export function suppressView(upstream: TableViewSource, buffer: string): TableViewSource {
  return {
    stores: [...new Set([...upstream.stores, buffer])],
    open(context) {
      const face = context.store(buffer).face as SuppressBuffer<any, any>
      return new SuppressedView(upstream.open(context), face)
    },
  }
}

class KeyValueView implements TableView {
  readonly encoder: Encoder<any>
  readonly #store: KeyValueStore<any, any> & OwnedKeyValue<any, any>

  constructor(store: KeyValueStore<any, any> & OwnedKeyValue<any, any>, encoder: Encoder<any>) {
    this.#store = store
    this.encoder = encoder
  }

  encodedOf(key: any): EncodedValue | undefined {
    return this.#store.encodedOf(key)
  }

  get(key: any): any {
    return this.#store.get(key)
  }

  getStored(key: any): Stored<any> | undefined {
    return this.#store.getStored(key)
  }

  getAsOf(key: any): Stored<any> | undefined {
    return this.#store.getStored(key)
  }
}

class VersionedView implements TableView {
  readonly #store: VersionedStore<any, any>

  constructor(store: VersionedStore<any, any>) {
    this.#store = store
  }

  get(key: any): any {
    return this.#store.get(key)?.value
  }

  getStored(key: any): Stored<any> | undefined {
    const version = this.#store.get(key)
    return version === undefined ? undefined : stored(version.value, version.validFrom)
  }

  getAsOf(key: any, timeMs: number): Stored<any> | undefined {
    const version = this.#store.get(key, timeMs)
    return version === undefined ? undefined : stored(version.value, version.validFrom)
  }
}

class WindowView implements TableView {
  readonly #store: WindowStore<any, any>

  constructor(store: WindowStore<any, any>) {
    this.#store = store
  }

  get(key: Windowed<any>): any {
    return this.#store.get(key.key, key.window.start)
  }

  getStored(key: Windowed<any>): Stored<any> | undefined {
    return this.#store.getStored(key.key, key.window.start)
  }

  getAsOf(key: Windowed<any>): Stored<any> | undefined {
    return this.getStored(key)
  }
}

/** The timestamp of a session's aggregate is the session's end. */
class SessionView implements TableView {
  readonly #store: SessionStore<any, any>

  constructor(store: SessionStore<any, any>) {
    this.#store = store
  }

  get(key: Windowed<any>): any {
    return this.#store.get(key.key, key.window)
  }

  getStored(key: Windowed<any>): Stored<any> | undefined {
    const value = this.#store.get(key.key, key.window)
    return value === undefined ? undefined : stored(value, key.window.end)
  }

  getAsOf(key: Windowed<any>): Stored<any> | undefined {
    return this.getStored(key)
  }
}

class ComputedView implements TableView {
  readonly #upstream: TableView
  readonly #compute: TableFunction

  constructor(upstream: TableView, compute: TableFunction) {
    this.#upstream = upstream
    this.#compute = compute
  }

  get(key: any): any {
    const value = this.#upstream.get(key)
    return value === undefined ? undefined : (this.#compute(value, key) ?? undefined)
  }

  getStored(key: any): Stored<any> | undefined {
    return this.#computed(key, this.#upstream.getStored(key))
  }

  getAsOf(key: any, timeMs: number): Stored<any> | undefined {
    return this.#computed(key, this.#upstream.getAsOf(key, timeMs))
  }

  #computed(key: any, upstream: Stored<any> | undefined): Stored<any> | undefined {
    if (upstream === undefined) return undefined
    const value = this.#compute(upstream.value, key)
    return value === null ? undefined : { value, timestamp: upstream.timestamp, headers: upstream.headers }
  }
}

/** The transformer is called for missing values too, as in transformValues itself; its result may be there all the same. */
class TransformedView implements TableView {
  readonly #upstream: TableView
  readonly #transformer: OpenTransformer

  constructor(upstream: TableView, transformer: OpenTransformer) {
    this.#upstream = upstream
    this.#transformer = transformer
  }

  get(key: any): any {
    return this.getStored(key)?.value
  }

  getStored(key: any): Stored<any> | undefined {
    return this.#transformed(key, this.#upstream.getStored(key))
  }

  getAsOf(key: any, timeMs: number): Stored<any> | undefined {
    return this.#transformed(key, this.#upstream.getAsOf(key, timeMs))
  }

  #transformed(key: any, upstream: Stored<any> | undefined): Stored<any> | undefined {
    const timestamp = upstream?.timestamp ?? -1
    const headers = upstream?.headers ?? RecordHeaders.empty
    const value = this.#transformer.transformAt(upstream?.value ?? null, key, timestamp, headers)
    return value === null ? undefined : { value, timestamp, headers }
  }
}

class JoinedView implements TableView {
  readonly #kind: 'inner' | 'left' | 'outer'
  readonly #left: TableView
  readonly #right: TableView
  readonly #joiner: Joiner

  constructor(kind: 'inner' | 'left' | 'outer', left: TableView, right: TableView, joiner: Joiner) {
    this.#kind = kind
    this.#left = left
    this.#right = right
    this.#joiner = joiner
  }

  get(key: any): any {
    return this.getStored(key)?.value
  }

  getStored(key: any): Stored<any> | undefined {
    const left = this.#left.getStored(key)
    if (left === undefined && this.#kind !== 'outer') return undefined
    const right = this.#right.getStored(key)
    if (right === undefined && (this.#kind === 'inner' || left === undefined)) return undefined
    const value = this.#joiner(left?.value, right?.value, key)
    if (value === null) return undefined
    const present = must(left ?? right, 'a side of the join')
    const timestamp = Math.max(left?.timestamp ?? -1, right?.timestamp ?? -1)
    return { value, timestamp, headers: present.headers }
  }

  /** The result of a join has no versions. */
  getAsOf(key: any): Stored<any> | undefined {
    return this.getStored(key)
  }
}

class SuppressedView implements TableView {
  readonly #upstream: TableView
  readonly #buffer: SuppressBuffer<any, any>

  constructor(upstream: TableView, buffer: SuppressBuffer<any, any>) {
    this.#upstream = upstream
    this.#buffer = buffer
  }

  get(key: any): any {
    const prior = this.#buffer.priorValue(key)
    return prior === undefined ? this.#upstream.get(key) : (prior ?? undefined)
  }

  getStored(key: any): Stored<any> | undefined {
    const prior = this.#buffer.priorValue(key)
    if (prior === undefined) return this.#upstream.getStored(key)
    return prior === null ? undefined : stored(prior, -1)
  }

  getAsOf(key: any): Stored<any> | undefined {
    return this.getStored(key)
  }
}

function stored(value: any, timestamp: number): Stored<any> {
  return { value, timestamp, headers: RecordHeaders.empty }
}
