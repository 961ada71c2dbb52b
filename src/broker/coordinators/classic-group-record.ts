// A member of a classic group in the group's record in __consumer_offsets, and back.
import { EMPTY_BYTES } from '../../base/index.ts'
import type { GroupMetadataValue, GroupMetadataValueInput } from '../../protocol/index.ts'
import { IDLE, type Member } from './group-roster.ts'

/** What a member said of itself for the protocol that was elected. */
export function subscriptionOf(member: Member, protocolName: string | undefined): Buffer {
  return member.protocols.find(({ name }) => name === protocolName)?.metadata ?? EMPTY_BYTES
}

export function memberToRecord(
  member: Member,
  protocolName: string | undefined,
): GroupMetadataValueInput['members'][number] {
  return {
    memberId: member.memberId,
    groupInstanceId: member.instanceId,
    clientId: member.clientId,
    clientHost: member.clientHost,
    rebalanceTimeout: member.rebalanceTimeoutMs,
    sessionTimeout: member.sessionTimeoutMs,
    subscription: subscriptionOf(member, protocolName),
    assignment: member.assignment,
  }
}

/** A record holds a member's metadata for the elected protocol only. */
export function memberOfRecord(record: GroupMetadataValue['members'][number], protocol: string | null): Member {
  return {
    ...IDLE,
    memberId: record.memberId,
    instanceId: record.groupInstanceId,
    clientId: record.clientId,
    clientHost: record.clientHost,
    sessionTimeoutMs: record.sessionTimeout,
    rebalanceTimeoutMs: record.rebalanceTimeout === -1 ? record.sessionTimeout : record.rebalanceTimeout,
    protocols: [{ name: protocol ?? '', metadata: record.subscription }],
    assignment: record.assignment,
  }
}
