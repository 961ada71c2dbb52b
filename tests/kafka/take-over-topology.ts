// The topology of java/TakeOver.java: the same names of stores, and so of internal topics, in the same formats.
import { StreamsBuilder, type Topic, type Topology, serdes, topic, tumbling } from 'tidemill'

export interface TakeOverTopics {
  readonly input: Topic<string, string>
  readonly counts: Topic<string, string>
  readonly words: Topic<string, string>
  readonly days: Topic<string, string>
  readonly users: Topic<string, string>
}

export function takeOverTopics(prefix: string): TakeOverTopics {
  const texts = (name: string): Topic<string, string> =>
    topic(prefix + name, { key: serdes.string, value: serdes.string })
  return {
    input: texts('input'),
    counts: texts('counts'),
    words: texts('words'),
    days: texts('days'),
    users: texts('users'),
  }
}

export function takeOverTopology(prefix: string): Topology {
  const { input, counts, words, days, users } = takeOverTopics(prefix)
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string })
  const asText = (count: number | null): string => String(count)
  const records = builder.stream(input)
  records.groupByKey().count({ store: 'counts' }).toStream().mapValues(asText).to(counts)
  records
    .selectKey((value) => `w${Number(value) % 5}`)
    .groupByKey()
    .count({ store: 'words' })
    .toStream()
    .mapValues(asText)
    .to(words)
  records
    .groupByKey()
    .windowedBy(tumbling({ size: '1d' }))
    .count({ store: 'days' })
    .toStream((_count, window) => `${window.key}@${window.window.start}`)
    .mapValues(asText)
    .to(days)
  records
    .toTable({ store: 'latest' })
    .groupBy((value) => ['all', value])
    .count({ store: 'users' })
    .toStream()
    .mapValues(asText)
    .to(users)
  return builder.build()
}
