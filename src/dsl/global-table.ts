// GlobalKTable as the plan sees it.
import { type TableViewSource, storeView } from '../processors/index.ts'
import type { GlobalKTable } from './api/k-table.ts'
import type { Untyped } from './untyped.ts'

export class GlobalTablePlan implements Untyped<GlobalKTable<any, any>> {
  declare readonly '~key': any
  declare readonly '~value': any
  readonly storeName: string
  readonly #store: string

  constructor(store: string, storeName: string | undefined) {
    this.#store = store
    this.storeName = storeName ?? store
  }

  view(): TableViewSource {
    return storeView(this.#store)
  }
}
