// Programs as users write them, where they lie beside the checkout: they compile against the sources, and only wrong.ts does not.
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { compilePrograms } from '../docs/compile-programs.ts'

const programs = fileURLToPath(new URL('../../../shared/programs', import.meta.url))

test.skipIf(!existsSync(programs))('all compile, and only the mistakes do not', { timeout: 60_000 }, () => {
  const names = readdirSync(programs).filter((name) => name.endsWith('.ts'))
  const sources = Object.fromEntries(names.map((name) => [name, readFileSync(join(programs, name), 'utf8')]))
  const errors = compilePrograms(sources).map(({ file, code, message }) => `${file}: ${code} ${message}`)
  expect(errors.filter((error) => error.startsWith('wrong.ts')).length).toBeGreaterThanOrEqual(8)
  expect(errors.filter((error) => !error.startsWith('wrong.ts'))).toEqual([])
})
