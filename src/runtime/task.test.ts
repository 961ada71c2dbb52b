import { describe, expect, test } from 'vitest'
import { ManualClock } from '../base/index.ts'
import type { RecordCursor } from '../protocol/index.ts'
import { RecordHeaders, topicPartition } from '../record/index.ts'
import { serdes } from '../serde/index.ts'
import type { NodeContext, NodeProcessor, SinkNode, SourceNode, SubTopology, TopologyNode } from '../topology/index.ts'
import { decodeCommitMetadata } from './commit-metadata.ts'
import type { ErrorHandlers } from './error-handling.ts'
import type { RecordSource } from './task-contract.ts'
import { Task } from './task.ts'

const text = serdes.nullable(serdes.string)

function source(name: string, ...topics: string[]): SourceNode {
  return {
    kind: 'source',
    name,
    topics: topics.map((topic) => ({ name: topic, isInternal: false })),
    pattern: undefined,
    key: text,
    value: text,
    timestamp: undefined,
    startFrom: undefined,
    parents: [],
    place: undefined,
  }
}

function sink(name: string, topic: string, parents: readonly string[], more: Partial<SinkNode> = {}): SinkNode {
  const ref = { name: topic, isInternal: false }
  return {
    kind: 'sink',
    name,
    parents,
    topic: ref,
    key: text,
    value: text,
    innerKey: undefined,
    partition: undefined,
    place: undefined,
    ...more,
  }
}

function processor(name: string, parents: readonly string[], create: () => NodeProcessor): TopologyNode {
  return { kind: 'processor', name, parents, stores: [], create, place: undefined }
}

/** A processor that does something with each record and its context. */
function step(
  work: (record: any, context: NodeContext) => void,
  init?: (context: NodeContext) => void,
): () => NodeProcessor {
  return () => {
    let own: NodeContext
    return {
      init(context) {
        own = context
        init?.(context)
      },
      process: (record) => work(record, own),
    }
  }
}

const pass = step((record, context) => context.forward(record))

interface Sent {
  readonly topic: string
  readonly partition: number
  readonly key: string | null
  readonly value: string | null
  readonly timestamp: number
  readonly headers: RecordHeaders
}

interface Setup {
  readonly nodes: readonly TopologyNode[]
  readonly partitions?: number
  readonly handlers?: Partial<ErrorHandlers>
  readonly committed?: ReadonlyMap<
    ReturnType<typeof topicPartition>,
    { readonly offset: number; readonly metadata: string }
  >
  readonly taskIdleMs?: number
}

function setUp({ nodes, partitions = 1, handlers = {}, committed = new Map(), taskIdleMs }: Setup) {
  const sent: Sent[] = []
  const sub: SubTopology = {
    id: 0,
    nodes,
    stores: [],
    sourceTopics: [],
    sinkTopics: [],
    repartitionTopics: [],
    changelogTopics: [],
    copartitionGroups: [],
    isGlobal: false,
  }
  const decode = (bytes: Uint8Array | null): string | null => (bytes === null ? null : Buffer.from(bytes).toString())
  const topics = nodes.flatMap((node) => (node.kind === 'source' ? node.topics : [])).map((ref) => ref.name)
  const task = new Task({
    taskId: '0_0',
    subTopologies: [sub],
    partition: 0,
    inputs: topics.map((topic) => topicPartition(topic, 0)),
    config: { applicationId: 'app', stateDir: '', processingGuarantee: 'at-least-once' },
    handlers: {
      onDeserializationError: undefined,
      onProcessingError: undefined,
      onProductionError: undefined,
      deadLetterTopic: undefined,
      ...handlers,
    },
    defaultTimestamp: 'fail-on-invalid',
    clock: new ManualClock(),
    collector: {
      origins: undefined,
      topic: (topic) => ({
        topic,
        partitions,
        send: (partition, key, value, timestamp, headers) =>
          sent.push({ topic, partition, key: decode(key), value: decode(value), timestamp, headers }),
        sendRange(partition, buffer, keyStart, keyEnd, valueStart, valueEnd, timestamp, headers) {
          const part = (start: number, end: number) => (end === -1 ? null : buffer.subarray(start, end))
          this.send(partition, part(keyStart, keyEnd), part(valueStart, valueEnd), timestamp, headers)
        },
      }),
    },
    engine: () => {
      throw new Error('no store here')
    },
    cacheBytesMax: () => 0,
    globalStores: new Map(),
    committed,
    emitIntervalMs: 0,
    ...(taskIdleMs === undefined ? {} : { taskIdleMs }),
  })
  task.start(0)
  const offsets = new Map<string, number>()
  const feed = (
    topic: string,
    ...records: (readonly [key: string | null, value: string | null, timestamp: number])[]
  ): void => {
    const from = offsets.get(topic) ?? 0
    offsets.set(topic, from + records.length)
    task.enqueue(topicPartition(topic, 0), [batch(records, from)], from, from + records.length)
  }
  const values = (topic = 'out'): (string | null)[] => sent.filter((one) => one.topic === topic).map((one) => one.value)
  return { task, sent, feed, values }
}

