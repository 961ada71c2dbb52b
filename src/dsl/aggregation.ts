// What plain, windowed and cogrouped aggregations of streams share: their store, their table, what runs at their node.
import {
  type Aggregator,
  type Initializer,
  type ProcessorSupplier,
  type SessionMerger,
  sessionAggregate,
  slidingAggregate,
  streamAggregate,
  timeWindowAggregate,
} from '../processors/index.ts'
import type { Windows } from '../record/index.ts'
import { serdes } from '../serde/index.ts'
import { type SerdeSlot, slotOf } from './serde-slot.ts'
import { isVersionedChoice, keyValueStore, sessionStore, windowStore } from './store-choice.ts'
import type { StoreSpec } from './store-spec.ts'
import { AggregateTable } from './table-state.ts'

/** How an aggregation's windows are kept and emitted. */
export interface Windowing {
  readonly windows: Windows
  readonly emit: 'on-update' | 'on-window-close'
  readonly idleAfterMs: number | undefined
}

export interface AggregateFunctions {
  /** undefined: the first value is the aggregate. */
  readonly initializer: Initializer | undefined
  readonly aggregator: Aggregator
  /** The aggregator does not look at the values of records. */
  readonly ignoresValue?: boolean
  /** Of sessions. */
  readonly merger: SessionMerger | undefined
}

/** The store of an aggregation, the table that it makes, and that table's key. */
export interface Aggregation {
  readonly store: StoreSpec
  readonly table: AggregateTable
  readonly key: SerdeSlot
}

export function newAggregation(
  request: Parameters<typeof keyValueStore>[0],
  windowing: Windowing | undefined,
): Aggregation {
  const { name, key, choice } = request
  if (windowing === undefined) {
    return {
      store: keyValueStore(request),
      table: new AggregateTable(name, 'plain', isVersionedChoice(choice)),
      key,
    }
  }
  const { windows, emit } = windowing
  const timeOrdered = emit === 'on-window-close'
  const inner = key.serde ?? request.plan.options.key
  const windowedKey = inner === undefined ? key : slotOf(serdes.windowed(inner, windows))
  if (windows.kind === 'session') {
    const store = sessionStore(request, windows, timeOrdered)
    return { store, table: new AggregateTable(name, 'session', false), key: windowedKey }
  }
  const store = windowStore(request, windows, timeOrdered)
  return { store, table: new AggregateTable(name, 'windowed', false), key: windowedKey }
}

export function aggregateProcessor(
  { store, table }: Aggregation,
  { initializer, aggregator, ignoresValue = false, merger }: AggregateFunctions,
  windowing: Windowing | undefined,
): ProcessorSupplier {
  const sendOldValues = table.sendsOldValues
  const common = { store: store.name, initializer, aggregator, ignoresValue, sendOldValues }
  if (windowing === undefined) return streamAggregate(common)
  const { windows, emit, idleAfterMs } = windowing
  const options = { ...common, emit, idleAfterMs }
  switch (windows.kind) {
    case 'session':
      return sessionAggregate({ ...options, windows, merger: merger as SessionMerger })
    case 'sliding':
      return slidingAggregate({ ...options, windows })
    case 'time':
    case 'unlimited':
    case 'custom':
      return timeWindowAggregate({ ...options, windows })
  }
}

/** How long after a window's end it may still change, for suppress. */
export function graceOf(windows: Windows): number {
  switch (windows.kind) {
    case 'session':
      return windows.inactivityGapMs + windows.graceMs
    case 'unlimited':
      return 0
    case 'time':
    case 'sliding':
    case 'custom':
      return windows.graceMs
  }
}
