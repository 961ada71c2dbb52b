// npm run test:kafka: starts a real Apache Kafka, runs tests/kafka on it, and stops it again. With BOOTSTRAP_SERVERS set it uses
// that cluster instead. Arguments go to vitest.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { withKafka } from './with-kafka.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

function test(servers: string): number {
  const args = ['--config', 'vitest.kafka.config.ts', ...process.argv.slice(2)]
  const run = spawnSync(process.execPath, [join(root, 'scripts', 'test.mjs'), ...args], {
    cwd: root,
    env: { ...process.env, BOOTSTRAP_SERVERS: servers },
    stdio: 'inherit',
  })
  return run.status ?? 1
}

const given = process.env['BOOTSTRAP_SERVERS']
let hasRun = false
const code = await (given === undefined
  ? withKafka((servers) => {
      hasRun = true
      return test(servers)
    })
  : test(given))
if (given === undefined && !hasRun) console.log('0 passed, 1 failed')
process.exit(code)