function batch(
  records: readonly (readonly [string | null, string | null, number])[],
  baseOffset: number,
): RecordSource {
  return { recordCount: records.length, cursor: () => cursorOver(records, baseOffset) }
}

function cursorOver(
  records: readonly (readonly [string | null, string | null, number])[],
  baseOffset: number,
): RecordCursor {
  let at = -1
  const current = () => {
    const [key, value, timestamp] = records[at] as (typeof records)[number]
    const k = key === null ? null : Buffer.from(key)
    const v = value === null ? null : Buffer.from(value)
    return { k, v, timestamp, buffer: Buffer.concat([k ?? Buffer.of(), v ?? Buffer.of()]) }
  }
  return {
    get buffer() {
      return current().buffer
    },
    get offset() {
      return baseOffset + at
    },
    get timestamp() {
      return current().timestamp
    },
    keyStart: 0,
    get keyLength() {
      return current().k?.length ?? -1
    },
    get valueStart() {
      return current().k?.length ?? 0
    },
    get valueLength() {
      return current().v?.length ?? -1
    },
    headerCount: 0,
    headers: () => RecordHeaders.empty,
    next: () => ++at < records.length,
  }
}

describe('taking records', () => {
  test('takes the lowest timestamp of all inputs first, and knows the stream time', () => {
    const { task, feed, values } = setUp({ nodes: [source('s', 'a', 'b'), sink('k', 'out', ['s'])] })
    feed('a', ['k', 'a5', 5], ['k', 'a1', 1])
    feed('b', ['k', 'b3', 3], ['k', 'b9', 9])
    expect(task.process(10, 0)).toBe(4)
    expect(values()).toEqual(['b3', 'a5', 'a1', 'b9'])
    expect(task.streamTime).toBe(9)
  })

  test('waits for an empty input that is behind its log, and for one at its end as long as told', () => {
    const { task, feed } = setUp({ nodes: [source('s', 'a', 'b'), sink('k', 'out', ['s'])], taskIdleMs: 100 })
    feed('a', ['k', 'v', 1])
    const b = topicPartition('b', 0)
    expect(task.isReady(0)).toBe(false)
    task.setLag(b, 3)
    expect(task.isReady(1_000)).toBe(false)
    task.setLag(b, 0)
    expect(task.isReady(2_000)).toBe(false)
    expect(task.isReady(2_099)).toBe(false)
    expect(task.isReady(2_100)).toBe(true)
  })

  test('commits the offset after what was taken, with partition time, and the position when all is taken', () => {
    const { task, feed } = setUp({ nodes: [source('s', 'a'), sink('k', 'out', ['s'])] })
    feed('a', ['k', 'v', 7], ['k', 'v', 3], ['k', 'v', 9])
    task.process(2, 0)
    const [tp, entry] = [...task.prepareCommit(0).offsets][0] as [unknown, { offset: number; metadata: string }]
    expect(tp).toBe(topicPartition('a', 0))
    expect(entry.offset).toBe(2)
    expect(decodeCommitMetadata(entry.metadata).partitionTime).toBe(7)
    task.completeCommit(() => undefined)
    expect(task.needsCommit).toBe(false)
    task.process(5, 0)
    expect([...task.prepareCommit(0).offsets.values()].map(({ offset }) => offset)).toEqual([3])
  })

  test('a record with a negative timestamp fails by default, and says where', () => {
    const { feed, task } = setUp({ nodes: [source('s', 'a'), sink('k', 'out', ['s'])] })
    expect(() => {
      feed('a', ['k', 'v', -1])
      task.process(1, 0)
    }).toThrow(/a-0 at offset 0 has the timestamp -1/)
  })

  test('records that are dropped still move the committed offset', () => {
    const nodes = [{ ...source('s', 'a'), timestamp: 'skip-invalid' as const }, sink('k', 'out', ['s'])]
    const { task, feed, values } = setUp({ nodes })
    feed('a', ['k', 'v', -1], ['k', 'v', -1])
    expect(task.process(5, 0)).toBe(1)
    expect(values()).toEqual([])
    expect([...task.prepareCommit(0).offsets.values()][0]?.offset).toBe(2)
  })
})

