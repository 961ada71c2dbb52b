// What an application is told: the public options, documented in place. parse-config.ts reads them once.
import type { MetricValue } from '../metrics/index.ts'
import type { Duration } from '../record/index.ts'
import type {
  DeserializationErrorHandler,
  ProcessingErrorHandler,
  ProductionErrorHandler,
  RestoreProgress,
  TaskAssignor,
  UncaughtErrorAction,
} from '../runtime/index.ts'
import type { SecurityOptions } from '../client/index.ts'
import type { TopicConfig } from '../serde/index.ts'
import type { UpgradeFrom } from '../topology/index.ts'

/**
 * Where an application is in its life. Java: KafkaStreams.State.
 *
 *   created --> rebalancing <--> running
 *                    |              |
 *                    +------+-------+--> pending-error --> error
 *                           v
 *                    pending-shutdown --> not-running
 */
export type StreamsState =
  | 'created'
  | 'rebalancing'
  | 'running'
  | 'pending-shutdown'
  | 'not-running'
  | 'pending-error'
  | 'error'

/** Told how restoring goes: `(progress) => void`. Java: StateRestoreListener. */
export type RestoreListener = (progress: RestoreProgress) => void

/** Gets all metrics at an interval. Java: MetricsReporter. */
export type MetricReporter = (values: readonly MetricValue[]) => void

/** Settings of the application's producers. */
export interface ProducerSettings {
  /** How long a batch waits for more records. @defaultValue 100ms */
  readonly linger?: Duration
  /** Of one batch. @defaultValue 64 KiB */
  readonly batchBytesMax?: number
  /** Of batches. @defaultValue none */
  readonly compression?: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
  /** After this a batch that is not acknowledged has failed. @defaultValue 2m */
  readonly deliveryTimeout?: Duration
  /** Appended and not acknowledged; beyond, processing waits. @defaultValue 32 MiB */
  readonly unsentBytesMax?: number
  /** Of transactions, under exactly-once. @defaultValue 10s, and at least the commit interval and 5 s */
  readonly transactionTimeout?: Duration
}

/** Settings of the application's consumers and group members. */
export interface ConsumerSettings {
  /** Where a topic begins of which nothing was committed. @defaultValue earliest */
  readonly startFrom?: 'earliest' | 'latest' | 'none'
  /** A member that is silent for so long loses its tasks. @defaultValue 45s */
  readonly sessionTimeout?: Duration
  /** How often a member says that it lives. @defaultValue 3s */
  readonly heartbeatInterval?: Duration
  /** How long members have to give up tasks and join again. @defaultValue 5m */
  readonly rebalanceTimeout?: Duration
  /** Long poll at the broker. @defaultValue 500ms */
  readonly fetchMaxWait?: Duration
  /** Of one fetch. @defaultValue 50 MiB */
  readonly fetchMaxBytes?: number
  /** Of one partition in a fetch. @defaultValue 1 MiB */
  readonly partitionMaxBytes?: number
  /** Fetched and not processed. @defaultValue 64 MiB */
  readonly bufferedBytesMax?: number
}

/** What is done with the metrics. */
export interface MetricsOptions {
  /** Called with all metrics at the interval and at the end. @defaultValue none */
  readonly reporters?: readonly MetricReporter[]
  /** How often reporters are called. @defaultValue 30s */
  readonly reportInterval?: Duration
}

