// One group of the classic protocol: members, generation, and the rebalance.
//
//   Empty --join--> PreparingRebalance --all joined, or time is up--> CompletingRebalance --leader syncs--> Stable
//     ^                    ^    |                                            |                                |
//     +---- none left -----+----+ <--------- a member joins, changes, leaves or falls silent ----------------+
//
// Members wait in parked JoinGroup and SyncGroup calls. A member falls silent when its session timer fires; the timer does not run
// while a call of it is parked. Ids that were given out with MEMBER_ID_REQUIRED are pending until they join or their time is up.
// A static member (with an instance id) keeps its place over restarts; its earlier incarnation is fenced. Who is in the group the
// roster knows; here is what follows from it.
import { type Clock, EMPTY_BYTES, type Timer, must } from '../../base/index.ts'
import { ERROR, type GroupMetadataValue, type GroupMetadataValueInput } from '../../protocol/index.ts'
import {
  type JoinAnswer,
  type JoinRequest,
  type MemberClaim,
  type Parked,
  type SyncAnswer,
  type SyncRequest,
  failedJoin,
  failedSync,
} from './classic-group-calls.ts'
import { memberOfRecord, memberToRecord, subscriptionOf } from './classic-group-record.ts'
import { GroupRoster, type Member, newMember, sameProtocols, supports, updateMember } from './group-roster.ts'

export type ClassicGroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable' | 'Dead'

export interface GroupHost {
  readonly clock: Clock
  readonly initialRebalanceDelayMs: number
  readonly groupSizeMax: number
  newMemberId(prefix: string): string
  /** Writes the group's record; a disk that refuses is the host's to report. */
  persist(id: string, record: GroupMetadataValueInput): void
  /** Calls back when what was written is on disk, or cannot be. */
  whenDurable(callback: (isDurable: boolean) => void): void
  warn(message: string): void
}

const CONSUMER = 'consumer'
/**
 * A generation is written when its leader has synced. Those that were given out before a crash and never written must not be given
 * out again, or a member that was thrown out would be taken for one of the new: a number so far ahead is safe.
 */
const UNWRITTEN_GENERATIONS_MAX = 1_000
/** Version 0, no partitions, no user data: some clients cannot read an assignment of zero bytes. */
const EMPTY_CONSUMER_ASSIGNMENT = Buffer.from([0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff])

export class ClassicGroup {
  readonly id: string
  readonly #host: GroupHost
  readonly #roster = new GroupRoster()
  #state: ClassicGroupState = 'Empty'
  #generation = 0
  /** More than one after a restart. */
  #generationStep = 1
  /** As the log has it. */
  #written: GroupMetadataValueInput | undefined
  #protocolType: string | undefined
  #protocolName: string | undefined
  #leader: string | undefined
  #stateSinceMs: number
  #rebalance: Timer | undefined
  /** The wait for more members of a new group: until when it may be prolonged, and whether one joined since it was. */
  #initialDelay: { readonly untilMs: number; isProlonged: boolean } | undefined

  constructor(id: string, host: GroupHost) {
    this.id = id
    this.#host = host
    this.#stateSinceMs = host.clock.now()
  }

  get state(): ClassicGroupState {
    return this.#state
  }

  get generation(): number {
    return this.#generation
  }

  get protocolType(): string {
    return this.#protocolType ?? ''
  }

  get protocolName(): string {
    return this.#protocolName ?? ''
  }

  get members(): ReadonlyMap<string, Member> {
    return this.#roster.members
  }

  get isEmpty(): boolean {
    return this.#state === 'Empty' && !this.#roster.hasPending
  }

  // ---- JoinGroup ----

  join(request: JoinRequest, call: Parked<JoinAnswer>): void {
    const refusal = this.#joinRefusal(request)
    if (refusal !== undefined) return call.respond(failedJoin(request.memberId, refusal))
    if (request.memberId === '') this.#joinUnknown(request, call)
    else this.#joinKnown(request, call)
  }

