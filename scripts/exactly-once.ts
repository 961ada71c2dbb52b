// npm run exactly-once -- [--kafka | --broker-kill] [--threads N] [--seconds S] [--guarantee exactly-once | at-least-once]
//     [--protocol classic | streams]
//
// Two instances of tests/kafka/exactly-once-app.ts under load, killed with SIGKILL again and again, on our broker over TCP or on a
// real Apache Kafka (--kafka). With --broker-kill our broker is killed every 15 s too, and started again. A checker that is not ours, beside this checkout, looks at every output: each exactly once and in order.
// At least once: outputs may repeat, and then sums and final values grow with them; what must hold is that none is missing.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { endBroker, runBroker } from './broker-process.ts'
import { withKafka } from './with-kafka.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const checker = join(root, '..', 'shared', 'yardsticks', 'exactly-once', 'run.sh')
const SETTLE_S = 5
const PATIENCE_S = 90
const BROKER_KILL_EVERY_S = 15

const { values: options } = parseArgs({
  options: {
    kafka: { type: 'boolean', default: false },
    'broker-kill': { type: 'boolean', default: false },
    threads: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '30' },
    guarantee: { type: 'string', default: 'exactly-once' },
    protocol: { type: 'string', default: 'classic' },
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

async function check(servers: string, env: NodeJS.ProcessEnv = {}): Promise<number> {
  const run = spawn('bash', [checker, servers], {
    cwd: scratch,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      APP: app.map((part) => `'${part}'`).join(' '),
      THREADS: options.threads,
      GROUP_PROTOCOL: options.protocol,
      GUARANTEE: isExact ? 'exactly_once_v2' : 'at_least_once',
      SECONDS_OF_LOAD: options.seconds,
      SETTLE: String(SETTLE_S),
      PATIENCE: String(PATIENCE_S),
      ...env,
    },
  })
  const lines: string[] = []
  createInterface({ input: run.stdout }).on('line', (line) => {
    lines.push(line)
    if (isExact) console.log(line)
    else if (!/^(failed:|\d+ passed)/.test(line)) console.log(isAllowedAtLeastOnce(line) ? asRepeats(line) : line)
  })
  const code = await new Promise<number>((resolve) => run.on('close', (status) => resolve(status ?? 1)))
  return isExact ? code : judgeAtLeastOnce(lines)
}

/** The checker knows exactly-once alone. Repeats are no fault at least once: a result may come twice, and a sum be too large. */
function isAllowedAtLeastOnce(line: string): boolean {
  return /^FAIL (sum-exact|changelog-)/.test(line) || /^FAIL (count|words)-exact .* 0 missing,/.test(line)
}

const asRepeats = (line: string): string =>
  `PASS ${line.split(' ')[1]} nothing is missing; repeats as at least once allows them`

function judgeAtLeastOnce(lines: readonly string[]): number {
  const passed = lines.filter((line) => line.startsWith('PASS') || isAllowedAtLeastOnce(line)).length
  const failed = lines.filter((line) => line.startsWith('FAIL') && !isAllowedAtLeastOnce(line)).length
  console.log(`${passed} passed, ${failed} failed`)
  return failed === 0 && passed > 0 ? 0 : 1
}

async function onOurs(): Promise<number> {
  const directory = join(scratch, 'broker')
  let { broker, port } = await runBroker(directory, 0)
  let restarting = Promise.resolve()
  // The checker runs a command that kills the broker: it asks this process, which has started it, to do so.
  process.on('SIGUSR2', () => {
    restarting = restarting.then(async () => {
      await endBroker(broker, 'SIGKILL')
      ;({ broker, port } = await runBroker(directory, port))
      console.log('killed the broker and started it again')
    })
  })
  const kill = { BROKER_KILL: `kill -USR2 ${process.pid}`, BROKER_EVERY: String(BROKER_KILL_EVERY_S) }
  const code = await check(`127.0.0.1:${port}`, options['broker-kill'] ? kill : {})
  await restarting
  await endBroker(broker, 'SIGTERM')
  return code
}

const code = await (options.kafka ? withKafka((servers) => check(servers)) : onOurs())
rmSync(scratch, { recursive: true, force: true })
process.exit(code)
