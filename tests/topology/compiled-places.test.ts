// Mistakes are told with the line of the user's program, also where the package is compiled and source maps show its own sources.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'

const run = promisify(execFile)
const entry = new URL('../../dist/index.js', import.meta.url).href

test.each([[[]], [['--enable-source-maps']]])('with the options %j of Node', { timeout: 60_000 }, async (options) => {
  const folder = mkdtempSync(join(tmpdir(), 'tidemill-places-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const program = join(folder, 'program.mjs')
  const lines = [
    `import { StreamsBuilder, topic } from '${entry}'`,
    `const builder = new StreamsBuilder()`,
    `builder.stream(topic('in')).groupBy((value) => value).count()`,
    `try { builder.build() } catch (error) { console.log(error.problems.map(({ place }) => place).join()) }`,
  ]
  writeFileSync(program, lines.join('\n'))
  const { stdout } = await run(process.execPath, [...options, program], { cwd: folder })
  expect(new Set(stdout.trim().split(','))).toEqual(new Set(['program.mjs:3']))
})
