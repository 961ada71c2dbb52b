// The architecture as a test: the layer law, the single doors, and small rules of the house. DESIGN decisions 9 and 1.
import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { ERROR_CODES } from '../src/base/index.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

interface SourceFile {
  /** From the root of the checkout, with '/'. */
  readonly path: string
  readonly text: string
  readonly isTest: boolean
  readonly imports: readonly { readonly specifier: string; readonly isTypeOnly: boolean }[]
}

function filesUnder(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .filter((path) => !path.includes('node_modules/') && !path.includes('/dist/'))
    .sort()
}

function load(path: string): SourceFile {
  const text = readFileSync(join(root, path), 'utf8')
  const withoutComments = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
  const statements = withoutComments.matchAll(
    /(?:^|\n)\s*(?:import|export)\s+(type\s)?[^'"`;]*?from\s*['"]([^'"]+)['"]|(?:^|\n)\s*import\s*['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/g,
  )
  const imports = [...statements].map((m) => ({
    specifier: (m[2] ?? m[3] ?? m[4]) as string,
    isTypeOnly: m[1] !== undefined,
  }))
  return { path, text, isTest: /\.(test|contract)\.ts$/.test(path) || path.includes('/harness/'), imports }
}

const sources = filesUnder('src')
  .filter((path) => path.endsWith('.ts'))
  .map(load)
const product = sources.filter((file) => !file.isTest)

const RANKS: readonly (readonly string[])[] = [
  ['base'],
  ['record'],
  ['protocol', 'serde', 'metrics'],
  ['client', 'broker', 'state'],
  ['topology'],
  ['processors'],
  ['dsl', 'runtime'],
  ['query', 'connect'],
  ['app'],
  ['testing', 'console'],
  ['cli'],
]
const MAY_IMPORT_BROKER_AND_CLIENT = new Set(['app', 'testing', 'console', 'cli'])

const folderOf = (path: string): string => path.split('/')[1] as string
const isRootFile = (path: string): boolean => path.split('/').length === 2
const rankOf = (folder: string): number => RANKS.findIndex((rank) => rank.includes(folder))
const targetOf = (file: SourceFile, specifier: string): string =>
  relative(root, resolve(root, dirname(file.path), specifier)).replaceAll('\\', '/')

describe('the layer law', () => {
  test('every folder of src has a rank', () => {
    const folders = new Set(sources.filter((file) => !isRootFile(file.path)).map((file) => folderOf(file.path)))
    expect([...folders].filter((folder) => rankOf(folder) === -1)).toEqual([])
  })

  test('a folder imports only folders of a lower rank, and only their index', () => {
    const broken: string[] = []
    for (const file of product) {
      if (isRootFile(file.path)) continue
      for (const { specifier } of file.imports.filter((one) => one.specifier.startsWith('.'))) {
        const target = targetOf(file, specifier)
        const from = folderOf(file.path)
        const to = folderOf(target)
        if (from === to) continue
        if (rankOf(to) >= rankOf(from)) broken.push(`${file.path} imports ${to}, which is not below ${from}`)
        if (target !== `src/${to}/index.ts`)
          broken.push(`${file.path} imports ${target}: from another folder import its index.ts`)
      }
    }
    expect(broken).toEqual([])
  })

  test('only app, testing, console and cli import both broker and client', () => {
    const importedBy = new Map<string, Set<string>>()
    for (const file of product) {
      if (isRootFile(file.path)) continue
      for (const { specifier } of file.imports.filter((one) => one.specifier.startsWith('.'))) {
        const folder = folderOf(file.path)
        importedBy.set(folder, (importedBy.get(folder) ?? new Set()).add(folderOf(targetOf(file, specifier))))
      }
    }
    const both = [...importedBy].filter(
      ([folder, targets]) => targets.has('broker') && (targets.has('client') || folder === 'client'),
    )
    expect(both.map(([folder]) => folder).filter((folder) => !MAY_IMPORT_BROKER_AND_CLIENT.has(folder))).toEqual([])
  })

  test('imports make no cycle', () => {
    const edges = new Map(
      product.map((file) => [
        file.path,
        file.imports
          .filter((one) => one.specifier.startsWith('.') && !one.isTypeOnly)
          .map((one) => targetOf(file, one.specifier)),
      ]),
    )
    const state = new Map<string, 'open' | 'done'>()
    const cycles: string[] = []
    const visit = (path: string, trail: readonly string[]): void => {
      if (state.get(path) === 'done') return
      if (state.get(path) === 'open') {
        cycles.push([...trail.slice(trail.indexOf(path)), path].join(' -> '))
        return
      }
      state.set(path, 'open')
      for (const next of edges.get(path) ?? []) visit(next, [...trail, path])
      state.set(path, 'done')
    }
    for (const path of edges.keys()) visit(path, [])
    expect(cycles).toEqual([])
  })

  test('the product depends on its declared packages and on Node only', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<
      string,
      Record<string, string>
    >
    const declared = new Set([
      ...Object.keys(manifest['dependencies'] ?? {}),
      ...Object.keys(manifest['peerDependencies'] ?? {}),
      ...Object.keys(manifest['optionalDependencies'] ?? {}),
    ])
    const broken = product.flatMap((file) =>
      file.imports
        .filter((one) => !one.isTypeOnly && !one.specifier.startsWith('.') && !one.specifier.startsWith('node:'))
        .map((one) =>
          one.specifier
            .split('/')
            .slice(0, one.specifier.startsWith('@') ? 2 : 1)
            .join('/'),
        )
        .filter((name) => !declared.has(name) && name !== 'tidemill')
        .map((name) => `${file.path} imports ${name}`),
    )
    expect(broken).toEqual([])
  })
})

