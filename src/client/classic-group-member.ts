// A member of a consumer group, classic protocol. One background loop: join, sync, stay (heartbeats) until a rebalance is due; what
// happens is queued as events. Heartbeats go on while the loop waits for others (an answer to 'revoking', the leader's assignor).
//
//   unjoined --start()--> joining --JoinGroup--> syncing --SyncGroup--> stable --rebalance--> joining
//                            ^                      |                     |
//                            +---- fenced, silent for the session's length, coordinator changed its mind
//
// Eager members give up everything before they join; cooperative ones join with what they own and give up afterwards what was
// given to others, then join again. Invariant: #owned is what the last 'assigned' event said, less what 'revoking' or 'lost' took.
import { RetriableError, TidemillError, type Timer, sleep } from '../base/index.ts'
import {
  ERROR,
  type JoinGroupResponse,
  errorName,
  heartbeatApi,
  isRetriableError,
  joinGroupApi,
  leaveGroupApi,
  syncGroupApi,
} from '../protocol/index.ts'
import type { TopicPartition } from '../record/index.ts'
import { backoffMs } from './backoff.ts'
import { brokerError } from './broker-error.ts'
import type { ClientContext } from './context.ts'
import type {
  GroupAssignor,
  GroupEvent,
  GroupMember,
  GroupMemberOptions,
  GroupMetadata,
  MemberAssignment,
  OffsetAndMetadata,
} from './contract.ts'
import type { ClientApi } from './connection.ts'
import { Coordinator } from './coordinator.ts'
import { commitGroupOffsets, fetchGroupOffsets } from './group-offsets.ts'
import { LoopPause } from './loop-pause.ts'
import { MemberEvents } from './member-events.ts'
import { SubscribedTopics } from './subscribed-topics.ts'
import { decodeAssignment, decodeSubscription, encodeAssignment, encodeSubscription } from './member-protocol.ts'

const PROTOCOL_TYPE = 'consumer'
const SESSION_TIMEOUT_MS = 45_000
const HEARTBEAT_INTERVAL_MS = 3_000
const REBALANCE_TIMEOUT_MS = 300_000
/** A parked request is answered when the rebalance ends at the latest; this much later the broker counts as silent. */
const PARKED_GRACE_MS = 5_000
const CLOSE_TIMEOUT_MS = 5_000
const NO_GENERATION = -1

/** Thrown within the loop: the membership is over, begin anew. */
class Rejoin extends Error {}

export class ClassicGroupMember implements GroupMember {
  readonly #context: ClientContext
  readonly #options: GroupMemberOptions
  readonly #sessionTimeoutMs: number
  readonly #heartbeatIntervalMs: number
  readonly #rebalanceTimeoutMs: number
  readonly #lanes: readonly string[]
  /** For requests that the coordinator parks. */
  readonly #parking: Coordinator
  readonly #coordinator: Coordinator
  readonly #topics: SubscribedTopics
  readonly #abort = new AbortController()
  #state: GroupMember['state'] = 'unjoined'
  #memberId = ''
  #generation = NO_GENERATION
  /** The last that has given partitions. */
  #syncedGeneration = NO_GENERATION
  #assignor: GroupAssignor
  #owned: readonly TopicPartition[] = []
  readonly #events: MemberEvents
  readonly #pause: LoopPause
  #rejoinReason: string | undefined
  #isRevocationOpen = false
  #rebalance: GroupMember['rebalance']
  #sessionTimer: Timer | undefined
  #sessionEndsAtMs = Infinity
  #failures = 0
  #loop: Promise<void> | undefined
  #closing: Promise<void> | undefined

  constructor(context: ClientContext, options: GroupMemberOptions) {
    this.#context = context
    this.#options = options
    this.#events = new MemberEvents(context.clock)
    this.#pause = new LoopPause(context.clock)
    this.#sessionTimeoutMs = options.sessionTimeoutMs ?? SESSION_TIMEOUT_MS
    this.#heartbeatIntervalMs = options.heartbeatIntervalMs ?? HEARTBEAT_INTERVAL_MS
    this.#rebalanceTimeoutMs = options.rebalanceTimeoutMs ?? REBALANCE_TIMEOUT_MS
    const [first] = options.assignors
    if (first === undefined) throw new TidemillError('invalid-argument', 'assignors is empty: a member needs one')
    this.#assignor = first
    this.#lanes = [context.newLane('group'), context.newLane('group-parked')]
    this.#coordinator = new Coordinator(context, 'group', options.groupId, this.#lanes[0] as string)
    this.#parking = new Coordinator(context, 'group', options.groupId, this.#lanes[1] as string)
    this.#topics = new SubscribedTopics(context, options.topics, options.pattern)
  }

