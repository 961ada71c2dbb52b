// One group of the new consumer protocol (KIP-848): members say what they subscribe to, the broker assigns, and each member moves to its
// target on its own, with its heartbeats. A partition is given out only when nobody else has it any more.
//
//   STABLE --target changed, something to give up--> UNREVOKED --the member confirms--> STABLE or UNRELEASED
//   STABLE --something still owned by others-------> UNRELEASED --others gave it up----> STABLE
//
// The group epoch counts changes of members, subscriptions and topics; the target is made anew for each. Members are not kept over a
// restart of the broker: they are told UNKNOWN_MEMBER_ID and join again; their committed offsets are kept as those of any group.
import { type Clock, type Timer, must } from '../../base/index.ts'
import { ERROR } from '../../protocol/index.ts'
import { ASSIGNORS, type PartitionSet, type TopicSizes, add, countOf } from './target-assignment.ts'

export type ConsumerGroupState = 'Empty' | 'Assigning' | 'Reconciling' | 'Stable'

export interface ConsumerHeartbeat {
  readonly memberId: string
  /** 0 joins, -1 leaves, -2 leaves for a while (static members). */
  readonly memberEpoch: number
  readonly instanceId: string | null
  readonly rackId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly rebalanceTimeoutMs: number
  readonly topicNames: readonly string[] | null
  readonly topicRegex: string | null
  readonly assignor: string | null
  /** What the member owns now; null when that did not change. */
  readonly owned: PartitionSet | null
}

export interface HeartbeatAnswer {
  readonly errorCode: number
  readonly errorMessage: string | null
  readonly memberId: string | null
  readonly memberEpoch: number
  /** undefined: as the member was told before. */
  readonly assignment: PartitionSet | undefined
}

export interface ConsumerMember {
  readonly memberId: string
  instanceId: string | null
  rackId: string | null
  clientId: string
  clientHost: string
  rebalanceTimeoutMs: number
  topicNames: readonly string[]
  topicRegex: string
  pattern: RegExp | undefined
  epoch: number
  previousEpoch: number
  state: 'STABLE' | 'UNREVOKED' | 'UNRELEASED'
  assigned: PartitionSet
  pendingRevocation: PartitionSet
  target: PartitionSet
  session: Timer | undefined
  revocation: Timer | undefined
}

export interface ConsumerGroupHost {
  readonly clock: Clock
  readonly sessionTimeoutMs: number
  readonly groupSizeMax: number
  /** All topics that can be subscribed to: name to id and number of partitions. */
  topics(): ReadonlyMap<string, { readonly id: string; readonly partitions: number }>
  warn(message: string): void
}

const JOIN = 0
const LEAVE = -1
const LEAVE_FOR_A_WHILE = -2
const REGEX_LENGTH_MAX = 1000
const DEFAULT_ASSIGNOR = 'uniform'

export class ConsumerGroup {
  readonly id: string
  readonly #host: ConsumerGroupHost
  readonly #members = new Map<string, ConsumerMember>()
  #groupEpoch = 0
  #targetEpoch = 0
  #assignor = DEFAULT_ASSIGNOR
  /** The topics and sizes that the target was made for. */
  #topicsSeen = ''

  constructor(id: string, host: ConsumerGroupHost) {
    this.id = id
    this.#host = host
  }

  get members(): ReadonlyMap<string, ConsumerMember> {
    return this.#members
  }

  get groupEpoch(): number {
    return this.#groupEpoch
  }

  get targetEpoch(): number {
    return this.#targetEpoch
  }

  get assignor(): string {
    return this.#assignor
  }

