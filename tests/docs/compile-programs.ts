// Type-checks programs together, as users would write them, each a module of its own, against the sources.
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type CompilerError, compilerErrors, runCompiler } from '../run-compiler.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Checks files by their names, strictly. */
export function compilePrograms(sources: Readonly<Record<string, string>>): readonly CompilerError[] {
  const folder = mkdtempSync(join(tmpdir(), 'tidemill-docs-types-'))
  try {
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings))
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    for (const [name, text] of Object.entries(sources)) writeFileSync(join(folder, name), text)
    return compilerErrors(runCompiler(folder))
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