  // ---- the face ----

  get state(): GroupMember['state'] {
    return this.#state
  }

  get rebalance(): GroupMember['rebalance'] {
    return this.#rebalance
  }

  get sessionEndsAtMs(): number {
    return this.#events.identity === undefined ? this.#sessionEndsAtMs : -Infinity
  }

  get metadata(): GroupMetadata {
    return this.#events.identity ?? this.#currentMetadata
  }

  get #currentMetadata(): GroupMetadata {
    const { groupId, groupInstanceId } = this.#options
    return { groupId, generation: this.#generation, memberId: this.#memberId, groupInstanceId }
  }

  start(): void {
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

  rejoin(reason: string): void {
    this.#rejoinReason ??= reason
    this.#pause.changed()
  }

  setTopics(topics: readonly string[]): void {
    if (this.#topics.set(topics)) this.rejoin('the subscribed topics have changed')
  }

  committed(partitions: readonly TopicPartition[]): Promise<ReadonlyMap<TopicPartition, OffsetAndMetadata>> {
    return fetchGroupOffsets(this.#coordinator, this.#options.groupId, partitions, this.#abort.signal)
  }

  commit(offsets: ReadonlyMap<TopicPartition, OffsetAndMetadata>): Promise<void> {
    return offsets.size === 0 ? Promise.resolve() : commitGroupOffsets(this.#coordinator, offsets, this.metadata)
  }

  close(options: { readonly leaveGroup?: boolean; readonly timeoutMs?: number } = {}): Promise<void> {
    return (this.#closing ??= this.#close(
      options.leaveGroup ?? this.#options.groupInstanceId === undefined,
      options.timeoutMs ?? CLOSE_TIMEOUT_MS,
    ))
  }

  async #close(isLeaving: boolean, timeoutMs: number): Promise<void> {
    const hasFailed = this.#state === 'failed'
    this.#state = 'leaving'
    this.#sessionTimer?.cancel()
    this.#abort.abort(new TidemillError('client-closed', 'the group member is closed'))
    this.#context.connections.closeLane(this.#lanes[1] as string) // what is parked is not waited for
    this.#pause.end()
    this.#events.end()
    if (isLeaving && this.#memberId !== '' && !hasFailed) await this.#leave(timeoutMs)
    this.#generation = NO_GENERATION
    this.#context.connections.closeLane(this.#lanes[0] as string)
    await Promise.race([this.#loop, sleep(this.#context.clock, timeoutMs)]) // a connection attempt may still hang
    if (!hasFailed) this.#state = 'unjoined'
  }

  async #leave(timeoutMs: number): Promise<void> {
    const { groupId, groupInstanceId } = this.#options
    const memberId = this.#memberId
    const members = [{ memberId, groupInstanceId: groupInstanceId ?? null, reason: 'the member was closed' }]
    await this.#coordinator
      .request(
        leaveGroupApi,
        { groupId, memberId, members },
        {
          what: `leaving group '${groupId}'`,
          timeoutMs,
          attemptTimeoutMs: timeoutMs,
          errorCode: (each) => each.errorCode,
        },
      )
      .catch((error: Error) => {
        if (!(error instanceof TidemillError)) throw error // who cannot say goodbye is missed after the session's length
      })
  }

  // ---- the loop ----

  async #run(): Promise<void> {
    while (!this.#isClosing) {
      try {
        await this.#join()
        await this.#stay()
      } catch (error) {
        if (error instanceof Rejoin || this.#isClosing) continue
        if (!(error instanceof RetriableError)) return this.#fail(error as Error)
        await this.#pause.wait(backoffMs(++this.#failures, this.#context.prng))
      }
    }
  }

  get #isClosing(): boolean {
    return this.#abort.signal.aborted
  }

  async #join(): Promise<void> {
    if (!this.#assignor.isCooperative && this.#owned.length > 0) await this.#giveUp(this.#owned)
    this.#unsettle(this.#rejoinReason ?? 'the member joins the group')
    this.#rejoinReason = undefined
    await this.#topics.resolve()
    this.#state = 'joining'
    const joined = await this.#joinGroup()
    this.#state = 'syncing'
    const isLeader = joined.leader === this.#memberId
    const assignments = isLeader && !joined.skipAssignment ? await this.#beatingUntil(this.#assign(joined)) : []
    this.#topics.watchAll(isLeader)
    const assignment = await this.#syncGroup(joined, assignments)
    this.#failures = 0
    this.#state = 'stable'
    await this.#take(assignment)
  }

  async #stay(): Promise<void> {
    while (this.#rejoinReason === undefined && !this.#isClosing) {
      await this.#pause.wait(this.#heartbeatIntervalMs)
      if (this.#isClosing || this.#rejoinReason !== undefined) return
      await this.#heartbeat()
      const change = await this.#topics.change().catch((error: Error) => {
        if (error instanceof RetriableError) return undefined // asked again at the next heartbeat
        throw error
      })
      if (change !== undefined) this.rejoin(change)
    }
  }

  async #take(assignment: MemberAssignment): Promise<void> {
    const now = new Set(assignment.partitions)
    const revoked = this.#owned.filter((tp) => !now.has(tp))
    if (revoked.length > 0) {
      // Others wait for these: when they are given up, the next rebalance hands them on.
      await this.#giveUp(revoked)
      this.#rejoinReason ??= 'partitions were given up for others'
    }
    const before = new Set(this.#owned)
    const added = assignment.partitions.filter((tp) => !before.has(tp))
    this.#owned = assignment.partitions
    this.#rebalance = undefined
    this.#syncedGeneration = this.#generation
    this.#events.push({ kind: 'assigned', assignment, added, generation: this.#generation })
  }

  async #giveUp(partitions: readonly TopicPartition[]): Promise<void> {
    this.#isRevocationOpen = true
    this.#events.push({ kind: 'revoking', partitions })
    while (this.#isRevocationOpen) {
      await this.#pause.wait(this.#heartbeatIntervalMs)
      if (this.#isClosing) throw new Rejoin()
      if (this.#isRevocationOpen) await this.#heartbeat()
    }
    const gone = new Set(partitions)
    this.#owned = this.#owned.filter((tp) => !gone.has(tp))
  }

  /** Heartbeats while something else is waited for. */
  async #beatingUntil<T>(work: Promise<T>): Promise<T> {
    const progress = { isDone: false }
    const finish = (): void => {
      progress.isDone = true
      this.#pause.changed()
    }
    work.then(finish, finish)
    while (!progress.isDone) {
      await this.#pause.wait(this.#heartbeatIntervalMs)
      if (this.#isClosing) throw new Rejoin()
      if (!progress.isDone) await this.#heartbeat()
    }
    return work
  }

  // ---- requests ----

  async #joinGroup(): Promise<JoinGroupResponse> {
    const { groupId, groupInstanceId, assignors, rackId } = this.#options
    const topics = this.#topics.names
    const protocols = assignors.map((assignor) => ({
      name: assignor.name,
      metadata: encodeSubscription({
        topics,
        userData: assignor.subscriptionUserData(topics),
        ownedPartitions: this.#owned,
        generation: this.#generation,
        rackId,
      }),
    }))
    const request = {
      groupId,
      sessionTimeoutMs: this.#sessionTimeoutMs,
      rebalanceTimeoutMs: this.#rebalanceTimeoutMs,
      memberId: this.#memberId,
      groupInstanceId: groupInstanceId ?? null,
      protocolType: PROTOCOL_TYPE,
      protocols,
    }
    const sentAtMs = this.#context.clock.monotonicMs()
    const response = await this.#parked(joinGroupApi, request, `joining group '${groupId}'`)
    const wasMember = this.#generation !== NO_GENERATION
    if (response.errorCode !== ERROR.NONE)
      this.#onRefusal(response.errorCode, response.memberId, `joining group '${groupId}'`)
    this.#memberId = response.memberId
    this.#generation = response.generationId
    // Who was no member has no tasks yet: to it the session begins when it hears of it.
    this.#heard(wasMember ? sentAtMs : this.#context.clock.monotonicMs())
    this.#assignor = assignors.find(({ name }) => name === response.protocolName) ?? this.#assignor
    return response
  }

  async #assign(
    joined: JoinGroupResponse,
  ): Promise<readonly { readonly memberId: string; readonly assignment: Buffer }[]> {
    const members = joined.members.map((member) =>
      decodeSubscription(member.memberId, member.groupInstanceId, member.metadata),
    )
    await this.#topics.refreshAll([...new Set(members.flatMap(({ topics }) => topics))])
    const assignments = await this.#assignor.assign(members, this.#context.cluster)
    return [...assignments].map(([memberId, assignment]) => ({ memberId, assignment: encodeAssignment(assignment) }))
  }

