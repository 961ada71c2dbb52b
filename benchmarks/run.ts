// npm run bench -- [NAME...] [--rounds N] [--json FILE]
// One line a benchmark: CPU ns a record, records a second, cost in U (JSON.parse of the fixed order), its bar and
// how many records, of topics and changelogs, are written for each that is read. Each runs in a process of its own, as a program of a user does:
// beside others the compiler would know the types of all of them, and the collector would walk through their stores.
// Names of other files here (application, broker, client, driver, protocol, state, threads, whole-path) run those, each with a form of its own.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Measured, type Measurement, median } from './bench.ts'
import { operatorBenches } from './operators.ts'
import { taskBenches } from './task.ts'

function line({ name, cpuNs, recordsPerSecond, written, units, floorNs, barUnits }: Measured): string {
  const floor = floorNs === undefined ? '' : `  F ${floorNs.toFixed(0)} ns`
  const bar = barUnits === undefined ? '' : `  bar ${barUnits.toFixed(2)} U ${units <= barUnits ? 'ok' : 'MISSED'}`
  const wrote = written === undefined ? '' : `  writes ${written.toFixed(1)}`
  const rate = `${Math.round(recordsPerSecond).toLocaleString('en')}/s`
  return `${name.padEnd(26)} ${cpuNs.toFixed(0).padStart(7)} ns  ${rate.padStart(12)}  ${units.toFixed(2).padStart(6)} U${bar}${wrote}${floor}`
}

const OTHER_FILES: readonly string[] = [
  'application',
  'broker',
  'client',
  'driver',
  'protocol',
  'state',
  'threads',
  'whole-path',
]

function runOther(name: string): void {
  const file = fileURLToPath(new URL(`${name}.ts`, import.meta.url))
  const { status } = spawnSync(process.execPath, [...process.execArgv, file], { stdio: 'inherit' })
  if (status !== 0) process.exitCode = 1
}

/** Prints the line too: who waits sees how far it is. */
function measureAlone(name: string): Measurement {
  const file = fileURLToPath(new URL('run-one.ts', import.meta.url))
  const args = [...process.execArgv, file, name, ...rounds]
  const { status, stdout } = spawnSync(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`the benchmark ${name} ended with status ${status}`)
  const measurement = JSON.parse(stdout) as Measurement
  for (const result of measurement.results) console.log(line(result))
  return measurement
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'string' }, rounds: { type: 'string' } },
})
const others = positionals.filter((name) => OTHER_FILES.includes(name))
for (const name of others) runOther(name)
if (others.length > 0 && others.length === positionals.length) process.exit()
const names = Object.keys({ ...taskBenches, ...operatorBenches })
/** By whole names; a part of one chooses all that have it. */
const isChosen = (name: string): boolean =>
  positionals.length === 0 || positionals.some((part) => (names.includes(part) ? part === name : name.includes(part)))
const chosen = names.filter(isChosen)
if (chosen.length === 0) {
  console.error(`no benchmark is called ${positionals.join(', ')}; there are: ${[...names, ...OTHER_FILES].join(', ')}`)
  process.exit(2)
}
const rounds = values.rounds === undefined ? [] : [values.rounds]
const measurements = chosen.map((name) => measureAlone(name))
const unitNs = median(measurements.map((one) => one.unitNs))
const results = measurements.flatMap((one) => one.results)
console.log(`${'U'.padEnd(26)} ${unitNs.toFixed(0).padStart(7)} ns  (median of all processes, Node ${process.version})`)
if (values.json !== undefined) {
  writeFileSync(values.json, `${JSON.stringify({ node: process.version, unitNs, results }, null, 2)}\n`)
}