describe('processing', () => {
  test('forwards depth first to the children in order, and the context follows the forwarded timestamp', () => {
    const seen: string[] = []
    const shift = step((record, context) => {
      context.forward({ ...record, timestamp: record.timestamp + 10 })
      seen.push(`after ${context.record.timestamp}`)
    })
    const note = (name: string) =>
      step((record, context) => seen.push(`${name} ${record.timestamp} ${context.record.timestamp}`))
    const { task, feed } = setUp({
      nodes: [
        source('s', 'a'),
        processor('p', ['s'], shift),
        processor('x', ['p'], note('x')),
        processor('y', ['p'], note('y')),
      ],
    })
    feed('a', ['k', 'v', 1])
    task.process(1, 0)
    expect(seen).toEqual(['x 11 11', 'y 11 11', 'after 1'])
  })

  test('an error names node, topic, partition and offset', () => {
    const boom = step(() => {
      throw new RangeError('boom')
    })
    const { task, feed } = setUp({
      nodes: [source('s', 'a'), processor('outer', ['s'], pass), processor('inner', ['outer'], boom)],
    })
    feed('a', ['k', 'v', 1], ['k', 'w', 1])
    expect(() => task.process(1, 0)).toThrow('inner failed at a-0 offset 0: boom')
  })

  test('continue drops the record for the failing node only: its siblings and the next records go on', () => {
    const failOn = step((record) => {
      if (record.value === 'bad') throw new Error('bad')
    })
    const { task, feed, values } = setUp({
      nodes: [source('s', 'a'), processor('p', ['s'], pass), processor('f', ['p'], failOn), sink('k', 'out', ['p'])],
      handlers: { onProcessingError: 'continue' },
    })
    feed('a', ['k', 'bad', 1], ['k', 'good', 2])
    task.process(2, 0)
    expect(values()).toEqual(['bad', 'good'])
  })

  test('a dead letter holds the source record and the reason', () => {
    const boom = step(() => {
      throw new RangeError('boom')
    })
    const { task, feed, sent } = setUp({
      nodes: [source('s', 'a'), processor('p', ['s'], boom)],
      handlers: { onProcessingError: 'dead-letter', deadLetterTopic: 'dead' },
    })
    feed('a', ['key', 'value', 4])
    task.process(1, 0)
    const [letter] = sent
    expect(letter).toMatchObject({ topic: 'dead', key: 'key', value: 'value', timestamp: 4 })
    expect(letter?.headers.get('__streams.errors.exception')).toBe('RangeError')
    expect(letter?.headers.get('__streams.errors.topic')).toBe('a')
    expect(letter?.headers.get('__streams.errors.offset')).toBe('0')
  })

  test('what a handler answers wrongly is refused with what it may answer', () => {
    const boom = step(() => {
      throw new Error('boom')
    })
    const { task, feed } = setUp({
      nodes: [source('s', 'a'), processor('p', ['s'], boom)],
      handlers: { onProcessingError: () => 'ignore' as never },
    })
    feed('a', ['k', 'v', 1])
    expect(() => task.process(1, 0)).toThrow(/onProcessingError gave ignore .* must be 'fail', 'continue'/)
  })
})

