// tidemill stores: looks into the state directory of an application that does not run: list, get, scan, verify. It changes nothing.
import { type Command, Option } from 'commander'
import { type OfflineStore, findStores } from '../../app/index.ts'
import { TidemillError, afterPrefix } from '../../base/index.ts'
import { loadCompression } from '../../protocol/index.ts'
import { formatTopicPartition } from '../../record/index.ts'
import { type Output, openOutput } from '../output.ts'
import type { GlobalOptions } from '../session.ts'
import { type RowFormat, STORE_KINDS, STORE_FORMATS, decodeRow, encodeRowKey } from '../store-rows.ts'
import { TEXT_FORMATS, formatValue, parseTextFormat } from '../text-format.ts'
import { parseCount } from './topics.ts'

interface StoresOptions extends GlobalOptions, RowFormat {
  readonly force?: boolean
}

interface ScanOptions extends StoresOptions {
  readonly prefix?: string
  readonly limit: number
  readonly reverse?: boolean
}

export function addStoresCommand(program: Command): void {
  const stores = program
    .command('stores')
    // Blocks may be compressed.
    .hook('preAction', () => loadCompression())
    .description('look into the stores of an application that does not run')
    .addHelpText(
      'after',
      `
Examples:
  tidemill stores ./state                                     the stores, with sizes and positions
  tidemill stores get ./state word-count/1_0/counts kafka --value-format int64
  tidemill stores scan ./state 1_0/counts --prefix ka --limit 10
  tidemill stores verify ./state                              reads every byte; ends with 1 where one is wrong

A store is named INSTANCE/TASK/STORE, or by as much of the end as is needed: TASK/STORE, STORE.`,
    )

  shared(stores.command('list', { isDefault: true }))
    .description('list the stores of a state directory')
    .argument('<dir>', 'a stateDir, or the directory of one application in it')
    .action((dir: string, _options: unknown, command: Command) => list(dir, command.optsWithGlobals<StoresOptions>()))

  formats(shared(stores.command('get')))
    .description('show the value of a key, from each partition that has it')
    .argument('<dir>')
    .argument('<store>')
    .argument('<key>')
    .action((dir: string, store: string, key: string, _options: unknown, command: Command) =>
      get(dir, store, key, command.optsWithGlobals<StoresOptions>()),
    )

  formats(shared(stores.command('scan')))
    .description('show the entries of a store in the order of their keys')
    .argument('<dir>')
    .argument('<store>')
    .option('--prefix <text>', 'only keys that begin so')
    .option('--reverse', 'the last first')
    .option('--limit <count>', 'stop after so many', parseCount, 100)
    .action((dir: string, store: string, _options: unknown, command: Command) =>
      scan(dir, store, command.optsWithGlobals<ScanOptions>()),
    )

  shared(stores.command('verify'))
    .description('read every byte of every store, and say what is wrong')
    .argument('<dir>')
    .argument('[store]')
    .action((dir: string, store: string | undefined, _options: unknown, command: Command) =>
      verify(dir, store, command.optsWithGlobals<StoresOptions>()),
    )
}

function shared(command: Command): Command {
  return command.option('--force', 'read although a process has the directory in use')
}

function formats(command: Command): Command {
  const choices = TEXT_FORMATS.join(', ')
  return command
    .option('--key-format <format>', choices, parseTextFormat, 'string')
    .option('--value-format <format>', choices, parseTextFormat, 'string')
    .addOption(new Option('--kind <kind>', 'of the store').choices(STORE_KINDS).default('key-value'))
    .addOption(
      new Option('--format <format>', 'what stands before a value').choices(STORE_FORMATS).default('timestamped'),
    )
}

function list(dir: string, { force, json }: StoresOptions): void {
  const output = openOutput(json === true)
  const rows = findStores(dir, force).map((store) => {
    const { position, runs, entries, byteCount, problems } = store.verify()
    const changelogs = Array.from(
      position?.changelogs ?? [],
      ([tp, { nextOffset }]) => `${formatTopicPartition(tp)}@${nextOffset}`,
    )
    return {
      instance: store.instance,
      task: store.task,
      store: store.name,
      entries,
      bytes: byteCount,
      runs,
      changelog: changelogs.join(' '),
      state: stateOf(store, problems),
    }
  })
  output.table(rows, `no stores in ${dir}`)
}

