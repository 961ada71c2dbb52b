// Nodes as data. A topology is a list of them in the order in which they were added, with parents by name.
import type { RecordContext } from '../record/index.ts'
import type { Decoder, Encoder } from '../serde/index.ts'
import type { NodeProcessor } from './processor-node.ts'

/** A topic by name; an internal one gets `<applicationId>-` in front when the application runs. */
export interface TopicRef {
  readonly name: string
  readonly isInternal: boolean
}

/** The raw view that a timestamp extractor gets: decoded key and value, and where the record came from. */
export interface ExtractableRecord extends RecordContext {
  readonly key: unknown
  readonly value: unknown
}

/** Returns event time in ms; a negative one drops the record. `partitionTime` is the highest so far of the partition, or -1. */
export type TimestampExtractor =
  | 'fail-on-invalid'
  | 'skip-invalid'
  | 'partition-time-on-invalid'
  | 'wall-clock'
  | ((record: ExtractableRecord, partitionTime: number) => number)

/** Where a group starts that has no committed offset. */
export type StartFrom = 'earliest' | 'latest' | 'none' | { readonly agoMs: number }

export interface SourceNode {
  readonly kind: 'source'
  readonly name: string
  readonly topics: readonly TopicRef[]
  readonly pattern: RegExp | undefined
  readonly key: Decoder<any>
  readonly value: Decoder<any>
  /** undefined: the default of the application. */
  readonly timestamp: TimestampExtractor | undefined
  readonly startFrom: StartFrom | undefined
  readonly parents: readonly []
  readonly place: string | undefined
}

export interface ProcessorNode {
  readonly kind: 'processor'
  readonly name: string
  readonly parents: readonly string[]
  /** Names of the stores that it is connected to. */
  readonly stores: readonly string[]
  readonly create: () => NodeProcessor
  /** Where in the user's file it was added (file:line), for messages. */
  readonly place: string | undefined
}

/** undefined: Kafka's default (murmur2 of the key, else any); a list: one send each; [] drops the record. */
export type Partitioner = (value: any, key: any, partitions: number) => number | readonly number[] | undefined

/** A topic that a function chose for one record, as what the sink has to write it. */
export interface ChosenTopic {
  readonly name: string
  readonly key: Encoder<any>
  readonly value: Encoder<any>
  readonly innerKey: Encoder<any> | undefined
}

/** A name is written with the sink's own serdes. For the same topic it gives the same object each time. */
export type TopicChooserFunction = (value: any, key: any, record: RecordContext) => string | ChosenTopic

export interface SinkNode {
  readonly kind: 'sink'
  readonly name: string
  readonly parents: readonly string[]
  readonly topic: TopicRef | TopicChooserFunction
  readonly key: Encoder<any>
  readonly value: Encoder<any>
  /** Encoder of the inner key where the key is windowed: the default partition is by the inner key. */
  readonly innerKey: Encoder<any> | undefined
  readonly partition: Partitioner | undefined
  readonly place: string | undefined
}

export type TopologyNode = SourceNode | ProcessorNode | SinkNode
