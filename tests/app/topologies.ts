// Topologies that processes and workers of the tests import by file.
import { StreamsBuilder, type Topic, type Topology, serdes, topic } from '../../src/index.ts'

export const words: Topic<Buffer | null, string> = topic('words', { value: serdes.string })
export const counts: Topic<string, number> = topic('counts', { key: serdes.string, value: serdes.int64 })

/** Counts each word, through a repartition topic; every update is seen where there is no cache. */
export function countEach(): Topology {
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string })
  builder
    .stream(words)
    .groupBy((word) => word)
    .count({ store: 'each' })
    .toStream()
    .to(counts)
  return builder.build()
}

export default countEach
