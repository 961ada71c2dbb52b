// The second tier of checks (the first is `npm test`, the third `npm run proof`). Runs every step, even after one failed,
// and sums up what each counted. `node scripts/ci.mjs STEP...` runs only these.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const NEWEST_LTS = '26.10.0'
const yardsticks = join(root, '..', 'shared', 'yardsticks')

/** Runs a shell command in the checkout, showing its output; returns the exit code and the counts of its last line. */
function run(command, { env = {}, minutes = 15 } = {}) {
  const result = spawnSync('bash', ['-c', `set -o pipefail; ${command}`], {
    cwd: root,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    timeout: minutes * 60_000,
    killSignal: 'SIGKILL',
    maxBuffer: 256 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  process.stdout.write(result.stdout)
  if (result.error) console.log(`${command}: ${result.error.message}`)
  const counts = [...result.stdout.matchAll(/^(?:\S+: )?(\d+) passed, (\d+) failed/gm)].at(-1)
  return {
    code: result.status ?? 1,
    passed: counts ? Number(counts[1]) : 0,
    failed: counts ? Number(counts[2]) : 0,
    end: tellingLines(result.stdout),
  }
}

/** What a step printed of its failures, and its last lines: shown again under the summary, where a reader looks first. */
function tellingLines(output) {
  const lines = output.split('\n')
  const failures = lines
    .filter((line) => /FAIL|MISSED|✗|×|AssertionError|^Expected|^Received|\berror\b/i.test(line))
    .slice(0, 25)
  return [...failures, '...', ...lines.slice(-10)].map((line) => line.slice(0, 300)).join('\n')
}

const has = (program) => spawnSync('bash', ['-c', `command -v ${program}`]).status === 0

/** Debian's package of a program that a step needs, where the machine can install it. */
function aptInstall(program, name = program) {
  if (!has(program) && has('apt-get'))
    run(`(apt-get update && apt-get install -y ${name}) > /dev/null 2>&1`, { minutes: 5 })
  return has(program)
}

/** The newest LTS of Node, from the npm registry. */
function newestNode() {
  const folder = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'tidemill', `node-${NEWEST_LTS}`)
  const name = `node-${process.platform}-${process.arch}`
  const bin = join(folder, 'node_modules', name, 'bin')
  if (!existsSync(join(bin, 'node'))) {
    mkdirSync(folder, { recursive: true })
    run(`npm install --prefix '${folder}' --no-save --no-package-lock ${name}@${NEWEST_LTS}`, { minutes: 5 })
  }
  return existsSync(join(bin, 'node')) ? bin : undefined
}

/** A broker of ours on a free port for a yardstick script; the script gets HOST:PORT. */
const yardstick = (script) => () => {
  if (!existsSync(join(yardsticks, script))) return 'the yardsticks are not beside this checkout'
  return run(`node scripts/with-broker.mjs bash '${join(yardsticks, script)}'`, { minutes: 8 })
}

/** Thirty seconds of load on two instances that are killed; every output is looked at by a checker that is not ours. */
const exactlyOnce = (options) => () => {
  if (!existsSync(join(yardsticks, 'exactly-once', 'run.sh'))) return 'the yardsticks are not beside this checkout'
  if (!aptInstall('kcat')) return 'kcat is not installed and cannot be'
  if (options.includes('--kafka') && !(has('java') && has('mvn'))) return 'no Java 17 or no Maven on this machine'
  return run(`npm run exactly-once -- ${options}`, { minutes: 6 })
}

const steps = {
  install: () => run('npm ci'),
  test: () => run('npm test', { minutes: 8 }),
  lint: () => run('npm run lint'),
  format: () => run('npm run format:check'),
  types: () => run('npm run types'),
  build: () => run('npm run build'),
  package: () => run('node scripts/check-package.mjs'),
  conformance: () => run('npm run conformance', { minutes: 10 }),
  properties: () => run('npm test -- tests/properties', { env: { PROPERTY_RUNS: '1000' }, minutes: 10 }),
  'newest-lts': () => {
    const bin = newestNode()
    if (bin === undefined) return `Node ${NEWEST_LTS} is not to be had from the npm registry here`
    return run('npm test', { env: { PATH: `${bin}:${process.env.PATH}` }, minutes: 8 })
  },
  'crash-lsm': () => run('npm run crash -- --target lsm --images 10000', { minutes: 5 }),
  'crash-broker': () => run('npm run crash -- --target broker --images 10000', { minutes: 5 }),
  'flip-lsm': () => run('npm run crash -- --target lsm --flips 2000', { minutes: 3 }),
  // With node:sqlite as a second model, where the newest Node can be had.
  'byte-stores': () => {
    const bin = newestNode()
    const env = { PROPERTY_RUNS: '2000', ...(bin === undefined ? {} : { PATH: `${bin}:${process.env.PATH}` }) }
    return run('npm test -- tests/properties/byte-stores', { env, minutes: 8 })
  },
  'store-kill': () => run('npm run store-kill -- --rounds 20', { minutes: 4 }),
  'kill-test': () => run('npm run kill-test -- --rounds 20', { minutes: 10 }),
  state: () => run('npm run state -- --keys 1000000', { minutes: 8 }),
  'kill-test-at-least-once': () => run('npm run kill-test -- --rounds 5 --guarantee at-least-once', { minutes: 5 }),
  sim: () => run('npm run sim -- --seeds 200', { minutes: 10 }),
  'sim-mutants': () => run('npm run sim -- --mutants 3', { minutes: 10 }),
  kafka: () => {
    if (!has('javac') || !has('mvn')) return 'no JDK 17 or no Maven on this machine'
    return run('npm run test:kafka', { minutes: 15 })
  },
  chaos: () => run('npm run chaos -- --embedded --minutes 1', { minutes: 6 }),
  'chaos-kafka': () => {
    if (!has('java') || !has('mvn')) return 'no Java 17 or no Maven on this machine'
    return run('npm run chaos -- --kafka --guarantee at-least-once --minutes 1', { minutes: 8 })
  },
  'fail-over': () => run('npm run fail-over -- --embedded', { minutes: 6 }),
  'exactly-once': exactlyOnce('--threads 2'),
  'exactly-once-kafka': exactlyOnce('--threads 1 --kafka'),
  'exactly-once-streams-group': exactlyOnce('--threads 2 --kafka --protocol streams'),
  'at-least-once': exactlyOnce('--threads 1 --guarantee at-least-once'),
  kcat: () => (aptInstall('kcat') ? yardstick('kcat/run.sh')() : 'kcat is not installed and cannot be'),
  python: () => (has('python3') ? yardstick('python/run.sh')() : 'no Python on this machine'),
}

/**
 * Steps that kill processes, or drive those of others, by the wall clock of a shared machine. One that fails is run once
 * more and both runs are told of: what is broken fails twice, what is rare is not hidden.
 */
const TIMED = new Set([
  'test',
  'newest-lts',
  'package',
  ...Object.keys(steps).slice(Object.keys(steps).indexOf('kill-test')),
])

const isGreen = (result) => typeof result === 'string' || (result.code === 0 && result.failed === 0)

const chosen = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(steps)
const rows = []
for (const name of chosen) {
  if (!(name in steps)) {
    console.error(`no step ${name}; there are ${Object.keys(steps).join(', ')}`)
    process.exit(2)
  }
  console.log(`\n=== ${name} ===`)
  const startedMs = Date.now()
  let result = steps[name]()
  let again = ''
  if (!isGreen(result) && TIMED.has(name)) {
    again = result.end
    console.log(`\n=== ${name}, once more ===`)
    result = steps[name]()
  }
  const seconds = Math.round((Date.now() - startedMs) / 1_000)
  if (typeof result === 'string') rows.push({ name, seconds, state: `skipped: ${result}`, passed: 0, failed: 0 })
  else {
    const isGood = isGreen(result)
    const counted = result.passed + result.failed > 0
    rows.push({
      name,
      seconds,
      state: isGood ? (again ? 'passed at the second try' : 'passed') : 'FAILED',
      passed: counted ? result.passed : Number(isGood),
      failed: isGood ? 0 : Math.max(1, result.failed),
      end: isGood ? again : result.end,
    })
  }
}
console.log('\n=== summary ===')
for (const row of rows)
  console.log(
    `${row.name.padEnd(24)} ${String(row.seconds).padStart(5)} s  ${row.state}${row.passed + row.failed > 1 ? ` (${row.passed} passed, ${row.failed} failed)` : ''}`,
  )
for (const row of rows)
  if (row.end) console.log(`\n--- ${row.name} failed${row.failed ? '' : ' at the first try'} ---\n${row.end}`)
const passed = rows.reduce((sum, row) => sum + row.passed, 0)
const failed = rows.reduce((sum, row) => sum + row.failed, 0)
const skipped = rows.filter((row) => row.state.startsWith('skipped')).length
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exit(failed > 0 || passed === 0 ? 1 : 0)
