// Reads StreamsOptions once: what is inside trusts the result. All problems are told at once, each with its value and what to do.
import { TidemillError } from '../base/index.ts'
import { type SecurityOptions, type SecuritySettings, parseSecurity, similarNames } from '../client/index.ts'
import { type Duration, durationMs } from '../record/index.ts'
import type { ThreadConfig, UncaughtErrorAction } from '../runtime/index.ts'
import { UPGRADE_FROM_RELEASES } from '../topology/index.ts'
import type { StreamsOptions } from './streams-options.ts'

/** Options of the caller that no thread needs. */
export interface AppConfig {
  readonly thread: Omit<ThreadConfig, 'processId' | 'clientId'>
  readonly clientId: string | undefined
  readonly bootstrapServers: readonly string[]
  readonly security: SecuritySettings
  readonly threads: number
  readonly queryIsolation: 'read-committed' | 'read-uncommitted'
  readonly onUncaughtError: UncaughtErrorAction | ((error: unknown) => UncaughtErrorAction)
  readonly reportIntervalMs: number
  readonly stateCleanupDelayMs: number
  readonly stateCleanupMaxAgeMs: number | undefined
}

const KIB = 1024
const MIB = 1024 * KIB

/** Every option, so that one that is not there can be told from one that is misspelt. */
const OPTION_NAMES: Readonly<Record<keyof StreamsOptions, true>> = {
  acceptableRecoveryLag: true,
  applicationId: true,
  applicationServer: true,
  assignor: true,
  bootstrapServers: true,
  bufferedRecordsMax: true,
  cacheBytesMax: true,
  clientId: true,
  clientTags: true,
  commitInterval: true,
  consumer: true,
  deadLetterTopic: true,
  groupInstanceId: true,
  groupProtocol: true,
  metrics: true,
  onDeserializationError: true,
  onProcessingError: true,
  onProductionError: true,
  onRestore: true,
  onStandbyUpdate: true,
  onStateChange: true,
  onUncaughtError: true,
  onWarning: true,
  pollTimeout: true,
  probingRebalanceInterval: true,
  processingGuarantee: true,
  producer: true,
  queryIsolation: true,
  rackAware: true,
  repartitionPurgeInterval: true,
  replicationFactor: true,
  security: true,
  signal: true,
  standbyReplicas: true,
  stateCleanupDelay: true,
  stateCleanupMaxAge: true,
  stateCompression: true,
  stateDir: true,
  stateMemoryBytesMax: true,
  taskIdle: true,
  taskTimeout: true,
  threads: true,
  topicDefaults: true,
  uncommittedBytesMax: true,
  upgradeFrom: true,
  warmupReplicasMax: true,
  windowChangelogExtraRetention: true,
}
const PRODUCER_NAMES: Readonly<Record<keyof NonNullable<StreamsOptions['producer']>, true>> = {
  batchBytesMax: true,
  compression: true,
  deliveryTimeout: true,
  linger: true,
  transactionTimeout: true,
  unsentBytesMax: true,
}
const CONSUMER_NAMES: Readonly<Record<keyof NonNullable<StreamsOptions['consumer']>, true>> = {
  bufferedBytesMax: true,
  fetchMaxBytes: true,
  fetchMaxWait: true,
  heartbeatInterval: true,
  partitionMaxBytes: true,
  rebalanceTimeout: true,
  sessionTimeout: true,
  startFrom: true,
}

