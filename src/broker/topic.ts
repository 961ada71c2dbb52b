// One topic as the broker serves it: its logs, its configs, and the settings that follow from them.
import { type BrokerConfigs, TOPIC_CONFIGS } from './config-table.ts'
import type { LogConfig, PartitionLog } from './log/partition-log.ts'

/** What is kept of a topic over restarts. */
export interface TopicEntry {
  readonly name: string
  /** 32 hex digits. New for each incarnation of a name. */
  readonly id: string
  readonly partitions: number
  /** Only what was set for the topic itself. */
  readonly configs: Readonly<Record<string, string>>
}

/** Parsed configs; one object for the topic's life, so that its logs see changes. */
export interface TopicSettings extends LogConfig {
  batchBytesMax: number
  isCompacted: boolean
  isLogAppendTime: boolean
  timestampAheadMsMax: number
  timestampBehindMsMax: number
}

export const OFFSETS_TOPIC = '__consumer_offsets'
export const TRANSACTIONS_TOPIC = '__transaction_state'
const NAME_LENGTH_MAX = 249

export class Topic {
  readonly name: string
  readonly id: string
  readonly isInternal: boolean
  readonly settings: TopicSettings
  readonly logs: PartitionLog[] = []
  entry: TopicEntry

  constructor(entry: TopicEntry, broker: BrokerConfigs) {
    this.name = entry.name
    this.id = entry.id
    this.entry = entry
    this.isInternal = entry.name === OFFSETS_TOPIC || entry.name === TRANSACTIONS_TOPIC
    this.settings = settingsOf(entry.configs, broker)
  }

  update(entry: TopicEntry, broker: BrokerConfigs): void {
    this.entry = entry
    Object.assign(this.settings, settingsOf(entry.configs, broker))
  }
}

/** The value of a topic config: the topic's own, the broker's, or the default. */
export function topicConfig(configs: Readonly<Record<string, string>>, broker: BrokerConfigs, name: string): string {
  const own = configs[name]
  if (own !== undefined) return own
  const definition = TOPIC_CONFIGS.get(name)
  const inherited = definition?.synonym === undefined ? undefined : broker.text(definition.synonym)
  return inherited ?? definition?.defaultValue ?? ''
}

/** Says what is wrong with a topic name; undefined if nothing is. */
export function topicNameProblem(name: string): string | undefined {
  if (name === '') return "Topic name is illegal, it can't be empty"
  if (name === '.' || name === '..') return `Topic name is illegal: '${name}'`
  if (name.length > NAME_LENGTH_MAX) {
    return `Topic name is illegal, it has ${name.length} characters, at most ${NAME_LENGTH_MAX} are allowed`
  }
  if (/^[a-zA-Z0-9._-]+$/.test(name)) return undefined
  return `Topic name "${name}" is illegal, it contains a character other than ASCII alphanumerics, '.', '_' and '-'`
}

function settingsOf(configs: Readonly<Record<string, string>>, broker: BrokerConfigs): TopicSettings {
  const text = (name: string): string => topicConfig(configs, broker, name)
  return {
    segmentBytes: Number(text('segment.bytes')),
    segmentMs: Number(text('segment.ms')),
    indexIntervalBytes: Number(text('index.interval.bytes')),
    batchBytesMax: Number(text('max.message.bytes')),
    isCompacted: text('cleanup.policy')
      .split(',')
      .some((policy) => policy.trim() === 'compact'),
    isLogAppendTime: text('message.timestamp.type') === 'LogAppendTime',
    timestampAheadMsMax: Number(text('message.timestamp.after.max.ms')),
    timestampBehindMsMax: Number(text('message.timestamp.before.max.ms')),
  }
}
