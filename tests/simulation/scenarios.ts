// What `npm run sim` simulates: topologies of all kinds, each with input that a recomputation can be compared by.
import { StreamsBuilder, type Topology, serdes, topic } from '../../src/index.ts'
import type { SimulateOptions, SimulatedInput, SimulationRandom } from '../../src/testing/simulation/index.ts'

export interface Scenario {
  readonly name: string
  readonly topology: () => Topology
  readonly options: SimulateOptions
}

const texts = (name: string) => topic(name, { key: serdes.string, value: serdes.string })
const numbers = (name: string) => topic(name, { key: serdes.string, value: serdes.int64 })

const lines = texts('lines')

function keyed(random: SimulationRandom, count: number): readonly SimulatedInput[] {
  return Array.from({ length: count }, (_, i) => ({ topic: lines, key: `k${random.integer(12)}`, value: `v${i}` }))
}

function count(): Topology {
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string })
  builder.stream(lines).groupByKey().count({ store: 'counts' }).toStream().to(numbers('counted'))
  return builder.build()
}

const SCENARIOS: readonly ((random: SimulationRandom) => Scenario)[] = [
  () => ({
    name: 'count',
    topology: count,
    options: {
      inputs: (random) => keyed(random, 200),
      outputs: { counted: 'sequence' },
      options: { processingGuarantee: 'exactly-once', cacheBytesMax: 0 },
    },
  }),
]

/** The scenario of a seed. */
export function scenarioOf(seed: number): Scenario {
  const random = { next: () => 0, integer: (below: number) => seed % below }
  const make = SCENARIOS[seed % SCENARIOS.length] as (random: SimulationRandom) => Scenario
  return make(random)
}