  #joinRefusal(request: JoinRequest): number | undefined {
    const { memberId, instanceId, protocols, protocolType } = request
    const roster = this.#roster
    const isMember = roster.members.has(memberId) || roster.isPending(memberId)
    const isReturning = instanceId !== null && roster.staticId(instanceId) !== undefined
    if (!isMember && !isReturning && roster.size >= this.#host.groupSizeMax) return ERROR.GROUP_MAX_SIZE_REACHED
    if (protocolType === '' || protocols.length === 0) return ERROR.INCONSISTENT_GROUP_PROTOCOL
    const others = roster.othersThan(request)
    if (others.length === 0) return undefined
    if (this.#protocolType !== protocolType) return ERROR.INCONSISTENT_GROUP_PROTOCOL
    const isShared = protocols.some(({ name }) => others.every((other) => supports(other, name)))
    return isShared ? undefined : ERROR.INCONSISTENT_GROUP_PROTOCOL
  }

  #joinUnknown(request: JoinRequest, call: Parked<JoinAnswer>): void {
    const { instanceId } = request
    const memberId = this.#host.newMemberId(instanceId ?? request.clientId)
    if (instanceId !== null) {
      const oldId = this.#roster.staticId(instanceId)
      if (oldId === undefined) return this.#addMember({ ...request, memberId }, call)
      return this.#replaceStatic(must(this.members.get(oldId), oldId), { ...request, memberId }, call)
    }
    if (!request.needsMemberId) return this.#addMember({ ...request, memberId }, call)
    const onTimeout = (): void => {
      this.#roster.dropPending(memberId)
      this.#tryCompleteJoin()
    }
    this.#roster.addPending(memberId, this.#timer(request.sessionTimeoutMs, onTimeout))
    call.respond(failedJoin(memberId, ERROR.MEMBER_ID_REQUIRED))
  }

