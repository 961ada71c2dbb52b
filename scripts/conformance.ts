// npm run conformance -- [DIR] [--only FEATURE] [--only-supported] [--verbose]
// Runs recorded answers of Kafka Streams: scenarios, topology descriptions, byte formats, record batches, wire messages.
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { loadCompression } from '../src/protocol/index.ts'
import type { ScenarioResult } from '../tests/conformance/run-scenarios.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

interface FileResult extends ScenarioResult {
  readonly file: string
}

interface Options {
  readonly dir: string
  readonly only: ReadonlySet<string>
  readonly onlySupported: boolean
  readonly verbose: boolean
}

/** Cases that disputed.md names: their difference is said there. */
const disputed = new Set(
  [...readFileSync(join(root, 'tests/conformance/disputed.md'), 'utf8').matchAll(/^\| ([a-zA-Z]+-\d+) \|/gm)].map(
    (match) => match[1],
  ),
)

function parseOptions(): Options {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      only: { type: 'string', multiple: true, default: [] },
      'only-supported': { type: 'boolean', default: false },
      verbose: { type: 'boolean', default: false },
    },
  })
  const recorded = join(root, '../shared/conformance')
  const own = join(root, 'tests/conformance/data')
  const dir = positionals[0] ?? (existsSync(recorded) ? recorded : own)
  if (!existsSync(dir)) throw new Error(`there is no directory ${dir}`)
  return {
    dir,
    only: new Set(values.only.flatMap((names) => names.split(','))),
    onlySupported: values['only-supported'],
    verbose: values.verbose,
  }
}

/** The features that a directory has: scenario files and the five kinds of vectors. */
function filesOf({ dir, only }: Options): readonly { readonly feature: string; readonly file: string }[] {
  const folder = join(dir, 'scenarios')
  const scenarios = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.ndjson.gz')) : []
  const vectors = ['describe', 'formats', 'batches', 'wire'].map((name) => `${name}.json.gz`)
  const files = [
    ...scenarios.toSorted().map((name) => ({ feature: basename(name, '.ndjson.gz'), file: join(folder, name) })),
    ...vectors.map((name) => ({ feature: basename(name, '.json.gz'), file: join(dir, name) })),
  ]
  return files.filter(({ feature, file }) => existsSync(file) && (only.size === 0 || only.has(feature)))
}

async function runFile(feature: string, file: string): Promise<ScenarioResult> {
  if (feature === 'formats' || feature === 'batches' || feature === 'wire') {
    const module = (await import(`../tests/conformance/${feature}.ts`)) as { run: (file: string) => VectorResult }
    return fromVectors(module.run(file))
  }
  const { runScenarios } = await import('../tests/conformance/run-scenarios.ts')
  return runScenarios(file)
}

interface VectorResult {
  readonly passed: number
  readonly refused?: ScenarioResult['refused']
  readonly failed: readonly { readonly name: string; readonly expected?: string; readonly actual?: string }[]
}

function fromVectors({ passed, failed, refused = [] }: VectorResult): ScenarioResult {
  return { passed, failed: failed.map((failure) => ({ reason: 'differs', ...failure })), refused }
}

function printFile({ file, passed, failed, refused }: FileResult, { onlySupported, verbose }: Options): void {
  const refusals = onlySupported ? `, ${refused.length} refused` : ''
  console.log(
    `${file.padEnd(20)} ${passed} passed, ${failed.length + (onlySupported ? 0 : refused.length)} failed${refusals}`,
  )
  for (const failure of failed) {
    console.log(
      `  ${failure.name}: ${verbose ? failure.reason : (failure.reason.split('\n')[0] as string).slice(0, 160)}`,
    )
    if (!verbose) continue
    if (failure.expected !== undefined) console.log(`    expected:\n${indented(failure.expected)}`)
    if (failure.actual !== undefined) console.log(`    actual:\n${indented(failure.actual)}`)
  }
  if (!onlySupported) for (const { name, operation } of refused) console.log(`  ${name}: not supported: ${operation}`)
}

function indented(text: string): string {
  return text.replace(/^/gm, '      ')
}

function printRefusals(results: readonly FileResult[]): void {
  const byOperation = new Map<string, string[]>()
  for (const { name, operation } of results.flatMap(({ refused }) => refused)) {
    byOperation.set(operation, [...(byOperation.get(operation) ?? []), name])
  }
  const ran = results.reduce((sum, { passed, failed }) => sum + passed + failed.length, 0)
  const refusedCount = results.reduce((sum, { refused }) => sum + refused.length, 0)
  console.log(`ran ${ran}, refused ${refusedCount}`)
  for (const [operation, names] of byOperation)
    console.log(`  ${operation}: ${names.length} (${names.slice(0, 5).join(', ')}${names.length > 5 ? ', ...' : ''})`)
}

async function main(): Promise<void> {
  const options = parseOptions()
  await loadCompression()
  const results: FileResult[] = []
  for (const { feature, file } of filesOf(options)) {
    const all = await runFile(feature, file)
    const result = { file: feature, ...all, failed: all.failed.filter(({ name }) => !disputed.has(name)) }
    for (const { name, reason } of all.failed) {
      if (disputed.has(name)) console.log(`${name} is disputed (tests/conformance/disputed.md): ${reason.slice(0, 80)}`)
    }
    printFile(result, options)
    results.push(result)
  }
  if (options.onlySupported) printRefusals(results)
  const passed = results.reduce((sum, result) => sum + result.passed, 0)
  const failed = results.reduce(
    (sum, result) => sum + result.failed.length + (options.onlySupported ? 0 : result.refused.length),
    0,
  )
  console.log(`${passed} passed, ${failed} failed`)
  process.exitCode = failed === 0 && results.length > 0 ? 0 : 1
}

await main()
