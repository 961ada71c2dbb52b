// Counts the words of a text, all but "the".
import { StreamsBuilder, type Topic, type Topology, serdes, topic } from 'tidemill'

export const lines: Topic<Buffer | null, string> = topic('lines', { value: serdes.string })
export const wordCounts: Topic<string, number> = topic('word-counts', { key: serdes.string, value: serdes.int64 })

export default function wordCount(): Topology {
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string })
  builder
    .stream(lines)
    .flatMapValues((line) => line.toLowerCase().match(/\p{L}+(?:[’']\p{L}+)*/gu) ?? [])
    .filter((word) => word !== 'the')
    .groupBy((word) => word)
    .count({ store: 'counts' })
    .toStream()
    .to(wordCounts)
  return builder.build()
}
