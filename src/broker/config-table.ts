// The configs of brokers and topics by Kafka's names: types, defaults, and which broker config a topic's one falls back to. What the
// embedded broker does not do yet (compaction, retention, tiers, throttles) is kept and described all the same, so that
// programs which set or compare configs work; what it heeds is listed in FORMAT.md.
import { TidemillError } from '../base/index.ts'

export type ConfigType = 'boolean' | 'string' | 'int' | 'long' | 'double' | 'list'

export interface ConfigDefinition {
  readonly name: string
  readonly type: ConfigType
  readonly defaultValue: string
  /** The broker config that gives the default (topics only). */
  readonly synonym?: string
  readonly min?: number
  readonly values?: readonly string[]
}

const LONG_MAX = '9223372036854775807'
const INT_MAX = '2147483647'
const WEEK_MS = '604800000'
const CODECS = ['producer', 'uncompressed', 'gzip', 'snappy', 'lz4', 'zstd']

function define(
  name: string,
  type: ConfigType,
  defaultValue: string,
  more: Partial<ConfigDefinition> = {},
): readonly [string, ConfigDefinition] {
  return [name, { name, type, defaultValue, ...more }]
}

export const BROKER_CONFIGS: ReadonlyMap<string, ConfigDefinition> = new Map([
  define('auto.create.topics.enable', 'boolean', 'true'),
  define('compression.type', 'string', 'producer', { values: CODECS }),
  define('default.replication.factor', 'int', '1', { min: 1 }),
  define('delete.topic.enable', 'boolean', 'true'),
  define('fetch.max.bytes', 'int', '57671680', { min: 1024 }),
  define('group.consumer.heartbeat.interval.ms', 'int', '5000', { min: 1 }),
  define('group.consumer.max.size', 'int', INT_MAX, { min: 1 }),
  define('group.consumer.session.timeout.ms', 'int', '45000', { min: 1 }),
  define('group.initial.rebalance.delay.ms', 'int', '0', { min: 0 }),
  define('group.max.session.timeout.ms', 'int', '1800000', { min: 1 }),
  define('group.max.size', 'int', INT_MAX, { min: 1 }),
  define('group.min.session.timeout.ms', 'int', '1000', { min: 1 }),
  define('log.cleaner.delete.retention.ms', 'long', '86400000', { min: 0 }),
  define('log.cleaner.max.compaction.lag.ms', 'long', LONG_MAX, { min: 1 }),
  define('log.cleaner.min.cleanable.ratio', 'double', '0.5', { min: 0 }),
  define('log.cleaner.min.compaction.lag.ms', 'long', '0', { min: 0 }),
  define('log.cleanup.policy', 'list', 'delete', { values: ['delete', 'compact'] }),
  define('log.flush.interval.messages', 'long', LONG_MAX, { min: 1 }),
  define('log.flush.interval.ms', 'long', '1000', { min: 1 }),
  define('log.index.interval.bytes', 'int', '4096', { min: 0 }),
  define('log.index.size.max.bytes', 'int', '10485760', { min: 4 }),
  define('log.message.timestamp.after.max.ms', 'long', '3600000', { min: 0 }),
  define('log.message.timestamp.before.max.ms', 'long', LONG_MAX, { min: 0 }),
  define('log.message.timestamp.type', 'string', 'CreateTime', { values: ['CreateTime', 'LogAppendTime'] }),
  define('log.preallocate', 'boolean', 'false'),
  define('log.retention.bytes', 'long', '-1'),
  define('log.retention.ms', 'long', WEEK_MS, { min: -1 }),
  define('log.roll.jitter.ms', 'long', '0', { min: 0 }),
  define('log.roll.ms', 'long', WEEK_MS, { min: 1 }),
  define('log.segment.bytes', 'int', '134217728', { min: 1024 }),
  define('log.segment.delete.delay.ms', 'long', '60000', { min: 0 }),
  define('max.incremental.fetch.session.cache.slots', 'int', '1000', { min: 0 }),
  define('message.max.bytes', 'int', '1048588', { min: 0 }),
  define('min.insync.replicas', 'int', '1', { min: 1 }),
  define('num.partitions', 'int', '1', { min: 1 }),
  define('offsets.retention.minutes', 'int', '10080', { min: 1 }),
  define('producer.id.expiration.ms', 'int', '86400000', { min: 1 }),
  define('socket.request.max.bytes', 'int', '104857600', { min: 1 }),
  define('transaction.max.timeout.ms', 'int', '900000', { min: 1 }),
  define('transactional.id.expiration.ms', 'int', WEEK_MS, { min: 1 }),
  define('unclean.leader.election.enable', 'boolean', 'false'),
])

