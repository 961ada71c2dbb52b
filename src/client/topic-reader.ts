// Reading a topic outside of any group: an endless (or bounded) iteration over its partitions, each in order.
import { TidemillError } from '../base/index.ts'
import { type TopicPartition, formatTopicPartition, topicPartition } from '../record/index.ts'
import type { TopicSource } from '../serde/index.ts'
import type { FetchProblem, FetchedPartition, Fetcher } from './contract.ts'
import type { OwnClient } from './create-client.ts'
import type { ClientRecord, ReadFrom, ReadOptions } from './kafka.ts'
import { decodeFetched } from './record-decoder.ts'

const POLL_MS = 60_000
/** A topic may have been created a moment ago. */
const TOPIC_WAIT_MS = 1_000

/** Reads until the signal, the end (where asked for), or until the loop is left. */
export async function* readTopic<K, V>(
  client: OwnClient,
  topic: TopicSource<K, V>,
  options: ReadOptions,
): AsyncGenerator<ClientRecord<K, V>> {
  const { signal, isolation = 'read-committed' } = options
  if (signal?.aborted === true) return
  const { from = 'earliest' } = options
  const all = await partitionsOf(client, topic.name, options.partitions)
  const starts = await startOffsets(client, all, from)
  const ends = options.until === 'end' ? await client.admin().listOffsets(all, 'latest', isolation) : undefined
  const tps = all.filter((tp) => (starts.get(tp) ?? 0) < (ends?.get(tp)?.offset ?? Infinity))
  // Who names an offset means that one: to begin elsewhere would give other records than asked for.
  const reset = typeof from === 'object' && 'offset' in from ? 'none' : 'earliest'
  const fetcher = client.fetcher({ isolation, reset })
  const wake = (): void => fetcher.wake()
  signal?.addEventListener('abort', wake)
  try {
    for (const tp of tps) fetcher.add(tp, starts.get(tp) ?? 0)
    const isAtEnd = (): boolean =>
      ends !== undefined && tps.every((tp) => (fetcher.position(tp) ?? 0) >= (ends.get(tp)?.offset ?? 0))
    while (!isStopped(signal) && !isAtEnd()) {
      const { partitions, problems } = await fetcher.poll(POLL_MS)
      for (const problem of problems) await solve(client, fetcher, problem)
      for (const fetched of partitions) {
        // The decoder gives what the topic's serdes give, but its own type has lost it.
        for (const record of decodeAll(fetched, topic, ends?.get(fetched.tp)?.offset)) {
          if (isStopped(signal)) return
          yield record as ClientRecord<K, V>
        }
      }
    }
  } finally {
    signal?.removeEventListener('abort', wake)
    await fetcher.close()
  }
}

// A function, so that the compiler does not take the first answer for all later ones.
function isStopped(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true
}

function* decodeAll(
  fetched: FetchedPartition,
  topic: TopicSource<unknown, unknown>,
  endOffset: number = Infinity,
): Generator<ClientRecord> {
  for (const record of decodeFetched(fetched, topic)) {
    if (record.offset >= endOffset) return
    yield record
  }
}

/** The partitions of a topic that must exist. */
export async function partitionsOf(
  client: OwnClient,
  name: string,
  numbers?: readonly number[],
): Promise<readonly TopicPartition[]> {
  const { cluster } = client.context
  const { partitions } = await cluster.require(name, TOPIC_WAIT_MS)
  const tps = (numbers ?? Array.from({ length: partitions }, (_, i) => i)).map((i) => topicPartition(name, i))
  const beyond = tps.find(({ partition }) => partition >= partitions || partition < 0)
  if (beyond !== undefined) throw cluster.partitionNotFound(beyond)
  return tps
}

async function startOffsets(
  client: OwnClient,
  tps: readonly TopicPartition[],
  from: ReadFrom,
): Promise<ReadonlyMap<TopicPartition, number>> {
  if (typeof from === 'object' && 'offset' in from) return new Map(tps.map((tp) => [tp, from.offset]))
  const spec = typeof from === 'object' ? { atMs: Number(from.time) } : from
  const found = await client.admin().listOffsets(tps, spec)
  const starts = new Map([...found].map(([tp, { offset }]) => [tp, offset]))
  const empty = tps.filter((tp) => (starts.get(tp) ?? -1) < 0)
  // Nothing that late yet: what comes from now on is.
  if (empty.length > 0) {
    for (const [tp, { offset }] of await client.admin().listOffsets(empty, 'latest')) starts.set(tp, offset)
  }
  return starts
}

/** Goes on where that makes sense, and throws where it does not. */
export async function solve(client: OwnClient, fetcher: Fetcher, problem: FetchProblem): Promise<void> {
  const { tp } = problem
  const { cluster } = client.context
  switch (problem.kind) {
    case 'unknown-topic':
      throw cluster.refusal(tp.topic) ?? (await cluster.topicNotFound(tp.topic))
    case 'corrupt':
      throw problem.error
    case 'diverged':
      // The log was cut behind what was read: go on from where it agrees.
      fetcher.add(tp, problem.validOffset)
      return
    case 'out-of-range': {
      const range = `the log goes from ${problem.logStartOffset} to ${problem.logEndOffset}`
      throw new TidemillError(
        'offset-out-of-range',
        `offset ${problem.offset} of ${formatTopicPartition(tp)} is not in the log: ${range}`,
      )
    }
  }
}
