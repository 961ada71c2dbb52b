// What the runtime uses of the client. The classes behind are in the files named after them; `tidemill/client` (typed, for
// users) is built on the same. Sizes are bytes, times ms. Nothing here calls back into the runtime between two awaits but
// by filling queues that it reads (STYLE: pull, do not react).
import type { Clock, Prng } from '../base/index.ts'
import type { RecordBatch } from '../protocol/index.ts'
import type { RecordHeaders, TopicPartition } from '../record/index.ts'
import type { SaslOptions } from './security-options.ts'
import type { Transport } from './transport.ts'

export interface ClientOptions {
  readonly clientId: string
  readonly transport: Transport
  readonly clock: Clock
  readonly prng: Prng
  /** @defaultValue 30,000 ms */
  readonly requestTimeoutMs?: number
  /** @defaultValue 300,000 ms */
  readonly metadataAgeMsMax?: number
  /** How each connection proves who it is. TLS is the transport's. */
  readonly sasl?: SaslOptions | undefined
}

/** One connection pool to one cluster; everything else is made from it. */
export interface Client {
  readonly cluster: ClusterMetadata
  admin(): Admin
  fetcher(options: FetcherOptions): Fetcher
  groupMember(options: GroupMemberOptions): GroupMember
  /** KIP-1071. Its event 'failed' says `request-not-supported` where the cluster has no streams groups. */
  streamsGroupMember(options: StreamsGroupMemberOptions): GroupMember
  producer(options: ProducerOptions): RecordProducer
  close(): Promise<void>
}

export interface TopicMetadata {
  readonly name: string
  readonly id: string
  readonly partitions: number
  readonly isInternal: boolean
}

export interface ClusterMetadata {
  /** Cached; undefined for a topic that is not known (yet). */
  topic(name: string): TopicMetadata | undefined
  /** The leader of a partition as far as it is known, and its epoch. */
  leader(tp: TopicPartition): { readonly epoch: number } | undefined
  /** Asks the cluster; topics that do not exist are left out. undefined: all. */
  refresh(topics?: readonly string[]): Promise<readonly TopicMetadata[]>
  /** Since when no broker answers, in monotonic ms; undefined while one does. */
  readonly unreachableSinceMs: number | undefined
}

// ---- reading ----

export interface FetcherOptions {
  readonly isolation: 'read-committed' | 'read-uncommitted'
  /** @defaultValue 1 */
  readonly minBytes?: number
  /** @defaultValue 50 MiB */
  readonly maxBytes?: number
  /** @defaultValue 1 MiB a partition */
  readonly partitionMaxBytes?: number
  /** Long poll at the broker. @defaultValue 500 ms */
  readonly maxWaitMs?: number
  /** Fetched and not yet polled; no more is asked for beyond. @defaultValue 64 MiB */
  readonly bufferedBytesMax?: number
  /** Where to go when a position is no longer in the log; 'none' reports it. @defaultValue 'none' */
  readonly reset?: 'earliest' | 'latest' | 'none'
}

export interface FetchedPartition {
  readonly tp: TopicPartition
  /** In order, with records at or after the position; aborted and control batches are left out. */
  readonly batches: readonly RecordBatch[]
  /** The first batch may hold records before this offset: skip them. */
  readonly fromOffset: number
  /** The position after these batches (it also passes control batches). */
  readonly nextOffset: number
}

export type FetchProblem =
  | {
      readonly kind: 'out-of-range'
      readonly tp: TopicPartition
      readonly offset: number
      readonly logStartOffset: number
      readonly logEndOffset: number
    }
  | { readonly kind: 'diverged'; readonly tp: TopicPartition; readonly offset: number; readonly validOffset: number }
  | { readonly kind: 'unknown-topic'; readonly tp: TopicPartition }
  | { readonly kind: 'corrupt'; readonly tp: TopicPartition; readonly offset: number; readonly error: Error }

export interface PollResult {
  readonly partitions: readonly FetchedPartition[]
  readonly problems: readonly FetchProblem[]
}

export interface Fetcher {
  /** Starts reading at the offset; a partition that is already read is moved there. */
  add(tp: TopicPartition, offset: number, leaderEpoch?: number): void
  remove(tp: TopicPartition): void
  pause(tp: TopicPartition): void
  resume(tp: TopicPartition): void
  /** At once when something is there, else after at most that many ms. Paused partitions give nothing. */
  poll(timeoutMs: number): Promise<PollResult>
  /** Ends a poll that waits. */
  wake(): void
  /** Offset of the next record that poll gives. */
  position(tp: TopicPartition): number | undefined
  /** Log end as of the last fetch (last stable offset under read-committed); undefined before the first. */
  endOffset(tp: TopicPartition): number | undefined
  close(): Promise<void>
}

