// npm run sim -- [--seeds N] [--from S] [--faults 0,2] [--trace]
//   Simulates whole applications, one world a seed, and holds what comes of them against a recomputation.
// npm run sim -- --mutants all | --mutants N | --mutant NAME  [--seeds N] [--rates]
//   The same on copies of the source with one mistake each: all must be found. With N only so many, drawn by the commit. With
//   --rates it goes on until ten seeds have found it, and says how many of a hundred do.
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Mutant, mutants } from '../tests/simulation/mutants.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const RUNNER = 'tests/simulation/run-seeds.ts'
/** A mutant that goes round in circles is found, too: what takes that long, or that long a seed. */
const MUTANT_MS_MAX = 300_000
const SEED_MS_MAX = 2_000
/** Of the mutants that are drawn: 200 seeds miss one of these once in ten thousand times. */
const PERCENT_MIN = 5
/** A world makes much garbage that dies young. */
const NODE_OPTIONS = ['--max-semi-space-size=32', '--import', 'tsx']
const FAILURES_OF_A_RATE = 10

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '200' },
    from: { type: 'string', default: '1' },
    faults: { type: 'string' },
    trace: { type: 'boolean', default: false },
    mutant: { type: 'string' },
    mutants: { type: 'string' },
    rates: { type: 'boolean', default: false },
  },
})

interface Found {
  /** How many seeds it took. */
  readonly after: number
  /** Of a hundred seeds so many found it. */
  readonly percent: number
  readonly how: string
}

function runSeeds(): number {
  const args = ['--seeds', values.seeds, '--from', values.from]
  if (values.faults !== undefined) args.push('--faults', values.faults)
  if (values.trace) args.push('--trace')
  const { status } = spawnSync(process.execPath, [...NODE_OPTIONS, join(root, RUNNER), ...args], { stdio: 'inherit' })
  return status ?? 1
}

/** A copy of the source with the mistake in it. */
function copyWith({ file, from, to }: Mutant): string {
  const source = readFileSync(join(root, 'src', file), 'utf8')
  const count = source.split(from).length - 1
  if (count !== 1) throw new Error(`${count} places of ${file} are those of the mutant: it does not apply any more`)
  const copy = mkdtempSync(join(tmpdir(), 'tidemill-mutant-'))
  for (const folder of ['src', 'tests/simulation']) cpSync(join(root, folder), join(copy, folder), { recursive: true })
  for (const name of ['package.json', 'tsconfig.json']) cpSync(join(root, name), join(copy, name))
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  writeFileSync(
    join(copy, 'src', file),
    source.replace(from, () => to),
  )
  return copy
}

/** How the simulation finds the mistake; undefined: it does not. */
function find(mutant: Mutant): Found | undefined {
  const copy = copyWith(mutant)
  try {
    const args = [join(copy, RUNNER), '--seeds', values.seeds, '--from', values.from]
    args.push('--until-failures', values.rates ? String(FAILURES_OF_A_RATE) : '1')
    const { status, stdout, stderr } = spawnSync(process.execPath, [...NODE_OPTIONS, ...args], {
      cwd: copy,
      encoding: 'utf8',
      timeout: Math.max(MUTANT_MS_MAX, SEED_MS_MAX * Number(values.seeds)),
      killSignal: 'SIGKILL',
    })
    if (status === 0) return undefined
    const failed = Array.from(stdout.matchAll(/^seed (\d+) /gm), ([, seed]) => Number(seed) - Number(values.from) + 1)
    const after = failed[0]
    // It may never end. But what ends without a word about a seed has not run at all, and nothing is found by that.
    if (after === undefined && status !== null) throw new Error(`it did not run: ${stderr.trim().split('\n').at(-1)}`)
    const how = /^ {2}! (.*)$/m.exec(stdout)?.[1] ?? 'it never ends'
    const seeds = failed.length < FAILURES_OF_A_RATE ? Number(values.seeds) : (failed.at(-1) ?? 1)
    return { after: after ?? 1, percent: (100 * failed.length) / seeds, how }
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

function tryToFind(mutant: Mutant): Found | undefined {
  try {
    return find(mutant)
  } catch (error) {
    console.log(String(error))
    return undefined
  }
}

function runMutants(chosen: readonly Mutant[]): number {
  const seeds: number[] = []
  let missed = 0
  for (const mutant of chosen) {
    const found = tryToFind(mutant)
    if (found === undefined) missed++
    else seeds.push(found.after)
    const rate = found !== undefined && values.rates ? `, by ${found.percent.toFixed(1)} %` : ''
    const where = found === undefined ? 'MISSED' : `found after ${found.after} seeds${rate}`
    console.log(`${where.padEnd(22)}  ${mutant.name}${found === undefined ? '' : `\n  ${found.how.slice(0, 200)}`}`)
  }
  const median = seeds.toSorted((a, b) => a - b)[seeds.length >> 1] ?? 0
  console.log(`median ${median} seeds`)
  console.log(`${chosen.length - missed} passed, ${missed} failed`)
  return missed === 0 ? 0 : 1
}

/**
 * Others at each commit, the same ones at the same; of those that many a seed finds. Any change of the engine gives every seed
 * another run, so what one seed in sixty finds would be missed by 200 of them now and then, and the change be blamed for it. After
 * how many seeds one was found says little: that is a draw itself.
 */
function drawn(count: number): readonly Mutant[] {
  const commit = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: root, encoding: 'utf8' })
  const start = Number.parseInt(commit.slice(0, 8), 16)
  const known = mutants.filter(({ percent = 0 }) => percent >= PERCENT_MIN)
  return Array.from({ length: count }, (_, i) => known[(start + i * 5) % known.length] as Mutant)
}

if (values.mutant !== undefined) {
  const chosen = mutants.filter(({ name }) => name.includes(values.mutant ?? ''))
  process.exitCode = runMutants(chosen)
} else if (values.mutants !== undefined) {
  process.exitCode = runMutants(values.mutants === 'all' ? mutants : drawn(Number(values.mutants)))
} else process.exitCode = runSeeds()