/** @throws TidemillError `invalid-config` with every problem */
export function parseConfig(options: StreamsOptions): AppConfig {
  const check = new Checker()
  check.names(options, OPTION_NAMES, '')
  const { producer = {}, consumer = {}, metrics = {} } = options
  check.names(producer, PRODUCER_NAMES, 'producer.')
  check.names(consumer, CONSUMER_NAMES, 'consumer.')
  const guarantee = check.oneOf('processingGuarantee', options.processingGuarantee ?? 'at-least-once', [
    'at-least-once',
    'exactly-once',
  ])
  const groupProtocol = check.oneOf('groupProtocol', options.groupProtocol ?? 'classic', ['classic', 'streams'])
  const commitIntervalMs = check.duration(
    'commitInterval',
    options.commitInterval ?? (guarantee === 'exactly-once' ? 100 : 30_000),
  )
  const isDefaultExactlyOnce = options.commitInterval === undefined && guarantee === 'exactly-once'
  const config: AppConfig = {
    thread: {
      applicationId: check.applicationId(options.applicationId),
      processingGuarantee: guarantee,
      stateDir: check.text('stateDir', options.stateDir ?? './state'),
      commitIntervalMs,
      asyncCommitIntervalMs: isDefaultExactlyOnce ? 1_000 : commitIntervalMs,
      cacheBytesMax: check.cacheBytes(options.cacheBytesMax ?? 10 * MIB),
      uncommittedBytesMax: check.integer('uncommittedBytesMax', options.uncommittedBytesMax ?? 64 * MIB, 1),
      stateMemoryBytesMax: check.integer('stateMemoryBytesMax', options.stateMemoryBytesMax ?? 256 * MIB, MIB),
      stateCompression: check.oneOf('stateCompression', options.stateCompression ?? 'none', ['none', 'lz4', 'zstd']),
      unsentBytesMax: check.integer('producer.unsentBytesMax', producer.unsentBytesMax ?? 32 * MIB, 1),
      bufferedRecordsMax: check.integer('bufferedRecordsMax', options.bufferedRecordsMax ?? 1_000, 1),
      pollTimeoutMs: check.duration('pollTimeout', options.pollTimeout ?? 100, 1),
      taskIdleMs: options.taskIdle === 'never' ? 'never' : check.duration('taskIdle', options.taskIdle ?? 0),
      taskTimeoutMs: check.duration('taskTimeout', options.taskTimeout ?? '5m'),
      emitIntervalMs: 1_000,
      standbyReplicas: check.integer('standbyReplicas', options.standbyReplicas ?? 0, 0),
      warmupReplicasMax: check.integer('warmupReplicasMax', options.warmupReplicasMax ?? 2, 1),
      acceptableRecoveryLag: check.integer('acceptableRecoveryLag', options.acceptableRecoveryLag ?? 10_000, 0),
      probingRebalanceIntervalMs: check.duration(
        'probingRebalanceInterval',
        options.probingRebalanceInterval ?? '10m',
        60_000,
      ),
      assignor: check.assignor(options.assignor, groupProtocol),
      rackAwareTags: check.rackAware(options.rackAware ?? [], options.clientTags ?? {}),
      clientTags: options.clientTags ?? {},
      groupProtocol,
      groupInstanceId: options.groupInstanceId,
      applicationServer: check.hostPort('applicationServer', options.applicationServer),
      replicationFactor: check.replicationFactor(options.replicationFactor ?? -1),
      upgradeFrom:
        options.upgradeFrom === undefined
          ? undefined
          : check.oneOf('upgradeFrom', options.upgradeFrom, UPGRADE_FROM_RELEASES),
      topicDefaults: Object.fromEntries(
        Object.entries(options.topicDefaults ?? {}).map(([name, value]) => [name, String(value)]),
      ),
      repartitionPurgeIntervalMs: check.duration('repartitionPurgeInterval', options.repartitionPurgeInterval ?? '30s'),
      windowChangelogExtraRetentionMs: check.duration(
        'windowChangelogExtraRetention',
        options.windowChangelogExtraRetention ?? '1d',
      ),
      handlers: check.handlers(options),
      startFrom: check.oneOf<'earliest' | 'latest' | 'none'>('consumer.startFrom', consumer.startFrom ?? 'earliest', [
        'earliest',
        'latest',
        'none',
      ]),
      transactionTimeoutMs: check.duration(
        'producer.transactionTimeout',
        producer.transactionTimeout ?? Math.max(10_000, commitIntervalMs + 5_000),
        commitIntervalMs,
      ),
      producer: {
        lingerMs: check.duration('producer.linger', producer.linger ?? 100),
        batchBytesMax: check.integer('producer.batchBytesMax', producer.batchBytesMax ?? 64 * KIB, 1),
        compression: check.oneOf('producer.compression', producer.compression ?? 'none', [
          'none',
          'gzip',
          'snappy',
          'lz4',
          'zstd',
        ]),
        deliveryTimeoutMs: check.duration('producer.deliveryTimeout', producer.deliveryTimeout ?? '2m', 1),
      },
      consumer: {
        sessionTimeoutMs: check.duration('consumer.sessionTimeout', consumer.sessionTimeout ?? '45s', 1),
        heartbeatIntervalMs: check.duration('consumer.heartbeatInterval', consumer.heartbeatInterval ?? '3s', 1),
        rebalanceTimeoutMs: check.duration('consumer.rebalanceTimeout', consumer.rebalanceTimeout ?? '5m', 1),
        fetchMaxWaitMs: check.duration('consumer.fetchMaxWait', consumer.fetchMaxWait ?? 500),
        fetchMaxBytes: check.integer('consumer.fetchMaxBytes', consumer.fetchMaxBytes ?? 50 * MIB, 1),
        partitionMaxBytes: check.integer('consumer.partitionMaxBytes', consumer.partitionMaxBytes ?? MIB, 1),
        bufferedBytesMax: check.integer('consumer.bufferedBytesMax', consumer.bufferedBytesMax ?? 64 * MIB, 1),
      },
    },
    clientId: options.clientId === undefined ? undefined : check.text('clientId', options.clientId),
    bootstrapServers: check.bootstrapServers(options.bootstrapServers),
    security: check.security(options.security),
    queryIsolation: check.oneOf<AppConfig['queryIsolation']>(
      'queryIsolation',
      options.queryIsolation ?? (guarantee === 'exactly-once' ? 'read-committed' : 'read-uncommitted'),
      ['read-committed', 'read-uncommitted'],
    ),
    threads: check.integer('threads', options.threads ?? 1, 1),
    onUncaughtError: check.uncaught(options.onUncaughtError ?? 'shut-down-client'),
    stateCleanupDelayMs: check.duration('stateCleanupDelay', options.stateCleanupDelay ?? '10m', 1),
    stateCleanupMaxAgeMs:
      options.stateCleanupMaxAge === undefined
        ? undefined
        : check.duration('stateCleanupMaxAge', options.stateCleanupMaxAge, 1),
    reportIntervalMs: check.duration('metrics.reportInterval', metrics.reportInterval ?? '30s', 1),
  }
  check.throwProblems()
  return config
}

