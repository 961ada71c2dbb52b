// npm run exactly-once -- [--kafka] [--threads N] [--seconds S] [--guarantee exactly-once | at-least-once]
//
// Two instances of tests/kafka/exactly-once-app.ts under load, killed with SIGKILL again and again, on our broker over TCP or on a
// real Apache Kafka (--kafka). A checker that is not ours, beside this checkout, looks at every output: each exactly once and in order.
// At least once: outputs may repeat, and then sums and final values grow with them; what must hold is that none is missing.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { withKafka } from './with-kafka.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const checker = join(root, '..', 'shared', 'yardsticks', 'exactly-once', 'run.sh')
const SETTLE_S = 5
const PATIENCE_S = 90

const { values: options } = parseArgs({
  options: {
    kafka: { type: 'boolean', default: false },
    threads: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '30' },
    guarantee: { type: 'string', default: 'exactly-once' },
  },
})
if (!existsSync(checker)) {
  console.error(`the checker is not beside this checkout: ${checker}`)
  process.exit(2)
}
const isExact = options.guarantee === 'exactly-once'

// Outside of the checkout, where `tidemill` is the compiled package as its users have it, and not the sources.
const scratch = mkdtempSync(join(tmpdir(), 'tidemill-exactly-once-'))
const app = [process.execPath, '--import', import.meta.resolve('tsx'), join(root, 'tests/kafka/exactly-once-app.ts')]

function check(command: string, args: readonly string[]): number {
  const run = spawnSync(command, args, {
    cwd: scratch,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      APP: app.map((part) => `'${part}'`).join(' '),
      THREADS: options.threads,
      GUARANTEE: isExact ? 'exactly_once_v2' : 'at_least_once',
      SECONDS_OF_LOAD: options.seconds,
      SETTLE: String(SETTLE_S),
      PATIENCE: String(PATIENCE_S),
    },
  })
  process.stdout.write(run.stdout)
  return isExact ? (run.status ?? 1) : judgeAtLeastOnce(run.stdout)
}

function judgeAtLeastOnce(output: string): number {
  const passed = output.split('\n').filter((line) => line.startsWith('PASS'))
  const failures = output.split('\n').filter((line) => line.startsWith('FAIL'))
  const isAllowed = (line: string): boolean =>
    /^FAIL (sum-exact|changelog-)/.test(line) || /^FAIL (count|words)-exact .* 0 missing,/.test(line)
  const failed = failures.filter((line) => !isAllowed(line))
  for (const line of failed) console.log(`not allowed at least once: ${line}`)
  console.log(`${passed.length + failures.length - failed.length} passed, ${failed.length} failed`)
  return failed.length === 0 && passed.length > 0 ? 0 : 1
}

const onOurs = (): number => check(process.execPath, [join(root, 'scripts', 'with-broker.mjs'), 'bash', checker])
const code = options.kafka ? await withKafka((servers) => check('bash', [checker, servers])) : onOurs()
rmSync(scratch, { recursive: true, force: true })
process.exit(code)
