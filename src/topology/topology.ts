// A topology as the runtime reads it: frozen data, made by TopologyAssembler (assemble.ts), which the DSL and the
// Processor API share.
import type { StoreDefinition } from '../state/index.ts'
import type { TopicRef, TopologyNode, TimestampExtractor } from './node.ts'

/** A topic that the application makes for itself, without the application id in front of its name. */
export interface InternalTopic {
  /** Without the application id in front. */
  readonly name: string
  readonly kind: 'repartition' | 'changelog' | 'foreign-key'
  /** Fixed by the user; undefined: as many as upstream has. */
  readonly partitions: number | undefined
  /** Kafka topic configs; retention of window changelogs is for an additional retention of 0 and gets it added at run time. */
  readonly config: Readonly<Record<string, string>>
  /** The additional retention is to be added to this config key (retention.ms or min.compaction.lag.ms). */
  readonly addRetentionTo: 'retention.ms' | 'min.compaction.lag.ms' | undefined
}

/** A part of a topology whose nodes are connected: it runs as one task for each partition. Java: Subtopology. */
export interface SubTopology {
  readonly id: number
  /** In the order in which they were added: parents before children. */
  readonly nodes: readonly TopologyNode[]
  readonly stores: readonly StoreDefinition[]
  /** User topics and internal ones that it reads; patterns are in the nodes. */
  readonly sourceTopics: readonly TopicRef[]
  readonly sinkTopics: readonly TopicRef[]
  /** Repartition and foreign-key topics that it reads. */
  readonly repartitionTopics: readonly InternalTopic[]
  /** Changelogs of its stores (none for those that reuse a source topic). */
  readonly changelogTopics: readonly InternalTopic[]
  /** Sets of source topics that must have equal numbers of partitions. */
  readonly copartitionGroups: readonly (readonly TopicRef[])[]
  readonly isGlobal: boolean
}

/** A topology: frozen data, made by `build()`, run by `Streams` or a test driver. Java: Topology. */
export interface Topology {
  readonly kind: 'topology'
  readonly subTopologies: readonly SubTopology[]
  readonly nodes: readonly TopologyNode[]
  readonly stores: readonly StoreDefinition[]
  readonly globalStores: readonly StoreDefinition[]
  /** All topics that the user named. */
  readonly topics: readonly string[]
  readonly defaultTimestamp: TimestampExtractor
  /** The same text as Java's Topology.describe(). */
  describe(): string
}
