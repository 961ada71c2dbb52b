import { expect, test } from 'vitest'
import { StreamsBuilder } from '../index.ts'
import { serdes, topic } from '../serde/index.ts'
import { assertRecords, topicMatchers } from './matchers.ts'
import { TopologyTestDriver } from './topology-test-driver.ts'

const words = topic('words', { key: serdes.string, value: serdes.string })
const copies = topic('copies', { key: serdes.string, value: serdes.string })

function outputOf(...values: string[]) {
  const builder = new StreamsBuilder()
  builder.stream(words).to(copies)
  const driver = new TopologyTestDriver(builder.build())
  driver
    .inputTopic(words)
    .pipeAll(values.map((value, i) => ({ key: 'k', value, timestamp: i, headers: { n: String(i) } })))
  return driver.outputTopic(copies)
}

test('compares the fields that are given, of all records', () => {
  assertRecords(outputOf('a', 'b'), [{ key: 'k', value: 'a', headers: { n: '0' } }, { timestamp: 1 }])
  expect(topicMatchers.toHaveRecords(outputOf('a'), [{ value: 'a', partition: 0 }]).pass).toBe(true)
})

test('says which record differs in what, which is missing, and which is too many', () => {
  expect(() => assertRecords(outputOf('a'), [{ value: 'b' }])).toThrow("record 0 has the value 'a', not 'b'")
  expect(() => assertRecords(outputOf('a'), [{ value: 'a', headers: { n: '1' } }])).toThrow(/record 0 has the headers/)
  expect(() => assertRecords(outputOf(), [{ value: 'b' }])).toThrow(
    "there are 0 records; record 0 should be { value: 'b' }",
  )
  expect(() => assertRecords(outputOf('a', 'b'), [{ value: 'a' }])).toThrow(/there are 2 records, not 1: the next is/)
})
