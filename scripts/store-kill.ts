// npm run store-kill -- [--rounds N] [--seed N]: kills a process with SIGKILL while it commits to a store on a real disk and its
// worker writes and merges, again and again on one directory; after each kill the store must hold a prefix of the commits, no shorter
// than what the process had said.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { setTimeout as sleep } from 'node:timers/promises'
import { NodeDisk, seededPrng } from '../src/base/index.ts'
import { LsmEngine, verifyStore } from '../src/state/index.ts'
import { CHANGES, changeOf, keyOf } from '../tests/crash/kill-workload.ts'

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '20' }, seed: { type: 'string', default: '1' } },
})
const prng = seededPrng(Number(values.seed))
const directory = mkdtempSync(join(tmpdir(), 'tidemill-store-kill-'))
/** After the first commit; by then the worker has started, too. */
const KILL_AFTER_MS_MAX = 2_500
const child = fileURLToPath(new URL('../tests/crash/kill-child.ts', import.meta.url))

/** The last commit that the process said was made. */
async function runAndKill(): Promise<number> {
  const process_ = spawn(process.execPath, ['--import', 'tsx', child, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = 0
  const started = new Promise<void>((resolve, reject) => {
    process_.stdout.on('data', (chunk: Buffer) => {
      const numbers = chunk.toString().trim().split('\n').map(Number)
      said = Math.max(said, ...numbers)
      resolve()
    })
    process_.once('exit', (code) => reject(new Error(`the process ended by itself with code ${code}`)))
  })
  await started
  await sleep(prng.integer(KILL_AFTER_MS_MAX))
  await killed(process_)
  return said
}

function killed(process_: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    process_.removeAllListeners('exit')
    process_.once('close', () => resolve())
    process_.kill('SIGKILL')
  })
}

/** What is wrong; undefined: nothing. */
async function check(said: number): Promise<string | undefined> {
  const disk = new NodeDisk(directory)
  const report = verifyStore(disk, 'task/store')
  if (report.problems.length > 0) return report.problems.join('; ')
  const warnings: string[] = []
  const store = new LsmEngine({ disk, directory: 'task', onWarning: (message) => warnings.push(message) }).open('store')
  const commits = store.position()?.streamTimeMs ?? 0
  try {
    if (warnings.length > 0) return warnings.join('; ')
    if (commits < said) return `it holds ${commits} commits, ${said} were made`
    for (let key = 0; key < CHANGES.keys; key++) {
      const found = store.get(keyOf(key), 0, keyOf(key).length)
      const value = found?.buffer.toString('utf8', found.valueStart, found.valueEnd)
      const expected = valueAfter(key, commits)
      if (value !== expected) return `after ${commits} commits key ${key} is ${value}, not ${expected}`
    }
    return undefined
  } finally {
    await store.close()
  }
}

/** The value of a key after so many commits: that of the last one that has it. */
function valueAfter(key: number, commits: number): string | undefined {
  for (let commit = commits; commit > 0; commit--) {
    const change = changeOf(key, commit)
    if (change !== undefined) return change.value ?? undefined
  }
  return undefined
}

let failed = 0
for (let round = 1; round <= Number(values.rounds); round++) {
  const said = await runAndKill()
  const problem = await check(said)
  if (problem !== undefined) failed++
  console.log(`round ${round}: killed after commit ${said}: ${problem ?? 'a prefix, whole'}`)
}
rmSync(directory, { recursive: true })
console.log(`${Number(values.rounds) - failed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
