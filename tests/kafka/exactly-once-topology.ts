// Three aggregates over one input, one of them behind a repartition topic, for exactly-once-app.ts and its workers. Topics' names
// come from the environment: INPUT, OUT_COUNT, OUT_SUM, OUT_WORDS.
import { StreamsBuilder, type Topology, serdes, topic } from 'tidemill'

const named = (variable: string): string => {
  const name = process.env[variable]
  if (name === undefined) throw new Error(`${variable} is not set`)
  return name
}

export default function exactlyOnceTopology(): Topology {
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string })
  const texts = (variable: string) => topic(named(variable), { key: serdes.string, value: serdes.string })
  const input = builder.stream(texts('INPUT'))
  input
    .groupByKey()
    .count({ store: 'counts' })
    .toStream()
    .mapValues((count) => String(count))
    .to(texts('OUT_COUNT'))
  input
    .groupByKey()
    .aggregate(
      () => 0,
      (sum, value) => sum + Number(value),
      { store: 'sums', value: serdes.int64 },
    )
    .toStream()
    .mapValues((sum) => String(sum))
    .to(texts('OUT_SUM'))
  input
    .selectKey((value) => `w${Number(value) % 7}`)
    .groupByKey()
    .count({ store: 'words' })
    .toStream()
    .mapValues((count) => String(count))
    .to(texts('OUT_WORDS'))
  return builder.build()
}
