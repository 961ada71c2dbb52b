// npx tsx scripts/pack-conformance.ts DIR: takes the shortest cases of each feature from a directory of recorded answers and
// writes them, in the project's own form, to tests/conformance/data, where they run wherever the whole set is not at hand.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { type Scenario, readCases } from '../tests/conformance/cases.ts'
import { toRow } from '../tests/conformance/compact.ts'

const SCENARIOS_A_FEATURE = 2
const DESCRIPTIONS = 30

const dir = process.argv[2]
if (dir === undefined) throw new Error('give the directory of recorded answers')
const data = fileURLToPath(new URL('../tests/conformance/data', import.meta.url))

const length = (scenario: Scenario): number => JSON.stringify(scenario).length

function shortest(scenarios: readonly Scenario[], count: number): readonly Scenario[] {
  const valid = scenarios.filter(({ expected }) => expected.buildError === undefined)
  return valid.toSorted((a, b) => length(a) - length(b)).slice(0, count)
}

function write(file: string, scenarios: readonly Scenario[]): void {
  const lines = scenarios.map((scenario) => `${JSON.stringify(toRow(scenario))}\n`)
  writeFileSync(file, gzipSync(lines.join(''), { level: 9 }))
}

mkdirSync(join(data, 'scenarios'), { recursive: true })
for (const name of readdirSync(join(dir, 'scenarios')).filter((one) => one.endsWith('.gz'))) {
  const scenarios = readCases(join(dir, 'scenarios', name))
  write(join(data, 'scenarios', basename(name)), shortest(scenarios, SCENARIOS_A_FEATURE))
}
write(join(data, 'describe.json.gz'), shortest(readCases(join(dir, 'describe.json.gz')), DESCRIPTIONS))