  get state(): ConsumerGroupState {
    if (this.#members.size === 0) return 'Empty'
    if (this.#groupEpoch > this.#targetEpoch) return 'Assigning'
    for (const member of this.#members.values()) {
      if (member.state !== 'STABLE' || member.epoch !== this.#targetEpoch) return 'Reconciling'
    }
    return 'Stable'
  }

  heartbeat(request: ConsumerHeartbeat): HeartbeatAnswer {
    const { memberEpoch } = request
    if (memberEpoch === LEAVE || memberEpoch === LEAVE_FOR_A_WHILE) return this.#leave(request)
    const found = memberEpoch === JOIN ? this.#joining(request) : this.#known(request)
    if ('errorCode' in found) return found
    const member = found
    const hasNewSubscription = this.#update(member, request)
    if (typeof hasNewSubscription === 'string') return refuse(ERROR.INVALID_REGULAR_EXPRESSION, hasNewSubscription)
    this.#touch(member)
    if (hasNewSubscription || this.#topicsKey() !== this.#topicsSeen) this.#groupEpoch++
    if (this.#groupEpoch > this.#targetEpoch) this.#makeTarget()
    const before = keyOf(member.assigned)
    this.#reconcile(member, memberEpoch === JOIN ? new Map() : request.owned)
    const isFull =
      memberEpoch === JOIN ||
      (request.owned !== null && request.topicNames !== null && request.rebalanceTimeoutMs !== -1)
    const isNews = isFull || before !== keyOf(member.assigned)
    return {
      errorCode: ERROR.NONE,
      errorMessage: null,
      memberId: member.memberId,
      memberEpoch: member.epoch,
      assignment: isNews ? member.assigned : undefined,
    }
  }

  /** Why a member may not commit or fetch offsets; NONE if it may. */
  claimError(memberId: string, epoch: number): number {
    if (memberId === '' && epoch < 0 && this.#members.size === 0) return ERROR.NONE
    const member = this.#members.get(memberId)
    if (member === undefined) return ERROR.UNKNOWN_MEMBER_ID
    return epoch === member.epoch ? ERROR.NONE : ERROR.STALE_MEMBER_EPOCH
  }

  close(): void {
    for (const member of this.#members.values()) {
      member.session?.cancel()
      member.revocation?.cancel()
    }
  }

  #joining(request: ConsumerHeartbeat): ConsumerMember | HeartbeatAnswer {
    if (request.owned === null || countOf(request.owned) > 0) {
      return refuse(ERROR.INVALID_REQUEST, 'TopicPartitions must be empty when (re-)joining.')
    }
    if (request.rebalanceTimeoutMs <= 0)
      return refuse(ERROR.INVALID_REQUEST, 'RebalanceTimeoutMs must be provided in first request.')
    if (request.topicNames === null && request.topicRegex === null) {
      return refuse(ERROR.INVALID_REQUEST, 'SubscribedTopicNames must be set in first request.')
    }
    if (request.assignor !== null && !ASSIGNORS.has(request.assignor)) {
      const known = [...ASSIGNORS.keys()].join(', ')
      return refuse(
        ERROR.UNSUPPORTED_ASSIGNOR,
        `ServerAssignor ${request.assignor} is not supported. Supported assignors: ${known}.`,
      )
    }
    const { memberId, instanceId } = request
    const same = this.#members.get(memberId)
    const before =
      instanceId === null ? undefined : [...this.#members.values()].find((each) => each.instanceId === instanceId)
    if (before !== undefined && before !== same) {
      if (before.epoch !== LEAVE_FOR_A_WHILE)
        return refuse(
          ERROR.UNRELEASED_INSTANCE_ID,
          `Static member ${memberId} with instance id ${instanceId} cannot join: the id is used by ${before.memberId}.`,
        )
      return this.#inherit(before, request)
    }
    if (same !== undefined) return same
    if (this.#members.size >= this.#host.groupSizeMax)
      return refuse(ERROR.GROUP_MAX_SIZE_REACHED, 'The consumer group has reached its maximum size.')
    return this.#newMember(request)
  }

  #known(request: ConsumerHeartbeat): ConsumerMember | HeartbeatAnswer {
    const member = this.#members.get(request.memberId)
    if (member === undefined)
      return refuse(ERROR.UNKNOWN_MEMBER_ID, `Member ${request.memberId} is not a member of group ${this.id}.`)
    if (request.instanceId !== null && member.instanceId !== request.instanceId) {
      return refuse(ERROR.UNKNOWN_MEMBER_ID, `Instance id ${request.instanceId} is unknown.`)
    }
    const { memberEpoch, owned } = request
    // The answer to its last heartbeat got lost.
    const isLate = memberEpoch === member.previousEpoch && owned !== null && isSubset(owned, member.assigned)
    if (memberEpoch === member.epoch || isLate) return member
    return refuse(
      ERROR.FENCED_MEMBER_EPOCH,
      `The consumer group member has epoch ${memberEpoch}, it should have ${member.epoch}. It must abandon all its partitions and rejoin.`,
    )
  }

  #newMember(request: ConsumerHeartbeat): ConsumerMember {
    const member: ConsumerMember = {
      memberId: request.memberId,
      instanceId: request.instanceId,
      rackId: request.rackId,
      clientId: request.clientId,
      clientHost: request.clientHost,
      rebalanceTimeoutMs: request.rebalanceTimeoutMs,
      topicNames: [],
      topicRegex: '',
      pattern: undefined,
      epoch: 0,
      previousEpoch: 0,
      state: 'STABLE',
      assigned: new Map(),
      pendingRevocation: new Map(),
      target: new Map(),
      session: undefined,
      revocation: undefined,
    }
    this.#members.set(member.memberId, member)
    this.#groupEpoch++
    return member
  }

  /** A static member that left for a while is back under a new id: it gets what its predecessor had. */
  #inherit(before: ConsumerMember, request: ConsumerHeartbeat): ConsumerMember {
    this.#drop(before)
    const member = this.#newMember(request)
    member.topicNames = before.topicNames
    member.topicRegex = before.topicRegex
    member.pattern = before.pattern
    member.assigned = before.assigned
    member.target = before.target
    return member
  }

  /** True when the subscription changed; a sentence when it cannot be read. */
  #update(member: ConsumerMember, request: ConsumerHeartbeat): boolean | string {
    member.clientId = request.clientId
    member.clientHost = request.clientHost
    if (request.rebalanceTimeoutMs > 0) member.rebalanceTimeoutMs = request.rebalanceTimeoutMs
    if (request.assignor !== null && ASSIGNORS.has(request.assignor)) this.#assignor = request.assignor
    let isNew = false
    if (request.topicNames !== null) {
      const names = [...new Set(request.topicNames)].sort()
      isNew = names.join() !== member.topicNames.join()
      member.topicNames = names
    }
    const regex = request.topicRegex
    if (regex === null || regex === member.topicRegex) return isNew
    const pattern = regex === '' ? undefined : compile(regex)
    if (typeof pattern === 'string') return pattern
    member.topicRegex = regex
    member.pattern = pattern
    return true
  }

  #leave(request: ConsumerHeartbeat): HeartbeatAnswer {
    const byInstance = [...this.#members.values()].find(
      (each) => each.instanceId !== null && each.instanceId === request.instanceId,
    )
    const member = this.#members.get(request.memberId) ?? byInstance
    if (member === undefined)
      return refuse(ERROR.UNKNOWN_MEMBER_ID, `Member ${request.memberId} is not a member of group ${this.id}.`)
    if (request.memberEpoch === LEAVE_FOR_A_WHILE && member.instanceId !== null) {
      member.epoch = LEAVE_FOR_A_WHILE
    } else {
      this.#drop(member)
      this.#groupEpoch++
    }
    return {
      errorCode: ERROR.NONE,
      errorMessage: null,
      memberId: member.memberId,
      memberEpoch: request.memberEpoch,
      assignment: undefined,
    }
  }

  #makeTarget(): void {
    const { sizes, members } = this.#subscriptions()
    const assign = must(ASSIGNORS.get(this.#assignor), this.#assignor)
    const target = assign(members, sizes)
    for (const member of this.#members.values()) member.target = target.get(member.memberId) ?? new Map()
    this.#topicsSeen = this.#topicsKey()
    this.#targetEpoch = this.#groupEpoch
  }

  #subscriptions() {
    const topics = this.#host.topics()
    const sizes = new Map<string, number>()
    const members = [...this.#members.values()].map((member) => {
      const topicIds = new Set<string>()
      for (const [name, { id, partitions }] of topics) {
        if (!member.topicNames.includes(name) && member.pattern?.test(name) !== true) continue
        topicIds.add(id)
        sizes.set(id, partitions)
      }
      return { memberId: member.memberId, topicIds, previous: member.target }
    })
    return { sizes: sizes as TopicSizes, members }
  }

  #topicsKey(): string {
    return [...this.#subscriptions().sizes]
      .map(([topicId, partitions]) => `${topicId}:${partitions}`)
      .sort()
      .join(';')
  }

  /** Moves the member towards its target, as far as it may go now. */
  #reconcile(member: ConsumerMember, owned: PartitionSet | null): void {
    if (member.state === 'STABLE' && member.epoch === this.#targetEpoch) return
    if (member.state === 'UNREVOKED' && (owned === null || overlaps(owned, member.pendingRevocation))) return
    const kept: PartitionSet = new Map()
    const revoked: PartitionSet = new Map()
    for (const [topicId, partitions] of member.assigned) {
      for (const partition of partitions) {
        add(member.target.get(topicId)?.has(partition) === true ? kept : revoked, topicId, partition)
      }
    }
    member.assigned = kept
    member.pendingRevocation = new Map()
    if (countOf(revoked) > 0 && (owned === null || overlaps(owned, revoked))) {
      member.pendingRevocation = revoked
      member.state = 'UNREVOKED'
      return this.#awaitRevocation(member)
    }
    member.revocation?.cancel()
    member.state = this.#takeFree(member) ? 'STABLE' : 'UNRELEASED'
    if (member.epoch === this.#targetEpoch) return
    member.previousEpoch = member.epoch
    member.epoch = this.#targetEpoch
  }

  /** Takes what the target names and nobody has; true when that is all of it. */
  #takeFree(member: ConsumerMember): boolean {
    let isAll = true
    for (const [topicId, partitions] of member.target) {
      for (const partition of partitions) {
        if (member.assigned.get(topicId)?.has(partition) === true) continue
        if (this.#isOwned(topicId, partition)) isAll = false
        else add(member.assigned, topicId, partition)
      }
    }
    return isAll
  }

  #isOwned(topicId: string, partition: number): boolean {
    for (const { assigned, pendingRevocation } of this.#members.values()) {
      if (assigned.get(topicId)?.has(partition) === true || pendingRevocation.get(topicId)?.has(partition) === true)
        return true
    }
    return false
  }

  #awaitRevocation(member: ConsumerMember): void {
    member.revocation?.cancel()
    member.revocation = this.#host.clock.setTimer(
      member.rebalanceTimeoutMs,
      () => {
        if (member.state === 'UNREVOKED')
          this.#fence(member, `did not give up its partitions within ${member.rebalanceTimeoutMs} ms`)
      },
      { unref: true },
    )
  }

