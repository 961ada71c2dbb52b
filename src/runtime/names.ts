// Names that the cluster sees, as Kafka Streams makes them.
import type { TopicRef } from '../topology/index.ts'

/** The id under which a thread's transactions are known; whoever uses it again aborts what was left open. */
export function transactionalId(applicationId: string, processId: string, thread: number): string {
  return `${applicationId}-${processId}-${thread}`
}

/** The topic's name in the cluster: internal ones carry the application id in front. */
export function topicName(applicationId: string, ref: TopicRef): string {
  return ref.isInternal ? `${applicationId}-${ref.name}` : ref.name
}

export function changelogTopic(applicationId: string, store: string): string {
  return `${applicationId}-${store}-changelog`
}
