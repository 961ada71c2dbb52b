// What a node of the plan is. Operators that only differ in what runs at their node are one kind, 'processor', with a function
// that makes it once the whole plan is known; the other kinds are those that optimisations look at, or that become several nodes.
import type { ProcessorSupplier } from '../processors/index.ts'
import type { Decoder, Encoder } from '../serde/index.ts'
import type { Partitioner, StartFrom, TimestampExtractor, TopicChooserFunction } from '../topology/index.ts'
import type { Lowering } from './lower.ts'
import type { PlanNode } from './plan.ts'
import type { SerdeSlot } from './serde-slot.ts'
import type { StoreSpec } from './store-spec.ts'
import type { SourceTable } from './table-state.ts'

export interface SourceOptionsStep {
  readonly key: Decoder<any>
  readonly value: Decoder<any>
  readonly timestamp: TimestampExtractor | undefined
  readonly startFrom: StartFrom | undefined
}

export interface SourceStep extends SourceOptionsStep {
  readonly kind: 'source'
  readonly topics: readonly string[]
  readonly pattern: RegExp | undefined
}

/** A source topic and the node that keeps it as a table, or hands its changes on. */
export interface TableSourceStep extends SourceOptionsStep {
  readonly kind: 'table-source'
  readonly sourceName: string
  readonly topic: string
  readonly table: SourceTable
  /** The topic itself is the store's changelog. */
  readonly reusesTopic: boolean
}

/** A global table, or a store that a processor fills from a topic: `create` runs on every instance, for all partitions. */
export interface GlobalStoreStep extends SourceOptionsStep {
  readonly kind: 'global-store'
  readonly sourceName: string
  readonly topic: string
  readonly store: StoreSpec
  readonly create: () => ProcessorSupplier
}

/** As a global store, but partitioned: each task reads its own partitions, and the topic is the changelog. */
export interface ReadOnlyStoreStep extends SourceOptionsStep {
  readonly kind: 'read-only-store'
  readonly sourceName: string
  readonly topic: string
  readonly store: StoreSpec
  readonly create: () => ProcessorSupplier
}

export interface ProcessorStep {
  readonly kind: 'processor'
  /** Stores that it brings along or shares with others that bring them. */
  readonly stores?: () => readonly StoreSpec[]
  /** Stores that others keep and it reads. */
  readonly reads?: () => readonly string[]
  readonly create: (lowering: Lowering, node: PlanNode) => ProcessorSupplier
}

export interface RepartitionStep {
  readonly kind: 'repartition'
  /** Asked for by repartition(), so that no optimisation may move it. */
  readonly isExplicit: boolean
  readonly topic: string
  readonly filterName: string
  readonly sinkName: string
  readonly key: SerdeSlot
  readonly value: SerdeSlot
  readonly partition: Partitioner | undefined
  readonly partitions: number | undefined
}

/** The topic between a table's groupBy and its aggregate: its values are changes. */
export interface TableRepartitionStep {
  readonly kind: 'table-repartition'
  readonly topic: string
  readonly sinkName: string
  readonly key: SerdeSlot
  readonly value: SerdeSlot
}

export interface SinkStep {
  readonly kind: 'sink'
  readonly topic: string | TopicChooserFunction
  readonly key: SerdeSlot | Encoder<any>
  readonly value: SerdeSlot | Encoder<any>
  readonly partition: Partitioner | undefined
}

/** A topic of a foreign-key join: a sink at the end of one sub-topology, whose parents are the node's, and a source of the next. */
export interface ForeignKeyTopicStep {
  readonly kind: 'foreign-key-sink' | 'foreign-key-source'
  readonly topic: string
  readonly key: SerdeSlot
  readonly value: (lowering: Lowering) => (Encoder<any> & Decoder<any>) | undefined
  readonly partition: Partitioner | undefined
}

export interface NamedProcessor {
  readonly name: string
  readonly step: ProcessorStep
}

export interface StreamJoinStep {
  readonly kind: 'stream-join'
  /** The nodes that keep each side's records, in front of the join. */
  readonly leftWindowName: string
  readonly rightWindowName: string
  readonly left: NamedProcessor
  readonly right: NamedProcessor
  /** Behind both sides; the plan node has its name. */
  readonly merge: ProcessorStep
  /** Instead of all three where a stream is joined with itself. */
  readonly selfJoin: ProcessorStep
}

export interface TableJoinStep {
  readonly kind: 'table-join'
  readonly left: NamedProcessor & { readonly parent: string }
  readonly right: NamedProcessor & { readonly parent: string }
  readonly merge: ProcessorStep
}

export type Step =
  | { readonly kind: 'root' }
  | SourceStep
  | TableSourceStep
  | GlobalStoreStep
  | ReadOnlyStoreStep
  | ProcessorStep
  | RepartitionStep
  | TableRepartitionStep
  | SinkStep
  | ForeignKeyTopicStep
  | StreamJoinStep
  | TableJoinStep