/** The options of {@link Streams}. Java: StreamsConfig; each says its key there. */
export interface StreamsOptions {
  /** Name of the group, and prefix of internal topics and of transactional ids. `application.id` */
  readonly applicationId: string
  /** `host:port`, several of them, or `embedded:DIRECTORY`. `bootstrap.servers` */
  readonly bootstrapServers: string | readonly string[]
  /** How the cluster's logs and the group call this instance. @defaultValue application id and process id. `client.id` */
  readonly clientId?: string
  /** Stream threads; more than one needs the topology as a URL. @defaultValue 1. `num.stream.threads` */
  readonly threads?: number
  /** Exactly-once commits results and input offsets in one transaction. @defaultValue at-least-once. `processing.guarantee` */
  readonly processingGuarantee?: 'at-least-once' | 'exactly-once'
  /** Where stores on disk and the lock of the instance are. @defaultValue ./state. `state.dir` */
  readonly stateDir?: string
  /** How often offsets, results and stores are committed, and caches flushed. @defaultValue 30s; 100ms under exactly-once, 1s there for threads with async steps, for which a commit waits. `commit.interval.ms` */
  readonly commitInterval?: Duration
  /** Of all record caches together. @defaultValue 10 MiB; 0: no caching. `statestore.cache.max.bytes` */
  readonly cacheBytesMax?: number
  /** Written to stores and not committed; beyond, commits come early. @defaultValue 64 MiB. `statestore.uncommitted.max.bytes` */
  readonly uncommittedBytesMax?: number
  /** Caches, memory tables and pending writes together. @defaultValue 256 MiB */
  readonly stateMemoryBytesMax?: number
  /** Of blocks of stores on disk; what is there is compressed when it is merged. @defaultValue 'none' */
  readonly stateCompression?: 'none' | 'lz4' | 'zstd'
  /** After so long without use the directory of a task is removed; its changelogs have everything. @defaultValue 10m. `state.cleanup.delay.ms` */
  readonly stateCleanupDelay?: Duration
  /** At the start, directories of tasks that were not used for so long are removed. @defaultValue none are. `state.cleanup.dir.max.age.ms` */
  readonly stateCleanupMaxAge?: Duration
  /** How many other instances keep a copy of each task's stores. @defaultValue 0. `num.standby.replicas` */
  readonly standbyReplicas?: number
  /** How many tasks are warmed up on another instance at once before they move there. @defaultValue 2. `max.warmup.replicas` */
  readonly warmupReplicasMax?: number
  /** Records that a copy may lack and still take over its task. @defaultValue 10,000. `acceptable.recovery.lag` */
  readonly acceptableRecoveryLag?: number
  /** How often the group looks whether a warm-up is done. @defaultValue 10m. `probing.rebalance.interval.ms` */
  readonly probingRebalanceInterval?: Duration
  /** How long a task waits for inputs that are empty, to keep their records in order of time. @defaultValue 0. `max.task.idle.ms` */
  readonly taskIdle?: Duration | 'never'
  /** How long a task tries again after errors that may pass. @defaultValue 5m. `task.timeout.ms` */
  readonly taskTimeout?: Duration
  /** Records of one partition that wait in a task; beyond, it is not fetched. @defaultValue 1,000. `buffered.records.per.partition` */
  readonly bufferedRecordsMax?: number
  /** How long the loop waits for records at most. @defaultValue 100ms. `poll.ms` */
  readonly pollTimeout?: Duration
  /** Replicas of internal topics. @defaultValue the broker's. `replication.factor` */
  readonly replicationFactor?: number
  /** Settings of internal topics, by Kafka's names. @defaultValue none. `topic.*` */
  readonly topicDefaults?: TopicConfig
  /**
   * Who assigns tasks: a member, with Kafka Streams' own assignor (`'classic'`), or the cluster (`'streams'`, KIP-1071; Apache Kafka 4.2
   * and later, not the embedded broker). Under `'streams'` the cluster's settings of the group rule where these do not: standbys
   * (`streams.num.standby.replicas`), session time-out and heartbeats (`streams.session.timeout.ms`); sources must name their
   * topics, as in Java. @defaultValue classic. `group.protocol`
   */
  readonly groupProtocol?: 'classic' | 'streams'
  /** Makes the member static (KIP-345): a restart within the session does not rebalance. @defaultValue none. `group.instance.id` */
  readonly groupInstanceId?: string
  /**
   * Decides which process runs which task; where the topology comes from a URL, an entry of the module's export `options`.
   * @defaultValue Kafka Streams' high-availability assignor. `task.assignor.class`
   */
  readonly assignor?: TaskAssignor
  /** Client tags by which standbys are spread, the most important first. @defaultValue none. `rack.aware.assignment.tags` */
  readonly rackAware?: readonly string[]
  /** Tags of this instance, such as its zone. @defaultValue none. `client.tag.*` */
  readonly clientTags?: Readonly<Record<string, string>>
  /** How often consumed records are deleted from repartition topics. @defaultValue 30s. `repartition.purge.interval.ms` */
  readonly repartitionPurgeInterval?: Duration
  /** How much longer than its store a window changelog keeps records. @defaultValue 1d. `windowstore.changelog.additional.retention.ms` */
  readonly windowChangelogExtraRetention?: Duration
  /**
   * Release of Kafka Streams that other members of the group still run, while they are replaced one by one: what passes between members
   * stays in the form that it reads (3.3 and older: subscriptions of foreign-key joins; 3.4 and older: changes of grouped tables). Start
   * every new member with it, and again without it when no old one is left. 3.5 and later read all that is written. The group's own data
   * needs no option: members of all releases settle its version among themselves (KIP-268).
   * @defaultValue none. `upgrade.from`
   */
  readonly upgradeFrom?: UpgradeFrom
  /** `host:port` where other instances can ask this one. @defaultValue none. `application.server` */
  readonly applicationServer?: string
  /**
   * What queries see that do not say it themselves: what the last commit has, or also what a crash or an aborted transaction may undo. Java,
   * since 4.4, reads uncommitted under both guarantees.
   * @defaultValue read-committed under exactly-once, else read-uncommitted. `default.interactive.query.isolation.level`
   */
  readonly queryIsolation?: 'read-committed' | 'read-uncommitted'
  /** A record that cannot be read. @defaultValue fail. `deserialization.exception.handler` */
  readonly onDeserializationError?: DeserializationErrorHandler
  /** A record that a processor fails on. @defaultValue fail. `processing.exception.handler` */
  readonly onProcessingError?: ProcessingErrorHandler
  /** A record that cannot be written. @defaultValue retry what can be retried, else fail. `production.exception.handler` */
  readonly onProductionError?: ProductionErrorHandler
  /** What happens after an error that nothing handled. @defaultValue shut-down-client */
  readonly onUncaughtError?: UncaughtErrorAction | ((error: unknown) => UncaughtErrorAction)
  /** Topic of records that a handler gives up with 'dead-letter'. @defaultValue none. `errors.dead.letter.queue.topic.name` */
  readonly deadLetterTopic?: string
  /** Called at each change of state. Java: StateListener. @defaultValue none */
  readonly onStateChange?: (now: StreamsState, before: StreamsState) => void
  /** Told how the restoring of stores goes. Java: StateRestoreListener. @defaultValue none */
  readonly onRestore?: RestoreListener
  /** Told how standbys follow. Java: StandbyUpdateListener. @defaultValue none */
  readonly onStandbyUpdate?: RestoreListener
  /** What people should know and that stops nothing. @defaultValue a warning of the process */
  readonly onWarning?: (message: string) => void
  /** Who gets the metrics, and how often. @defaultValue nobody */
  readonly metrics?: MetricsOptions
  /** TLS and SASL to the brokers; the embedded broker uses none. @defaultValue neither. `security.protocol`, `ssl.*`, `sasl.*` */
  readonly security?: SecurityOptions
  /** Settings of the producers. @defaultValue see there */
  readonly producer?: ProducerSettings
  /** Settings of the consumers and group members. @defaultValue see there */
  readonly consumer?: ConsumerSettings
  /** Closes the application when it is aborted. @defaultValue SIGINT and SIGTERM */
  readonly signal?: AbortSignal
}
