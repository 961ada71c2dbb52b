// npm run crash -- --target lsm [--images N] [--seed N] [--mutants]
// Crash-point enumeration: random workloads on a disk that remembers what power loss may take; every image must open and hold a
// prefix of what was committed. With --mutants the same on copies of the source with one mistake each: all must be found.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Mutant, lsmMutants } from '../tests/crash/lsm-mutants.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const MUTANT_IMAGES = 4_000

const { values } = parseArgs({
  options: {
    target: { type: 'string', default: 'lsm' },
    images: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    mutants: { type: 'boolean', default: false },
  },
})
if (values.target !== 'lsm') {
  console.error(`there is no target ${values.target}; there is: lsm`)
  process.exit(2)
}

function run(directory: string, images: string, isQuiet: boolean): number {
  const script = join(directory, 'tests/crash/run-lsm-crash.ts')
  const { status } = spawnSync(process.execPath, ['--import', 'tsx', script, images, values.seed], {
    cwd: directory,
    stdio: isQuiet ? 'ignore' : 'inherit',
  })
  return status ?? 1
}

/** Whether the enumeration finds the mistake in a copy that has it. */
function isFound({ file, from, to }: Mutant): boolean {
  const copy = mkdtempSync(join(tmpdir(), 'tidemill-mutant-'))
  try {
    cpSync(join(root, 'src'), join(copy, 'src'), { recursive: true })
    cpSync(join(root, 'tests/crash'), join(copy, 'tests/crash'), { recursive: true })
    for (const name of ['package.json', 'tsconfig.json']) cpSync(join(root, name), join(copy, name))
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
    const path = join(copy, 'src/state/lsm', file)
    const source = readFileSync(path, 'utf8')
    if (!source.includes(from)) throw new Error(`${file} has changed: the mutant does not apply any more:\n${from}`)
    writeFileSync(path, source.replace(from, to))
    return run(copy, String(MUTANT_IMAGES), true) !== 0
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

if (values.mutants) {
  let missed = 0
  for (const mutant of lsmMutants) {
    const found = isFound(mutant)
    if (!found) missed++
    console.log(`${found ? 'found ' : 'MISSED'}  ${mutant.name}`)
  }
  console.log(`${lsmMutants.length - missed} found, ${missed} missed`)
  process.exitCode = missed === 0 ? 0 : 1
} else process.exitCode = run(root, values.images, false)
