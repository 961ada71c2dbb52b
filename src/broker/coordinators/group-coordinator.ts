// All groups of the broker and their committed offsets, kept as real records in __consumer_offsets (one partition). A group is made when
// somebody joins it or commits for it, and lives until it is deleted. Members and generation come back after a restart.
import { TidemillError } from '../../base/index.ts'
import { ERROR, type GroupMetadataValueInput } from '../../protocol/index.ts'
import type { BrokerCore } from '../core.ts'
import { OFFSETS_TOPIC, type Topic } from '../topic.ts'
import { ClassicGroup, type GroupHost } from './classic-group.ts'
import type { MemberClaim } from './classic-group-calls.ts'
import { ConsumerGroup, type ConsumerGroupHost } from './consumer-group.ts'
import { type CommittedOffset, CommittedOffsets } from './committed-offsets.ts'
import { CoordinatorLog, type CoordinatorRecord } from './coordinator-log.ts'
import { groupRecord, offsetRecord, readGroupRecord } from './group-records.ts'
import type { ProducerIdentity } from './transaction.ts'

export interface Group {
  readonly id: string
  readonly offsets: CommittedOffsets
  readonly classic: ClassicGroup
  /** There when the group was last used with the new protocol. */
  consumer: ConsumerGroup | undefined
}

export interface OffsetToCommit {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly leaderEpoch: number
  readonly metadata: string
}

export class GroupCoordinator {
  readonly #core: BrokerCore
  readonly #log: CoordinatorLog
  readonly #groups = new Map<string, Group>()
  readonly #host: GroupHost
  readonly #consumerHost: ConsumerGroupHost

