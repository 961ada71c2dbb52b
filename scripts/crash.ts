// npm run crash -- --target lsm|broker [--images N] [--seed N] [--mutants [--only TEXT]] [--flips N]
// Crash-point enumeration: random workloads on a disk that remembers what power loss may take; every image must open and hold what
// was promised. With --mutants the same on copies of the source with one mistake each: all must be found. With --flips N (lsm) single
// bits of the files of a store flip: each is found, or harms nothing.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { brokerMutants } from '../tests/crash/broker-mutants.ts'
import { type Mutant, lsmMutants } from '../tests/crash/lsm-mutants.ts'

interface Target {
  readonly script: string
  readonly mutants: readonly Mutant[]
}

const TARGETS: Readonly<Record<string, Target>> = {
  lsm: { script: 'tests/crash/run-lsm-crash.ts', mutants: lsmMutants },
  broker: { script: 'tests/crash/run-broker-crash.ts', mutants: brokerMutants },
}
const FLIPS_SCRIPT = 'tests/crash/run-lsm-flips.ts'
const MUTANT_IMAGES = 30_000

const root = fileURLToPath(new URL('..', import.meta.url))
const { values } = parseArgs({
  options: {
    target: { type: 'string', default: 'lsm' },
    images: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    mutants: { type: 'boolean', default: false },
    flips: { type: 'string' },
    only: { type: 'string', default: '' },
  },
})
const target = TARGETS[values.target]
if (target === undefined || (values.flips !== undefined && values.target !== 'lsm')) {
  console.error(`there is no such target ${values.target}; there are: ${Object.keys(TARGETS).join(', ')} (flips: lsm)`)
  process.exit(2)
}

function run(directory: string, script: string, count: string, isQuiet: boolean): number {
  const { status } = spawnSync(process.execPath, ['--import', 'tsx', join(directory, script), count, values.seed], {
    cwd: directory,
    stdio: isQuiet ? 'ignore' : 'inherit',
  })
  return status ?? 1
}

/** Whether the enumeration finds the mistake in a copy that has it. */
function isFound({ file, from, to }: Mutant, script: string): boolean {
  const copy = mkdtempSync(join(tmpdir(), 'tidemill-mutant-'))
  try {
    for (const folder of ['src', 'tests/crash', 'tests/broker'])
      cpSync(join(root, folder), join(copy, folder), { recursive: true })
    for (const name of ['package.json', 'tsconfig.json']) cpSync(join(root, name), join(copy, name))
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
    const path = join(copy, 'src', file)
    const source = readFileSync(path, 'utf8')
    if (!source.includes(from)) throw new Error(`${file} has changed: the mutant does not apply any more:\n${from}`)
    writeFileSync(
      path,
      source.replace(from, () => to),
    )
    return run(copy, script, String(MUTANT_IMAGES), true) !== 0
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

if (values.mutants) {
  let missed = 0
  const chosen = target.mutants.filter(({ name }) => name.includes(values.only))
  for (const mutant of chosen) {
    const found = isFound(mutant, target.script)
    if (!found) missed++
    console.log(`${found ? 'found ' : 'MISSED'}  ${mutant.name}`)
  }
  console.log(`${chosen.length - missed} passed, ${missed} failed`)
  process.exitCode = missed === 0 ? 0 : 1
} else if (values.flips === undefined) process.exitCode = run(root, target.script, values.images, false)
else process.exitCode = run(root, FLIPS_SCRIPT, values.flips, false)
