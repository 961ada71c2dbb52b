// What is decided about a table while the user builds: whether it is stored, whether it hands on the value before with each
// change, and how others read it. Decisions depend on the order of the user's calls, as Java's do: a filter asks for old values
// when it is created, a join stores the tables that it reads when it is created.
import {
  type TableViewSource,
  type ValueTransformer,
  filterView,
  mapValuesView,
  sessionStoreView,
  storeView,
  suppressView,
  tableJoinView,
  tableSource,
  transformValuesView,
  windowStoreView,
} from '../processors/index.ts'
import type { Joiner, ProcessorSupplier, TableFunction } from '../processors/index.ts'
import type { StoreSpec } from './store-spec.ts'

export interface TableState {
  /** Asks for old values; `force`: a table that is not stored becomes stored for it. True where they will come. */
  requestOldValues(force: boolean): boolean
  /** How others read the table; stores it where that is needed. */
  view(): TableViewSource
  /** Whether what the view reads has versions. */
  readonly isVersioned: boolean
}

/** A table that comes from a topic, from toTable() or from a foreign-key join: stored when somebody needs it. */
export class SourceTable implements TableState {
  readonly store: StoreSpec
  readonly isVersioned: boolean
  #isStored: boolean
  #sendsOldValues = false

  constructor(store: StoreSpec, options: { readonly isStored: boolean; readonly isVersioned: boolean }) {
    this.store = store
    this.isVersioned = options.isVersioned
    this.#isStored = options.isStored
  }

  get isStored(): boolean {
    return this.#isStored
  }

  get sendsOldValues(): boolean {
    return this.#sendsOldValues
  }

  requestOldValues(force: boolean): boolean {
    if (!force && !this.#isStored) return false
    this.#isStored = true
    this.#sendsOldValues = true
    return true
  }

  view(): TableViewSource {
    this.#isStored = true
    return storeView(this.store.name)
  }

  /** What runs at its node. Asked when all decisions are made. */
  processor(): ProcessorSupplier {
    return tableSource({
      store: this.#isStored ? this.store.name : undefined,
      sendOldValues: this.#sendsOldValues,
    })
  }
}

/** The result of an aggregation: always stored. A cogroup has one processor an input, which all follow this state. */
export class AggregateTable implements TableState {
  readonly isVersioned: boolean
  readonly #store: string
  readonly #keyKind: 'plain' | 'windowed' | 'session'
  #sendsOldValues = false

  constructor(store: string, keyKind: 'plain' | 'windowed' | 'session', isVersioned: boolean) {
    this.#store = store
    this.#keyKind = keyKind
    this.isVersioned = isVersioned
  }

  get sendsOldValues(): boolean {
    return this.#sendsOldValues
  }

  requestOldValues(): boolean {
    this.#sendsOldValues = true
    return true
  }

  view(): TableViewSource {
    switch (this.#keyKind) {
      case 'plain':
        return storeView(this.#store)
      case 'windowed':
        return windowStoreView(this.#store)
      case 'session':
        return sessionStoreView(this.#store)
    }
  }
}

/** What a table's operator makes of each value on the way, where nobody stores the result. */
export type Computation =
  | { readonly kind: 'filter'; readonly predicate: TableFunction<boolean>; readonly negate: boolean }
  | { readonly kind: 'map-values'; readonly mapper: TableFunction }
  | { readonly kind: 'transform-values'; readonly transformer: ValueTransformer<any, any, any> }

/** filter, mapValues and transformValues: stored only where the user names a store. */
export class ComputedTable implements TableState {
  readonly #upstream: TableState
  readonly #computation: Computation
  readonly #store: { readonly name: string; readonly isVersioned: boolean } | undefined
  #sendsOldValues = false

  constructor(
    upstream: TableState,
    computation: Computation,
    store: { readonly name: string; readonly isVersioned: boolean } | undefined,
  ) {
    this.#upstream = upstream
    this.#computation = computation
    this.#store = store
    if (computation.kind === 'filter') this.#sendsOldValues = upstream.requestOldValues(false)
  }

  get sendsOldValues(): boolean {
    return this.#sendsOldValues
  }

  get isVersioned(): boolean {
    return this.#store?.isVersioned ?? this.#upstream.isVersioned
  }

  requestOldValues(force: boolean): boolean {
    if (this.#store !== undefined || this.#upstream.requestOldValues(force)) this.#sendsOldValues = true
    return this.#sendsOldValues
  }

  view(): TableViewSource {
    if (this.#store !== undefined) return storeView(this.#store.name)
    const upstream = this.#upstream.view()
    const computation = this.#computation
    switch (computation.kind) {
      case 'filter':
        return filterView(upstream, computation.predicate, computation.negate)
      case 'map-values':
        return mapValuesView(upstream, computation.mapper)
      case 'transform-values':
        return transformValuesView(upstream, computation.transformer)
    }
  }
}

/** A table-table join by primary key. */
export class JoinedTable implements TableState {
  readonly #kind: 'inner' | 'left' | 'outer'
  readonly #left: TableState
  readonly #right: TableState
  readonly #joiner: Joiner
  readonly #store: { readonly name: string; readonly isVersioned: boolean } | undefined
  #sendsOldValues = false

  constructor(options: {
    readonly kind: 'inner' | 'left' | 'outer'
    readonly left: TableState
    readonly right: TableState
    readonly joiner: Joiner
    readonly store: { readonly name: string; readonly isVersioned: boolean } | undefined
  }) {
    this.#kind = options.kind
    this.#left = options.left
    this.#right = options.right
    this.#joiner = options.joiner
    this.#store = options.store
  }

  get sendsOldValues(): boolean {
    return this.#sendsOldValues
  }

  get isVersioned(): boolean {
    return this.#store?.isVersioned ?? false
  }

  requestOldValues(): boolean {
    this.#left.requestOldValues(true)
    this.#right.requestOldValues(true)
    this.#sendsOldValues = true
    return true
  }

  view(): TableViewSource {
    if (this.#store !== undefined) return storeView(this.#store.name)
    return tableJoinView({
      kind: this.#kind,
      left: this.#left.view(),
      right: this.#right.view(),
      joiner: this.#joiner,
    })
  }
}

/** suppress(): what others see is what has been let through. */
export class SuppressedTable implements TableState {
  readonly isVersioned = false
  readonly #upstream: TableState
  readonly #buffer: string

  constructor(upstream: TableState, buffer: string) {
    this.#upstream = upstream
    this.#buffer = buffer
    upstream.requestOldValues(true)
  }

  requestOldValues(force: boolean): boolean {
    return this.#upstream.requestOldValues(force)
  }

  view(): TableViewSource {
    return suppressView(this.#upstream.view(), this.#buffer)
  }
}
