// Every public thing says what it is, and has an example that compiles and runs.
import { expect, test } from 'vitest'
import { compilePrograms } from './compile-programs.ts'
import { readExamples } from './examples.ts'
import { readPages } from './pages.ts'
import { ENTRIES, exportsOf } from './public-api.ts'
import { runProgram } from './run-program.ts'

const examples = readExamples()
const publicThings = Object.values(ENTRIES).flatMap((file) => [...exportsOf(file)])

test('every example compiles', { timeout: 60_000 }, () => {
  expect(examples.length).toBeGreaterThan(120)
  const nameOf = (place: string): string => `${place.replaceAll(/[/:.]/g, '_')}.ts`
  const sources = Object.fromEntries(examples.map(({ place, program }) => [nameOf(place), program]))
  // As users of vitest declare the matchers that they add.
  const matchers = `import 'vitest'
declare module 'vitest' {
  interface Matchers { toHaveRecords(expected: readonly object[]): void }
}
`
  const errors = compilePrograms({ ...sources, 'matchers.d.ts': matchers }).map(({ file, message }) => {
    const example = examples.find(({ place }) => nameOf(place) === file)
    return `${example?.place ?? file}: ${message}\n${example?.code}`
  })
  expect(errors).toEqual([])
})

test.each(examples)('the example at $place runs', async ({ program }) => {
  await runProgram(program)
})

test('every public thing says what it is', () => {
  expect(publicThings.filter(([, { doc }]) => doc === '').map(([name, { file }]) => `${name} (${file})`)).toEqual([])
})

test('every public function, class and value has an example', () => {
  const without = publicThings.filter(
    ([, { kind, doc }]) => /function|class|const/.test(kind) && !doc.includes('@example'),
  )
  expect(without.map(([name, { file }]) => `${name} (${file})`)).toEqual([])
})

test('every public type has an example or stands in the documentation', () => {
  const words = new Set(readPages().flatMap(({ text }) => text.match(/\w+/g) ?? []))
  const without = publicThings.filter(
    ([name, { kind, doc }]) => /interface|type/.test(kind) && !doc.includes('@example') && !words.has(name),
  )
  expect(without.map(([name, { file }]) => `${name} (${file})`)).toEqual([])
})
