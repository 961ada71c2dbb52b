import { describe, expect, test } from 'vitest'
import { serdes } from '../serde/index.ts'
import type { KeyValueStoreDefinition, WindowStoreDefinition } from '../state/index.ts'
import { TopologyAssembler } from './assembler.ts'
import { changelogTopic } from './internal-topics.ts'
import type { ProcessorNode, SinkNode, SourceNode } from './node.ts'
import { callPlace } from './place.ts'
import { UnionFind } from './union-find.ts'

function source(name: string, ...topics: readonly string[]): SourceNode {
  return {
    kind: 'source',
    name,
    topics: topics.map((topic) => ({ name: topic, isInternal: false })),
    pattern: undefined,
    key: serdes.string,
    value: serdes.string,
    timestamp: undefined,
    startFrom: undefined,
    parents: [],
    place: undefined,
  }
}

function processor(name: string, parents: readonly string[], stores: readonly string[] = []): ProcessorNode {
  const create = (): never => {
    throw new Error('is not run here')
  }
  return { kind: 'processor', name, parents, stores, create, place: undefined }
}

function sink(name: string, topic: string, ...parents: readonly string[]): SinkNode {
  return {
    kind: 'sink',
    name,
    parents,
    topic: { name: topic, isInternal: false },
    key: serdes.string,
    value: serdes.string,
    innerKey: undefined,
    partition: undefined,
    place: undefined,
  }
}

const store: KeyValueStoreDefinition = {
  kind: 'key-value',
  name: 'store',
  key: serdes.string,
  value: serdes.string,
  type: 'disk',
  format: 'plain',
  caching: false,
  logging: true,
  changelogConfig: {},
  sourceTopic: undefined,
  isGlobal: false,
  lruEntriesMax: undefined,
  ttlMs: undefined,
}

describe('sub-topologies', () => {
  test('are numbered in the order of their first nodes, and joined by stores', () => {
    const assembler = new TopologyAssembler()
    assembler.addSource(source('a', 'in-a'))
    assembler.addSource(source('b', 'in-b'))
    assembler.addSource(source('c', 'in-c'))
    assembler.addStore(store, undefined)
    assembler.addProcessor(processor('first', ['a'], ['store']))
    assembler.addProcessor(processor('second', ['c'], ['store']))
    assembler.addSink(sink('out', 'out', 'b'))
    const { subTopologies } = assembler.assemble('fail-on-invalid')
    expect(subTopologies.map(({ id, nodes }) => [id, nodes.map(({ name }) => name)])).toEqual([
      [0, ['a', 'c', 'first', 'second']],
      [1, ['b', 'out']],
    ])
    expect(subTopologies[0]?.changelogTopics.map(({ name }) => name)).toEqual(['store-changelog'])
  })

  test('are described in the layout of Kafka Streams, nodes with more behind them first', () => {
    const assembler = new TopologyAssembler()
    assembler.addSource(source('source', 'in'))
    assembler.addStore(store, undefined)
    assembler.addProcessor(processor('work', ['source'], ['store']))
    assembler.addProcessor(processor('idle', ['source']))
    assembler.addSink(sink('sink', 'out', 'work'))
    expect(assembler.assemble('fail-on-invalid').describe()).toBe(`Topologies:
   Sub-topology: 0
    Source: source (topics: [in])
      --> work, idle
    Processor: work (stores: [store])
      --> sink
      <-- source
    Processor: idle (stores: [])
      --> none
      <-- source
    Sink: sink (topic: out)
      <-- work

`)
  })

  test('of global stores have a number, and no changelog', () => {
    const assembler = new TopologyAssembler()
    const global = { ...store, isGlobal: true, logging: false, sourceTopic: 'in' }
    assembler.addGlobalStore(source('source', 'in'), processor('put', ['source'], ['store']), global)
    const topology = assembler.assemble('fail-on-invalid')
    expect(topology.globalStores).toEqual([global])
    expect(topology.subTopologies).toMatchObject([{ id: 0, isGlobal: true, changelogTopics: [], stores: [global] }])
    expect(topology.describe()).toContain('Sub-topology: 0 for global store (will not generate tasks)')
  })
})

describe('topics that must have equal numbers of partitions', () => {
  test('are one set where sets share a topic, and none where there is only one topic', () => {
    const assembler = new TopologyAssembler()
    for (const name of ['a', 'b', 'c', 'd']) assembler.addSource(source(name, `in-${name}`))
    assembler.addProcessor(processor('join', ['a', 'b', 'c']))
    assembler.addProcessor(processor('alone', ['d']))
    assembler.copartition(['a', 'b'], undefined)
    assembler.copartition(['b', 'c'], undefined)
    assembler.copartition(['d'], undefined)
    const groups = assembler.assemble('fail-on-invalid').subTopologies.flatMap((one) => one.copartitionGroups)
    expect(groups.map((group) => group.map(({ name }) => name).sort())).toEqual([['in-a', 'in-b', 'in-c']])
  })
})

describe('changelog topics', () => {
  const windows: WindowStoreDefinition = {
    ...store,
    kind: 'window',
    windowSizeMs: 10,
    retentionMs: 20,
    retainDuplicates: false,
    timeOrdered: false,
  }

  test('of windows are compacted and deleted after their retention, to which the application adds', () => {
    expect(changelogTopic(windows)).toMatchObject({
      config: { 'cleanup.policy': 'compact,delete', 'retention.ms': '20', 'message.timestamp.type': 'CreateTime' },
      addRetentionTo: 'retention.ms',
    })
  })

  test('of stores that keep every put are not compacted', () => {
    expect(changelogTopic({ ...windows, retainDuplicates: true }).config['cleanup.policy']).toBe('delete')
  })

  test('keep what the user sets, and nothing is added to that', () => {
    const set = { ...windows, changelogConfig: { 'retention.ms': '5', 'segment.bytes': '1000' } }
    expect(changelogTopic(set)).toMatchObject({
      config: { 'retention.ms': '5', 'segment.bytes': '1000' },
      addRetentionTo: undefined,
    })
  })

  test('of windows without an end are kept for ever', () => {
    expect(changelogTopic({ ...windows, retentionMs: Infinity })).toMatchObject({
      config: { 'retention.ms': '9223372036854775807' },
      addRetentionTo: undefined,
    })
  })
})

test('a place is the file and line of the caller outside of the project', () => {
  expect(callPlace()).toMatch(/^src\/topology\/assembler\.test\.ts:\d+$/)
})

test('united names have one root', () => {
  const sets = new UnionFind()
  for (const name of ['a', 'b', 'c', 'd']) sets.add(name)
  sets.unite('a', 'b')
  sets.unite('c', 'd')
  expect(sets.root('b')).not.toBe(sets.root('d'))
  sets.unite('d', 'b')
  expect(new Set(['a', 'b', 'c', 'd'].map((name) => sets.root(name))).size).toBe(1)
})
