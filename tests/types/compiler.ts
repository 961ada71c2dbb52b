// Runs a compiler over source text that uses the public API, and gives its errors by line. The API is given as declarations, which
// are made file by file: checking the whole project each time would take half a minute.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { type CompilerError, compilerErrors, runCompiler } from '../run-compiler.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The compiler that the project uses, and the next one. */
export const COMPILERS = { 'TypeScript 6': 'typescript', 'TypeScript 7': 'typescript7' } as const
export type Compiler = keyof typeof COMPILERS

export interface Compilation {
  readonly errors: readonly CompilerError[]
  /** How many types the checker made of generic ones. */
  readonly instantiations: number
}

/** Checks one file of source text. */
export function compile(compiler: Compiler, source: string): Compilation {
  const folder = mkdtempSync(join(tmpdir(), 'tidemill-types-'))
  try {
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    writeFileSync(join(folder, 'program.ts'), source)
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings(folder)))
    writeDeclarations(join(root, 'src/index.ts'), join(folder, 'tidemill'))
    return parse(runCompiler(folder, COMPILERS[compiler], '--extendedDiagnostics'))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function settings(folder: string): unknown {
  return {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: {
      declaration: false,
      isolatedDeclarations: false,
      typeRoots: [join(root, 'node_modules/@types')],
      paths: {
        tidemill: [join(folder, 'tidemill/index.d.ts')],
        '@standard-schema/spec': [join(root, 'node_modules/@standard-schema/spec')],
      },
    },
    include: ['program.ts'],
    exclude: [],
  }
}

/** The declarations of a file and of all that those name, by path; made once. */
const declarations = new Map<string, string>()

function writeDeclarations(entry: string, target: string): void {
  if (declarations.size === 0) collectDeclarations(entry)
  for (const [file, text] of declarations) {
    const written = join(target, relative(dirname(entry), file)).replace(/\.ts$/, '.d.ts')
    mkdirSync(dirname(written), { recursive: true })
    writeFileSync(written, text)
  }
}

function collectDeclarations(entry: string): void {
  const waiting = [entry]
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (declarations.has(file) || !existsSync(file)) continue
    const text = declarationOf(file)
    declarations.set(file, text)
    const folder = dirname(file)
    for (const [, specifier] of text.matchAll(/(?:from |import\()'(\.[^']+)'/g))
      waiting.push(join(folder, specifier ?? ''))
  }
}

function declarationOf(file: string): string {
  const compilerOptions: ts.CompilerOptions = {
    isolatedDeclarations: true,
    declaration: true,
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    verbatimModuleSyntax: true,
  }
  return ts.transpileDeclaration(readFileSync(file, 'utf8'), { fileName: file, compilerOptions }).outputText
}

function parse(output: string): Compilation {
  const errors = compilerErrors(output)
  // Errors of the project's own files are errors of this test's making: they must not hide.
  const foreign = errors.find(({ file }) => file !== 'program.ts')
  if (foreign !== undefined) throw new Error(`${foreign.file}(${foreign.line}): ${foreign.message}`)
  const instantiations = Number(/^Instantiations:\s+(\d+)/m.exec(output)?.[1] ?? Number.NaN)
  return { errors, instantiations }
}
