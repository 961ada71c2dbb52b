import { TopologyTestDriver } from 'tidemill/testing'
import { expect, test } from 'vitest'
import { sentenceAt, sentenceCount } from './src/feed.ts'
import wordCount, { lines, wordCounts } from './src/word-count.ts'

test('counts words, not "the"', () => {
  using driver = new TopologyTestDriver(wordCount())
  const input = driver.inputTopic(lines)
  input.pipe({ value: 'All streams lead to Kafka', timestamp: 0 })
  input.pipe({ value: 'the Kafka streams' })
  expect(driver.outputTopic(wordCounts).readMap()).toEqual(
    new Map([
      ['all', 1],
      ['streams', 2],
      ['lead', 1],
      ['to', 1],
      ['kafka', 2],
    ]),
  )
})

test('the counts of the whole text are those of a recount', () => {
  using driver = new TopologyTestDriver(wordCount())
  const input = driver.inputTopic(lines)
  const recount = new Map<string, number>()
  for (let index = 0; index < sentenceCount; index++) {
    const sentence = sentenceAt(index)
    input.pipe({ value: sentence, timestamp: index })
    for (const word of sentence.toLowerCase().match(/\p{L}+(?:[’']\p{L}+)*/gu) ?? []) {
      if (word !== 'the') recount.set(word, (recount.get(word) ?? 0) + 1)
    }
  }
  expect(driver.outputTopic(wordCounts).readMap()).toEqual(recount)
  expect(recount.get('whale')).toBeGreaterThan(50)
})
