// The three examples as the demo runs them: where their compiled modules are, their topics, and record number n of each feed.
import { RecordHeaders } from '../../record/index.ts'
import type { Serde } from '../../serde/index.ts'
import type { Topology } from '../../topology/index.ts'

/** One record to be fed; what it holds depends on its number alone. */
export interface FedRecord {
  readonly topic: string
  readonly key: Uint8Array | null
  readonly value: Uint8Array
  /** Event time in ms after the start of the feed. */
  readonly atMs: number
}

export interface Example {
  readonly id: string
  readonly title: string
  readonly topology: Topology
  readonly inputTopics: readonly string[]
  readonly outputTopic: string
  readonly recordsPerSecond: number
  recordAt(index: number): FedRecord
  /** Result records as the page shows them. */
  readonly output: { readonly key: Serde<unknown>; readonly value: Serde<unknown> }
}

interface TopicLike {
  readonly name: string
  readonly key: Serde<unknown>
  readonly value: Serde<unknown>
}

const context = (topic: TopicLike, isKey: boolean): Parameters<Serde<unknown>['encode']>[1] => ({
  topic: topic.name,
  headers: RecordHeaders.empty,
  isKey,
})

const WORD_COUNT_MS_PER_SENTENCE = 50
const CLICKS_PER_SECOND = 10
const SENTENCES_PER_SECOND = 20

/** The compiled examples stand beside the compiled sources, also in the package. */
async function load(example: string, module: string): Promise<Record<string, unknown>> {
  const url = new URL(`../../examples/${example}/src/${module}.js`, import.meta.url)
  return (await import(url.href)) as Record<string, unknown>
}

function encoded(topic: TopicLike, key: unknown, value: unknown, atMs: number): FedRecord {
  return {
    topic: topic.name,
    key: key === null ? null : topic.key.encode(key, context(topic, true)),
    value: topic.value.encode(value, context(topic, false)),
    atMs,
  }
}

async function wordCount(): Promise<Example> {
  const {
    default: topology,
    lines,
    wordCounts,
  } = (await load('word-count', 'word-count')) as unknown as {
    readonly default: () => Topology
    readonly lines: TopicLike
    readonly wordCounts: TopicLike
  }
  const { sentenceAt } = (await load('word-count', 'feed')) as unknown as {
    readonly sentenceAt: (index: number) => string
  }
  return {
    id: 'word-count',
    title: 'Words of Moby-Dick, all but "the"',
    topology: topology(),
    inputTopics: [lines.name],
    outputTopic: wordCounts.name,
    recordsPerSecond: SENTENCES_PER_SECOND,
    recordAt: (index) => encoded(lines, null, sentenceAt(index), index * WORD_COUNT_MS_PER_SENTENCE),
    output: wordCounts,
  }
}

async function stockStatistics(): Promise<Example> {
  const {
    default: topology,
    trades,
    statistics,
  } = (await load('stock-statistics', 'stock-statistics')) as unknown as {
    readonly default: () => Topology
    readonly trades: TopicLike
    readonly statistics: TopicLike
  }
  const feed = (await load('stock-statistics', 'feed')) as unknown as {
    readonly tradeAt: (index: number) => { readonly symbol: string; readonly trade: unknown; readonly atMs: number }
    readonly tradesPerRow: number
    readonly MS_PER_DAY_ROW: number
  }
  return {
    id: 'stock-statistics',
    title: 'Stocks: the last 5 s, each second anew',
    topology: topology(),
    inputTopics: [trades.name],
    outputTopic: statistics.name,
    recordsPerSecond: (feed.tradesPerRow * 1_000) / feed.MS_PER_DAY_ROW,
    recordAt: (index) => {
      const { symbol, trade, atMs } = feed.tradeAt(index)
      return encoded(trades, symbol, trade, atMs)
    },
    output: statistics,
  }
}

async function clickEnrichment(): Promise<Example> {
  const module = (await load('click-enrichment', 'click-enrichment')) as unknown as {
    readonly default: () => Topology
    readonly views: TopicLike
    readonly searches: TopicLike
    readonly profiles: TopicLike
    readonly activities: TopicLike
  }
  const { clickAt } = (await load('click-enrichment', 'feed')) as unknown as {
    readonly clickAt: (index: number) => {
      readonly kind: 'view' | 'search' | 'profile'
      readonly userId: number
      readonly value: unknown
      readonly atMs: number
    }
  }
  const topics = { view: module.views, search: module.searches, profile: module.profiles }
  return {
    id: 'click-enrichment',
    title: 'Clicks with profile and search',
    topology: module.default(),
    inputTopics: [module.views.name, module.searches.name, module.profiles.name],
    outputTopic: module.activities.name,
    recordsPerSecond: CLICKS_PER_SECOND,
    recordAt: (index) => {
      const click = clickAt(index)
      return encoded(topics[click.kind], click.userId, click.value, click.atMs)
    },
    output: module.activities,
  }
}

export async function loadExamples(): Promise<readonly Example[]> {
  return Promise.all([wordCount(), stockStatistics(), clickEnrichment()])
}
