import type { Change } from '../../record/index.ts'
import type { NodeContext, NodeProcessor } from '../../topology/index.ts'
import type { AnyRecord, ProcessorSupplier, TableFunction } from '../functions.ts'
import { ValueChanges } from './value-changes.ts'

export interface TableMapValuesOptions {
  readonly mapper: TableFunction
  readonly store: string | undefined
  readonly sendOldValues: boolean
}

/** Makes another value of each entry of a table. Java: KTableMapValues. */
export function tableMapValues(options: TableMapValuesOptions): ProcessorSupplier {
  return () => new TableMapValues(options)
}

class TableMapValues implements NodeProcessor {
  readonly #options: TableMapValuesOptions
  readonly #mapper: TableFunction
  #changes!: ValueChanges

  constructor(options: TableMapValuesOptions) {
    this.#options = options
    this.#mapper = options.mapper
  }

  init(context: NodeContext): void {
    this.#changes = new ValueChanges(context, this.#options.store, this.#options.sendOldValues)
  }

  process(record: AnyRecord): void {
    const change: Change<any> = record.value
    const newValue = this.#map(change.newValue, record.key)
    const oldValue = this.#options.sendOldValues ? this.#oldValue(change, record.key) : null
    this.#changes.apply(record, newValue, oldValue)
  }

  #oldValue(change: Change<any>, key: any): any {
    return this.#changes.isStored ? this.#changes.stored(key) : this.#map(change.oldValue, key)
  }

  #map(value: any, key: any): any {
    return value === null ? null : this.#mapper(value, key)
  }
}
