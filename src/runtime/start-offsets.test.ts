import { describe, expect, test } from 'vitest'
import { ManualClock } from '../base/index.ts'
import type { Admin, OffsetSpec } from '../client/index.ts'
import { StreamsBuilder } from '../dsl/index.ts'
import { type TopicPartition, topicPartition } from '../record/index.ts'
import { serdes, topic, topicPattern } from '../serde/index.ts'
import { lookUpStartOffsets, startPolicies } from './start-offsets.ts'

const NOW = 1_000_000
const texts = { key: serdes.string, value: serdes.string }

/** Logs that begin at 10 and end at 90, with a record each 10,000 ms up to now; `silent` has none for a long time. */
const admin = {
  async listOffsets(partitions: readonly TopicPartition[], spec: OffsetSpec) {
    const offsetOf = ({ topic: name }: TopicPartition): number => {
      if (spec === 'earliest') return 10
      if (spec === 'latest') return 90
      return name === 'silent' ? -1 : 90 - Math.floor((NOW - spec.atMs) / 10_000)
    }
    return new Map(partitions.map((tp) => [tp, { offset: offsetOf(tp), timestamp: -1, leaderEpoch: 0 }]))
  },
} as unknown as Admin // as much of it as is asked

function policies(): ReturnType<typeof startPolicies> {
  const builder = new StreamsBuilder()
  builder.stream(topic('first', texts), { startFrom: 'earliest' })
  builder.stream(topic('last', texts), { startFrom: 'latest' })
  builder.stream([topic('recent', texts), topic('silent', texts)], { startFrom: { ago: '5m' } })
  builder.stream(topic('committed', texts), { startFrom: 'none' })
  builder.stream(topicPattern(/log-.*/, texts), { startFrom: 'latest' })
  builder
    .stream(topic('default', texts))
    .groupBy((value) => value, texts)
    .count({ store: 'counts' })
  return startPolicies(builder.build(), 'app', 'latest')
}

const lookUp = async (...names: readonly string[]): Promise<readonly number[]> => {
  const partitions = names.map((name) => topicPartition(name, 0))
  const found = await lookUpStartOffsets(partitions, policies(), admin, new ManualClock(NOW))
  return partitions.map((tp) => found.get(tp) ?? -1)
}

describe('an input without a committed offset', () => {
  test('is read from the start, the end, or a time ago, as its source says', async () => {
    expect(await lookUp('first', 'last', 'recent', 'log-7')).toEqual([10, 90, 60, 90])
  })

  test('is read from its end where nothing came since the time', async () => {
    expect(await lookUp('silent')).toEqual([90])
  })

  test('is read from where the application says, where the source says nothing; internal topics from their start', async () => {
    expect(await lookUp('default', 'app-counts-repartition')).toEqual([90, 10])
  })

  test('is an error where there must be one', async () => {
    await expect(lookUp('committed')).rejects.toMatchObject({ code: 'offset-out-of-range' })
  })
})
