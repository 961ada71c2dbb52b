// Every operator has a type test: what a user can call on a stream, a table, a group or a builder is called in operators.test.ts.
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (path: string): string => readFileSync(join(root, path), 'utf8')

/** Names of methods that interfaces and classes of these files declare at the first level. */
function methodsOf(paths: readonly string[]): readonly string[] {
  const names = paths.flatMap((path) =>
    Array.from(read(path).matchAll(/^ {2}([a-z]\w*)[(<]/gm), (match) => match[1] as string),
  )
  return [...new Set(names)].filter((name) => name !== 'constructor')
}

test('every operator is called in a type test', () => {
  const api = readdirSync(join(root, 'src/dsl/api')).filter((name) => /^(k-|grouped)/.test(name))
  const operators = methodsOf([
    ...api.map((name) => `src/dsl/api/${name}`),
    'src/dsl/streams-builder.ts',
    'src/dsl/topology-builder.ts',
  ])
  const tests = read('tests/types/operators.test.ts')
  // Both are fields of an argument.
  const arguments_ = new Set(['add', 'subtract'])
  const isCalled = (name: string): boolean => new RegExp(`\\.${name}\\s*[(<]`).test(tests)
  expect(operators.length).toBeGreaterThan(40)
  expect(operators.filter((name) => !arguments_.has(name) && !isCalled(name))).toEqual([])
})
