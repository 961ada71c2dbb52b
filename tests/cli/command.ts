// The command as a user calls it: a process with arguments, pipes and exit codes.
import { execFile } from 'node:child_process'
import { copyFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('../..', import.meta.url))
// Inside the checkout, so that it finds its packages; its own for each process that tests it.
const bundleDir = join(root, 'node_modules', '.cache', `tidemill-cli-test-${process.pid}`)
const main = join(bundleDir, 'dist', 'cli', 'main.js')
let built: Promise<string> | undefined

export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface CallOptions {
  readonly input?: string
  readonly cwd?: string
  readonly bootstrapServers?: string
}

/** Path of the command as one file, so that a process starts quickly. */
export function commandPath(): Promise<string> {
  return (built ??= bundle())
}

export async function tidemill(args: readonly string[], options: CallOptions = {}): Promise<Ended> {
  const path = await commandPath()
  const { cwd = root, bootstrapServers, input = '' } = options
  const env = { ...process.env, ...(bootstrapServers !== undefined && { BOOTSTRAP_SERVERS: bootstrapServers }) }
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [path, ...args], { cwd, env }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : 1, stdout, stderr })
    })
    child.stdin?.end(input)
  })
}

async function bundle(): Promise<string> {
  process.on('exit', () => rmSync(bundleDir, { recursive: true, force: true }))
  await build({
    entryPoints: [join(root, 'src', 'cli', 'main.ts')],
    outfile: main,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
  })
  copyFileSync(join(root, 'package.json'), join(bundleDir, 'package.json'))
  return main
}
