// GlobalKTable as the plan sees it.
import { type TableViewSource, storeView } from '../processors/index.ts'
import type { GlobalKTable } from './api/k-table.ts'
import type { Plan } from './plan.ts'
import type { Untyped } from './untyped.ts'

export class GlobalTablePlan implements Untyped<GlobalKTable<any, any>> {
  declare readonly '~key': any
  declare readonly '~value': any
  readonly plan: Plan
  readonly storeName: string
  readonly #store: string

  constructor(plan: Plan, store: string, storeName: string | undefined) {
    this.plan = plan
    this.#store = store
    this.storeName = storeName ?? store
  }

  view(): TableViewSource {
    return storeView(this.#store)
  }
}
