// Who is in a classic group: members by their ids, static members by their instance ids, and ids that were given out and have not
// joined yet (KIP-394). It knows no states and no rebalance: what follows from a change is its owner's to decide.
//
// Invariants: an instance id names a member that is there; an id is a member's or pending, never both; a member that was removed has no
// parked call and no timer.
import { EMPTY_BYTES, type Timer, must } from '../../base/index.ts'
import { ERROR } from '../../protocol/index.ts'
import {
  type GroupProtocol,
  type JoinAnswer,
  type JoinRequest,
  type Parked,
  type SyncAnswer,
  failedJoin,
  failedSync,
} from './classic-group-calls.ts'

export interface Member {
  memberId: string
  readonly instanceId: string | null
  clientId: string
  clientHost: string
  sessionTimeoutMs: number
  rebalanceTimeoutMs: number
  protocols: readonly GroupProtocol[]
  assignment: Buffer
  join: Parked<JoinAnswer> | undefined
  sync: Parked<SyncAnswer> | undefined
  /** It joined this generation and has not asked for its assignment yet. */
  awaitsSync: boolean
  session: Timer | undefined
}

/** A member as its request describes it, with nothing parked. */
export function newMember(request: JoinRequest): Member {
  const { memberId, instanceId, clientId, clientHost, sessionTimeoutMs, rebalanceTimeoutMs } = request
  const protocols = copyProtocols(request.protocols)
  return { memberId, instanceId, clientId, clientHost, sessionTimeoutMs, rebalanceTimeoutMs, protocols, ...IDLE }
}

/** What a member has while no call of it is parked and it was given nothing. */
export const IDLE: Pick<Member, 'assignment' | 'join' | 'sync' | 'awaitsSync' | 'session'> = {
  assignment: EMPTY_BYTES,
  join: undefined,
  sync: undefined,
  awaitsSync: false,
  session: undefined,
}

/** Takes over what a member says of itself when it joins again. */
export function updateMember(member: Member, request: JoinRequest): void {
  member.protocols = copyProtocols(request.protocols)
  member.sessionTimeoutMs = request.sessionTimeoutMs
  member.rebalanceTimeoutMs = request.rebalanceTimeoutMs
}

export class GroupRoster {
  readonly #members = new Map<string, Member>()
  readonly #statics = new Map<string, string>()
  readonly #pendingIds = new Map<string, Timer>()

  get members(): ReadonlyMap<string, Member> {
    return this.#members
  }

  /** Members, and ids that may become some. */
  get size(): number {
    return this.#members.size + this.#pendingIds.size
  }

  get hasPending(): boolean {
    return this.#pendingIds.size > 0
  }

  /** The longest that a member takes to join again. */
  get rebalanceTimeoutMs(): number {
    return Math.max(0, ...Array.from(this.#members.values(), (member) => member.rebalanceTimeoutMs))
  }

  isPending(memberId: string): boolean {
    return this.#pendingIds.has(memberId)
  }

  /** The id of the static member with that instance id. */
  staticId(instanceId: string): string | undefined {
    return this.#statics.get(instanceId)
  }

  add(member: Member): void {
    this.#members.set(member.memberId, member)
    if (member.instanceId !== null) this.#statics.set(member.instanceId, member.memberId)
  }

  /** Remembers an id that was given out until it joins or the timer, which the caller started, drops it. */
  addPending(memberId: string, timer: Timer): void {
    this.#pendingIds.set(memberId, timer)
  }

  dropPending(memberId: string): void {
    this.#pendingIds.get(memberId)?.cancel()
    this.#pendingIds.delete(memberId)
  }

  /** A static member came back with a new id; calls under its old one are refused. */
  rename(member: Member, request: JoinRequest): void {
    member.join?.respond(failedJoin(member.memberId, ERROR.FENCED_INSTANCE_ID))
    member.sync?.respond(failedSync(ERROR.FENCED_INSTANCE_ID))
    member.join = undefined
    member.sync = undefined
    this.#members.delete(member.memberId)
    member.memberId = request.memberId
    member.clientId = request.clientId
    member.clientHost = request.clientHost
    this.add(member)
  }

  remove(member: Member): void {
    member.session?.cancel()
    member.join?.respond(failedJoin(member.memberId, ERROR.UNKNOWN_MEMBER_ID))
    member.sync?.respond(failedSync(ERROR.UNKNOWN_MEMBER_ID))
    member.join = undefined
    member.sync = undefined
    this.#members.delete(member.memberId)
    if (member.instanceId !== null) this.#statics.delete(member.instanceId)
  }

  /** Whether a request may speak for a member: error codes for an unknown one, and for an earlier incarnation of a static one. */
  claimError(memberId: string, instanceId: string | null): number {
    if (instanceId !== null) {
      const knownId = this.#statics.get(instanceId)
      if (knownId === undefined) return ERROR.UNKNOWN_MEMBER_ID
      if (knownId !== memberId) return ERROR.FENCED_INSTANCE_ID
    }
    return this.#members.has(memberId) ? ERROR.NONE : ERROR.UNKNOWN_MEMBER_ID
  }

  /** Everybody but who asks, under its id or its instance id. */
  othersThan({ memberId, instanceId }: JoinRequest): readonly Member[] {
    return [...this.#members.values()].filter(
      (member) => member.memberId !== memberId && (member.instanceId === null || member.instanceId !== instanceId),
    )
  }

  /** Members vote for the first of their protocols that all can do; the most votes win, then the order of the first member. */
  electProtocol(): string {
    const members = [...this.#members.values()]
    const candidates = must(members[0], 'member').protocols.filter(({ name }) =>
      members.every((each) => supports(each, name)),
    )
    const votes = new Map(candidates.map(({ name }) => [name, 0]))
    for (const member of members) {
      const choice = member.protocols.find(({ name }) => votes.has(name))
      if (choice !== undefined) votes.set(choice.name, must(votes.get(choice.name), choice.name) + 1)
    }
    let best = must(candidates[0], 'protocol that all members share').name
    for (const [name, count] of votes) if (count > must(votes.get(best), best)) best = name
    return best
  }

  /** Ends all timers. */
  close(): void {
    for (const timer of this.#pendingIds.values()) timer.cancel()
    for (const member of this.#members.values()) member.session?.cancel()
  }
}

export function supports(member: Member, protocol: string): boolean {
  return member.protocols.some(({ name }) => name === protocol)
}

export function sameProtocols(a: readonly GroupProtocol[], b: readonly GroupProtocol[]): boolean {
  if (a.length !== b.length) return false
  return a.every(
    (protocol, i) => protocol.name === b[i]?.name && protocol.metadata.equals(must(b[i], 'protocol').metadata),
  )
}

/** Requests are views into frames: what a member keeps is copied. */
function copyProtocols(protocols: readonly GroupProtocol[]): readonly GroupProtocol[] {
  return protocols.map(({ name, metadata }) => ({ name, metadata: Buffer.from(metadata) }))
}
