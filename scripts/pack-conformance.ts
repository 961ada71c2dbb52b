// npx tsx scripts/pack-conformance.ts DIR: takes the shortest cases of each feature from a directory of recorded answers and
// writes them, in the project's own form, to tests/conformance/data, where they run wherever the whole set is not at hand.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { type Scenario, readCases } from '../tests/conformance/cases.ts'
import { toRow } from '../tests/conformance/compact.ts'
import { type FormatRow, readFormats } from '../tests/conformance/formats.ts'

const SCENARIOS_A_FEATURE = 2
const DESCRIPTIONS = 30
const FORMATS_A_KIND = 4

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
const formats = new Map<string, FormatRow[]>()
for (const { what, input, hex, text, number } of readFormats(join(dir, 'formats.json.gz'))) {
  const row = [what, input, hex ?? text ?? number ?? ''] as const
  formats.set(what, [...(formats.get(what) ?? []), row])
}
const byLength = (a: FormatRow, b: FormatRow): number => a[2].length - b[2].length
// Those in the middle: the shortest are empty.
const chosen = [...formats.values()].flatMap((rows) => {
  const start = Math.max(0, Math.floor((rows.length - FORMATS_A_KIND) / 2))
  return rows.toSorted(byLength).slice(start, start + FORMATS_A_KIND)
})
writeFileSync(join(data, 'formats.json.gz'), gzipSync(JSON.stringify(chosen), { level: 9 }))
write(join(data, 'describe.json.gz'), shortest(readCases(join(dir, 'describe.json.gz')), DESCRIPTIONS))
