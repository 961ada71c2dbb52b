// What the demo shows of its results: it reads the output topics as any other reader would, and keeps the latest.
import { systemClock } from '../../base/index.ts'
import { type Client, decodeFetched } from '../../client/index.ts'
import { type Windowed, topicPartition } from '../../record/index.ts'
import { serdes } from '../../serde/index.ts'
import type { Example } from './examples.ts'

/** So many of the last results are read at start; what is frequent enough to be shown is among them. */
const BACKLOG_RECORDS = 20_000
const POLL_MS = 250
const RECENT_MAX = 50

export interface Results {
  readonly counts: Map<string, number>
  readonly windows: Map<
    string,
    { readonly start: number; readonly count: number; readonly min: number; readonly average: number }
  >
  readonly clicks: { readonly user: string; readonly zip: string; readonly page: string; readonly searched: string }[]
}

export function emptyResults(): Results {
  return { counts: new Map(), windows: new Map(), clicks: [] }
}

export async function follow(
  client: Client,
  examples: readonly Example[],
  results: Results,
  signal: AbortSignal,
): Promise<void> {
  const byTopic = new Map(examples.map((example) => [example.outputTopic, example]))
  const topics = await client.cluster.refresh([...byTopic.keys()])
  const partitions = topics.flatMap((topic) =>
    Array.from({ length: topic.partitions }, (_, p) => topicPartition(topic.name, p)),
  )
  const ends = await client.admin().listOffsets(partitions, 'latest', 'read-committed')
  const fetcher = client.fetcher({ isolation: 'read-committed', reset: 'earliest' })
  for (const tp of partitions) fetcher.add(tp, Math.max(0, (ends.get(tp)?.offset ?? 0) - BACKLOG_RECORDS))
  signal.addEventListener('abort', () => fetcher.wake())
  while (!signal.aborted) {
    const polled = await fetcher.poll(POLL_MS)
    for (const fetched of polled.partitions) {
      const example = byTopic.get(fetched.tp.topic)
      if (example === undefined) continue
      const { key, value } = example.output
      const decoders = { key: serdes.nullable(key), value: serdes.nullable(value) }
      for (const record of decodeFetched(fetched, decoders)) {
        if (record.key !== null && record.value !== null) show(example.id, record.key, record.value, results)
      }
    }
  }
  await fetcher.close()
}

function show(id: string, key: unknown, value: unknown, results: Results): void {
  if (id === 'word-count') {
    results.counts.set(key as string, value as number)
  } else if (id === 'stock-statistics') {
    const windowed = key as Windowed<string>
    const statistics = value as { readonly count: number; readonly min: number; readonly average: number }
    const shown = results.windows.get(windowed.key)
    if (shown === undefined || windowed.window.start >= shown.start)
      results.windows.set(windowed.key, { start: windowed.window.start, ...statistics })
  } else {
    const activity = value as {
      readonly user: string | null
      readonly zip: string | null
      readonly page: string
      readonly searched: string | null
    }
    results.clicks.push({
      user: activity.user ?? `visitor ${String(key)}`,
      zip: activity.zip ?? '-',
      page: activity.page,
      searched: activity.searched ?? '-',
    })
    if (results.clicks.length > RECENT_MAX) results.clicks.shift()
  }
}

export interface Throughput {
  readonly fedPerSecond: number
  readonly resultsPerSecond: number
  /** Records of the input topics that the application has not committed yet. */
  readonly lag: number
}

/** Measures an application from outside: end offsets of its topics and its committed offsets. */
export class ThroughputMeter {
  readonly #client: Client
  readonly #example: Example
  readonly #groupId: string
  #lastMs = 0
  #lastFed = 0
  #lastResults = 0

  constructor(client: Client, example: Example, groupId: string) {
    this.#client = client
    this.#example = example
    this.#groupId = groupId
  }

  async measure(): Promise<Throughput> {
    const admin = this.#client.admin()
    const ends = await this.#ends(this.#example.inputTopics)
    const resultEnds = await this.#ends([this.#example.outputTopic])
    const committed = await admin.groupOffsets(this.#groupId)
    const nowMs = systemClock.monotonicMs()
    const seconds = (nowMs - this.#lastMs) / 1_000
    const fed = sum(ends.values())
    const results = sum(resultEnds.values())
    let lag = 0
    for (const [tp, end] of ends) lag += Math.max(0, end - (committed.get(tp)?.offset ?? 0))
    const isFirst = this.#lastMs === 0
    const throughput: Throughput = {
      fedPerSecond: isFirst ? 0 : Math.round((fed - this.#lastFed) / seconds),
      resultsPerSecond: isFirst ? 0 : Math.round((results - this.#lastResults) / seconds),
      lag,
    }
    this.#lastMs = nowMs
    this.#lastFed = fed
    this.#lastResults = results
    return throughput
  }

  async #ends(names: readonly string[]): Promise<Map<ReturnType<typeof topicPartition>, number>> {
    const partitions = names.flatMap((name) =>
      Array.from({ length: this.#client.cluster.topic(name)?.partitions ?? 0 }, (_, p) => topicPartition(name, p)),
    )
    const offsets = await this.#client.admin().listOffsets(partitions, 'latest')
    return new Map([...offsets].map(([tp, { offset }]) => [tp, offset]))
  }
}

function sum(values: Iterable<number>): number {
  let total = 0
  for (const value of values) total += value
  return total
}
