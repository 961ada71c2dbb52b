// npm run bench -- [NAME...] [--rounds N] [--json FILE]
// One line a benchmark: CPU ns a record, records a second, cost in U (JSON.parse of the fixed order), its bar and
// how many records, of topics and changelogs, are written for each that is read.
// Names of other files here (application, broker, client, driver, protocol, state, threads, whole-path) run those, each with a form of its own.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Bench, type Measured, measure } from './bench.ts'
import { ORDER_TEXT } from './order.ts'
import { operatorBenches } from './operators.ts'
import { taskBenches } from './task.ts'

const UNIT_RECORDS = 20_000

let sink = 0

const unit: Bench = {
  name: 'U',
  records: UNIT_RECORDS,
  round: () => {
    for (let i = 0; i < UNIT_RECORDS; i++) sink += (JSON.parse(ORDER_TEXT) as { readonly quantity: number }).quantity
  },
}

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

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'string' }, rounds: { type: 'string' } },
})
const others = positionals.filter((name) => OTHER_FILES.includes(name))
for (const name of others) runOther(name)
if (others.length > 0 && others.length === positionals.length) process.exit()
const benches = { ...taskBenches, ...operatorBenches }
const names = Object.keys(benches)
/** By whole names; a part of one chooses all that have it. */
const isChosen = (name: string): boolean =>
  positionals.length === 0 || positionals.some((part) => (names.includes(part) ? part === name : name.includes(part)))
const chosen = Object.entries(benches).filter(([name]) => isChosen(name))
if (chosen.length === 0) {
  console.error(`no benchmark is called ${positionals.join(', ')}; there are: ${[...names, ...OTHER_FILES].join(', ')}`)
  process.exit(2)
}
const { unitNs, results } = await measure(
  chosen.map(([, make]) => make()),
  unit,
  values.rounds === undefined ? undefined : Number(values.rounds),
)
console.log(`${'U'.padEnd(26)} ${unitNs.toFixed(0).padStart(7)} ns  (Node ${process.version})`)
for (const result of results) console.log(line(result))
if (values.json !== undefined) {
  writeFileSync(values.json, `${JSON.stringify({ node: process.version, unitNs, results }, null, 2)}\n`)
}
// What was summed up is used, so that nothing is optimised away.
if (sink === 0) console.error('nothing was parsed')
