// Programs as users write them, where they lie beside the checkout: they compile against the sources, and only wrong.ts does not.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync, cpSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const programs = join(root, '..', 'shared', 'programs')

/** Each file's errors, by their codes. */
function errorsOf(folder: string): readonly string[] {
  const settings = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: {
      declaration: false,
      isolatedDeclarations: false,
      typeRoots: [join(root, 'node_modules/@types')],
      paths: {
        tidemill: [join(root, 'src/index.ts')],
        'tidemill/client': [join(root, 'src/app/client.ts')],
        'tidemill/testing': [join(root, 'src/testing/index.ts')],
      },
    },
    include: ['*.ts', join(root, 'src/**/*.d.ts')],
    exclude: [],
  }
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  // The native compiler: a sixth of the time.
  const tsc = join(root, 'node_modules/typescript7/bin/tsc')
  let output = ''
  try {
    output = execFileSync(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], { encoding: 'utf8', cwd: folder })
  } catch (error) {
    // Exit code 2: there are errors, which is what is asked for.
    output = (error as { readonly stdout: string }).stdout
  }
  return output.split('\n').flatMap((line) => {
    const match = /^(\S+)\(\d+,\d+\): error (TS\d+)/.exec(line)
    return match === null ? [] : [`${match[1]}: ${match[2]}`]
  })
}

test.skipIf(!existsSync(programs))('all compile, and only the mistakes do not', { timeout: 60_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidemill-programs-'))
  try {
    for (const name of readdirSync(programs).filter((one) => one.endsWith('.ts')))
      cpSync(join(programs, name), join(folder, name))
    const errors = errorsOf(folder)
    expect(errors.filter((error) => error.startsWith('wrong.ts')).length).toBeGreaterThanOrEqual(8)
    expect(errors.filter((error) => !error.startsWith('wrong.ts'))).toEqual([])
  } finally {
    rmSync(folder, { recursive: true })
  }
})