/** What every client needs to reach the brokers. */
export interface AccessConfig {
  readonly bootstrapServers: readonly string[]
  readonly security: SecuritySettings
}

/** @throws TidemillError `invalid-config` */
export function parseAccess(servers: string | readonly string[], security: SecurityOptions | undefined): AccessConfig {
  const check = new Checker()
  const config = { bootstrapServers: check.bootstrapServers(servers), security: check.security(security) }
  check.throwProblems()
  return config
}

/** Collects problems and gives back something of the right type all the same. */
class Checker {
  readonly #problems: string[] = []

  names(given: object, known: Readonly<Record<string, true>>, prefix: string): void {
    for (const name of Object.keys(given)) {
      if (Object.hasOwn(known, name)) continue
      const similar = similarNames(name, Object.keys(known)).map((each) => `${prefix}${each}`)
      const hint = similar.length === 0 ? '' : `: did you mean ${similar.join(' or ')}?`
      this.#problems.push(`there is no option ${prefix}${name}${hint}`)
    }
  }

  text(name: string, value: unknown): string {
    if (typeof value === 'string' && value !== '') return value
    this.#problems.push(`${name} is ${show(value)}: it must be a text that is not empty`)
    return ''
  }

  integer(name: string, value: number, min: number): number {
    if (Number.isSafeInteger(value) && value >= min) return value
    this.#problems.push(`${name} is ${show(value)}: it must be a whole number, ${min} or more`)
    return min
  }

  duration(name: string, value: Duration, minMs = 0): number {
    let ms: number
    try {
      ms = durationMs(value, name)
    } catch (error) {
      this.#problems.push(error instanceof Error ? error.message : String(error))
      return minMs
    }
    if (ms < minMs) this.#problems.push(`${name} is ${show(value)} (${ms} ms): it must be at least ${minMs} ms`)
    return ms
  }

