// Feeds one example: record n at its time, at the example's rate, and after a restart from the record after the last one
// that the topics hold. Each record carries its number in the header `n`.
import { must, partitionForKey, sleep, systemClock } from '../../base/index.ts'
import type { Client, RecordProducer } from '../../client/index.ts'
import { recordCursor } from '../../protocol/index.ts'
import { RecordHeaders, type TopicPartition, topicPartition } from '../../record/index.ts'
import type { Example } from './examples.ts'

export const NUMBER_HEADER = 'n'
const STEP_MS = 100
const READ_LAST_MS_MAX = 10_000

export interface FeedProgress {
  /** Number of the next record. */
  next: number
  /** Number of this run's first record. */
  acknowledgedFrom: number
  /** All of this run's records with lower numbers are acknowledged by the broker. */
  acknowledgedBelow: number
}

interface FeedStart {
  readonly next: number
  /** Wall time of a record with atMs 0. */
  readonly baseMs: number
}

/** Runs until the signal is aborted. */
export async function feed(
  client: Client,
  example: Example,
  rate: number,
  progress: FeedProgress,
  signal: AbortSignal,
): Promise<void> {
  const start = await findStart(client, example)
  progress.next = start.next
  progress.acknowledgedFrom = start.next
  progress.acknowledgedBelow = start.next
  const producer = client.producer({ lingerMs: 5 })
  const startedMs = systemClock.monotonicMs()
  try {
    while (!signal.aborted) {
      const dueCount = Math.floor(((systemClock.monotonicMs() - startedMs) / 1_000) * example.recordsPerSecond * rate)
      while (progress.next < start.next + dueCount) append(client, producer, example, start.baseMs, progress.next++)
      await producer.flush()
      const [failure] = producer.failures()
      if (failure !== undefined) throw failure.error
      progress.acknowledgedBelow = progress.next
      await sleep(systemClock, STEP_MS, signal).catch(() => undefined)
    }
  } finally {
    await producer.close({ timeoutMs: 1_000 })
  }
}

function append(client: Client, producer: RecordProducer, example: Example, baseMs: number, index: number): void {
  const record = example.recordAt(index)
  const partitions = must(client.cluster.topic(record.topic), `metadata of ${record.topic}`).partitions
  const partition = record.key === null ? index % partitions : partitionForKey(partitions, record.key)
  const headers = RecordHeaders.from({ [NUMBER_HEADER]: String(index) })
  producer.append(topicPartition(record.topic, partition), record.key, record.value, baseMs + record.atMs, headers)
}

/**
 * Looks at the last record of each partition: the highest number that is there, and its time. Lower numbers may be missing: those
 * that a run which was killed had sent to other partitions and that were not acknowledged yet.
 */
async function findStart(client: Client, example: Example): Promise<FeedStart> {
  const topics = await client.cluster.refresh(example.inputTopics)
  const partitions = topics.flatMap((topic) =>
    Array.from({ length: topic.partitions }, (_, p) => topicPartition(topic.name, p)),
  )
  const ends = await client.admin().listOffsets(partitions, 'latest')
  const lasts = new Map<TopicPartition, number>()
  for (const [tp, { offset }] of ends) if (offset > 0) lasts.set(tp, offset - 1)
  let start: FeedStart = { next: 0, baseMs: systemClock.now() }
  for (const last of await readLasts(client, lasts)) {
    if (last.index + 1 > start.next)
      start = { next: last.index + 1, baseMs: last.timestamp - example.recordAt(last.index).atMs }
  }
  return start
}

async function readLasts(
  client: Client,
  lasts: ReadonlyMap<TopicPartition, number>,
): Promise<readonly { readonly index: number; readonly timestamp: number }[]> {
  const found: { readonly index: number; readonly timestamp: number }[] = []
  if (lasts.size === 0) return found
  const fetcher = client.fetcher({ isolation: 'read-uncommitted', reset: 'earliest' })
  const deadlineMs = systemClock.monotonicMs() + READ_LAST_MS_MAX
  const waiting = new Set(lasts.keys())
  for (const [tp, offset] of lasts) fetcher.add(tp, offset)
  while (waiting.size > 0 && systemClock.monotonicMs() < deadlineMs) {
    const { partitions } = await fetcher.poll(STEP_MS)
    for (const { tp, batches } of partitions) {
      waiting.delete(tp)
      fetcher.remove(tp)
      for (const batch of batches) {
        const cursor = recordCursor(batch)
        while (cursor.next())
          found.push({ index: Number(cursor.headers().get(NUMBER_HEADER) ?? -1), timestamp: cursor.timestamp })
      }
    }
  }
  await fetcher.close()
  return found
}
