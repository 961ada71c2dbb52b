// What the brokers have of changelogs, and whether a store's position is still in it (DESIGN 7.4). A position that is not is of a
// log that was lost, cut or made anew: what the store holds beyond cannot be trusted.
import { must } from '../base/index.ts'
import type { Client } from '../client/index.ts'
import { type TopicPartition, formatTopicPartition } from '../record/index.ts'
import type { ChangelogPosition } from '../state/index.ts'

export interface ChangelogLog {
  readonly topicId: string
  readonly start: number
  /** Without regard to open transactions. */
  readonly end: number
}

/** Start, end and topic id of each partition, as the brokers have them now. */
export async function lookUpLogs(
  client: Client,
  partitions: readonly TopicPartition[],
): Promise<ReadonlyMap<TopicPartition, ChangelogLog>> {
  const admin = client.admin()
  await client.cluster.refresh([...new Set(partitions.map(({ topic }) => topic))])
  const [starts, ends] = await Promise.all([
    admin.listOffsets(partitions, 'earliest'),
    admin.listOffsets(partitions, 'latest', 'read-uncommitted'),
  ])
  return new Map(
    partitions.map((tp) => [
      tp,
      {
        topicId: client.cluster.topic(tp.topic)?.id ?? '',
        start: must(starts.get(tp), `start offset of ${formatTopicPartition(tp)}`).offset,
        end: must(ends.get(tp), `end offset of ${formatTopicPartition(tp)}`).offset,
      },
    ]),
  )
}

export interface StoredPosition {
  readonly tp: TopicPartition
  readonly position: ChangelogPosition | undefined
}

/** Says of each position that is not in its log any more why; the others are left out. */
export async function lostPositions<P extends StoredPosition>(
  client: Client,
  stored: readonly P[],
  logs: ReadonlyMap<TopicPartition, ChangelogLog>,
): Promise<ReadonlyMap<P, string>> {
  const lost = new Map<P, string>()
  const epochs = new Map<TopicPartition, number>()
  for (const each of stored) {
    const { tp, position } = each
    if (position === undefined) continue
    const problem = offsetProblem(position, must(logs.get(tp), formatTopicPartition(tp)))
    if (problem !== undefined) lost.set(each, problem)
    else if (position.leaderEpoch >= 0) epochs.set(tp, position.leaderEpoch)
  }
  if (epochs.size === 0) return lost
  const ends = await client.admin().offsetForLeaderEpoch(epochs)
  for (const each of stored) {
    const { tp, position } = each
    const end = ends.get(tp)
    if (position === undefined || lost.has(each) || end === undefined || !epochs.has(tp)) continue
    const problem = epochProblem(position, end)
    if (problem !== undefined) lost.set(each, problem)
  }
  return lost
}

function offsetProblem({ topicId, nextOffset }: ChangelogPosition, log: ChangelogLog): string | undefined {
  if (topicId !== '' && log.topicId !== '' && topicId !== log.topicId) {
    return 'is of a topic of that name that was deleted'
  }
  if (nextOffset > log.end) return `is past the end of the log (${log.end})`
  // What was deleted in between may have been deletions.
  if (nextOffset < log.start) return `is before the start of the log (${log.start})`
  return undefined
}

/** The log answers with the last epoch up to the one that is asked for, and where that ends. */
function epochProblem(
  { nextOffset, leaderEpoch }: ChangelogPosition,
  found: { readonly leaderEpoch: number; readonly endOffset: number },
): string | undefined {
  if (found.endOffset < 0 || found.leaderEpoch < 0) return undefined
  if (found.leaderEpoch === leaderEpoch && nextOffset <= found.endOffset) return undefined
  if (found.leaderEpoch < leaderEpoch && nextOffset <= found.endOffset) return undefined
  return `is beyond what the log has of leader epoch ${leaderEpoch} (up to offset ${found.endOffset}): another leader wrote there since`
}
