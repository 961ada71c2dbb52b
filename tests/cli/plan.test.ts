import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../app/harness.ts'
import { tidemill } from './command.ts'

test('a plan is a table, or JSON, and ends with 1 where the change is unsafe', { timeout: 60_000 }, async () => {
  const dir = temporaryDirectory()
  writeFileSync(join(dir, 'package.json'), '{ "type": "module" }')
  const library = fileURLToPath(new URL('../../src/index.ts', import.meta.url))
  const write = (name: string, steps: string): void =>
    writeFileSync(
      join(dir, name),
      `import { StreamsBuilder, serdes, topic } from ${JSON.stringify(library)}
const builder = new StreamsBuilder()
builder.stream(topic('in', { key: serdes.string, value: serdes.string }))${steps}
export default builder.build()
`,
    )
  write('old.ts', '.groupByKey().count()')
  write('moved.ts', '.filter(() => true).groupByKey().count()')
  const safe = await tidemill(['plan', 'old.ts', 'old.ts'], { cwd: dir })
  expect(safe.stderr).toBe('')
  expect([safe.code, safe.stdout]).toEqual([0, expect.stringMatching(/^WHAT +NAME +VERDICT +WHY\n[^]*safe: nothing/)])
  const unsafe = await tidemill(['--json', 'plan', 'old.ts', 'moved.ts'], { cwd: dir })
  expect(unsafe.code).toBe(1)
  expect(unsafe.stderr).toMatch(/1 of \d lines are unsafe: KSTREAM-AGGREGATE-STATE-STORE-0000000001 \(unsafe-change\)/)
  expect(JSON.parse(unsafe.stdout)).toContainEqual(
    expect.objectContaining({ name: 'KSTREAM-AGGREGATE-STATE-STORE-0000000001', verdict: 'unsafe' }),
  )
})