  #joinKnown(request: JoinRequest, call: Parked<JoinAnswer>): void {
    const { memberId, instanceId } = request
    if (this.#roster.isPending(memberId) && instanceId === null) {
      this.#roster.dropPending(memberId)
      return this.#addMember(request, call)
    }
    const error = this.#roster.claimError(memberId, instanceId)
    const member = this.members.get(memberId)
    if (error !== ERROR.NONE || member === undefined) {
      return call.respond(failedJoin(memberId, error === ERROR.NONE ? ERROR.UNKNOWN_MEMBER_ID : error))
    }
    const isSame = sameProtocols(member.protocols, request.protocols)
    const mayStay =
      (this.#state === 'CompletingRebalance' && isSame) ||
      (this.#state === 'Stable' && isSame && memberId !== this.#leader)
    updateMember(member, request)
    if (mayStay) {
      this.#touch(member)
      return call.respond(this.#joined(member, memberId === this.#leader && this.#state === 'CompletingRebalance'))
    }
    this.#parkJoin(member, call)
    this.#prepareRebalance()
  }

  #addMember(request: JoinRequest, call: Parked<JoinAnswer>): void {
    const member = newMember(request)
    if (this.members.size === 0) this.#protocolType = request.protocolType
    this.#roster.add(member)
    this.#leader ??= member.memberId
    if (this.#initialDelay !== undefined) this.#initialDelay.isProlonged = true
    this.#parkJoin(member, this.#persistName(request, call))
    this.#prepareRebalance()
  }

  /** A static member came back with a new id: no rebalance if nothing of importance changed. */
  #replaceStatic(member: Member, request: JoinRequest, call: Parked<JoinAnswer>): void {
    const oldId = member.memberId
    this.#roster.rename(member, request)
    const wasLeader = this.#leader === oldId
    if (wasLeader) this.#leader = request.memberId
    updateMember(member, request)
    if (this.#state === 'Stable' && this.#roster.electProtocol() === this.#protocolName) {
      this.#touch(member)
      this.#persist(this.#toRecord())
      const answered = this.#whenDurable(call)
      const answer = this.#joined(member, wasLeader && request.knowsSkipAssignment)
      // A client that cannot be told to skip the assignment is told that somebody else leads, so that it does not assign anew.
      if (wasLeader && !request.knowsSkipAssignment) return answered.respond({ ...answer, leader: oldId, members: [] })
      return answered.respond({ ...answer, skipAssignment: wasLeader })
    }
    this.#parkJoin(member, this.#persistName(request, call))
    this.#prepareRebalance()
  }

  /**
   * Between two generations the log has the group as it was, with the name that a static member had then: it is written with the new
   * one, and before the member hears of it, or a broker that dies would fence the member by its own former self, for ever.
   */
  #persistName({ instanceId, memberId }: JoinRequest, call: Parked<JoinAnswer>): Parked<JoinAnswer> {
    const written = this.#written
    const oldId = written?.members.find(({ groupInstanceId }) => groupInstanceId === instanceId)?.memberId
    if (instanceId === null || written === undefined || oldId === undefined) return call
    this.#persist({
      ...written,
      leader: written.leader === oldId ? memberId : (written.leader ?? null),
      members: written.members.map((each) => (each.memberId === oldId ? { ...each, memberId } : each)),
    })
    return this.#whenDurable(call)
  }

  #whenDurable(call: Parked<JoinAnswer>): Parked<JoinAnswer> {
    const failed = (answer: JoinAnswer): JoinAnswer => failedJoin(answer.memberId, ERROR.COORDINATOR_NOT_AVAILABLE)
    return {
      onAbandoned: (callback) => call.onAbandoned(callback),
      respond: (answer) => this.#host.whenDurable((isDurable) => call.respond(isDurable ? answer : failed(answer))),
    }
  }

  #persist(record: GroupMetadataValueInput): void {
    this.#written = record
    this.#host.persist(this.id, record)
  }

  #parkJoin(member: Member, call: Parked<JoinAnswer>): void {
    member.join?.respond(failedJoin(member.memberId, ERROR.REBALANCE_IN_PROGRESS))
    member.join = call
    member.session?.cancel()
    call.onAbandoned(() => {
      if (member.join !== call) return
      member.join = undefined
      this.#touch(member)
    })
  }

  // ---- the rebalance ----

  #prepareRebalance(): void {
    if (this.#state !== 'PreparingRebalance') {
      const wasEmpty = this.#state === 'Empty'
      if (this.#state === 'CompletingRebalance') this.#failSyncs()
      this.#enter('PreparingRebalance')
      this.#rebalance?.cancel()
      const delayMs = this.#host.initialRebalanceDelayMs
      if (wasEmpty && delayMs > 0) return this.#startInitialDelay(delayMs)
      this.#rebalance = this.#timer(this.#roster.rebalanceTimeoutMs, () => this.#completeJoin())
    }
    this.#tryCompleteJoin()
  }

  #startInitialDelay(delayMs: number): void {
    const { clock } = this.#host
    this.#initialDelay = { untilMs: clock.monotonicMs() + this.#roster.rebalanceTimeoutMs, isProlonged: false }
    const onTimeout = (): void => {
      const delay = must(this.#initialDelay, 'initial delay')
      const leftMs = delay.untilMs - clock.monotonicMs()
      if (delay.isProlonged && leftMs > 0) {
        delay.isProlonged = false
        this.#rebalance = this.#timer(Math.min(delayMs, leftMs), onTimeout)
        return
      }
      this.#initialDelay = undefined
      this.#completeJoin()
    }
    this.#rebalance = this.#timer(delayMs, onTimeout)
  }

  #tryCompleteJoin(): void {
    if (this.#state !== 'PreparingRebalance' || this.#initialDelay !== undefined) return
    if (this.#roster.hasPending) return
    for (const member of this.members.values()) if (member.join === undefined) return
    this.#completeJoin()
  }

  /** Everybody is here, or the time is up: who did not join is out, but static members stay until their session ends. */
  #completeJoin(): void {
    this.#rebalance?.cancel()
    this.#initialDelay = undefined
    for (const member of this.members.values()) {
      if (member.join === undefined && member.instanceId === null) this.#forget(member)
    }
    this.#generation += this.#generationStep
    this.#generationStep = 1
    if (this.members.size === 0) return this.#becomeEmpty()
    const joined = [...this.members.values()].filter((member) => member.join !== undefined)
    if (joined.length === 0) {
      // Only silent static members: they have their sessions to come back in.
      this.#rebalance = this.#timer(this.#roster.rebalanceTimeoutMs, () => this.#completeJoin())
      return
    }
    this.#protocolName = this.#roster.electProtocol()
    if (this.#leader === undefined || this.members.get(this.#leader)?.join === undefined) {
      this.#leader = must(joined[0], 'member').memberId
    }
    this.#enter('CompletingRebalance')
    this.#rebalance = this.#timer(this.#roster.rebalanceTimeoutMs, () => this.#dropUnsynced())
    for (const member of joined) {
      const call = must(member.join, 'parked join')
      member.join = undefined
      member.awaitsSync = true
      this.#touch(member)
      call.respond(this.#joined(member, member.memberId === this.#leader))
    }
  }

  #joined(member: Member, withMembers: boolean): JoinAnswer {
    const members = Array.from(this.members.values(), (each) => ({
      memberId: each.memberId,
      groupInstanceId: each.instanceId,
      metadata: this.subscriptionOf(each),
    }))
    return {
      errorCode: ERROR.NONE,
      memberId: member.memberId,
      generationId: this.#generation,
      protocolType: this.#protocolType ?? null,
      protocolName: this.#protocolName ?? null,
      leader: this.#leader ?? '',
      skipAssignment: false,
      members: withMembers ? members : [],
    }
  }

  #dropUnsynced(): void {
    if (this.#state !== 'CompletingRebalance' && this.#state !== 'Stable') return
    const silent = [...this.members.values()].filter((member) => member.awaitsSync && member.sync === undefined)
    for (const member of silent) this.#forget(member)
    if (silent.length > 0) this.#prepareRebalance()
  }

  #becomeEmpty(): void {
    this.#leader = undefined
    this.#protocolName = undefined
    this.#enter('Empty')
    this.#persist(this.#toRecord())
  }

  // ---- SyncGroup, Heartbeat, LeaveGroup ----

  sync(request: SyncRequest, call: Parked<SyncAnswer>): void {
    const error = this.#syncError(request)
    if (error !== ERROR.NONE) return call.respond(failedSync(error))
    const member = must(this.members.get(request.memberId), 'member')
    if (this.#state === 'Stable') {
      member.awaitsSync = false
      this.#touch(member)
      return this.#answerSync(call, member)
    }
    member.sync?.respond(failedSync(ERROR.REBALANCE_IN_PROGRESS))
    member.sync = call
    member.session?.cancel()
    call.onAbandoned(() => {
      if (member.sync !== call) return
      member.sync = undefined
      this.#touch(member)
    })
    if (request.memberId === this.#leader) this.#distribute(request.assignments)
  }

  #syncError(request: SyncRequest): number {
    const error = this.#roster.claimError(request.memberId, request.instanceId)
    if (error !== ERROR.NONE) return error
    if (request.generationId !== this.#generation) return ERROR.ILLEGAL_GENERATION
    const { protocolType, protocolName } = request
    if (protocolType !== null && protocolType !== this.#protocolType) return ERROR.INCONSISTENT_GROUP_PROTOCOL
    if (protocolName !== null && protocolName !== this.#protocolName) return ERROR.INCONSISTENT_GROUP_PROTOCOL
    if (this.#state === 'PreparingRebalance') return ERROR.REBALANCE_IN_PROGRESS
    return this.#state === 'Empty' || this.#state === 'Dead' ? ERROR.UNKNOWN_MEMBER_ID : ERROR.NONE
  }

  #distribute(assignments: ReadonlyMap<string, Buffer>): void {
    for (const member of this.members.values()) {
      const assignment = assignments.get(member.memberId)
      member.assignment = assignment === undefined ? EMPTY_BYTES : Buffer.from(assignment)
    }
    this.#enter('Stable')
    this.#persist(this.#toRecord())
    for (const member of this.members.values()) {
      const call = member.sync
      if (call === undefined) continue
      member.sync = undefined
      member.awaitsSync = false
      this.#touch(member)
      this.#answerSync(call, member)
    }
    // The timer runs on: who has not synced when it fires is out.
  }

  /**
   * A member works as soon as it hears of its partitions: a generation that a broker forgets when it dies would have members that nobody
   * knows of, beside those of the next.
   */
  #answerSync(call: Parked<SyncAnswer>, member: Member): void {
    const answer = this.#synced(member)
    this.#host.whenDurable((isDurable) =>
      call.respond(isDurable ? answer : failedSync(ERROR.COORDINATOR_NOT_AVAILABLE)),
    )
  }

  #synced(member: Member): SyncAnswer {
    const isBare = member.assignment.length === 0 && this.#protocolType === CONSUMER
    return {
      errorCode: ERROR.NONE,
      protocolType: this.#protocolType ?? null,
      protocolName: this.#protocolName ?? null,
      assignment: isBare ? EMPTY_CONSUMER_ASSIGNMENT : member.assignment,
    }
  }

  heartbeat(claim: MemberClaim): number {
    const error = this.claimError(claim)
    if (error !== ERROR.NONE) return error
    return this.#state === 'PreparingRebalance' ? ERROR.REBALANCE_IN_PROGRESS : ERROR.NONE
  }

  /** Checks who a request comes from, for its generation; a good one keeps the session alive. */
  claimError(claim: MemberClaim): number {
    const error = this.#roster.claimError(claim.memberId, claim.instanceId)
    if (error !== ERROR.NONE) return error
    if (claim.generationId !== this.#generation) return ERROR.ILLEGAL_GENERATION
    this.#touch(must(this.members.get(claim.memberId), 'member'))
    return ERROR.NONE
  }

  leave(memberId: string, instanceId: string | null): number {
    if (instanceId === null && this.#roster.isPending(memberId)) {
      this.#roster.dropPending(memberId)
      this.#tryCompleteJoin()
      return ERROR.NONE
    }
    const knownId = instanceId === null ? memberId : this.#roster.staticId(instanceId)
    if (knownId === undefined) return ERROR.UNKNOWN_MEMBER_ID
    if (instanceId !== null && memberId !== '' && memberId !== knownId) return ERROR.FENCED_INSTANCE_ID
    const member = this.members.get(knownId)
    if (member === undefined) return ERROR.UNKNOWN_MEMBER_ID
    this.#removeMember(member)
    return ERROR.NONE
  }

  // ---- the group's record ----

  #toRecord(): GroupMetadataValueInput {
    return {
      protocolType: this.#protocolType ?? '',
      generation: this.#generation,
      protocol: this.#protocolName ?? null,
      leader: this.#leader ?? null,
      currentStateTimestamp: this.#stateSinceMs,
      members: Array.from(this.members.values(), (member) => memberToRecord(member, this.#protocolName)),
    }
  }

  subscriptionOf(member: Member): Buffer {
    return subscriptionOf(member, this.#protocolName)
  }

  /** Takes over what the last run wrote: members keep their ids and have a whole session time to be heard of. */
  restore(value: GroupMetadataValue): void {
    this.#protocolType = value.protocolType === '' ? undefined : value.protocolType
    this.#written = value
    this.#generation = value.generation
    this.#generationStep = UNWRITTEN_GENERATIONS_MAX
    this.#protocolName = value.protocol ?? undefined
    this.#leader = value.leader ?? undefined
    for (const each of value.members) {
      const member = memberOfRecord(each, value.protocol)
      this.#roster.add(member)
      this.#touch(member)
    }
    this.#state = this.members.size === 0 ? 'Empty' : 'Stable'
    this.#stateSinceMs = value.currentStateTimestamp
  }

  /** Ends all timers; the group is deleted, or the broker closes. */
  close(): void {
    this.#enter('Dead')
    this.#rebalance?.cancel()
    this.#roster.close()
  }

  /** Starts the session time of a member anew, unless a call of it is parked. */
  #touch(member: Member): void {
    member.session?.cancel()
    member.session = undefined
    if (member.join !== undefined || member.sync !== undefined) return
    member.session = this.#timer(member.sessionTimeoutMs, () => {
      this.#host.warn(
        `member ${member.memberId} of group ${this.id} was silent for ${member.sessionTimeoutMs} ms and is out`,
      )
      this.#removeMember(member)
    })
  }

  #removeMember(member: Member): void {
    this.#forget(member)
    if (this.#state === 'PreparingRebalance') {
      if (this.#roster.size === 0) return this.#completeJoin()
      this.#tryCompleteJoin()
    } else if (this.#state !== 'Empty' && this.#state !== 'Dead') this.#prepareRebalance()
  }

  #forget(member: Member): void {
    this.#roster.remove(member)
    if (this.#leader === member.memberId) this.#leader = undefined
  }

  #failSyncs(): void {
    for (const member of this.members.values()) {
      const call = member.sync
      if (call === undefined) continue
      member.sync = undefined
      this.#touch(member)
      call.respond(failedSync(ERROR.REBALANCE_IN_PROGRESS))
    }
  }

  #enter(state: ClassicGroupState): void {
    this.#state = state
    this.#stateSinceMs = this.#host.clock.now()
  }

  #timer(delayMs: number, callback: () => void): Timer {
    return this.#host.clock.setTimer(delayMs, callback, { unref: true })
  }
}
