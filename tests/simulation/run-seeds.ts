// tsx tests/simulation/run-seeds.ts --seeds N [--from S] [--faults 0,2] [--trace] [--until-failures N]
// Runs seeds one after another and says what is wrong, in the shortest form, and how to run it again.
import { parseArgs } from 'node:util'
import { shortestFaults, simulateSeed, type SimulatedRun } from '../../src/testing/simulation/index.ts'
import { type Scenario, scenarioOf } from './scenarios.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '200' },
    from: { type: 'string', default: '1' },
    faults: { type: 'string' },
    trace: { type: 'boolean', default: false },
    'until-failures': { type: 'string' },
  },
})
const from = Number(values.from)
const to = from + Number(values.seeds)
const onlyFaults = values.faults?.split(',').filter(Boolean).map(Number)
const isVerbose = to - from < 10
const startMs = performance.now()
const failuresMax = values['until-failures'] === undefined ? undefined : Number(values['until-failures'])
let passed = 0
let failed = 0
let events = 0
let virtualMs = 0

function tell(run: SimulatedRun, { name }: Scenario): void {
  console.log(
    `seed ${run.seed} (${name}): ${run.events} events in ${Math.round(run.virtualMs)} ms, trace ${run.traceHash}`,
  )
  for (const [number, fault] of run.faults.entries()) console.log(`  ${number}: ${fault}`)
  for (const violation of run.violations) console.log(`  ! ${violation}`)
}

async function shorten(seed: number, { topology, options }: Scenario, faults: number): Promise<void> {
  const needed = await shortestFaults(topology, seed, options, faults)
  console.log(
    `  needs faults ${needed.join(', ') || 'none'}: npm run sim -- --seeds 1 --from ${seed} --faults ${needed.join(',')} --trace`,
  )
}

for (let seed = from; seed < to; seed++) {
  const scenario = scenarioOf(seed)
  const options = { ...scenario.options, isTraced: values.trace, ...(onlyFaults && { onlyFaults }) }
  const run = await simulateSeed(scenario.topology, seed, options)
  events += run.events
  virtualMs += run.virtualMs
  if (values.trace) console.log(run.trace.join('\n'))
  if (isVerbose || run.violations.length > 0) tell(run, scenario)
  if (run.violations.length === 0) {
    passed++
    continue
  }
  failed++
  if (failed === failuresMax) break
  if (onlyFaults === undefined && failuresMax === undefined) await shorten(seed, scenario, run.faults.length)
}
const seconds = (performance.now() - startMs) / 1_000
console.log(`${events} events, ${Math.round(virtualMs / 1_000)} virtual seconds in ${seconds.toFixed(1)} s`)
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed > 0 ? 1 : 0)