/** A capability, what touches it, and the only places that may. */
const DOORS: readonly { readonly what: string; readonly pattern: RegExp; readonly allowed: RegExp }[] = [
  {
    what: 'time (base/clock.ts)',
    pattern: /\bDate\.now\(|new Date\(\)|\bperformance\.now\(|\bsetTimeout\(|\bsetInterval\(|AbortSignal\.timeout\(/,
    allowed: /^src\/base\/clock\.ts$/,
  },
  {
    what: 'randomness (base/prng.ts)',
    pattern: /Math\.random\(|randomBytes\(|randomUUID\(|getRandomValues\(/,
    allowed: /^src\/base\/prng\.ts$/,
  },
  {
    what: 'files (the Disk port)',
    pattern: /['"]node:fs(\/promises)?['"]/,
    allowed: /^src\/(base\/node-disk\.ts|app\/|cli\/)/,
  },
  {
    what: 'sockets',
    pattern: /['"]node:(net|tls|http|https|dgram)['"]/,
    allowed: /^src\/(client\/tcp-transport\.ts|broker\/server\/|app\/|console\/|cli\/)/,
  },
  { what: 'threads', pattern: /['"]node:(worker_threads|child_process|cluster)['"]/, allowed: /^src\/(app|cli)\// },
]

describe('the single doors', () => {
  test.each(DOORS)('$what', ({ pattern, allowed }) => {
    const code = (text: string): string =>
      text
        .replace(/\/\*[\s\S]*?\*\//g, '')
        .replace(/^\s*\/\/.*$/gm, '')
        .replace(/\s\/\/ .*$/gm, '')
    expect(
      product.filter((file) => !allowed.test(file.path) && pattern.test(code(file.text))).map((file) => file.path),
    ).toEqual([])
  })
})

describe('the house', () => {
  const texts = [
    ...sources,
    ...['tests', 'scripts', 'examples', 'benchmarks']
      .flatMap((folder) => filesUnder(folder))
      .filter((path) => /\.(ts|mjs)$/.test(path))
      .map(load),
  ]

  test('a file is named in kebab-case', () => {
    expect(texts.map((file) => file.path).filter((path) => !/^[a-z0-9.\-/]+$/.test(path))).toEqual([])
  })

  test('a source file has at most 800 lines', () => {
    const long = product.filter((file) => !file.path.includes('/generated/') && file.text.split('\n').length > 800)
    expect(long.map((file) => file.path)).toEqual([])
  })

  test('no work is left for later in the source', () => {
    expect(product.filter((file) => /\b(TODO|FIXME|XXX)\b/.test(file.text)).map((file) => file.path)).toEqual([])
  })

  test('there is no default export in the source', () => {
    expect(product.filter((file) => /^export default\b/m.test(file.text)).map((file) => file.path)).toEqual([])
  })

  test('the product names nothing that stands outside of it', () => {
    const outside = /\.\.\/shared\b/
    expect(product.filter((file) => outside.test(file.text)).map((file) => file.path)).toEqual([])
  })

  test('every error code that the source uses is in the table, and every code of the table is used', () => {
    const pattern =
      /new (?:TidemillError|RetriableError|TaskMigratedError|TaskCorruptedError|TopologyError)\(\s*'([a-z-]+)'/g
    const used = new Set(product.flatMap((file) => [...file.text.matchAll(pattern)].map((match) => match[1] as string)))
    const everywhere = product
      .filter((file) => file.path !== 'src/base/error-codes.ts')
      .map((file) => file.text)
      .join('\n')
    expect([...used].filter((code) => !(code in ERROR_CODES))).toEqual([])
    expect(Object.keys(ERROR_CODES).filter((code) => !everywhere.includes(`'${code}'`))).toEqual([])
  })

  test('the table of error codes is sorted', () => {
    expect(Object.keys(ERROR_CODES)).toEqual(Object.keys(ERROR_CODES).toSorted())
  })

  test('the lockfile holds no registry address', () => {
    expect(
      /"resolved": "(?!(?:benchmarks|examples|console|docs))/.test(
        readFileSync(join(root, 'package-lock.json'), 'utf8'),
      ),
    ).toBe(false)
  })
})