function stateOf({ isSetAside }: OfflineStore, problems: readonly string[]): string {
  const state = problems.length === 0 ? 'ok' : `damaged: ${problems[0]}`
  return isSetAside ? `set aside, ${state}` : state
}

function get(dir: string, name: string, key: string, options: StoresOptions): void {
  const output = openOutput(options.json === true)
  const bytes = encodeRowKey(key, options)
  let found = 0
  for (const store of select(dir, name, options.force)) {
    const reader = store.read()
    try {
      const view = reader.get(bytes, 0, bytes.length)
      if (view === undefined) continue
      found++
      const row = Buffer.concat([bytes, view.buffer.subarray(view.valueStart, view.valueEnd)])
      show(output, store, decodeRow(row, 0, bytes.length, bytes.length, row.length, options))
    } finally {
      reader.close()
    }
  }
  if (found === 0) throw new TidemillError('invalid-argument', `'${key}' is in none of the stores that ${name} names`)
}

function scan(dir: string, name: string, options: ScanOptions): void {
  const output = openOutput(options.json === true)
  const prefix = options.prefix === undefined ? undefined : encodeRowKey(options.prefix, options)
  let left = options.limit
  for (const store of select(dir, name, options.force)) {
    const reader = store.read()
    const range = prefix === undefined ? {} : { gte: prefix, lt: afterPrefix(prefix) }
    const cursor = reader.cursor({ ...range, reverse: options.reverse === true })
    try {
      while (left > 0 && cursor.next()) {
        left--
        const { buffer, keyStart, keyEnd, valueStart, valueEnd } = cursor
        show(output, store, decodeRow(buffer, keyStart, keyEnd, valueStart, valueEnd, options))
      }
    } finally {
      cursor.close()
      reader.close()
    }
  }
}

function show(output: Output, { task }: OfflineStore, row: Readonly<Record<string, unknown>>): void {
  output.json({ task, ...row })
  const { key, value, ...rest } = row
  const details = Object.entries(rest).map(([name, each]) => `${name} ${String(each)}`)
  output.line(
    `${task}\t${formatValue(key)}\t${formatValue(value)}${details.length === 0 ? '' : `\t${details.join(', ')}`}`,
  )
}

function verify(dir: string, name: string | undefined, { force, json }: StoresOptions): void {
  const output = openOutput(json === true)
  const stores = name === undefined ? findStores(dir, force) : select(dir, name, force)
  const damaged: string[] = []
  for (const store of stores) {
    // Asked for by its name, it is looked at.
    if (store.isSetAside && name === undefined) continue
    const path = pathOf(store)
    const { problems, runs, entries, byteCount, leftovers } = store.verify()
    output.json({ store: path, runs, entries, bytes: byteCount, problems, leftovers })
    output.line(
      `${path}: ${problems.length === 0 ? 'ok' : 'DAMAGED'}, ${entries} entries in ${runs} runs, ${byteCount} bytes`,
    )
    for (const problem of problems) output.line(`  ${problem}`)
    if (problems.length > 0) damaged.push(path)
  }
  if (damaged.length === 0) return
  throw new TidemillError(
    'store-corrupt',
    `${damaged.length} of ${stores.length} stores are damaged: ${damaged.join(', ')}. At its next start the application sets them aside and restores them`,
  )
}

function pathOf({ instance, task, name }: OfflineStore): string {
  return `${instance}/${task}/${name}`
}

function select(dir: string, name: string, force: boolean | undefined): readonly OfflineStore[] {
  const all = findStores(dir, force)
  const found = all.filter((store) => `/${pathOf(store)}`.endsWith(`/${name}`))
  if (found.length > 0) return found
  throw new TidemillError(
    'unknown-store',
    `${dir} has no store ${name}; it has ${all.length === 0 ? 'none at all' : all.map(pathOf).join(', ')}`,
  )
}
