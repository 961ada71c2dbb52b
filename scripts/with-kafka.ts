// A real Apache Kafka for as long as something runs on it (see scripts/kafka.ts).
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** A free port for the broker; its controller takes the next, which is free almost always. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port - 1 : 19_092
}

const kafka = (...args: readonly string[]): number =>
  spawnSync('npm', ['run', '--silent', 'kafka', '--', ...args], { cwd: root, stdio: 'inherit' }).status ?? 1

/** Starts a Kafka, calls with its HOST:PORT, stops it. Returns what the call gave, or the exit code of the start that failed. */
export async function withKafka(run: (servers: string) => number | Promise<number>): Promise<number> {
  const port = await freePort()
  const dir = mkdtempSync(join(tmpdir(), 'tidemill-kafka-'))
  const started = kafka('start', dir, String(port))
  if (started !== 0) return started
  try {
    return await run(`127.0.0.1:${port}`)
  } finally {
    kafka('stop', dir)
    rmSync(dir, { recursive: true, force: true })
  }
}