export const TOPIC_CONFIGS: ReadonlyMap<string, ConfigDefinition> = new Map([
  define('cleanup.policy', 'list', 'delete', { synonym: 'log.cleanup.policy', values: ['delete', 'compact'] }),
  define('compression.gzip.level', 'int', '-1'),
  define('compression.lz4.level', 'int', '9'),
  define('compression.type', 'string', 'producer', { synonym: 'compression.type', values: CODECS }),
  define('compression.zstd.level', 'int', '3'),
  define('delete.retention.ms', 'long', '86400000', { synonym: 'log.cleaner.delete.retention.ms', min: 0 }),
  define('file.delete.delay.ms', 'long', '60000', { synonym: 'log.segment.delete.delay.ms', min: 0 }),
  define('flush.messages', 'long', LONG_MAX, { synonym: 'log.flush.interval.messages', min: 1 }),
  define('flush.ms', 'long', LONG_MAX, { min: 0 }),
  define('follower.replication.throttled.replicas', 'list', ''),
  define('index.interval.bytes', 'int', '4096', { synonym: 'log.index.interval.bytes', min: 0 }),
  define('leader.replication.throttled.replicas', 'list', ''),
  define('local.retention.bytes', 'long', '-2', { min: -2 }),
  define('local.retention.ms', 'long', '-2', { min: -2 }),
  define('max.compaction.lag.ms', 'long', LONG_MAX, { synonym: 'log.cleaner.max.compaction.lag.ms', min: 1 }),
  define('max.message.bytes', 'int', '1048588', { synonym: 'message.max.bytes', min: 0 }),
  define('message.timestamp.after.max.ms', 'long', '3600000', {
    synonym: 'log.message.timestamp.after.max.ms',
    min: 0,
  }),
  define('message.timestamp.before.max.ms', 'long', LONG_MAX, {
    synonym: 'log.message.timestamp.before.max.ms',
    min: 0,
  }),
  define('message.timestamp.type', 'string', 'CreateTime', {
    synonym: 'log.message.timestamp.type',
    values: ['CreateTime', 'LogAppendTime'],
  }),
  define('min.cleanable.dirty.ratio', 'double', '0.5', { synonym: 'log.cleaner.min.cleanable.ratio', min: 0 }),
  define('min.compaction.lag.ms', 'long', '0', { synonym: 'log.cleaner.min.compaction.lag.ms', min: 0 }),
  define('min.insync.replicas', 'int', '1', { synonym: 'min.insync.replicas', min: 1 }),
  define('preallocate', 'boolean', 'false', { synonym: 'log.preallocate' }),
  define('remote.log.copy.disable', 'boolean', 'false'),
  define('remote.log.delete.on.disable', 'boolean', 'false'),
  define('remote.storage.enable', 'boolean', 'false'),
  define('retention.bytes', 'long', '-1', { synonym: 'log.retention.bytes' }),
  define('retention.ms', 'long', WEEK_MS, { synonym: 'log.retention.ms', min: -1 }),
  define('segment.bytes', 'int', '134217728', { synonym: 'log.segment.bytes', min: 1024 }),
  define('segment.index.bytes', 'int', '10485760', { synonym: 'log.index.size.max.bytes', min: 4 }),
  define('segment.jitter.ms', 'long', '0', { synonym: 'log.roll.jitter.ms', min: 0 }),
  define('segment.ms', 'long', WEEK_MS, { synonym: 'log.roll.ms', min: 1 }),
  define('unclean.leader.election.enable', 'boolean', 'false', { synonym: 'unclean.leader.election.enable' }),
])

/** Says what is wrong with a value; undefined if nothing is. */
export function configProblem(definition: ConfigDefinition, value: string): string | undefined {
  const say = (what: string): string => `Invalid value ${value} for configuration ${definition.name}: ${what}`
  switch (definition.type) {
    case 'boolean':
      return value === 'true' || value === 'false' ? undefined : say('expected true or false')
    case 'int':
    case 'long':
    case 'double':
      return numberProblem(definition, value, say)
    case 'string':
      return definition.values === undefined || definition.values.includes(value)
        ? undefined
        : say(`expected one of ${definition.values.join(', ')}`)
    case 'list':
      return listProblem(definition, value, say)
  }
}

function numberProblem(definition: ConfigDefinition, value: string, say: (what: string) => string): string | undefined {
  const number = Number(value)
  if (value.trim() === '' || Number.isNaN(number)) return say('not a number')
  if (definition.type !== 'double' && !/^[+-]?\d+$/.test(value)) return say('not a whole number')
  if (definition.type === 'int' && Math.abs(number) > 2 ** 31) return say('it does not fit in 32 bits')
  if (definition.min !== undefined && number < definition.min) return say(`must be at least ${definition.min}`)
  return undefined
}

function listProblem(definition: ConfigDefinition, value: string, say: (what: string) => string): string | undefined {
  const { values } = definition
  if (values === undefined) return undefined
  const unknown = value.split(',').find((item) => !values.includes(item.trim()))
  return unknown === undefined ? undefined : say(`expected a list of ${values.join(', ')}`)
}

/** The broker's own configs: what the options give over what the table says. Throws invalid-config. */
export class BrokerConfigs {
  readonly #values: ReadonlyMap<string, string>

  constructor(given: Readonly<Record<string, string | number | boolean>>) {
    const values = new Map<string, string>()
    for (const [name, raw] of Object.entries(given)) {
      const definition = BROKER_CONFIGS.get(name)
      if (definition === undefined) {
        throw new TidemillError(
          'invalid-config',
          `the broker has no config ${name}; it knows ${[...BROKER_CONFIGS.keys()].join(', ')}`,
        )
      }
      const problem = configProblem(definition, String(raw))
      if (problem !== undefined) throw new TidemillError('invalid-config', problem)
      values.set(name, String(raw))
    }
    this.#values = values
  }

  /** What was given; undefined where the default holds. */
  given(name: string): string | undefined {
    return this.#values.get(name)
  }

  text(name: string): string {
    const value = this.#values.get(name) ?? BROKER_CONFIGS.get(name)?.defaultValue
    if (value === undefined) throw new TidemillError('invalid-config', `the broker has no config ${name}`)
    return value
  }

  /** Longs beyond 2^53 (Kafka's "no limit") are read as the nearest double, which serves as well. */
  number(name: string): number {
    return Number(this.text(name))
  }

  isOn(name: string): boolean {
    return this.text(name) === 'true'
  }
}
