// npm run test:kafka: starts a real Apache Kafka (see scripts/kafka.ts), runs tests/kafka on it, and stops it again. With
// BOOTSTRAP_SERVERS set it uses that cluster instead. Arguments go to vitest.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Two free neighbouring ports: the broker's and its controller's. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port - 1 : 19_092
}

const npm = (args: readonly string[], env: NodeJS.ProcessEnv = process.env): number =>
  spawnSync('npm', ['run', '--silent', ...args], { cwd: root, env, stdio: 'inherit' }).status ?? 1

const given = process.env['BOOTSTRAP_SERVERS']
const port = await freePort()
const dir = mkdtempSync(join(tmpdir(), 'tidemill-kafka-'))
if (given === undefined) {
  const code = npm(['kafka', '--', 'start', dir, String(port)])
  if (code !== 0) {
    console.log('0 passed, 1 failed')
    process.exit(code)
  }
}
const env = { ...process.env, BOOTSTRAP_SERVERS: given ?? `127.0.0.1:${port}` }
const tests = spawnSync(
  process.execPath,
  [join(root, 'scripts', 'test.mjs'), '--config', 'vitest.kafka.config.ts', ...process.argv.slice(2)],
  {
    cwd: root,
    env,
    stdio: 'inherit',
  },
)
if (given === undefined) npm(['kafka', '--', 'stop', dir])
rmSync(dir, { recursive: true, force: true })
process.exit(tests.status ?? 1)