  async #syncGroup(
    joined: JoinGroupResponse,
    assignments: readonly { readonly memberId: string; readonly assignment: Buffer }[],
  ): Promise<MemberAssignment> {
    const { groupId, groupInstanceId } = this.#options
    const request = {
      groupId,
      generationId: this.#generation,
      memberId: this.#memberId,
      groupInstanceId: groupInstanceId ?? null,
      protocolType: PROTOCOL_TYPE,
      protocolName: joined.protocolName ?? this.#assignor.name,
      assignments,
    }
    const what = `syncing with group '${groupId}'`
    const sentAtMs = this.#context.clock.monotonicMs()
    const response = await this.#parked(syncGroupApi, request, what)
    if (response.errorCode !== ERROR.NONE) this.#onRefusal(response.errorCode, this.#memberId, what)
    this.#heard(sentAtMs)
    return decodeAssignment(response.assignment)
  }

  async #parked<Q, R extends { readonly errorCode: number }>(
    api: ClientApi<Q, R>,
    request: Q,
    what: string,
  ): Promise<R> {
    const attemptTimeoutMs = this.#rebalanceTimeoutMs + PARKED_GRACE_MS
    try {
      return await this.#beatingBeside(
        this.#parking.attempt(api, request, { what, attemptTimeoutMs, errorCode: (each) => each.errorCode }),
      )
    } catch (error) {
      this.#coordinator.forget()
      throw error
    }
  }

  /** While the coordinator keeps a request, heartbeats tell whether it is there at all: who cannot reach it loses its session meanwhile. */
  async #beatingBeside<T>(parked: Promise<T>): Promise<T> {
    const { clock } = this.#context
    let isDone = false
    let timer: Timer | undefined
    const wait = (): void => {
      if (isDone) return
      timer = clock.setTimer(this.#heartbeatIntervalMs, () => void this.#beatBeside().then(wait), { unref: true })
    }
    wait()
    try {
      return await parked
    } finally {
      isDone = true
      timer?.cancel()
    }
  }

  /** Whatever it is that keeps a heartbeat from being answered: the answer to the request beside it says more. */
  async #beatBeside(): Promise<void> {
    if (this.#generation === NO_GENERATION) return
    const sentAtMs = this.#context.clock.monotonicMs()
    try {
      if (isOfMember(await this.#beat())) this.#heard(sentAtMs)
    } catch (error) {
      if (!(error instanceof TidemillError)) throw error
    }
  }

  get #whatBeats(): string {
    return `sending a heartbeat to group '${this.#options.groupId}'`
  }

  /** Returns the coordinator's error code. */
  async #beat(): Promise<number> {
    const { groupId, groupInstanceId } = this.#options
    const { errorCode } = await this.#coordinator.attempt(
      heartbeatApi,
      {
        groupId,
        generationId: this.#generation,
        memberId: this.#memberId,
        groupInstanceId: groupInstanceId ?? null,
      },
      { what: this.#whatBeats, errorCode: (each) => each.errorCode },
    )
    return errorCode
  }

  async #heartbeat(): Promise<void> {
    const sentAtMs = this.#context.clock.monotonicMs()
    const generationId = this.#generation
    if (generationId === NO_GENERATION) throw new Rejoin()
    let code: number
    try {
      code = await this.#beat()
    } catch (error) {
      this.#parking.forget()
      if (!(error instanceof RetriableError)) throw error
      if (this.#generation === NO_GENERATION) throw new Rejoin() // the session ran out meanwhile
      return this.#pause.wait(backoffMs(1, this.#context.prng)) // the session timer is what limits this
    }
    if (this.#generation !== generationId) throw new Rejoin()
    if (isOfMember(code)) this.#heard(sentAtMs)
    if (code === ERROR.REBALANCE_IN_PROGRESS) this.#rejoinReason ??= 'the group is rebalancing'
    else if (code !== ERROR.NONE) this.#onRefusal(code, this.#memberId, this.#whatBeats)
  }

  // ---- what goes wrong ----

  #onRefusal(code: number, memberId: string, what: string): never {
    if (code === ERROR.MEMBER_ID_REQUIRED) {
      this.#memberId = memberId
      throw new Rejoin()
    }
    if (code === ERROR.UNKNOWN_MEMBER_ID) this.#lose(`${what}: the group does not know this member any more`, true)
    if (code === ERROR.ILLEGAL_GENERATION) this.#lose(`${what}: the group has gone on without this member`, false)
    if (code === ERROR.UNKNOWN_MEMBER_ID || code === ERROR.ILLEGAL_GENERATION) throw new Rejoin()
    if (code === ERROR.FENCED_INSTANCE_ID) {
      const id = this.#options.groupInstanceId
      const message = `${what}: another member has taken the group instance id '${id}': give each instance its own`
      throw new TidemillError('group-member-fenced', message)
    }
    // Another member came or went in the middle: once more from the start, after a moment.
    if (code === ERROR.REBALANCE_IN_PROGRESS) throw new RetriableError('broker-not-ready', `${what}: it is rebalancing`)
    const error = brokerError(code, what)
    if (isRetriableError(code)) throw error
    const settings = `assignors ${this.#options.assignors.map(({ name }) => name).join(', ')}; session ${this.#sessionTimeoutMs} ms`
    const hint = code === ERROR.INCONSISTENT_GROUP_PROTOCOL ? ': all members of a group must share an assignor' : ''
    throw new TidemillError('group-not-joined', `${error.message} (${settings})${hint}`, { cause: errorName(code) })
  }

  /** The member's generation is over, by the broker's word or by the clock. */
  #lose(reason: string, isForgotten: boolean): void {
    // Not of a generation that it has only joined: a coordinator that dies before it is written may give its number out again.
    const before = { ...this.#currentMetadata, generation: this.#syncedGeneration }
    this.#unsettle(reason)
    const wasMember = this.#generation !== NO_GENERATION
    const partitions = this.#owned
    this.#generation = NO_GENERATION
    this.#owned = []
    this.#isRevocationOpen = false
    if (isForgotten) this.#memberId = ''
    this.#sessionTimer?.cancel()
    this.#sessionEndsAtMs = Infinity
    if (wasMember) {
      this.#events.lost(before, { kind: 'lost', partitions, reason })
    }
    this.#pause.changed()
  }

  /** The first reason is told until the member is stable again. */
  #unsettle(reason: string): void {
    this.#rebalance ??= { reason, sinceMs: this.#context.clock.monotonicMs() }
  }

  #fail(error: Error): void {
    this.#lose(error.message, false)
    this.#state = 'failed'
    this.#events.push({ kind: 'failed', error })
  }

  /** The coordinator has seen this member at that time or later: its session lasts from there. */
  #heard(atMs: number): void {
    if (this.#isClosing || this.#generation === NO_GENERATION) return
    const endMs = atMs + this.#sessionTimeoutMs
    if (this.#sessionEndsAtMs !== Infinity && endMs <= this.#sessionEndsAtMs) return
    this.#sessionEndsAtMs = endMs
    this.#sessionTimer?.cancel()
    const { clock } = this.#context
    const leftMs = Math.max(0, endMs - clock.monotonicMs())
    const silence = `the coordinator has not answered for ${this.#sessionTimeoutMs} ms, the session's length`
    this.#sessionTimer = clock.setTimer(leftMs, () => this.#lose(silence, false), { unref: true })
  }
}

/** What a heartbeat of a member that the coordinator knows is answered with. */
function isOfMember(code: number): boolean {
  return code === ERROR.NONE || code === ERROR.REBALANCE_IN_PROGRESS
}
