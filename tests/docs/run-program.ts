// Runs the programs of the documentation, in this process: imports are handed in, and what is printed is kept.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { format } from 'node:util'
import { transform } from 'esbuild'

/** What programs may import. */
const MODULES: Readonly<Record<string, () => Promise<object>>> = {
  tidemill: () => import('tidemill'),
  'tidemill/broker': () => import('tidemill/broker'),
  'tidemill/client': () => import('tidemill/client'),
  'tidemill/formats': () => import('tidemill/formats'),
  'tidemill/testing': () => import('tidemill/testing'),
  'node:assert': () => import('node:assert'),
  'node:fs': () => import('node:fs'),
  vitest: () => import('vitest'),
  zod: () => import('zod'),
}

const IMPORT = /^import\s+(type\s+)?([^'"]*?)\s+from\s+'([^']+)'\n/gm

/** Runs a program in a folder of its own and returns the lines that it prints. */
export async function runProgram(source: string): Promise<string> {
  const modules: string[] = []
  const body = source.replace(IMPORT, (_, isType: string | undefined, names: string, specifier: string) => {
    if (isType !== undefined) return ''
    if (MODULES[specifier] === undefined) throw new Error(`the documentation imports '${specifier}', which it must not`)
    return `const ${bindings(names)} = $modules[${modules.push(specifier) - 1}]\n`
  })
  const folder = mkdtempSync(join(tmpdir(), 'tidemill-docs-'))
  const before = process.cwd()
  process.chdir(folder)
  try {
    const { code } = await transform(`export default async ($modules, console) => {\n${body}\n}`, {
      loader: 'ts',
      format: 'cjs',
      target: 'node20',
    })
    const made = { exports: {} as { default?: (modules: readonly object[], console: object) => Promise<void> } }
    // The program is the project's own text.
    // oxlint-disable-next-line typescript/no-implied-eval, no-new-func -- this is what running an example is
    new Function('module', 'exports', code)(made, made.exports)
    const lines: string[] = []
    // The place of an operator is one in this process, and no line of the page.
    const print = (...args: readonly unknown[]): void =>
      void lines.push(format(...args).replace(/[\w/.-]*run-program\.ts:\d+/g, 'program.ts'))
    await made.exports.default?.(await Promise.all(modules.map(async (name) => (await MODULES[name]?.()) ?? {})), {
      log: print,
      warn: print,
      error: print,
    })
    return lines.join('\n')
  } finally {
    process.chdir(before)
    rmSync(folder, { recursive: true, force: true })
  }
}

/** `{ a, type B, c as d }` of an import as a pattern of const. */
function bindings(names: string): string {
  const namespace = /^\*\s+as\s+(\w+)$/.exec(names)
  if (namespace !== null) return namespace[1] as string
  const listed = names.replace(/^\{|\}$/g, '').split(',')
  const values = listed.map((name) => name.trim()).filter((name) => name !== '' && !name.startsWith('type '))
  return `{ ${values.map((name) => name.replace(' as ', ': ')).join(', ')} }`
}
