// What all sources take: how records are read, where event time comes from, where a new group starts.
import { type Duration, durationMs } from '../record/index.ts'
import type { TopicSource } from '../serde/index.ts'
import type { StartFrom, TimestampExtractor } from '../topology/index.ts'
import type { SourceOptionsStep } from './steps.ts'
import type { StoreOption } from './store-choice.ts'

export interface AnySourceOptions {
  readonly name?: string
  readonly timestamp?: unknown
  readonly startFrom?: 'earliest' | 'latest' | 'none' | { readonly ago: Duration }
  readonly store?: StoreOption
}

export function sourceStep(topic: TopicSource<any, any>, options: AnySourceOptions): SourceOptionsStep {
  return {
    key: topic.key,
    value: topic.value,
    // The type of the source has been checked; a record is a record.
    timestamp: options.timestamp as TimestampExtractor | undefined,
    startFrom: startFrom(options.startFrom),
  }
}

function startFrom(option: AnySourceOptions['startFrom']): StartFrom | undefined {
  return typeof option === 'object' ? { agoMs: durationMs(option.ago, 'startFrom ago') } : option
}