  oneOf<T extends string>(name: string, value: T, allowed: readonly T[]): T {
    if (allowed.includes(value)) return value
    const choices = allowed.map((each) => `'${each}'`).join(', ')
    const [similar] = typeof value === 'string' ? similarNames(value, allowed) : []
    this.#problems.push(
      `${name} is ${show(value)}: it must be one of ${choices}${similar === undefined ? '' : `; did you mean '${similar}'?`}`,
    )
    return allowed[0] as T
  }

  applicationId(value: unknown): string {
    const id = this.text('applicationId', value)
    const wrong = /[^a-zA-Z0-9._-]/.exec(id)
    if (wrong !== null) {
      this.#problems.push(
        `applicationId is '${id}': internal topics are named after it, and a topic name cannot have '${wrong[0]}'`,
      )
    }
    return id
  }

  cacheBytes(value: number): number {
    const bytes = this.integer('cacheBytesMax', value, 0)
    if (bytes > 0 && bytes < KIB) {
      this.#problems.push(`cacheBytesMax is ${bytes}, below the minimum 1024: raise it, or set 0 to switch caching off`)
    }
    return bytes
  }

  replicationFactor(value: number): number {
    if (value === -1) return -1
    return this.integer('replicationFactor', value, 1)
  }

  hostPort(name: string, value: string | undefined): string | undefined {
    if (value === undefined || isHostPort(value)) return value
    this.#problems.push(`${name} is ${show(value)}: it must be host:port, such as 'localhost:7070'`)
    return undefined
  }

  bootstrapServers(value: string | readonly string[]): readonly string[] {
    const servers = (
      typeof value === 'string' ? value.split(',') : Array.isArray(value) ? (value as readonly unknown[]) : []
    ).map((each) => String(each).trim())
    if (servers.length === 0 || servers.includes('')) {
      this.#problems.push(
        `bootstrapServers is ${show(value)}: give 'host:port', a list of them, or 'embedded:DIRECTORY'`,
      )
      return []
    }
    const embedded = servers.filter((each) => each.startsWith('embedded:'))
    if (embedded.length > 0 && servers.length > 1) {
      this.#problems.push(
        `bootstrapServers is ${show(value)}: '${embedded[0]}' stands alone, it has no other brokers beside it`,
      )
    }
    for (const server of servers) {
      if (server === 'embedded:')
        this.#problems.push("bootstrapServers is 'embedded:': name the directory, such as 'embedded:./data'")
      else if (!server.startsWith('embedded:') && !isHostPort(server)) {
        this.#problems.push(
          `bootstrapServers has ${show(server)}: it must be host:port, such as 'localhost:9092', or 'embedded:DIRECTORY'`,
        )
      }
    }
    return servers
  }

  security(options: SecurityOptions | undefined): SecuritySettings {
    return parseSecurity(options, this.#problems)
  }

  rackAware(tags: readonly string[], clientTags: Readonly<Record<string, string>>): readonly string[] {
    for (const tag of tags) {
      if (!Object.hasOwn(clientTags, tag)) {
        this.#problems.push(
          `rackAware names '${tag}', which clientTags does not have: add clientTags: { '${tag}': ... }`,
        )
      }
    }
    return tags
  }

  assignor(assignor: unknown, groupProtocol: string): ThreadConfig['assignor'] {
    if (assignor === undefined) return undefined
    if (typeof assignor !== 'function') this.#problems.push(`assignor is ${show(assignor)}: give a function`)
    if (groupProtocol === 'streams') {
      this.#problems.push(
        "assignor has no say under groupProtocol 'streams', where the cluster assigns: leave one of them out",
      )
    }
    return assignor as ThreadConfig['assignor']
  }

  handlers(options: StreamsOptions): ThreadConfig['handlers'] {
    const { onDeserializationError, onProcessingError, onProductionError, deadLetterTopic } = options
    const reading = ['fail', 'continue', 'dead-letter']
    this.#handler('onDeserializationError', onDeserializationError, reading, deadLetterTopic)
    this.#handler('onProcessingError', onProcessingError, reading, deadLetterTopic)
    this.#handler('onProductionError', onProductionError, [...reading, 'retry'], deadLetterTopic)
    return { onDeserializationError, onProcessingError, onProductionError, deadLetterTopic }
  }

  uncaught(value: AppConfig['onUncaughtError']): AppConfig['onUncaughtError'] {
    if (typeof value === 'function') return value
    return this.oneOf<UncaughtErrorAction>('onUncaughtError', value, [
      'shut-down-client',
      'shut-down-application',
      'replace-thread',
    ])
  }

  throwProblems(): void {
    const problems = this.#problems
    if (problems.length === 0) return
    const message =
      problems.length === 1
        ? (problems[0] as string)
        : `${problems.length} options are wrong:\n- ${problems.join('\n- ')}`
    throw new TidemillError('invalid-config', message)
  }

  #handler(name: string, value: unknown, allowed: readonly string[], deadLetterTopic: string | undefined): void {
    if (value === undefined || typeof value === 'function') return
    this.oneOf(name, value as string, allowed)
    if (value === 'dead-letter' && deadLetterTopic === undefined) {
      this.#problems.push(
        `${name} is 'dead-letter', but there is no deadLetterTopic: name the topic that the records go to`,
      )
    }
  }
}

function isHostPort(text: string): boolean {
  const match = /^(?:\[[0-9a-fA-F:.]+\]|[^:\s]+):(\d{1,5})$/.exec(text)
  return match !== null && Number(match[1]) > 0 && Number(match[1]) < 65_536
}

function show(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : (JSON.stringify(value) ?? String(value))
}
