// What holds for a whole topology, where an operator does not say otherwise.
import { TidemillError } from '../base/index.ts'
import type { StreamRecord } from '../record/index.ts'
import type { Serde, UntypedSerde } from '../serde/index.ts'
import type { StoreEngine, StoreType } from '../state/index.ts'
import type { NodeProcessor, TimestampExtractor } from '../topology/index.ts'

/** One of the rewrites that `optimize` switches on. */
export type Optimization = 'reuse.ktable.source.topics' | 'merge.repartition.topics' | 'single.store.self.join'

/** What runs at a node, as `wrapProcessor` sees it. */
export interface WrappedProcessor {
  process(record: StreamRecord<any, any>): void
}

/** Stores of the DSL where an operator does not say otherwise. Java: dsl.store.suppliers.class, dsl.store.format. */
export interface DefaultStoreOptions {
  /** Who keeps the bytes; an engine of one's own too. @defaultValue 'disk' */
  readonly type?: StoreType | StoreEngine
  /** 'headers': stores on disk keep the records' headers too. @defaultValue 'timestamped' */
  readonly format?: 'timestamped' | 'headers'
}

/** Options of a {@link StreamsBuilder}. Java: TopologyConfig. */
export interface BuilderOptions {
  /** Serde of keys where none is known. Java: default.key.serde. @defaultValue none: build() names the operators that need one */
  readonly key?: Serde<any> | UntypedSerde
  /** Serde of values where none is known. Java: default.value.serde. @defaultValue as for keys */
  readonly value?: Serde<any> | UntypedSerde
  /** Where event time comes from, unless a source says otherwise. @defaultValue 'fail-on-invalid' */
  readonly timestamp?: TimestampExtractor
  /** Which rewrites of the topology to make. @defaultValue 'none' */
  readonly optimize?: 'all' | 'none' | readonly Optimization[]
  /** Stores where an operator does not say otherwise. @defaultValue { type: 'disk', format: 'timestamped' } */
  readonly store?: DefaultStoreOptions
  /** Refuses a topology whose stores and internal topics are not all named by the user. @defaultValue false */
  readonly explicitNames?: boolean
  /** Called for each node of each task: what it returns runs instead, around the original. Java: processor.wrapper.class. @defaultValue none */
  readonly wrapProcessor?: (processor: WrappedProcessor, node: string) => WrappedProcessor
}

export interface ResolvedBuilderOptions {
  readonly key: Serde<any> | undefined
  readonly value: Serde<any> | undefined
  readonly timestamp: TimestampExtractor
  readonly optimizations: ReadonlySet<Optimization>
  readonly storeType: StoreType | StoreEngine
  readonly storeFormat: 'timestamped' | 'headers'
  readonly explicitNames: boolean
  readonly wrapProcessor: ((processor: NodeProcessor, node: string) => NodeProcessor) | undefined
  /** Built with the Processor API: nothing is rewritten. */
  readonly isByHand: boolean
}

const OPTIMIZATIONS: readonly Optimization[] = [
  'reuse.ktable.source.topics',
  'merge.repartition.topics',
  'single.store.self.join',
]

export function resolveBuilderOptions(options: BuilderOptions): ResolvedBuilderOptions {
  return Object.freeze({
    // An untyped serde writes and reads anything: the type of what comes is not known here.
    key: options.key as Serde<any> | undefined,
    value: options.value as Serde<any> | undefined,
    timestamp: options.timestamp ?? 'fail-on-invalid',
    optimizations: resolveOptimizations(options.optimize ?? 'none'),
    storeType: options.store?.type ?? 'disk',
    storeFormat: options.store?.format ?? 'timestamped',
    explicitNames: options.explicitNames ?? false,
    wrapProcessor: wrapperOf(options.wrapProcessor),
    isByHand: false,
  })
}

function resolveOptimizations(optimize: 'all' | 'none' | readonly Optimization[]): ReadonlySet<Optimization> {
  if (optimize === 'all') return new Set(OPTIMIZATIONS)
  if (optimize === 'none') return new Set()
  const unknown = optimize.find((name) => !OPTIMIZATIONS.includes(name))
  if (unknown !== undefined) {
    throw new TidemillError(
      'invalid-argument',
      `optimize names '${unknown}', which is no optimisation: there are ${OPTIMIZATIONS.join(', ')}, or 'all' or 'none'`,
    )
  }
  return new Set(optimize)
}

function wrapperOf(wrap: BuilderOptions['wrapProcessor']): ResolvedBuilderOptions['wrapProcessor'] {
  if (wrap === undefined) return undefined
  return (inner, node) => {
    const wrapped = wrap(inner, node)
    return {
      init: (context) => inner.init(context),
      process: (record) => wrapped.process(record),
      close: () => inner.close?.(),
    }
  }
}
