// A member of a streams group (KIP-1071): the group's coordinator assigns tasks, and heartbeats are all that is said. One background loop:
//
//   unjoined --start()--> joining --epoch--> stable --another target--> syncing (gives up, takes over) --acknowledged--> stable
//                            ^                  |
//                            +---- fenced, unknown to the coordinator
//
// A heartbeat names the tasks that the member holds only where they have changed since the last one that was answered. The
// coordinator gives a task to another member only after this one has said that it no longer holds it.
// Invariant: #owned is what the last 'assigned' event said, less what 'revoking' or 'lost' took.
import { RetriableError, TidemillError, sleep } from '../base/index.ts'
import {
  ERROR,
  type StreamsGroupHeartbeatRequest,
  type StreamsGroupHeartbeatResponse,
  streamsGroupHeartbeatApi,
} from '../protocol/index.ts'
import { type TopicPartition, topicPartition } from '../record/index.ts'
import { backoffMs } from './backoff.ts'
import { brokerError } from './broker-error.ts'
import type { ClientContext } from './context.ts'
import type {
  GroupEvent,
  GroupMember,
  GroupMetadata,
  GroupTask,
  OffsetAndMetadata,
  StreamsGroupMemberOptions,
  StreamsGroupStatus,
  StreamsGroupTopic,
} from './contract.ts'
import { Coordinator } from './coordinator.ts'
import { commitGroupOffsets, fetchGroupOffsets } from './group-offsets.ts'
import { LoopPause } from './loop-pause.ts'
import { MemberEvents } from './member-events.ts'

const REBALANCE_TIMEOUT_MS = 300_000
const CLOSE_TIMEOUT_MS = 5_000
/** Until the coordinator has said how often. */
const HEARTBEAT_INTERVAL_MS = 1_000
const JOIN_EPOCH = 0
const LEAVE_EPOCH = -1
/** A static member that will come back. */
const LEAVE_STATIC_EPOCH = -2

/** What the coordinator says beside the assignment, as far as it stops the group. */
const STATUSES: ReadonlyMap<number, StreamsGroupStatus> = new Map([
  [1, 'missing-source-topics'],
  [2, 'not-copartitioned'],
  [4, 'shutdown-requested'],
])

const OUT_OF_THE_GROUP: ReadonlySet<number> = new Set([ERROR.UNKNOWN_MEMBER_ID, ERROR.FENCED_MEMBER_EPOCH])

type TaskKey = string

interface Tasks {
  readonly active: ReadonlyMap<TaskKey, GroupTask>
  readonly standby: ReadonlyMap<TaskKey, GroupTask>
  readonly warmup: ReadonlyMap<TaskKey, GroupTask>
}

const NO_TASKS: Tasks = { active: new Map(), standby: new Map(), warmup: new Map() }

export class StreamsGroupMember implements GroupMember {
  readonly #context: ClientContext
  readonly #options: StreamsGroupMemberOptions
  readonly #lane: string
  readonly #coordinator: Coordinator
  readonly #events: MemberEvents
  readonly #pause: LoopPause
  readonly #abort = new AbortController()
  #state: GroupMember['state'] = 'unjoined'
  #epoch = JOIN_EPOCH
  #intervalMs = HEARTBEAT_INTERVAL_MS
  #endpointEpoch = -1
  #owned = NO_TASKS
  #target: Tasks | undefined
  /** What the coordinator knows that this member holds; undefined: the next heartbeat says it all. */
  #told: Tasks | undefined
  #status: StreamsGroupStatus | undefined
  #isRevocationOpen = false
  #rebalance: GroupMember['rebalance']
  #isBeatDue = false
  /** Whether the owner has been told of an assignment since it joined. */
  #isAssigned = false
  #isAssignedAgain = false
  #failures = 0
  #loop: Promise<void> | undefined
  #closing: Promise<void> | undefined

  constructor(context: ClientContext, options: StreamsGroupMemberOptions) {
    this.#context = context
    this.#options = options
    this.#lane = context.newLane('group')
    this.#coordinator = new Coordinator(context, 'group', options.groupId, this.#lane)
    this.#events = new MemberEvents(context.clock)
    this.#pause = new LoopPause(context.clock)
  }

  // ---- the face ----

  get state(): GroupMember['state'] {
    return this.#state
  }

