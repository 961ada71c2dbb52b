// npm run sim -- [--seeds N] [--from S] [--trace]
// Simulates whole applications, one world a seed, and holds what comes of them against a recomputation.
import { parseArgs } from 'node:util'
import { simulateSeed } from '../src/testing/simulation/index.ts'
import { scenarioOf } from '../tests/simulation/scenarios.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '200' },
    from: { type: 'string', default: '1' },
    faults: { type: 'string' },
    trace: { type: 'boolean', default: false },
  },
})
const from = Number(values.from)
const onlyFaults = values.faults?.split(',').filter(Boolean).map(Number)
let failed = 0
let events = 0
const start = performance.now()
for (let seed = from; seed < from + Number(values.seeds); seed++) {
  const { name, topology, options } = scenarioOf(seed)
  const seedStart = performance.now()
  const run = await simulateSeed(topology, seed, {
    ...options,
    isTraced: values.trace,
    ...(onlyFaults && { onlyFaults }),
  })
  events += run.events
  if (values.trace) console.log(run.trace.join('\n'))
  if (run.violations.length > 0) failed++
  if (run.violations.length > 0 || Number(values.seeds) < 10) {
    console.log(
      `seed ${seed} (${name}) ${run.traceHash} ${run.events} events, ${Math.round(run.virtualMs)} ms, took ${Math.round(performance.now() - seedStart)} ms`,
    )
    for (const fault of run.faults) console.log(`  ${fault}`)
    for (const violation of run.violations) console.log(`  ! ${violation}`)
  }
}
const seconds = (performance.now() - start) / 1000
console.log(`${events} events in ${seconds.toFixed(1)} s`)
console.log(`${Number(values.seeds) - failed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0
