import { describe, expect, test } from 'vitest'
import type { InternalTopic, SubTopology, TopicRef, Topology } from '../topology/index.ts'
import { type PlanTopicsOptions, planTopics } from './plan-topics.ts'

const options: PlanTopicsOptions = { applicationId: 'app', windowChangelogExtraRetentionMs: 1_000, topicDefaults: {} }

const user = (name: string): TopicRef => ({ name, isInternal: false })
const internal = (name: string): TopicRef => ({ name, isInternal: true })

function repartition(name: string, partitions?: number): InternalTopic {
  return { name, kind: 'repartition', partitions, config: {}, addRetentionTo: undefined }
}

function subTopology(id: number, parts: Partial<SubTopology>): SubTopology {
  return {
    id,
    nodes: [],
    stores: [],
    sourceTopics: [],
    sinkTopics: [],
    repartitionTopics: [],
    changelogTopics: [],
    copartitionGroups: [],
    isGlobal: false,
    ...parts,
  }
}

function topology(...subTopologies: readonly SubTopology[]): Topology {
  return {
    kind: 'topology',
    subTopologies,
    nodes: [],
    stores: [],
    globalStores: [],
    topics: [],
    defaultTimestamp: 'fail-on-invalid',
    describe: () => '',
  }
}

const counts = (known: Readonly<Record<string, number>>) => (name: string) => known[name]

describe('planTopics', () => {
  test('the two topics of a foreign-key join, which feed each other, are as wide as the tables that they are joined with', () => {
    const plan = planTopics(
      topology(
        subTopology(0, {
          sourceTopics: [user('left'), internal('response')],
          repartitionTopics: [repartition('response')],
          sinkTopics: [internal('registration')],
          copartitionGroups: [[user('left'), internal('response')]],
        }),
        subTopology(1, {
          sourceTopics: [user('right'), internal('registration')],
          repartitionTopics: [repartition('registration')],
          sinkTopics: [internal('response')],
          copartitionGroups: [[user('right'), internal('registration')]],
        }),
      ),
      counts({ left: 2, right: 5 }),
      options,
    )
    expect(plan.internalTopics.map(({ name, partitions }) => [name, partitions])).toEqual([
      ['app-response', 2],
      ['app-registration', 5],
    ])
  })

  test('a repartition topic has as many partitions as the widest source of who writes it, through several hops', () => {
    const plan = planTopics(
      topology(
        subTopology(0, { sourceTopics: [internal('b')], repartitionTopics: [repartition('b')] }),
        subTopology(1, {
          sourceTopics: [internal('a')],
          repartitionTopics: [repartition('a')],
          sinkTopics: [internal('b')],
        }),
        subTopology(2, { sourceTopics: [user('x'), user('y')], sinkTopics: [internal('a')] }),
      ),
      counts({ x: 2, y: 5 }),
      options,
    )
    expect(plan.internalTopics.map(({ name, partitions }) => [name, partitions])).toEqual([
      ['app-b', 5],
      ['app-a', 5],
    ])
    expect([...plan.taskCounts]).toEqual([
      [0, 5],
      [1, 5],
      [2, 5],
    ])
  })

  test('a repartition topic that is joined with a user topic takes its number, unless the user fixed another', () => {
    const joined = (fixed?: number): Topology =>
      topology(
        subTopology(0, { sourceTopics: [user('x')], sinkTopics: [internal('r')] }),
        subTopology(1, {
          sourceTopics: [internal('r'), user('table')],
          repartitionTopics: [repartition('r', fixed)],
          copartitionGroups: [[internal('r'), user('table')]],
        }),
      )
    const known = counts({ x: 2, table: 7 })
    expect(planTopics(joined(), known, options).partitions.get('app-r')).toBe(7)
    expect(() => planTopics(joined(3), known, options)).toThrow(
      "topics 'app-r' (3 partitions) and 'table' (7) are joined, so they must have as many partitions as each other: repartition one of them",
    )
  })

  test('topics that are joined with different numbers of partitions are named with their numbers', () => {
    const group = [user('a'), user('b')]
    const built = topology(subTopology(0, { sourceTopics: group, copartitionGroups: [group] }))
    expect(() => planTopics(built, counts({ a: 3, b: 4 }), options)).toThrow(
      expect.objectContaining({
        code: 'not-copartitioned',
        message:
          "topics 'a' (3 partitions) and 'b' (4) are joined, so they must have as many partitions as each other: repartition one of them",
      }),
    )
  })

  test('all missing topics are named at once, with what to do', () => {
    const built = topology(subTopology(0, { sourceTopics: [user('a'), user('b'), user('c')] }))
    expect(() => planTopics(built, counts({ b: 1 }), options)).toThrow(
      expect.objectContaining({
        code: 'topic-not-found',
        message: expect.stringMatching(/'a', 'c' do not exist.*create them first/),
      }),
    )
  })

  test('window changelogs keep longer by the extra retention; settings of all topics and of one store go over it', () => {
    const changelog = (name: string): InternalTopic => ({
      name: `${name}-changelog`,
      kind: 'changelog',
      partitions: undefined,
      config: { 'cleanup.policy': 'compact,delete', 'retention.ms': '5000' },
      addRetentionTo: 'retention.ms',
    })
    const store = (name: string, changelogConfig: Readonly<Record<string, string>>): never =>
      ({ name, changelogConfig }) as never // only these two are read
    const built = {
      ...topology(subTopology(0, { sourceTopics: [user('x')], changelogTopics: [changelog('a'), changelog('b')] })),
      stores: [store('a', {}), store('b', { 'retention.ms': '9' })],
    }
    const plan = planTopics(built, counts({ x: 2 }), { ...options, topicDefaults: { 'min.insync.replicas': '2' } })
    expect(plan.internalTopics.map(({ config }) => config)).toEqual([
      {
        'cleanup.policy': 'compact,delete',
        'retention.ms': '6000',
        'message.timestamp.type': 'CreateTime',
        'min.insync.replicas': '2',
      },
      {
        'cleanup.policy': 'compact,delete',
        'retention.ms': '9',
        'message.timestamp.type': 'CreateTime',
        'min.insync.replicas': '2',
      },
    ])
  })

  test('a global topic is read whole and makes no tasks', () => {
    const plan = planTopics(
      topology(subTopology(0, { sourceTopics: [user('g')], isGlobal: true })),
      counts({ g: 3 }),
      options,
    )
    expect(plan.taskCounts.size).toBe(0)
  })
})
