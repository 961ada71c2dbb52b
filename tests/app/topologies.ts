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

/** Holds up its thread for as many ms as each word says. */
export function blockEach(): Topology {
  const builder = new StreamsBuilder()
  const pause = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  builder.stream(words).foreach((ms) => void Atomics.wait(pause, 0, 0, Number(ms)), { name: 'block' })
  return builder.build()
}