// ---- writing ----

export interface ProducerOptions {
  /** With it, everything is sent in transactions. */
  readonly transactionalId?: string
  /** @defaultValue 60,000 ms */
  readonly transactionTimeoutMs?: number
  /** @defaultValue 5 ms; 100 in streams */
  readonly lingerMs?: number
  /** @defaultValue 64 KiB */
  readonly batchBytesMax?: number
  /** @defaultValue 'none' */
  readonly compression?: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
  /** @defaultValue 120,000 ms, then a batch fails */
  readonly deliveryTimeoutMs?: number
  /**
   * From when on nothing may be written any more, in monotonic ms: the producer fails then with a TaskMigratedError. For who writes what others
   * may write by then; transactions are fenced by the broker and need none. Asked before each request. @defaultValue never
   */
  readonly writesUntilMs?: () => number
}

export interface FailedBatch {
  readonly tp: TopicPartition
  readonly error: Error
  readonly recordCount: number
  readonly batch: RecordBatch
  /** What setOrigin() said of each record, by its place in the batch; undefined where it said nothing. */
  readonly origins: readonly (object | undefined)[]
}

export interface GroupMetadata {
  readonly groupId: string
  readonly generation: number
  readonly memberId: string
  readonly groupInstanceId: string | undefined
}

export interface OffsetAndMetadata {
  readonly offset: number
  readonly metadata: string
  readonly leaderEpoch?: number
}

/** The low producer: bytes in, batches out, idempotent always. */
export interface RecordProducer {
  /** Appends to the open batch of the partition; never waits. Bytes are copied. Throws what failed before, once fatal. */
  append(
    tp: TopicPartition,
    key: Uint8Array | null,
    value: Uint8Array | null,
    timestamp: number,
    headers: RecordHeaders,
  ): void
  /** The same from ranges of one buffer, whose bytes are copied; a keyEnd or valueEnd of -1 is null. */
  appendRange(
    tp: TopicPartition,
    buffer: Buffer,
    keyStart: number,
    keyEnd: number,
    valueStart: number,
    valueEnd: number,
    timestamp: number,
    headers: RecordHeaders,
  ): void
  /** Kept with each record that is appended from now on, until it is acknowledged, and given back where its batch fails. */
  setOrigin(origin: object | undefined): void
  /** Appended and not acknowledged yet: look at it between records and wait when it is over your limit. */
  readonly unsentBytes: number
  /** Resolves when unsentBytes has fallen below. */
  drained(belowBytes: number): Promise<void>
  /** Sends all and waits for the acknowledgements. Failed batches are in failures(), not thrown; fatal errors are thrown. */
  flush(): Promise<void>
  /** Takes the batches that failed for good since the last call. */
  failures(): readonly FailedBatch[]
  /** Offset of the last acknowledged record of the partition and its leader epoch, as far as this producer wrote there. */
  acknowledged(tp: TopicPartition): { readonly offset: number; readonly leaderEpoch: number } | undefined
  /** Resolves with the producer id; aborts what a predecessor with the same transactional id left open. */
  initTransactions(): Promise<void>
  beginTransaction(): void
  readonly isInTransaction: boolean
  sendOffsets(offsets: ReadonlyMap<TopicPartition, OffsetAndMetadata>, group: GroupMetadata): Promise<void>
  /** Flushes and commits. A fenced producer throws TaskMigratedError. */
  commitTransaction(): Promise<void>
  abortTransaction(): Promise<void>
  /** Flushes (aborts an open transaction) and frees. */
  close(options?: { readonly timeoutMs?: number }): Promise<void>
}

// ---- group membership (classic protocol) ----

/** One member as the leader's assignor sees it. */
export interface MemberSubscription {
  readonly memberId: string
  readonly groupInstanceId: string | undefined
  readonly topics: readonly string[]
  readonly userData: Buffer | null
  readonly ownedPartitions: readonly TopicPartition[]
  readonly generation: number
  readonly rackId: string | undefined
}

export interface MemberAssignment {
  readonly partitions: readonly TopicPartition[]
  readonly userData: Buffer | null
  /** Of a streams group, whose coordinator assigns tasks; there is no user data then. */
  readonly tasks?: GroupTasks
}

