// A count whose state is worth keeping, for fail-over-app.ts.
import { StreamsBuilder, type Topic, type Topology, serdes, topic } from 'tidemill'

export const input: Topic<string, string> = topic('fail-over-input', { key: serdes.string, value: serdes.string })
export const output: Topic<string, number> = topic('fail-over-output', { key: serdes.string, value: serdes.int64 })

export default function failOverTopology(): Topology {
  const builder = new StreamsBuilder()
  builder
    .stream(input)
    .groupByKey()
    .count({ store: 'counts' })
    .toStream()
    .mapValues((count) => count ?? 0)
    .to(output)
  return builder.build()
}
