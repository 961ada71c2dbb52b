// The topology of benchmarks/threads.ts, which worker threads import: counts by key, from four partitions.
import { StreamsBuilder, type Topic, type Topology, serdes, topic } from 'tidemill'

export const orders: Topic<string, string> = topic('orders', { key: serdes.string, value: serdes.string })
export const counts: Topic<string, number> = topic('counts', { key: serdes.string, value: serdes.int64 })

export default (): Topology => {
  const builder = new StreamsBuilder()
  builder.stream(orders).groupByKey().count({ store: 'counts' }).toStream().to(counts)
  return builder.build()
}