/** Kafka's ConsumerPartitionAssignor, as far as a group member needs it. */
export interface GroupAssignor {
  /** Protocol name; 'stream' for Kafka Streams. */
  readonly name: string
  /** Cooperative members keep what they own during a rebalance. */
  readonly isCooperative: boolean
  /** Version of ConsumerProtocolSubscription that is written. */
  subscriptionUserData(topics: readonly string[]): Buffer | null
  assign(
    members: readonly MemberSubscription[],
    cluster: ClusterMetadata,
  ): Promise<ReadonlyMap<string, MemberAssignment>>
}

export interface GroupMemberOptions {
  readonly groupId: string
  readonly topics: readonly string[]
  readonly pattern?: RegExp
  readonly assignors: readonly GroupAssignor[]
  readonly groupInstanceId?: string
  readonly rackId?: string
  /** @defaultValue 45,000 ms */
  readonly sessionTimeoutMs?: number
  /** @defaultValue 3,000 ms */
  readonly heartbeatIntervalMs?: number
  /** @defaultValue 300,000 ms */
  readonly rebalanceTimeoutMs?: number
}

/** Read in order with takeEvents(); a 'revoking' event must be answered by revoked() before the member joins again. */
export type GroupEvent =
  | { readonly kind: 'revoking'; readonly partitions: readonly TopicPartition[] }
  | {
      readonly kind: 'assigned'
      readonly assignment: MemberAssignment
      readonly added: readonly TopicPartition[]
      readonly generation: number
    }
  /** The member was fenced or timed out: what it owned belongs to others already; write nothing. */
  | { readonly kind: 'lost'; readonly partitions: readonly TopicPartition[]; readonly reason: string }
  | { readonly kind: 'failed'; readonly error: Error }
  /** Of a streams group: its coordinator cannot assign tasks, or another member asked all to shut down. */
  | { readonly kind: 'status'; readonly status: StreamsGroupStatus; readonly detail: string }
  /** Of a streams group: what the members that answer queries hold has changed. */
  | { readonly kind: 'endpoints'; readonly endpoints: readonly GroupEndpoint[] }

/**
 * Joins, syncs and heartbeats in the background, on timers of the clock; what happens is read as events.
 *
 *   unjoined --start()--> joining --JoinGroup--> syncing --SyncGroup--> stable --REBALANCE_IN_PROGRESS--> joining
 *                            ^                                             |
 *                            +---- revoked(), rejoin(), fenced, lost ------+
 */
export interface GroupMember {
  readonly state: 'unjoined' | 'joining' | 'syncing' | 'stable' | 'leaving' | 'failed'
  /** Why the member is not stable, and since when (monotonic ms); undefined while it is. */
  readonly rebalance: { readonly reason: string; readonly sinceMs: number } | undefined
  /**
   * From when on the coordinator may have given the member's partitions to others, in monotonic ms: a session's length after it was last
   * known to know the member. In the past while a loss is not dealt with; Infinity where the member does not know how long a session is.
   */
  readonly sessionEndsAtMs: number
  /** Who the member is to the group; after a loss who it was, until the loss is dealt with. */
  readonly metadata: GroupMetadata
  start(): void
  /** What has happened, up to and with the first loss; asking again says that all of it is dealt with. */
  takeEvents(): readonly GroupEvent[]
  /** Resolves when there is an event, or after that many ms. */
  waitForEvent(timeoutMs: number): Promise<void>
  /** What the last 'revoking' event named is given up now (committed, closed). */
  revoked(): void
  /** Asks for a rebalance (new topics, a probing rebalance). */
  rejoin(reason: string): void
  setTopics(topics: readonly string[]): void
  committed(partitions: readonly TopicPartition[]): Promise<ReadonlyMap<TopicPartition, OffsetAndMetadata>>
  /** Throws TaskMigratedError when the generation is over. */
  commit(offsets: ReadonlyMap<TopicPartition, OffsetAndMetadata>): Promise<void>
  /** Leaves the group (unless static or told not to) and stops. */
  close(options?: { readonly leaveGroup?: boolean; readonly timeoutMs?: number }): Promise<void>
}

// ---- membership of a streams group (KIP-1071) ----

export interface GroupTask {
  readonly subtopologyId: string
  readonly partition: number
}