  constructor(core: BrokerCore) {
    this.#core = core
    this.#log = new CoordinatorLog(core, OFFSETS_TOPIC)
    this.#host = {
      clock: core.clock,
      initialRebalanceDelayMs: core.configs.number('group.initial.rebalance.delay.ms'),
      groupSizeMax: core.configs.number('group.max.size'),
      newMemberId: (prefix) => `${prefix}-${core.prng.uuid()}`,
      persist: (id, record) => this.#persist(id, record),
      whenDurable: (callback) => this.#log.whenDurable(callback),
      warn: (message) => core.warn(message),
    }
    this.#consumerHost = {
      clock: core.clock,
      sessionTimeoutMs: core.configs.number('group.consumer.session.timeout.ms'),
      groupSizeMax: core.configs.number('group.consumer.max.size'),
      topics: () =>
        new Map([...core.catalog.topics].map(([name, { id, logs }]) => [name, { id, partitions: logs.length }])),
      warn: (message) => core.warn(message),
    }
  }

  /** The group as one of the new protocol; made where it is missing. */
  consumerGroup(id: string): ConsumerGroup {
    const group = this.getOrMake(id)
    group.consumer ??= new ConsumerGroup(id, this.#consumerHost)
    return group.consumer
  }

  get groups(): ReadonlyMap<string, Group> {
    return this.#groups
  }

  get(id: string): Group | undefined {
    return this.#groups.get(id)
  }

  getOrMake(id: string): Group {
    let group = this.#groups.get(id)
    if (group === undefined) {
      group = { id, offsets: new CommittedOffsets(), classic: new ClassicGroup(id, this.#host), consumer: undefined }
      this.#groups.set(id, group)
    }
    return group
  }

  /** Loads groups and offsets; transactions that are open in the log wait for their end. */
  recover(): void {
    const latest = new Map<string, Parameters<ClassicGroup['restore']>[0]>()
    this.#log.replay((record) => {
      if (record.kind !== 'data') return this.endTransaction(record.producerId, record.kind === 'commit')
      const read = readGroupRecord(record.key, record.value)
      if (read === undefined) return
      if (read.kind === 'offset') return this.#replayOffset(read, record.producerId)
      if (read.value === undefined) latest.delete(read.group)
      else latest.set(read.group, read.value)
    })
    for (const [id, value] of latest) this.getOrMake(id).classic.restore(value)
    for (const group of this.#groups.values()) {
      if (group.offsets.isEmpty && !latest.has(group.id)) this.#groups.delete(group.id)
    }
  }

  /** Why the claim may not commit offsets; NONE if it may. */
  commitError(groupId: string, claim: MemberClaim, isTransactional: boolean): number {
    if (groupId === '' && claim.generationId >= 0) return ERROR.INVALID_GROUP_ID
    const group = this.#groups.get(groupId)
    const isAnonymous = claim.generationId < 0 && claim.memberId === ''
    if (isTransactional && isAnonymous && claim.instanceId === null) return ERROR.NONE
    if (group === undefined) return claim.generationId < 0 ? ERROR.NONE : ERROR.ILLEGAL_GENERATION
    const { classic, consumer } = group
    if (consumer !== undefined && consumer.members.size > 0) {
      const error = consumer.claimError(claim.memberId, claim.generationId)
      return isTransactional && error === ERROR.STALE_MEMBER_EPOCH ? ERROR.ILLEGAL_GENERATION : error
    }
    if (claim.generationId < 0 && classic.members.size === 0) return ERROR.NONE
    if (classic.members.size === 0) return claim.memberId === '' ? ERROR.ILLEGAL_GENERATION : ERROR.UNKNOWN_MEMBER_ID
    const error = classic.claimError(claim)
    if (error !== ERROR.NONE) return error
    const isBetween = classic.state === 'CompletingRebalance' && !isTransactional
    return isBetween ? ERROR.REBALANCE_IN_PROGRESS : ERROR.NONE
  }

  /** Commits offsets (in a transaction: holds them until its end); calls back with an error code when they are durable. */
  commit(
    groupId: string,
    offsets: readonly OffsetToCommit[],
    producer: ProducerIdentity | undefined,
    answer: (errorCode: number) => void,
  ): void {
    if (offsets.length === 0) return answer(ERROR.NONE)
    const commitTimestamp = this.#core.clock.now()
    const valueOf = (each: OffsetToCommit): CommittedOffset => {
      return { offset: each.offset, leaderEpoch: each.leaderEpoch, metadata: each.metadata, commitTimestamp }
    }
    const records = offsets.map((each) => offsetRecord(groupId, each.topic, each.partition, valueOf(each)))
    const error = this.#append(records, producer)
    if (error !== ERROR.NONE) return answer(error)
    const group = this.getOrMake(groupId)
    for (const each of offsets) {
      if (producer === undefined) group.offsets.commit(each.topic, each.partition, valueOf(each))
      else group.offsets.hold(producer.producerId, each.topic, each.partition, valueOf(each))
    }
    this.#log.whenDurable((isDurable) => answer(isDurable ? ERROR.NONE : ERROR.COORDINATOR_NOT_AVAILABLE))
  }

  /** A marker was appended to the offsets' log. */
  endTransaction(producerId: number, isCommit: boolean): void {
    for (const group of this.#groups.values()) group.offsets.end(producerId, isCommit)
  }

  /** Removes a group and its offsets; an error code. */
  delete(groupId: string): number {
    const group = this.#groups.get(groupId)
    if (group === undefined) return ERROR.GROUP_ID_NOT_FOUND
    if (!group.classic.isEmpty || (group.consumer?.members.size ?? 0) > 0) return ERROR.NON_EMPTY_GROUP
    const records = [groupRecord(groupId, undefined)]
    for (const [topic, partitions] of group.offsets.topics) {
      for (const partition of partitions.keys()) records.push(offsetRecord(groupId, topic, partition, undefined))
    }
    const error = this.#append(records, undefined)
    if (error !== ERROR.NONE) return error
    group.classic.close()
    this.#groups.delete(groupId)
    return ERROR.NONE
  }

  /** Removes the offsets of a deleted topic from all groups. */
  forget(topic: Topic): void {
    const records: CoordinatorRecord[] = []
    for (const group of this.#groups.values()) {
      const partitions = group.offsets.topics.get(topic.name)
      for (const partition of partitions?.keys() ?? []) {
        records.push(offsetRecord(group.id, topic.name, partition, undefined))
      }
      group.offsets.forget(topic.name)
    }
    if (records.length > 0) this.#append(records, undefined)
  }

  close(): void {
    for (const group of this.#groups.values()) {
      group.classic.close()
      group.consumer?.close()
    }
  }

  #replayOffset(
    read: {
      readonly group: string
      readonly topic: string
      readonly partition: number
      readonly value: CommittedOffset | undefined
    },
    producerId: number | undefined,
  ): void {
    const { topic, partition, value } = read
    const { offsets } = this.getOrMake(read.group)
    if (value === undefined) offsets.remove(topic, partition)
    else if (producerId === undefined) offsets.commit(topic, partition, value)
    else offsets.hold(producerId, topic, partition, value)
  }

  /** A group whose record cannot be written is still a group until the next start. */
  #persist(id: string, record: GroupMetadataValueInput): void {
    this.#append([groupRecord(id, record)], undefined)
  }

  #append(records: readonly CoordinatorRecord[], producer: ProducerIdentity | undefined): number {
    try {
      this.#log.append(records, producer)
      return ERROR.NONE
    } catch (error) {
      if (!(error instanceof TidemillError)) throw error
      this.#core.warn(error.message)
      return ERROR.COORDINATOR_NOT_AVAILABLE
    }
  }
}
