import type { Change } from '../../record/index.ts'
import type { NodeContext, NodeProcessor } from '../../topology/index.ts'
import type { AnyRecord, ProcessorSupplier, TableFunction } from '../functions.ts'
import { ValueChanges } from './value-changes.ts'

export interface TableFilterOptions {
  readonly predicate: TableFunction<boolean>
  readonly negate: boolean
  readonly store: string | undefined
  readonly sendOldValues: boolean
  /** The table that comes in has versions. */
  readonly isVersioned: boolean
}

/** Keeps the entries of a table that the predicate accepts. Java: KTableFilter. */
export function tableFilter(options: TableFilterOptions): ProcessorSupplier {
  return () => new TableFilter(options)
}

class TableFilter implements NodeProcessor {
  readonly #options: TableFilterOptions
  readonly #predicate: TableFunction<boolean>
  readonly #negate: boolean
  #changes!: ValueChanges

  constructor(options: TableFilterOptions) {
    this.#options = options
    this.#predicate = options.predicate
    this.#negate = options.negate
  }

  init(context: NodeContext): void {
    this.#changes = new ValueChanges(context, this.#options.store, this.#options.sendOldValues)
  }

  process(record: AnyRecord): void {
    const { sendOldValues, isVersioned } = this.#options
    const change: Change<any> = record.value
    const newValue = this.#pass(change.newValue, record.key)
    const oldValue = sendOldValues ? this.#oldValue(change, record.key) : null
    // Nobody downstream has ever seen the key. Not so with versions, where the older one may be what is deleted.
    if (sendOldValues && newValue === null && oldValue === null && !isVersioned) return
    this.#changes.apply(record, newValue, oldValue)
  }

  #oldValue(change: Change<any>, key: any): any {
    return this.#changes.isStored ? this.#changes.stored(key) : this.#pass(change.oldValue, key)
  }

  #pass(value: any, key: any): any {
    return value !== null && !this.#predicate(value, key) === this.#negate ? value : null
  }
}
