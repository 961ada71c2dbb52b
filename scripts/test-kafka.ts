// npm run test:kafka -- [--version V] [VITEST ARGUMENTS]: starts a real Apache Kafka, runs tests/kafka on it, and stops it again: all of
// them on the newest version, then those of the client, of its security and of the examples on the older one. With --version only that one; with
// BOOTSTRAP_SERVERS set that cluster instead.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { KAFKA_VERSIONS } from './kafka-node.ts'
import { withKafka } from './with-kafka.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const [newest, older] = KAFKA_VERSIONS
const ON_OLDER = ['client', 'security', 'examples'].map((name) => `tests/kafka/${name}.test.ts`)

interface Outcome {
  readonly code: number
  readonly passed: number
  readonly failed: number
}

function test(servers: string, version: string, args: readonly string[]): Outcome {
  const run = spawnSync(
    process.execPath,
    [join(root, 'scripts', 'test.mjs'), '--config', 'vitest.kafka.config.ts', ...args],
    {
      cwd: root,
      env: { ...process.env, BOOTSTRAP_SERVERS: servers, KAFKA_VERSION: version },
      encoding: 'utf8',
      stdio: ['inherit', 'pipe', 'inherit'],
    },
  )
  process.stdout.write(run.stdout)
  const counts = /^(\d+) passed, (\d+) failed/m.exec(run.stdout)
  return { code: run.status ?? 1, passed: Number(counts?.[1] ?? 0), failed: Number(counts?.[2] ?? 1) }
}

async function testOn(version: string, args: readonly string[]): Promise<Outcome> {
  let outcome: Outcome | undefined
  const code = await withKafka(
    (servers) => {
      outcome = test(servers, version, args)
      return outcome.code
    },
    { version },
  )
  return outcome ?? { code, passed: 0, failed: 1 }
}

async function main(): Promise<number> {
  const given = process.env['BOOTSTRAP_SERVERS']
  const args = process.argv.slice(2)
  const flag = args.indexOf('--version')
  const [, version] = flag < 0 ? [] : args.splice(flag, 2)
  if (given !== undefined) return test(given, version ?? newest, args).code
  const outcomes =
    version !== undefined || args.length > 0
      ? [await testOn(version ?? newest, args)]
      : [await testOn(newest, []), await testOn(older, ON_OLDER)]
  const sum = (count: (outcome: Outcome) => number): number => outcomes.reduce((total, each) => total + count(each), 0)
  console.log(`${sum(({ passed }) => passed)} passed, ${sum(({ failed }) => failed)} failed`)
  return Math.max(...outcomes.map(({ code }) => code))
}

process.exitCode = await main()