  #touch(member: ConsumerMember): void {
    member.session?.cancel()
    const { clock, sessionTimeoutMs } = this.#host
    member.session = clock.setTimer(
      sessionTimeoutMs,
      () => this.#fence(member, `was silent for ${sessionTimeoutMs} ms`),
      { unref: true },
    )
  }

  #fence(member: ConsumerMember, why: string): void {
    if (this.#members.get(member.memberId) !== member) return
    this.#host.warn(`member ${member.memberId} of group ${this.id} ${why} and is out`)
    this.#drop(member)
    this.#groupEpoch++
  }

  #drop(member: ConsumerMember): void {
    member.session?.cancel()
    member.revocation?.cancel()
    this.#members.delete(member.memberId)
  }
}

function refuse(errorCode: number, errorMessage: string): HeartbeatAnswer {
  return { errorCode, errorMessage, memberId: null, memberEpoch: 0, assignment: undefined }
}

/** Kafka's are RE2; JavaScript's differ in details that hardly matter for topic names. */
function compile(regex: string): RegExp | string {
  if (regex.length > REGEX_LENGTH_MAX)
    return `The regular expression has ${regex.length} characters, at most ${REGEX_LENGTH_MAX} are taken.`
  try {
    return new RegExp(`^(?:${regex})$`)
  } catch (error) {
    return `SubscribedTopicRegex \`${regex}\` is not a valid regular expression: ${error instanceof Error ? error.message : String(error)}.`
  }
}

function overlaps(a: PartitionSet, b: PartitionSet): boolean {
  for (const [topicId, partitions] of b)
    for (const each of partitions) if (a.get(topicId)?.has(each) === true) return true
  return false
}

function isSubset(a: PartitionSet, b: PartitionSet): boolean {
  for (const [topicId, partitions] of a)
    for (const each of partitions) if (b.get(topicId)?.has(each) !== true) return false
  return true
}

function keyOf(partitions: PartitionSet): string {
  return [...partitions]
    .map(([topicId, each]) => `${topicId}:${[...each].sort((a, b) => a - b).join()}`)
    .sort()
    .join(';')
}
