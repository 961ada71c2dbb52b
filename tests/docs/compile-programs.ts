// Type-checks programs of the documentation together, each a module of its own, against the sources.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

export interface ProgramError {
  readonly file: string
  readonly line: number
  readonly message: string
}

/** Checks files by their names, strictly. */
export function compilePrograms(sources: Readonly<Record<string, string>>): readonly ProgramError[] {
  const folder = mkdtempSync(join(tmpdir(), 'tidemill-docs-types-'))
  try {
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings))
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    for (const [name, text] of Object.entries(sources)) writeFileSync(join(folder, name), text)
    return parse(run(folder))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const settings = {
  extends: join(root, 'tsconfig.json'),
  compilerOptions: {
    declaration: false,
    isolatedDeclarations: false,
    typeRoots: [join(root, 'node_modules/@types')],
    paths: {
      tidemill: [join(root, 'src/index.ts')],
      'tidemill/broker': [join(root, 'src/app/broker.ts')],
      'tidemill/client': [join(root, 'src/app/client.ts')],
      'tidemill/formats': [join(root, 'src/app/formats.ts')],
      'tidemill/testing': [join(root, 'src/testing/index.ts')],
    },
  },
  include: ['*.ts', join(root, 'src/**/*.d.ts')],
  exclude: [],
}

function run(folder: string): string {
  // The native compiler: a sixth of the time.
  const tsc = join(root, 'node_modules/typescript7/bin/tsc')
  try {
    return execFileSync(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], { encoding: 'utf8', cwd: folder })
  } catch (error) {
    // Exit code 2: there are errors, which is what is asked for.
    return (error as { readonly stdout: string }).stdout
  }
}

function parse(output: string): readonly ProgramError[] {
  const errors: { file: string; line: number; message: string }[] = []
  for (const text of output.split('\n')) {
    const match = /^(\S+)\((\d+),\d+\): error (TS\d+: .*)$/.exec(text)
    if (match !== null) errors.push({ file: match[1] ?? '', line: Number(match[2]), message: match[3] ?? '' })
    const last = errors.at(-1)
    if (text.startsWith('  ') && last !== undefined) last.message += `\n${text}`
  }
  return errors
}
