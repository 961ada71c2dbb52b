// Builds dist/: the sources file by file with tsc, and the example applications that `tidemill demo` runs beside them.
// `--if-stale` builds only when a source is newer than the last build.
import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const stamp = join(root, 'dist', '.built')

function newestMs(path) {
  if (!existsSync(path)) return 0
  const stat = statSync(path)
  if (!stat.isDirectory()) return stat.mtimeMs
  const inside = readdirSync(path).filter((name) => name !== 'node_modules' && name !== 'dist')
  return Math.max(stat.mtimeMs, ...inside.map((name) => newestMs(join(path, name))))
}

if (process.argv.includes('--if-stale') && existsSync(stamp)) {
  const sources = ['src', 'examples', 'tsconfig.json', 'tsconfig.build.json', 'tsconfig.examples.json', 'package.json']
  if (Math.max(...sources.map((name) => newestMs(join(root, name)))) < statSync(stamp).mtimeMs) process.exit(0)
}

const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc')
const compile = (project) => execFileSync(process.execPath, [tsc, '-p', project], { cwd: root, stdio: 'inherit' })

rmSync(join(root, 'dist'), { recursive: true, force: true })
compile('tsconfig.build.json')
compile('tsconfig.examples.json')
for (const name of readdirSync(join(root, 'examples'))) {
  const data = join(root, 'examples', name, 'data')
  if (existsSync(data)) cpSync(data, join(root, 'dist', 'examples', name, 'data'), { recursive: true })
}
// The stock example's prices: the package that ships them is needed to build, not to run.
const prices = join(root, 'dist', 'examples', 'stock-statistics', 'data')
mkdirSync(prices, { recursive: true })
for (const name of ['sp500-2000.csv', 'stocks.csv'])
  cpSync(join(root, 'node_modules', 'vega-datasets', 'data', name), join(prices, name))
const cli = join(root, 'dist', 'cli', 'main.js')
if (existsSync(cli)) chmodSync(cli, 0o755)
writeFileSync(stamp, '')
