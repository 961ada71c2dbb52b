import type { Change } from '../../record/index.ts'
import type { NodeContext, NodeProcessor } from '../../topology/index.ts'
import type { AnyRecord, Joiner, ProcessorSupplier } from '../functions.ts'
import { makeChange, makeRecord } from '../stream-records.ts'
import type { TableView, TableViewSource } from '../table-view.ts'

export interface TableJoinOptions {
  readonly kind: 'inner' | 'left' | 'outer'
  /** Which side's changes come in here: 'left' is the join-this node, 'right' join-other. */
  readonly side: 'left' | 'right'
  readonly joiner: Joiner
  /** The table on the other side. */
  readonly other: TableViewSource
  readonly sendOldValues: boolean
  /** The table on this side has versions. */
  readonly isVersioned: boolean
}

/** One side of a join of two tables. Java: KTableKTableInnerJoin, -LeftJoin, -RightJoin, -OuterJoin. */
export function tableJoin(options: TableJoinOptions): ProcessorSupplier {
  return () => new TableJoin(options)
}

class TableJoin implements NodeProcessor {
  readonly #options: TableJoinOptions
  /** A change here without a partner there gives no result. */
  readonly #needsOther: boolean
  /** A result needs a value on this side. */
  readonly #needsThis: boolean
  #context!: NodeContext
  #other!: TableView

  constructor(options: TableJoinOptions) {
    const { kind, side } = options
    this.#options = options
    this.#needsOther = kind === 'inner' || (kind === 'left' && side === 'right')
    this.#needsThis = kind === 'inner' || (kind === 'left' && side === 'left')
  }

  init(context: NodeContext): void {
    this.#context = context
    this.#other = this.#options.other.open(context)
  }

  process(record: AnyRecord): void {
    const { key } = record
    const change: Change<any> = record.value
    if (key === null) return this.#context.dropped('null-key')
    if (this.#options.isVersioned && !change.isLatest) return
    const stored = this.#other.getStored(key)
    const { newValue, oldValue } = change
    if (stored === undefined && (this.#needsOther || (newValue === null && oldValue === null))) return
    const other = stored?.value
    const timestamp = stored === undefined ? record.timestamp : Math.max(record.timestamp, stored.timestamp)
    const joinedNew = this.#join(newValue, other, key)
    const joinedOld = this.#options.sendOldValues ? this.#join(oldValue, other, key) : null
    this.#context.forward(makeRecord(key, makeChange(joinedNew, joinedOld, change.isLatest), timestamp, record.headers))
  }

  #join(value: any, other: any, key: any): any {
    if (value === null && (this.#needsThis || other === undefined)) return null
    const mine = value ?? undefined
    const { joiner, side } = this.#options
    return side === 'left' ? joiner(mine, other, key) : joiner(other, mine, key)
  }
}
