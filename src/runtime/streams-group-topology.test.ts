import { expect, test } from 'vitest'
import { parseConfig } from '../app/parse-config.ts'
import { StreamsBuilder } from '../dsl/index.ts'
import { serdes, topic } from '../serde/index.ts'
import { streamsGroupTopology } from './streams-group-topology.ts'

const input = topic('input', { key: serdes.string, value: serdes.string })
const other = topic('other', { key: serdes.string, value: serdes.string })

test('a streams group is told of sources, repartition topics and changelogs apart, under their names in the cluster', () => {
  const builder = new StreamsBuilder()
  const counts = builder
    .stream(input)
    .groupBy((value) => value, { key: serdes.string })
    .count({ store: { name: 'counts', changelog: { 'min.insync.replicas': '2' } } })
  builder.stream(other).join(counts, (value, count) => `${value}${count}`)
  const { thread } = parseConfig({
    applicationId: 'app',
    bootstrapServers: 'localhost:1',
    topicDefaults: { 'segment.bytes': '1000' },
  })
  const config = { ...thread, clientId: 'app', processId: 'p' }
  const [reading, counting, ...rest] = streamsGroupTopology(builder.build(), config)
  expect(rest).toEqual([])
  expect(reading).toMatchObject({ id: '0', sourceTopics: ['input'], repartitionSinkTopics: ['app-counts-repartition'] })
  expect(counting).toMatchObject({
    id: '1',
    sourceTopics: ['other'],
    repartitionSourceTopics: [{ name: 'app-counts-repartition', partitions: 0, replicationFactor: -1 }],
    repartitionSinkTopics: [],
    changelogTopics: [
      {
        name: 'app-counts-changelog',
        partitions: 0,
        config: { 'cleanup.policy': 'compact', 'segment.bytes': '1000', 'min.insync.replicas': '2' },
      },
    ],
  })
  expect(counting?.copartitionGroups.map((names) => [...names].sort())).toEqual([['app-counts-repartition', 'other']])
})