  get rebalance(): GroupMember['rebalance'] {
    return this.#rebalance
  }

  /** The coordinator alone knows how long a session is. */
  get sessionEndsAtMs(): number {
    return this.#events.identity === undefined ? Infinity : -Infinity
  }

  get metadata(): GroupMetadata {
    return this.#events.identity ?? this.#currentMetadata
  }

  get #currentMetadata(): GroupMetadata {
    const { groupId, memberId, groupInstanceId } = this.#options
    return { groupId, generation: this.#epoch, memberId, groupInstanceId }
  }

  start(): void {
    this.#unsettle('the member joins the group')
    this.#loop ??= this.#run()
  }

  takeEvents(): readonly GroupEvent[] {
    return this.#events.take()
  }

  waitForEvent(timeoutMs: number): Promise<void> {
    return this.#events.wait(timeoutMs)
  }

  revoked(): void {
    this.#isRevocationOpen = false
    this.#pause.changed()
  }

  /** The coordinator decides when to rebalance: this hears it once more, and gives out again what the member holds. */
  rejoin(): void {
    this.#isAssignedAgain = true
    this.#beatNow()
  }

  /** The topology names the topics; it does not change in the life of a member. */
  setTopics(): void {}

  committed(partitions: readonly TopicPartition[]): Promise<ReadonlyMap<TopicPartition, OffsetAndMetadata>> {
    return fetchGroupOffsets(this.#coordinator, this.#options.groupId, partitions, this.#abort.signal)
  }

  async commit(offsets: ReadonlyMap<TopicPartition, OffsetAndMetadata>): Promise<void> {
    if (offsets.size === 0) return
    try {
      await commitGroupOffsets(this.#coordinator, offsets, this.metadata)
    } catch (error) {
      if (error instanceof RetriableError) this.#beatNow() // the epoch may have gone on: the answer tells the new one
      throw error
    }
  }

  close(options: { readonly leaveGroup?: boolean; readonly timeoutMs?: number } = {}): Promise<void> {
    return (this.#closing ??= this.#close(
      options.leaveGroup ?? this.#options.groupInstanceId === undefined,
      options.timeoutMs ?? CLOSE_TIMEOUT_MS,
    ))
  }

  async #close(isLeaving: boolean, timeoutMs: number): Promise<void> {
    const hasFailed = this.#state === 'failed'
    const wasMember = this.#epoch > JOIN_EPOCH && !hasFailed
    this.#state = 'leaving'
    this.#abort.abort(new TidemillError('client-closed', 'the group member is closed'))
    this.#pause.end()
    this.#events.end()
    if (wasMember && isLeaving) await this.#leave(LEAVE_EPOCH, timeoutMs)
    else if (wasMember && this.#options.groupInstanceId !== undefined) await this.#leave(LEAVE_STATIC_EPOCH, timeoutMs)
    this.#epoch = JOIN_EPOCH
    this.#context.connections.closeLane(this.#lane)
    await Promise.race([this.#loop, sleep(this.#context.clock, timeoutMs)]) // a connection attempt may still hang
    if (!hasFailed) this.#state = 'unjoined'
  }

  async #leave(epoch: number, timeoutMs: number): Promise<void> {
    const what = `leaving group '${this.#options.groupId}'`
    const request = { ...this.#request(), memberEpoch: epoch }
    await this.#coordinator
      .request(streamsGroupHeartbeatApi, request, {
        what,
        timeoutMs,
        attemptTimeoutMs: timeoutMs,
        errorCode: (each) => each.errorCode,
      })
      .catch((error: Error) => {
        if (!(error instanceof TidemillError)) throw error // who cannot say goodbye is missed after the session's length
      })
  }

  // ---- the loop ----

  async #run(): Promise<void> {
    while (!this.#isClosing) {
      try {
        await this.#beat()
        this.#failures = 0
        await this.#reconcile()
        if (!this.#isBeatDue) await this.#pause.wait(this.#intervalMs)
      } catch (error) {
        if (this.#isClosing) continue
        this.#told = undefined // whether it was heard is not known
        if (!(error instanceof RetriableError)) return this.#fail(error as Error)
        await this.#pause.wait(backoffMs(++this.#failures, this.#context.prng))
      }
    }
  }

  get #isClosing(): boolean {
    return this.#abort.signal.aborted
  }

  #beatNow(): void {
    this.#isBeatDue = true
    this.#pause.changed()
  }

  async #reconcile(): Promise<void> {
    const isAgain = this.#isAssignedAgain
    while (this.#target !== undefined && !this.#isClosing && this.#epoch > JOIN_EPOCH) {
      this.#state = 'syncing'
      await this.#giveUp()
      const target: Tasks | undefined = this.#target
      if (target === undefined || this.#isClosing) return
      if (!isCovered(this.#owned.active, target.active)) continue // it has changed meanwhile
      this.#target = undefined
      this.#take(target)
      this.#isAssignedAgain = false
      this.#isBeatDue = true // says that this is done: others wait for it
    }
    if (!isAgain || !this.#isAssignedAgain || this.#epoch <= JOIN_EPOCH) return
    this.#isAssignedAgain = false
    this.#assigned(this.#owned, new Set())
  }

  /** Active tasks that are to go to others: heartbeats go on until they are given up. */
  async #giveUp(): Promise<void> {
    const target = this.#target
    if (target === undefined) return
    const revoked = [...this.#owned.active].filter(([key]) => !target.active.has(key))
    if (revoked.length === 0) return
    this.#isRevocationOpen = true
    this.#events.push({ kind: 'revoking', partitions: revoked.flatMap(([, task]) => this.#partitionsOf(task)) })
    while (this.#isRevocationOpen && !this.#isClosing) {
      await this.#pause.wait(this.#intervalMs)
      if (this.#isRevocationOpen && !this.#isClosing) await this.#beat()
    }
    const gone = new Set(revoked.map(([key]) => key))
    this.#owned = { ...this.#owned, active: new Map([...this.#owned.active].filter(([key]) => !gone.has(key))) }
  }

  #take(target: Tasks): void {
    const before = new Set(this.#owned.active.keys())
    this.#owned = target
    this.#isAssigned = true
    this.#state = 'stable'
    this.#rebalance = undefined
    this.#assigned(target, before)
  }

  #assigned(tasks: Tasks, before: ReadonlySet<TaskKey>): void {
    const active: GroupTask[] = []
    const partitions: TopicPartition[] = []
    const added: TopicPartition[] = []
    for (const [key, task] of tasks.active) {
      for (const tp of this.#partitionsOf(task)) {
        active.push(task)
        partitions.push(tp)
        if (!before.has(key)) added.push(tp)
      }
    }
    const standby = [...tasks.standby.values(), ...tasks.warmup.values()]
    const assignment = { partitions, userData: null, tasks: { active, standby } }
    this.#events.push({ kind: 'assigned', assignment, added, generation: this.#epoch })
  }

  /** The partitions that a task reads: of each source topic the one with its number, where the topic has so many. */
  #partitionsOf({ subtopologyId, partition }: GroupTask): readonly TopicPartition[] {
    const subtopology = this.#options.subtopologies.find(({ id }) => id === subtopologyId)
    if (subtopology === undefined) return []
    const topics = [...subtopology.sourceTopics, ...subtopology.repartitionSourceTopics.map(({ name }) => name)]
    return topics
      .filter((topic) => partition < (this.#context.cluster.topic(topic)?.partitions ?? Infinity))
      .map((topic) => topicPartition(topic, partition))
  }

  // ---- the heartbeat ----

  async #beat(): Promise<void> {
    const { groupId } = this.#options
    this.#isBeatDue = false
    if (this.#epoch === JOIN_EPOCH) {
      this.#state = 'joining'
      await this.#refreshTopics()
    }
    const told = this.#owned
    const sentEpoch = this.#epoch
    const what = `sending a heartbeat to streams group '${groupId}'`
    const response = await this.#coordinator.attempt(streamsGroupHeartbeatApi, this.#request(), {
      what,
      errorCode: (each) => each.errorCode,
    })
    if (this.#isClosing) return
    if (response.errorCode !== ERROR.NONE) return this.#onRefusal(response.errorCode, response.errorMessage, what)
    this.#told = sentEpoch === JOIN_EPOCH ? NO_TASKS : told
    this.#onAnswer(response)
  }

  /** Task to partitions needs their numbers, also of topics that the coordinator is about to make. */
  async #refreshTopics(): Promise<void> {
    const names = this.#options.subtopologies.flatMap((each) => [
      ...each.sourceTopics,
      ...each.repartitionSourceTopics.map(({ name }) => name),
    ])
    await this.#context.cluster.refresh(names)
  }

  #request(): StreamsGroupHeartbeatRequest {
    const { groupId, memberId, groupInstanceId, isShutdownRequested } = this.#options
    const isJoining = this.#epoch === JOIN_EPOCH
    const isNews = this.#told !== this.#owned
    return {
      groupId,
      memberId,
      memberEpoch: this.#epoch,
      endpointInformationEpoch: this.#endpointEpoch,
      instanceId: groupInstanceId ?? null,
      rackId: null,
      rebalanceTimeoutMs: -1,
      topology: null,
      processId: null,
      userEndpoint: null,
      clientTags: null,
      ...(isJoining && this.#introduction()),
      activeTasks: isJoining ? [] : isNews ? bySubtopology(this.#owned.active) : null,
      standbyTasks: isJoining ? [] : isNews ? bySubtopology(this.#owned.standby) : null,
      warmupTasks: isJoining ? [] : isNews ? bySubtopology(this.#owned.warmup) : null,
      taskOffsets: null,
      taskEndOffsets: null,
      shutdownApplication: isShutdownRequested(),
    }
  }

  /** What is said once, on joining. */
  #introduction(): Partial<StreamsGroupHeartbeatRequest> {
    const { rackId, processId, userEndpoint, clientTags, subtopologies, rebalanceTimeoutMs } = this.#options
    return {
      rackId: rackId ?? null,
      processId,
      userEndpoint: userEndpoint ?? null,
      clientTags: Object.entries(clientTags).map(([key, value]) => ({ key, value })),
      rebalanceTimeoutMs: rebalanceTimeoutMs ?? REBALANCE_TIMEOUT_MS,
      topology: {
        epoch: 0,
        subtopologies: subtopologies.map((each) => {
          const sources = [...each.sourceTopics].sort()
          const repartitions = [...each.repartitionSourceTopics].sort(byName)
          return {
            subtopologyId: each.id,
            sourceTopics: sources,
            sourceTopicRegex: [],
            stateChangelogTopics: [...each.changelogTopics].sort(byName).map(topicInfo),
            repartitionSinkTopics: [...each.repartitionSinkTopics].sort(),
            repartitionSourceTopics: repartitions.map(topicInfo),
            copartitionGroups: each.copartitionGroups.map((group) => ({
              sourceTopics: indexesOf(group, sources),
              sourceTopicRegex: [],
              repartitionSourceTopics: indexesOf(
                group,
                repartitions.map(({ name }) => name),
              ),
            })),
          }
        }),
      },
    }
  }

  #onAnswer(response: StreamsGroupHeartbeatResponse): void {
    const { memberEpoch, heartbeatIntervalMs, activeTasks, standbyTasks, warmupTasks } = response
    if (this.#epoch === JOIN_EPOCH) this.#state = 'stable'
    this.#epoch = memberEpoch
    if (heartbeatIntervalMs > 0) this.#intervalMs = heartbeatIntervalMs
    this.#endpointEpoch = response.endpointInformationEpoch
    this.#onStatuses(response.status ?? [])
    if (response.partitionsByUserEndpoint !== null) this.#onEndpoints(response.partitionsByUserEndpoint)
    if (activeTasks === null || standbyTasks === null || warmupTasks === null) return
    const target = { active: byKey(activeTasks), standby: byKey(standbyTasks), warmup: byKey(warmupTasks) }
    this.#target = this.#isAssigned && isSame(target, this.#owned) ? undefined : target
    if (this.#target !== undefined) this.#unsettle('the coordinator assigns other tasks')
  }

  #onStatuses(statuses: readonly { readonly statusCode: number; readonly statusDetail: string }[]): void {
    const found = statuses.find(({ statusCode }) => STATUSES.has(statusCode))
    const status = found && STATUSES.get(found.statusCode)
    if (found !== undefined && status !== undefined && status !== this.#status)
      this.#events.push({ kind: 'status', status, detail: found.statusDetail })
    this.#status = status
  }

  #onEndpoints(given: NonNullable<StreamsGroupHeartbeatResponse['partitionsByUserEndpoint']>): void {
    const endpoints = given.map(({ userEndpoint, activePartitions, standbyPartitions }) => ({
      ...userEndpoint,
      active: partitionsIn(activePartitions),
      standby: partitionsIn(standbyPartitions),
    }))
    this.#events.push({ kind: 'endpoints', endpoints })
  }

  // ---- what goes wrong ----

  #onRefusal(code: number, detail: string | null, what: string): void {
    if (!OUT_OF_THE_GROUP.has(code)) throw brokerError(code, what, detail)
    this.#lose(`${what}: the group has gone on without this member`)
    this.#isBeatDue = true // joins again
  }

  #lose(reason: string): void {
    const before = this.#currentMetadata
    const partitions = [...this.#owned.active.values()].flatMap((task) => this.#partitionsOf(task))
    const wasMember = this.#epoch > JOIN_EPOCH
    this.#epoch = JOIN_EPOCH
    this.#owned = NO_TASKS
    this.#told = undefined
    this.#target = undefined
    this.#isAssigned = false
    this.#isRevocationOpen = false
    this.#unsettle(reason)
    if (wasMember) this.#events.lost(before, { kind: 'lost', partitions, reason })
    this.#pause.changed()
  }

  /** The first reason is told until the member is stable again. */
  #unsettle(reason: string): void {
    this.#rebalance ??= { reason, sinceMs: this.#context.clock.monotonicMs() }
  }

  #fail(error: Error): void {
    this.#lose(error.message)
    this.#state = 'failed'
    const isUnsupported = error instanceof TidemillError && error.code === 'request-not-supported'
    const hint = isUnsupported
      ? `: groupProtocol 'streams' needs Apache Kafka 4.2 or later with its feature streams.version; use 'classic' here`
      : ''
    this.#events.push({
      kind: 'failed',
      error: isUnsupported ? new TidemillError(error.code, `${error.message}${hint}`, { cause: error }) : error,
    })
  }
}

