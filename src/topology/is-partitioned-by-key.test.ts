import { expect, test } from 'vitest'
import { StreamsBuilder } from '../dsl/index.ts'
import { serdes, topic } from '../serde/index.ts'
import { isPartitionedByKey } from './is-partitioned-by-key.ts'

const texts = { key: serdes.string, value: serdes.string }

test('a store is partitioned by key unless a partition function of the topology writes what fills it', () => {
  const builder = new StreamsBuilder()
  const input = builder.stream(topic('input', texts))
  input.groupBy((value) => value, texts).count({ store: 'by-default' })
  input
    .repartition({ partition: () => 0 })
    .groupByKey()
    .count({ store: 'behind-repartition' })
  const through = topic('through', texts)
  input.to(through, { partition: () => 1 })
  builder.table(through, { store: 'behind-a-topic' })
  builder.globalTable(topic('everywhere', texts), { store: 'global' })
  const topology = builder.build()
  const names = ['by-default', 'behind-repartition', 'behind-a-topic', 'global']
  expect(names.filter((name) => isPartitionedByKey(topology, name))).toEqual(['by-default', 'global'])
})
