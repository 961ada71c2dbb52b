// The package as its users get it: packed, checked, installed into an empty folder, and used there as the README says.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const scratch = mkdtempSync(join(tmpdir(), 'tidemill-package-'))
let passed = 0
let failed = 0

function check(name, body) {
  try {
    body()
    passed++
    console.log(`ok: ${name}`)
  } catch (error) {
    failed++
    console.log(`FAILED: ${name}\n${error.stdout ?? ''}${error.stderr ?? ''}${error.message}`)
  }
}

const exec = (command, args, cwd, options = {}) =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'], ...options })
const assert = (condition, message) => {
  if (!condition) throw new Error(message)
}

const [packed] = JSON.parse(exec('npm', ['pack', '--json', '--pack-destination', scratch], root))
const folder = join(scratch, 'app')
execFileSync('mkdir', ['-p', folder])
writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'app', private: true, type: 'module' }))

check('the tarball holds no tests, no sources of tests and nothing large', () => {
  const names = packed.files.map((file) => file.path)
  const stray = names.filter((name) => /\.test\.|\/tests\/|node_modules|\.tsbuildinfo/.test(name))
  assert(stray.length === 0, `stray files: ${stray.join(', ')}`)
  assert(packed.size < 3 * 1024 * 1024, `the tarball has ${packed.size} bytes`)
})
check('publint finds nothing', () => exec('npx', ['publint', '--strict'], root))
check('it installs into an empty folder', () =>
  exec('npm', ['install', '--no-audit', '--no-fund', join(scratch, packed.filename)], folder),
)
check('every entry point can be imported', () => {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const entries = Object.keys(exports).filter((entry) => entry !== './package.json')
  for (const entry of entries) {
    const specifier = entry.replace(/^\./, 'tidemill')
    exec(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `const m = await import('${specifier}'); if (Object.keys(m).length === 0) throw new Error('exports nothing')`,
      ],
      folder,
    )
  }
})
check("the README's program runs as it stands", () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  const program = /<!-- quick start: ([\w.-]+) -->\s*```[a-z]+\n([\s\S]*?)```/g
  const files = [...readme.matchAll(program)]
  assert(files.length > 0, 'the README has no quick start program')
  for (const [, name, text] of files) writeFileSync(join(folder, name), text)
  const [, name] = files[0]
  const run = spawnSync(process.execPath, [name], { cwd: folder, encoding: 'utf8', timeout: 60_000 })
  assert(run.status === 0, `${name} ended with ${run.status}: ${run.stdout}${run.stderr}`)
  assert(/kafka 2/.test(run.stdout), `${name} printed ${run.stdout}`)
})
check("mistakes are told with the line of the user's program, also where source maps show our sources", () => {
  const lines = [
    `import { StreamsBuilder, topic } from 'tidemill'`,
    `const builder = new StreamsBuilder()`,
    `builder.stream(topic('in')).groupBy((value) => value).count()`,
    `try { builder.build() } catch (error) { console.log(error.problems.map(({ place }) => place).join()) }`,
  ]
  writeFileSync(join(folder, 'mistake.mjs'), lines.join('\n'))
  for (const options of [[], ['--enable-source-maps']]) {
    const places = exec(process.execPath, [...options, 'mistake.mjs'], folder).trim()
    assert(places !== '' && places.split(',').every((place) => place === 'mistake.mjs:3'), `it names ${places}`)
  }
})
check('the command prints its help and its version', () => {
  assert(/Usage: tidemill/.test(exec('npx', ['tidemill', '--help'], folder)), 'no help')
  assert(
    exec('npx', ['tidemill', '--version'], folder).trim() ===
      JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version,
    'wrong version',
  )
})
check('the demo runs from the package, ends by itself, and goes on at the second start', () => {
  const lines = () =>
    exec('npx', ['tidemill', '--json', 'demo', '--for', '6s'], folder, { timeout: 60_000 })
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
  const fed = (report) => report.examples.reduce((sum, example) => sum + example.acknowledgedBelow, 0)
  const first = lines()
  const second = lines()
  assert(fed(first.at(-1)) > 0, 'the first run fed nothing')
  assert(fed(second.at(-1)) > fed(first.at(-1)), 'the second run did not go on after the first')
  assert(
    second.at(-1).examples.every((example) => example.lag < 2_000),
    'the applications lag behind',
  )
})
check('records go in and come out through pipes', () => {
  const tidemill = (args, input) => exec('npx', ['tidemill', ...args], folder, { input, timeout: 60_000 })
  tidemill(['topics', 'create', 'notes', '--partitions', '1'])
  tidemill(['produce', 'notes', '--key-separator', ':'], 'a:first\nb:second\n')
  assert(
    tidemill(['consume', 'notes', '--exit', '--keys']) === 'a\tfirst\nb\tsecond\n',
    'consume printed something else',
  )
  const wrong = spawnSync('npx', ['tidemill', 'consume', 'no-such-topic', '--exit'], { cwd: folder, encoding: 'utf8' })
  assert(
    wrong.status === 1 && /no-such-topic/.test(wrong.stderr),
    `a missing topic ended with ${wrong.status}: ${wrong.stderr}`,
  )
})

rmSync(scratch, { recursive: true, force: true })
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed > 0 ? 1 : 0)