export interface GroupEndpoint {
  readonly host: string
  readonly port: number
  readonly active: readonly TopicPartition[]
  readonly standby: readonly TopicPartition[]
}

export interface GroupTasks {
  /** One for each assigned partition, in the order of those. */
  readonly active: readonly GroupTask[]
  /** Warm-up tasks among them. */
  readonly standby: readonly GroupTask[]
}

export type StreamsGroupStatus = 'missing-source-topics' | 'not-copartitioned' | 'shutdown-requested'

export interface StreamsGroupTopic {
  readonly name: string
  /** 0: as many as the coordinator derives. */
  readonly partitions: number
  /** -1: the broker's default. */
  readonly replicationFactor: number
  readonly config: Readonly<Record<string, string>>
}

/** A sub-topology as the group's coordinator sees it. Names are those of the cluster. */
export interface StreamsGroupSubtopology {
  readonly id: string
  /** Without the repartition topics. */
  readonly sourceTopics: readonly string[]
  readonly repartitionSourceTopics: readonly StreamsGroupTopic[]
  readonly repartitionSinkTopics: readonly string[]
  readonly changelogTopics: readonly StreamsGroupTopic[]
  /** Sets of source topics that must have equal numbers of partitions. */
  readonly copartitionGroups: readonly (readonly string[])[]
}

export interface StreamsGroupMemberOptions {
  readonly groupId: string
  /** Who uses it again takes over at once what the one before it held. */
  readonly memberId: string
  readonly processId: string
  readonly subtopologies: readonly StreamsGroupSubtopology[]
  readonly groupInstanceId?: string
  readonly rackId?: string
  readonly clientTags: Readonly<Record<string, string>>
  readonly userEndpoint?: { readonly host: string; readonly port: number }
  /** @defaultValue 300,000 ms */
  readonly rebalanceTimeoutMs?: number
  /** Looked at with each heartbeat: tells all members to shut down. */
  readonly isShutdownRequested: () => boolean
}

// ---- administration ----

export interface NewTopic {
  readonly name: string
  /** -1: the broker's default. */
  readonly partitions: number
  readonly replicationFactor: number
  readonly config: Readonly<Record<string, string>>
}

export type OffsetSpec = 'earliest' | 'latest' | { readonly atMs: number }

export interface Admin {
  /** Names that existed already are given back as such, not as errors. */
  createTopics(topics: readonly NewTopic[]): Promise<ReadonlyMap<string, 'created' | 'exists'>>
  deleteTopics(names: readonly string[]): Promise<void>
  listTopics(): Promise<readonly TopicMetadata[]>
  topicConfigs(names: readonly string[]): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>>
  createPartitions(topic: string, total: number): Promise<void>
  listOffsets(
    partitions: readonly TopicPartition[],
    spec: OffsetSpec,
    isolation?: 'read-committed' | 'read-uncommitted',
  ): Promise<
    ReadonlyMap<TopicPartition, { readonly offset: number; readonly timestamp: number; readonly leaderEpoch: number }>
  >
  deleteRecords(before: ReadonlyMap<TopicPartition, number>): Promise<void>
  listGroups(): Promise<readonly { readonly groupId: string; readonly protocolType: string; readonly state: string }[]>
  describeGroups(groupIds: readonly string[]): Promise<readonly GroupDescription[]>
  deleteGroups(groupIds: readonly string[]): Promise<void>
  groupOffsets(groupId: string): Promise<ReadonlyMap<TopicPartition, OffsetAndMetadata>>
  alterGroupOffsets(groupId: string, offsets: ReadonlyMap<TopicPartition, OffsetAndMetadata>): Promise<void>
  /** Removes members by id or instance id (KIP-571). */
  removeMembers(
    groupId: string,
    members: readonly { readonly memberId?: string; readonly groupInstanceId?: string }[],
  ): Promise<void>
  offsetForLeaderEpoch(
    partitions: ReadonlyMap<TopicPartition, number>,
  ): Promise<ReadonlyMap<TopicPartition, { readonly leaderEpoch: number; readonly endOffset: number }>>
}

export interface GroupDescription {
  readonly groupId: string
  readonly state: string
  readonly protocolType: string
  readonly protocol: string
  readonly members: readonly {
    readonly memberId: string
    readonly groupInstanceId: string | undefined
    readonly clientId: string
    readonly clientHost: string
    /** Of classic groups; else empty. */
    readonly assignment: Buffer
    readonly metadata: Buffer
  }[]
}
