// A repartition and a join between counters, for chaos-app.ts and its workers: every output of a key is 1, 2, ... n if nothing was lost and
// nothing done twice.
//
//   left (user -> id) ─┬─ count by user ───────────────────────────────> counts
//                      └─ by id (repartition) ─ join ─┬────────────────> pairs (each id once)
//   right (id -> id) ──────────────────────────────────┘└ by id mod 7 (repartition), count ─> groups
import { type KStream, StreamsBuilder, type Topic, type Topology, serdes, topic } from 'tidemill'

type Texts = Topic<string, string>

export const GROUPS = 7
const texts = (name: string): Texts => topic(name, { key: serdes.string, value: serdes.string })
export const left: Texts = texts('chaos-left')
export const right: Texts = texts('chaos-right')
export const counts: Texts = texts('chaos-counts')
export const pairs: Texts = texts('chaos-pairs')
export const groups: Texts = texts('chaos-groups')

export default function chaosTopology(): Topology {
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string })
  const lefts: KStream<string, string> = builder.stream(left)
  const asText = (count: number | null): string => String(count)
  lefts.groupByKey().count({ store: 'counts' }).toStream().mapValues(asText).to(counts)
  const paired = lefts
    .selectKey((id) => id)
    .join(builder.stream(right), (one, other) => `${one}+${other}`, { within: '1h' })
  paired.to(pairs)
  paired
    .groupBy((_pair, id) => `g${Number(id) % GROUPS}`)
    .count({ store: 'groups' })
    .toStream()
    .mapValues(asText)
    .to(groups)
  return builder.build()
}