describe('writing', () => {
  test('the default partition is murmur2 of the key, any for a null key', () => {
    const { task, feed, sent } = setUp({ nodes: [source('s', 'a'), sink('k', 'out', ['s'])], partitions: 10 })
    feed('a', ['foobar', 'v', 1], [null, 'v', 1])
    task.process(2, 0)
    // Java: Utils.toPositive(Utils.murmur2("foobar".getBytes())) % 10, murmur2 being -790332482.
    expect(sent.map(({ partition }) => partition)).toEqual([(-790332482 & 0x7fffffff) % 10, -1])
  })

  test('a partition function may choose one, several or none', () => {
    const choices: Record<string, readonly number[] | number> = { one: 2, two: [0, 1], none: [] }
    const partition = (value: string) => choices[value]
    const { task, feed, sent } = setUp({
      nodes: [source('s', 'a'), sink('k', 'out', ['s'], { partition })],
      partitions: 3,
    })
    feed('a', ['k', 'one', 1], ['k', 'two', 1], ['k', 'none', 1])
    task.process(3, 0)
    expect(sent.map((one) => [one.value, one.partition])).toEqual([['one', 2], ['two', 0], ['two', 1]]) // prettier-ignore
  })
})

describe('punctuation', () => {
  test('stream time fires at the first record, then once per interval however much time has passed', () => {
    const times: number[] = []
    const nodes = [
      source('s', 'a'),
      processor(
        'p',
        ['s'],
        step(
          () => undefined,
          (context) => void context.schedule(10, 'stream-time', (time) => times.push(time)),
        ),
      ),
    ]
    const { task, feed } = setUp({ nodes })
    for (const timestamp of [3, 9, 10, 45, 49, 50]) {
      feed('a', ['k', 'v', timestamp])
      task.process(1, 0)
      task.punctuate(0)
    }
    expect(times).toEqual([3, 10, 45, 50])
  })

  test('wall-clock time fires after an interval, and a cancelled one never again', () => {
    const times: number[] = []
    const init = (context: NodeContext): void => {
      const punctuation = context.schedule(10, 'wall-clock', (time) => {
        times.push(time)
        if (times.length === 2) punctuation.cancel()
      })
    }
    const { task } = setUp({
      nodes: [
        source('s', 'a'),
        processor(
          'p',
          ['s'],
          step(() => undefined, init),
        ),
      ],
    })
    for (const now of [9, 10, 35, 39, 40, 60]) task.punctuate(now)
    expect(times).toEqual([10, 35])
  })
})

describe('async steps', () => {
  test('a result comes back in the context of its record, a commit is refused while one is in flight', () => {
    const finish: (() => void)[] = []
    const seen: unknown[] = []
    const begin = step((record, context) => {
      const one = context.async.begin()
      finish.push(() =>
        one.finish(() => {
          seen.push([context.record.topic, context.record.offset])
          context.forward(record)
        }),
      )
    })
    const { task, feed, values } = setUp({
      nodes: [source('s', 'a'), processor('p', ['s'], begin), sink('k', 'out', ['p'])],
    })
    feed('a', ['k', 'v0', 1], ['k', 'v1', 2])
    task.process(2, 0)
    expect(task.inFlight).toBe(2)
    expect(() => task.prepareCommit(0)).toThrow(/2 async steps in flight/)
    finish[1]?.()
    finish[0]?.()
    expect(task.runCompletions(0)).toBe(2)
    expect(values()).toEqual(['v1', 'v0'])
    expect(seen).toEqual([['a', 1], ['a', 0]]) // prettier-ignore
    expect(task.inFlight).toBe(0)
  })

  test('takes no records while a step is full, and nothing of a discarded step comes back', () => {
    let finish: () => void = () => undefined
    const begin = step((record, context) => {
      const one = context.async.begin()
      context.async.setFull(true)
      finish = () => one.finish(() => context.forward(record))
    })
    const { task, feed, values } = setUp({
      nodes: [source('s', 'a'), processor('p', ['s'], begin), sink('k', 'out', ['p'])],
    })
    feed('a', ['k', 'v0', 1], ['k', 'v1', 2])
    expect(task.process(2, 0)).toBe(1)
    expect(task.isBlocked).toBe(true)
    task.discard(new Map(), 0)
    finish()
    expect(task.runCompletions(0)).toBe(0)
    expect(values()).toEqual([])
    expect(task.bufferedRecords).toBe(0)
  })
})
