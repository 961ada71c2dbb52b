// node scripts/with-broker.mjs COMMAND...: runs the command with HOST:PORT of a fresh broker of ours as its last argument
// (num.partitions 4, topics made on demand, data in a temporary directory), and ends with its exit code.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const cli = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
const dir = mkdtempSync(join(tmpdir(), 'tidemill-broker-'))
const broker = spawn(process.execPath, [cli, '--json', 'broker', '--dir', dir, '--port', '0', '--partitions', '4'], {
  stdio: ['ignore', 'pipe', 'inherit'],
})
const address = await new Promise((resolve, reject) => {
  broker.on('exit', (code) => reject(new Error(`the broker ended with exit code ${code}`)))
  createInterface({ input: broker.stdout }).once('line', (line) => {
    const { host, port } = JSON.parse(line)
    resolve(`${host}:${port}`)
  })
})
broker.removeAllListeners('exit')
const [command, ...args] = process.argv.slice(2)
const result = await new Promise((resolve) => {
  spawn(command, [...args, address], { stdio: 'inherit' }).on('close', (code) => resolve(code ?? 1))
})
broker.kill('SIGTERM')
await new Promise((resolve) => broker.on('close', resolve))
rmSync(dir, { recursive: true, force: true })
process.exit(result)
