// npm run proof [NAME...]: the third tier of checks, everything at full size. Each part's output is kept in
// benchmarks/results/NAME.txt, with the date, the commit and the machine at its head.
import { execFileSync, spawn } from 'node:child_process'
import { createWriteStream, existsSync, mkdirSync } from 'node:fs'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const results = join(root, 'benchmarks', 'results')
const yardsticks = join(root, '..', 'shared', 'yardsticks')

const ANSI_COLOUR = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g')

interface Part {
  readonly command: string
  /** A file that the part cannot do without; it is skipped where that is missing. */
  readonly needs?: string
}

const yardstick = (script: string): Part => ({
  command: `npm run --silent build -- --if-stale && node scripts/with-broker.mjs bash '${join(yardsticks, script)}'`,
  needs: join(yardsticks, script),
})

const exactlyOnce = (options: string): Part => ({
  command: `npm run exactly-once -- --seconds 60 ${options}`,
  needs: join(yardsticks, 'exactly-once', 'run.sh'),
})

const chaos = (options: string): Part => ({ command: `npm run chaos -- --minutes 5 ${options}` })

const PARTS: Readonly<Record<string, Part>> = {
  test: { command: 'npm test' },
  conformance: { command: 'npm run conformance' },
  bench: { command: 'npm run bench' },
  'crash-lsm': { command: 'npm run crash -- --target lsm --images 100000' },
  'crash-lsm-mutants': { command: 'npm run crash -- --target lsm --mutants' },
  'crash-broker': { command: 'npm run crash -- --target broker --images 100000' },
  'crash-broker-mutants': { command: 'npm run crash -- --target broker --mutants' },
  'flip-lsm': { command: 'npm run crash -- --target lsm --flips 10000' },
  'store-kill': { command: 'npm run store-kill -- --rounds 100' },
  'kill-test': { command: 'npm run kill-test -- --rounds 100' },
  state: { command: 'npm run --silent state' },
  'kill-test-at-least-once': { command: 'npm run kill-test -- --rounds 30 --guarantee at-least-once' },
  sim: { command: 'npm run sim -- --seeds 20000' },
  'sim-mutants': { command: 'npm run sim -- --mutants all --seeds 1000' },
  kafka: { command: 'npm run test:kafka' },
  'chaos-embedded': chaos('--embedded'),
  'chaos-embedded-at-least-once': chaos('--embedded --guarantee at-least-once'),
  'chaos-kafka': chaos('--kafka --threads 2'),
  'chaos-kafka-at-least-once': chaos('--kafka --guarantee at-least-once'),
  'fail-over': { command: 'npm run fail-over -- --embedded --keys 1000000' },
  'fail-over-kafka': { command: 'npm run fail-over -- --kafka --keys 1000000' },
  'exactly-once-1-thread': exactlyOnce('--threads 1'),
  'exactly-once-2-threads': exactlyOnce('--threads 2'),
  'exactly-once-broker-kill': exactlyOnce('--threads 2 --broker-kill'),
  'exactly-once-kafka-1-thread': exactlyOnce('--threads 1 --kafka'),
  'exactly-once-kafka-2-threads': exactlyOnce('--threads 2 --kafka'),
  'exactly-once-streams-group-1-thread': exactlyOnce('--threads 1 --kafka --protocol streams'),
  'exactly-once-streams-group-2-threads': exactlyOnce('--threads 2 --kafka --protocol streams'),
  'at-least-once-2-threads': exactlyOnce('--threads 2 --guarantee at-least-once'),
  'at-least-once-kafka-1-thread': exactlyOnce('--threads 1 --kafka --guarantee at-least-once'),
  kcat: yardstick('kcat/run.sh'),
  python: yardstick('python/run.sh'),
}

function headline(name: string): string {
  const git = (...args: readonly string[]): string => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim()
  const dirty =
    git('status', '--porcelain', '--', '.', ':!benchmarks/results') === '' ? '' : ' with uncommitted changes'
  const machine = `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`
  return `${name}: ${new Date().toISOString().slice(0, 10)}, commit ${git('rev-parse', '--short', 'HEAD')}${dirty}, ${machine}\n\n`
}

/** Shows the output and keeps it; returns the exit code and the last counts in it. */
async function run(
  name: string,
  part: Part,
): Promise<{ readonly code: number; readonly passed: number; readonly failed: number }> {
  mkdirSync(results, { recursive: true })
  const file = createWriteStream(join(results, `${name}.txt`))
  file.write(headline(name))
  let text = ''
  const child = spawn('bash', ['-c', part.command], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      process.stdout.write(chunk)
      // Neither paths of this machine nor colours belong into a result.
      const clean = chunk
        .toString('utf8')
        .replaceAll(root, './')
        .replaceAll(tmpdir(), '<tmp>')
        .replace(/^npm warn .*\n/gm, '')
        .replace(ANSI_COLOUR, '')
      text += clean
      file.write(clean)
    })
  }
  const code = await new Promise<number>((resolve) => child.on('close', (status) => resolve(status ?? 1)))
  await new Promise<void>((resolve) => file.end(resolve))
  const counts = [...text.matchAll(/^(?:\S+: )?(\d+) passed, (\d+) failed/gm)].at(-1)
  return {
    code,
    passed: Number(counts?.[1] ?? (code === 0 ? 1 : 0)),
    failed: Number(counts?.[2] ?? (code === 0 ? 0 : 1)),
  }
}

const chosen = process.argv.slice(2).length > 0 ? process.argv.slice(2) : Object.keys(PARTS)
let passed = 0
let failed = 0
for (const name of chosen) {
  const part = PARTS[name]
  if (part === undefined) {
    console.error(`no part ${name}; there are ${Object.keys(PARTS).join(', ')}`)
    process.exit(2)
  }
  if (part.needs !== undefined && !existsSync(part.needs)) {
    console.log(`${name}: skipped, its yardstick is not beside this checkout`)
    continue
  }
  console.log(`\n=== ${name} ===`)
  const result = await run(name, part)
  passed += result.passed
  failed += result.code === 0 ? result.failed : Math.max(1, result.failed)
}
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed > 0 ? 1 : 0)
