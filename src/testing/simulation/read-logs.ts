// What an observer of a simulated world reads from its broker, through the client, as anybody would.
import type { Client } from '../../client/index.ts'
import { recordCursor } from '../../protocol/index.ts'
import { type RecordHeaders, type TopicPartition, topicPartition } from '../../record/index.ts'
import { topicName } from '../../runtime/index.ts'
import type { Topology } from '../../topology/index.ts'

export interface LogRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly timestamp: number
  readonly headers: RecordHeaders
  readonly producerId: number
  readonly producerEpoch: number
}

export type Isolation = 'read-committed' | 'read-uncommitted'

const POLL_MS = 1_000

/** Reads partitions from these offsets to their ends. */
export async function readLogs(
  client: Client,
  from: ReadonlyMap<TopicPartition, number>,
  isolation: Isolation,
): Promise<readonly LogRecord[]> {
  const starts = await client.admin().listOffsets([...from.keys()], 'earliest')
  const ends = await client.admin().listOffsets([...from.keys()], 'latest', isolation)
  const endOf = (tp: TopicPartition): number => ends.get(tp)?.offset ?? 0
  const startOf = (tp: TopicPartition): number => Math.max(from.get(tp) ?? 0, starts.get(tp)?.offset ?? 0)
  const open = [...from.keys()].filter((tp) => startOf(tp) < endOf(tp))
  const records: LogRecord[] = []
  const fetcher = client.fetcher({ isolation, maxWaitMs: 100 })
  try {
    for (const tp of open) fetcher.add(tp, startOf(tp))
    while (open.some((tp) => (fetcher.position(tp) ?? 0) < endOf(tp))) {
      const { partitions, problems } = await fetcher.poll(POLL_MS)
      // Of repartition topics what is done is purged, also while somebody reads it.
      for (const problem of problems) {
        if (problem.kind === 'out-of-range') fetcher.add(problem.tp, problem.logStartOffset)
      }
      for (const { tp, batches, fromOffset } of partitions) {
        for (const batch of batches) {
          const cursor = recordCursor(batch)
          while (cursor.next()) {
            const { buffer, offset, keyStart, keyLength, valueStart, valueLength, timestamp } = cursor
            if (offset < fromOffset) continue
            records.push({
              topic: tp.topic,
              partition: tp.partition,
              offset,
              key: keyLength < 0 ? null : Buffer.from(buffer.subarray(keyStart, keyStart + keyLength)),
              value: valueLength < 0 ? null : Buffer.from(buffer.subarray(valueStart, valueStart + valueLength)),
              timestamp,
              headers: cursor.headers(),
              producerId: batch.producerId,
              producerEpoch: batch.producerEpoch,
            })
          }
        }
      }
    }
  } finally {
    await fetcher.close()
  }
  return records
}

/** Reads all partitions of all topics but Kafka's own. */
export async function readAllLogs(
  client: Client,
  isolation: Isolation,
): Promise<ReadonlyMap<string, readonly LogRecord[]>> {
  const topics = (await client.cluster.refresh()).filter(({ name }) => !name.startsWith('__'))
  const logs = new Map<string, LogRecord[]>(topics.map(({ name }) => [name, []]))
  const all = topics.flatMap(({ name, partitions }) => partitionsOf(name, partitions))
  const from = new Map(all.map((tp) => [tp, 0]))
  for (const record of await readLogs(client, from, isolation)) logs.get(record.topic)?.push(record)
  return logs
}

/** No transaction is open: readers see all that there is. */
export async function isAllVisible(client: Client): Promise<boolean> {
  const topics = (await client.cluster.refresh()).filter(({ name }) => !name.startsWith('__'))
  const all = topics.flatMap(({ name, partitions }) => partitionsOf(name, partitions))
  const stable = await client.admin().listOffsets(all, 'latest', 'read-committed')
  const ends = await client.admin().listOffsets(all, 'latest', 'read-uncommitted')
  return all.every((tp) => stable.get(tp)?.offset === ends.get(tp)?.offset)
}

export function partitionsOf(topic: string, partitions: number): readonly TopicPartition[] {
  return Array.from({ length: partitions }, (_, partition) => topicPartition(topic, partition))
}

/** Topics that tasks read: those of users, and repartition topics. */
export function inputTopicsOf(topology: Topology, applicationId: string): readonly string[] {
  const refs = topology.subTopologies.filter(({ isGlobal }) => !isGlobal).flatMap((each) => each.sourceTopics)
  return [...new Set(refs.map((ref) => topicName(applicationId, ref)))]
}

/** Topics that users must make: sources and sinks. */
export function userTopicsOf(topology: Topology): readonly string[] {
  const names = topology.nodes.flatMap((node) => {
    if (node.kind === 'source') return node.topics.flatMap(({ name, isInternal }) => (isInternal ? [] : [name]))
    if (node.kind !== 'sink' || typeof node.topic !== 'object') return []
    return node.topic.isInternal ? [] : [node.topic.name]
  })
  return [...new Set(names)]
}
