// A small part of Kafka Streams' recorded answers, in every run of the tests. All of them: npm run conformance.
import { readdirSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { run as runDescriptions } from './describe.ts'
import { run as runFormats } from './formats.ts'
import { runScenarios } from './run-scenarios.ts'

const data = fileURLToPath(new URL('data', import.meta.url))
const files = readdirSync(`${data}/scenarios`)

test.each(files)('answers as Kafka Streams does: %s', (file) => {
  const { passed, failed, refused } = runScenarios(`${data}/scenarios/${file}`)
  expect(failed).toEqual([])
  expect(refused).toEqual([])
  expect(passed).toBeGreaterThan(0)
})

test('names and numbers nodes as Kafka Streams does', () => {
  const { passed, failed } = runDescriptions(`${data}/describe.json.gz`)
  expect(failed).toEqual([])
  expect(passed).toBeGreaterThan(0)
})

test('writes bytes as Kafka Streams does', () => {
  const { passed, failed, refused } = runFormats(`${data}/formats.json.gz`)
  expect(failed).toEqual([])
  expect(refused).toEqual([])
  expect(passed).toBeGreaterThan(100)
})

test('a wrong answer is found', () => {
  const [first] = files
  const wrong = runScenarios(`${data}/scenarios/${basename(first as string)}`, (scenario) => {
    const [answer] = scenario.expected.steps?.filter((one) => 'length' in one && one.length > 0) ?? []
    // A record too few is expected.
    if (answer !== undefined && Array.isArray(answer)) answer.pop()
    return true
  })
  expect(wrong.failed.length).toBeGreaterThan(0)
})