function keyOf(subtopologyId: string, partition: number): TaskKey {
  return `${subtopologyId}_${partition}`
}

function byKey(
  tasks: readonly { readonly subtopologyId: string; readonly partitions: readonly number[] }[],
): ReadonlyMap<TaskKey, GroupTask> {
  return new Map(
    tasks.flatMap(({ subtopologyId, partitions }) =>
      partitions.map((partition) => [keyOf(subtopologyId, partition), { subtopologyId, partition }] as const),
    ),
  )
}

function bySubtopology(
  tasks: ReadonlyMap<TaskKey, GroupTask>,
): readonly { readonly subtopologyId: string; readonly partitions: readonly number[] }[] {
  const partitions = new Map<string, number[]>()
  for (const task of tasks.values())
    partitions.set(task.subtopologyId, [...(partitions.get(task.subtopologyId) ?? []), task.partition])
  return Array.from(partitions, ([subtopologyId, numbers]) => ({ subtopologyId, partitions: numbers }))
}

function partitionsIn(
  topics: readonly { readonly topic: string; readonly partitions: readonly number[] }[],
): readonly TopicPartition[] {
  return topics.flatMap(({ topic, partitions }) => partitions.map((partition) => topicPartition(topic, partition)))
}

/** Whether all of these are among those. */
function isCovered(owned: ReadonlyMap<TaskKey, GroupTask>, target: ReadonlyMap<TaskKey, GroupTask>): boolean {
  for (const key of owned.keys()) if (!target.has(key)) return false
  return true
}

function isSame(a: Tasks, b: Tasks): boolean {
  const kinds = ['active', 'standby', 'warmup'] as const
  return kinds.every((kind) => a[kind].size === b[kind].size && isCovered(a[kind], b[kind]))
}

function byName(a: StreamsGroupTopic, b: StreamsGroupTopic): number {
  return a.name < b.name ? -1 : 1
}

function topicInfo({ name, partitions, replicationFactor, config }: StreamsGroupTopic): {
  readonly name: string
  readonly partitions: number
  readonly replicationFactor: number
  readonly topicConfigs: readonly { readonly key: string; readonly value: string }[]
} {
  const topicConfigs = Object.entries(config)
    .map(([key, value]) => ({ key, value }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
  return { name, partitions, replicationFactor, topicConfigs }
}

function indexesOf(group: readonly string[], names: readonly string[]): readonly number[] {
  return group.map((name) => names.indexOf(name)).filter((index) => index >= 0)
}
