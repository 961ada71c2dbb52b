// Configs of the topics that Tidemill makes for itself, as Kafka Streams sets them.
import { type StoreDefinition } from '../state/index.ts'
import type { InternalTopic } from './topology.ts'

const SEGMENT_BYTES_MAX = 50 * 1024 * 1024

/** A repartition topic, or one of a foreign-key join: kept until it is purged after each commit. */
export function repartitionTopic(
  name: string,
  kind: 'repartition' | 'foreign-key',
  partitions: number | undefined,
): InternalTopic {
  return {
    name,
    kind,
    partitions,
    config: {
      'cleanup.policy': 'delete',
      'message.timestamp.type': 'CreateTime',
      'retention.ms': '-1',
      'segment.bytes': String(SEGMENT_BYTES_MAX),
    },
    addRetentionTo: undefined,
  }
}

function changelogTopicName(storeName: string): string {
  return `${storeName}-changelog`
}

/** The changelog of a store. What the user sets in its config wins, and then nothing is added to it. */
export function changelogTopic(store: StoreDefinition): InternalTopic {
  const base = changelogConfig(store)
  const addRetentionTo =
    base.addRetentionTo !== undefined && store.changelogConfig[base.addRetentionTo] === undefined
      ? base.addRetentionTo
      : undefined
  return {
    name: changelogTopicName(store.name),
    kind: 'changelog',
    partitions: undefined,
    config: { 'message.timestamp.type': 'CreateTime', ...base.config, ...store.changelogConfig },
    addRetentionTo,
  }
}

const FOREVER_MS = '9223372036854775807'

function windowedConfig(policy: string, retentionMs: number): ReturnType<typeof changelogConfig> {
  const isEndless = retentionMs === Infinity
  return {
    config: { 'cleanup.policy': policy, 'retention.ms': isEndless ? FOREVER_MS : String(retentionMs) },
    addRetentionTo: isEndless ? undefined : 'retention.ms',
  }
}

function changelogConfig(store: StoreDefinition): {
  readonly config: Readonly<Record<string, string>>
  readonly addRetentionTo: InternalTopic['addRetentionTo']
} {
  switch (store.kind) {
    case 'window':
      // Where every put of a key counts, nothing may be compacted away.
      return windowedConfig(store.retainDuplicates ? 'delete' : 'compact,delete', store.retentionMs)
    case 'session':
      return windowedConfig('compact,delete', store.retentionMs)
    case 'versioned':
      return {
        config: { 'cleanup.policy': 'compact', 'min.compaction.lag.ms': String(store.historyRetentionMs) },
        addRetentionTo: 'min.compaction.lag.ms',
      }
    case 'key-value':
    case 'suppress-buffer':
    case 'grace-buffer':
    case 'outer-join':
    case 'fk-subscription':
      return { config: { 'cleanup.policy': 'compact' }, addRetentionTo: undefined }
  }
}
