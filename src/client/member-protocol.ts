// What members of a group tell each other through the broker: the consumer protocol's subscription and assignment.
import {
  consumerProtocolAssignmentFormat,
  consumerProtocolSubscriptionFormat,
  decodeVersioned,
  encodeVersioned,
} from '../protocol/index.ts'
import { topicPartition } from '../record/index.ts'
import type { MemberAssignment, MemberSubscription } from './contract.ts'
import { groupByTopic } from './group-by-topic.ts'

/** The newest: owned partitions, generation and rack. Older members read the part that they know. */
const SUBSCRIPTION_VERSION = 3
const ASSIGNMENT_VERSION = 1

export type OwnSubscription = Omit<MemberSubscription, 'memberId' | 'groupInstanceId'>

export function encodeSubscription(subscription: OwnSubscription): Buffer {
  const owned = groupByTopic(subscription.ownedPartitions, ({ partition }) => partition)
  const message = {
    topics: [...subscription.topics].sort(),
    userData: subscription.userData,
    ownedPartitions: owned.map(({ topic, items }) => ({ topic, partitions: items })),
    generationId: subscription.generation,
    rackId: subscription.rackId ?? null,
  }
  return encodeVersioned(consumerProtocolSubscriptionFormat, message, SUBSCRIPTION_VERSION)
}

export function decodeSubscription(
  memberId: string,
  groupInstanceId: string | null,
  metadata: Buffer,
): MemberSubscription {
  const message = decodeVersioned(consumerProtocolSubscriptionFormat, metadata)
  return {
    memberId,
    groupInstanceId: groupInstanceId ?? undefined,
    topics: message.topics,
    userData: message.userData,
    ownedPartitions: message.ownedPartitions.flatMap(({ topic, partitions }) =>
      partitions.map((partition) => topicPartition(topic, partition)),
    ),
    generation: message.generationId,
    rackId: message.rackId ?? undefined,
  }
}

export function encodeAssignment({ partitions, userData }: MemberAssignment): Buffer {
  const topics = groupByTopic(partitions, ({ partition }) => partition)
  const assignedPartitions = topics.map(({ topic, items }) => ({ topic, partitions: items }))
  return encodeVersioned(consumerProtocolAssignmentFormat, { assignedPartitions, userData }, ASSIGNMENT_VERSION)
}

/** No bytes at all are an empty assignment: what a broker gives to a member that its leader left out. */
export function decodeAssignment(bytes: Buffer): MemberAssignment {
  if (bytes.length === 0) return { partitions: [], userData: null }
  const { assignedPartitions, userData } = decodeVersioned(consumerProtocolAssignmentFormat, bytes)
  const partitions = assignedPartitions.flatMap(({ topic, partitions: numbers }) =>
    numbers.map((partition) => topicPartition(topic, partition)),
  )
  return { partitions, userData }
}
