// What `npm run sim` simulates: applications of all kinds, each with input whose outcome does not hang on the order in which
// partitions are read, so that a recomputation can be compared. A seed draws one, and how it is run.
import {
  type Processor,
  type StreamsOptions,
  type Topology,
  StreamsBuilder,
  serdes,
  session,
  stores,
  topic,
  tumbling,
} from '../../src/index.ts'
import { seededPrng } from '../../src/base/index.ts'
import {
  type OutputCheck,
  type SimulateOptions,
  type SimulatedInput,
  type SimulationRandom,
} from '../../src/testing/index.ts'

export interface Scenario {
  readonly name: string
  readonly topology: () => Topology
  readonly options: SimulateOptions
}

interface Application {
  readonly name: string
  readonly topology: () => Topology
  readonly inputs: (random: SimulationRandom) => readonly SimulatedInput[]
  readonly outputs: Readonly<Record<string, OutputCheck>>
  /** What its outputs say with caches, which leave out updates. @defaultValue latest for all */
  readonly cached?: Readonly<Record<string, OutputCheck>>
  /** Doing records again changes nothing: at-least-once gives the same latest values. */
  readonly isIdempotent?: boolean
  /** The input with caches, where other is not certain then. @defaultValue the same */
  readonly cachedInputs?: (random: SimulationRandom) => readonly SimulatedInput[]
  /**
   * The same under at-least-once: without what deletes results. Where a crash comes between a tombstone in a changelog and the one in the
   * output, the store has no row any more when the deletion is done again, and the cache tells of none: in Kafka Streams too.
   */
  readonly cachedAtLeastOnceInputs?: (random: SimulationRandom) => readonly SimulatedInput[]
  /** Without which its outcome is not certain. */
  readonly options?: Partial<StreamsOptions>
}

const texts = (name: string) => topic(name, { key: serdes.string, value: serdes.string })
const numbers = (name: string) => topic(name, { key: serdes.string, value: serdes.int64 })

const left = texts('left')
const right = texts('right')

/** Records of a few keys; every value is another. */
function keyed(random: SimulationRandom, count: number, keys = 10): SimulatedInput[] {
  return Array.from({ length: count }, (_, i) => ({ topic: left, key: `k${random.integer(keys)}`, value: `v${i}` }))
}

/** Records of both sides; one in `deletions` deletes what is there. */
function both(random: SimulationRandom, count: number, deletions = Infinity): readonly SimulatedInput[] {
  return Array.from({ length: count }, (_, i) => ({
    topic: random.integer(2) === 0 ? left : right,
    key: `k${random.integer(12)}`,
    value: random.next() * deletions < 1 ? null : `v${i}`,
  }))
}

/** All keys of the right side are there before anything else. */
function allKeys(): readonly SimulatedInput[] {
  return Array.from({ length: 12 }, (_, i) => ({ topic: right, key: `k${i}`, value: `first-${i}`, atMs: BEFORE_ALL }))
}

const BEFORE_ALL = -1
/** The simulation's default duration. */
const AFTER_ALL = 20_000
const MINUTE = 60_000
const EPOCH_MS = 1_700_000_000_000

/** Moves stream time of every task far on, when all is done; twice, for results are given at most once a second. */
function closing(): readonly SimulatedInput[] {
  return [0, 3_000].flatMap((laterMs) =>
    [left, right].flatMap((side) =>
      [0, 1, 2].map((partition) => ({
        topic: side,
        partition,
        key: `end-${side.name}-${partition}`,
        value: `${laterMs}`,
        atMs: AFTER_ALL + laterMs,
        timestamp: EPOCH_MS + 50 * MINUTE,
      })),
    ),
  )
}

/** Names of what the stream asks for are there before it begins; others come and go beside it. */
function withNames(random: SimulationRandom): readonly SimulatedInput[] {
  const names = Array.from({ length: 8 }, (_, i) => ({
    topic: right,
    key: `k${i}`,
    value: `name-${i}`,
    atMs: BEFORE_ALL,
  }))
  const others = Array.from({ length: 60 }, (_, i) => ({
    topic: right,
    key: `other${random.integer(9)}`,
    value: random.integer(5) === 0 ? null : `name-${i}`,
    atMs: i * 250,
  }))
  return [...names, ...others, ...keyed(random, 140).map((input, i) => ({ ...input, atMs: i * 100 }))]
}

/** Versions are there before anybody asks for one; questions come in any order of time. */
function withVersions(random: SimulationRandom): readonly SimulatedInput[] {
  const versions = Array.from({ length: 80 }, (_, i) => ({
    topic: right,
    key: `k${random.integer(10)}`,
    value: random.integer(6) === 0 ? null : `version-${i}`,
    atMs: BEFORE_ALL,
    timestamp: EPOCH_MS + 200 * i,
  }))
  const questions = keyed(random, 140).map((input) => ({
    ...input,
    timestamp: EPOCH_MS + 2 * random.integer(9_000) + 1,
  }))
  return [...versions, ...questions]
}

function build(make: (builder: StreamsBuilder) => void): () => Topology {
  return () => {
    const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string })
    make(builder)
    return builder.build()
  }
}

/** The texts of a list without repetitions, sorted: adding one twice changes nothing. */
const withText = (list: string, text: string): string =>
  [...new Set([...list.split(',').filter(Boolean), text])].toSorted().join(',')

const seen = stores.keyValue('seen', { key: serdes.string, value: serdes.int64, type: 'memory' })

/** How often a key was there before; what is odd goes on. */
const firstOfEach: Processor<string, string, string, number> = {
  stores: [seen],
  init(context) {
    const store = context.store(seen)
    return {
      process(record) {
        const count = (store.get(record.key) ?? 0) + 1
        store.put(record.key, count)
        if (count % 2 === 1) context.forward({ ...record, value: count })
      },
    }
  },
}

const APPLICATIONS: readonly Application[] = [
  {
    name: 'count',
    topology: build((builder) =>
      builder.stream(left).groupByKey().count({ store: 'counts' }).toStream().to(numbers('counted')),
    ),
    inputs: (random) => keyed(random, 200),
    outputs: { counted: 'sequence' },
  },
  {
    name: 'pass',
    topology: build((builder) =>
      builder
        .stream(left)
        .filter((value) => !value.endsWith('7'))
        .mapValues((value) => value.toUpperCase())
        .to(texts('passed')),
    ),
    inputs: (random) => keyed(random, 250),
    outputs: { passed: 'sequence' },
    cached: { passed: 'sequence' },
    isIdempotent: true,
  },
  {
    name: 'words',
    topology: build((builder) =>
      builder
        .stream(left)
        .groupBy((value) => `w${Number(value.slice(1)) % 7}`)
        .count({ store: 'words' })
        .toStream()
        .to(numbers('counted')),
    ),
    inputs: (random) => keyed(random, 160),
    outputs: { counted: 'sequence' },
  },
  {
    name: 'collect',
    topology: build((builder) =>
      builder
        .stream(left)
        .groupByKey()
        .aggregate(() => '', withText, { store: 'collected', value: serdes.string })
        .toStream()
        .to(texts('lists')),
    ),
    inputs: (random) => keyed(random, 150),
    outputs: { lists: 'latest' },
    isIdempotent: true,
  },
  {
    name: 'two-steps',
    topology: build((builder) => {
      const first = builder.stream(left).groupByKey().count({ store: 'first' })
      first.toStream().to(numbers('counted'))
      first
        .groupBy((count, key) => [`g${Number(key.slice(1)) % 3}`, count], { value: serdes.int64 })
        .aggregate(
          () => 0,
          { add: (sum, value) => sum + value, subtract: (sum, value) => sum - value },
          { store: 'sums', value: serdes.int64 },
        )
        .toStream()
        .to(numbers('sums-out'))
    }),
    inputs: (random) => keyed(random, 140),
    outputs: { counted: 'sequence', 'sums-out': 'latest' },
  },
  {
    name: 'table-table',
    topology: build((builder) =>
      builder
        .table(left, { store: 'lefts' })
        .join(builder.table(right, { store: 'rights' }), (a, b) => `${a}+${b}`, { store: 'joined' })
        .toStream()
        .to(texts('joined-out')),
    ),
    inputs: (random) => both(random, 160, 8),
    // Where both sides are deleted between two flushes each finds the other gone, and the result stays, in Kafka Streams too.
    cachedInputs: (random) => both(random, 160),
    outputs: { 'joined-out': 'latest' },
    isIdempotent: true,
  },
  {
    name: 'stream-stream',
    topology: build((builder) =>
      builder
        .stream(left)
        .join(builder.stream(right), (a, b) => `${a}+${b}`, { within: '1h', grace: '1h', store: 'pairs' })
        .to(texts('pairs-out')),
    ),
    inputs: (random) => both(random, 90),
    outputs: { 'pairs-out': 'values' },
    cached: { 'pairs-out': 'values' },
    isIdempotent: true,
  },
  {
    name: 'windows',
    topology: build((builder) =>
      builder
        .stream(left)
        .groupByKey()
        .windowedBy(tumbling({ size: '3s', grace: '1h' }))
        .count({ store: 'windows' })
        .toStream()
        .map((count, { key, window }) => [`${key}@${window.start}`, count ?? 0])
        .to(numbers('windowed')),
    ),
    inputs: (random) => keyed(random, 160),
    outputs: { windowed: 'sequence' },
  },
  {
    name: 'sessions',
    topology: build((builder) =>
      builder
        .stream(left)
        .groupByKey()
        .windowedBy(session({ inactivityGap: '700ms', grace: '1h' }))
        .count({ store: 'sessions' })
        .toStream()
        .map((count, { key, window }) => [`${key}@${window.start}`, count ?? 0])
        .to(numbers('sessions-out')),
    ),
    inputs: (random) => keyed(random, 120, 6),
    outputs: { 'sessions-out': 'latest' },
  },
  {
    name: 'foreign-key',
    topology: build((builder) =>
      builder
        .table(left, { store: 'orders' })
        .join(builder.table(right, { store: 'customers' }), (order, customer) => `${order}/${customer}`, {
          foreignKey: (order) => `k${Number(order.slice(1)) % 12}`,
          store: 'joined-by-foreign-key',
        })
        .toStream()
        .to(texts('foreign-out')),
    ),
    inputs: (random) => both(random, 110, 5),
    cachedAtLeastOnceInputs: (random) => [...allKeys(), ...both(random, 110)],
    outputs: { 'foreign-out': 'latest' },
    isIdempotent: true,
  },
  {
    name: 'suppress',
    topology: build((builder) =>
      builder
        .stream(left)
        .groupByKey()
        .windowedBy(tumbling({ size: '1s' }))
        .count({ store: 'closing' })
        .suppress({ until: 'window-closes' })
        .toStream()
        .map((count, { key, window }) => [`${key}@${window.start}`, count ?? 0])
        .to(numbers('closed')),
    ),
    inputs: (random) => keyed(random, 160),
    outputs: { closed: 'sequence' },
    cached: { closed: 'sequence' },
  },
  {
    name: 'processor',
    topology: build((builder) => builder.stream(left).process(firstOfEach).to(numbers('firsts'))),
    inputs: (random) => keyed(random, 160, 30),
    outputs: { firsts: 'sequence' },
    cached: { firsts: 'sequence' },
  },
  {
    name: 'async',
    topology: build((builder) =>
      builder
        .stream(left)
        .mapValuesAsync(async (value) => (await Promise.resolve(value)).toLowerCase(), { value: serdes.string })
        .groupByKey()
        .count({ store: 'after' })
        .toStream()
        .to(numbers('counted')),
    ),
    inputs: (random) => keyed(random, 150),
    outputs: { counted: 'sequence' },
  },
  {
    name: 'outer-tables',
    topology: build((builder) =>
      builder
        .table(left, { store: 'lefts' })
        .outerJoin(builder.table(right, { store: 'rights' }), (a, b) => `${a ?? '-'}+${b ?? '-'}`, { store: 'joined' })
        .toStream()
        .to(texts('joined-out')),
    ),
    inputs: (random) => both(random, 140, 4),
    cachedAtLeastOnceInputs: (random) => both(random, 140),
    outputs: { 'joined-out': 'latest' },
    isIdempotent: true,
  },
  {
    name: 'outer-streams',
    topology: build((builder) =>
      builder
        .stream(left)
        .outerJoin(builder.stream(right), (a, b) => `${a ?? '-'}+${b ?? '-'}`, {
          within: '20m',
          grace: '20m',
          store: 'pairs',
        })
        .to(texts('pairs-out')),
    ),
    inputs: (random) => [
      ...keyed(random, 70, 40).map((input, i) => ({ ...input, topic: i % 2 === 0 ? left : right, atMs: i * 200 })),
      ...closing(),
    ],
    outputs: { 'pairs-out': 'values' },
    cached: { 'pairs-out': 'values' },
  },
  {
    name: 'left-foreign-key',
    topology: build((builder) =>
      builder
        .table(left, { store: 'orders' })
        .leftJoin(builder.table(right, { store: 'customers' }), (order, customer) => `${order}/${customer ?? '-'}`, {
          foreignKey: (order) => `k${Number(order.slice(1)) % 12}`,
          store: 'joined-by-foreign-key',
        })
        .toStream()
        .to(texts('foreign-out')),
    ),
    inputs: (random) => both(random, 110, 5),
    cachedAtLeastOnceInputs: (random) => both(random, 110),
    outputs: { 'foreign-out': 'latest' },
    isIdempotent: true,
  },
  {
    name: 'global-table',
    topology: build((builder) => {
      const names = builder.globalTable(right, { store: 'names' })
      builder
        .stream(left)
        .leftJoin(names, (value, name) => `${value} ${name ?? '-'}`, {
          on: (value) => `k${Number(value.slice(1)) % 12}`,
        })
        .to(texts('named'))
    }),
    inputs: withNames,
    outputs: { named: 'sequence' },
    cached: { named: 'sequence' },
    isIdempotent: true,
  },
  {
    name: 'versions',
    topology: build((builder) => {
      const versions = builder.table(right, { store: { name: 'versions', versioned: { historyRetention: '10h' } } })
      builder
        .stream(left)
        .join(versions, (value, version) => `${value} ${version}`)
        .to(texts('as-of'))
    }),
    inputs: withVersions,
    outputs: { 'as-of': 'sequence' },
    cached: { 'as-of': 'sequence' },
    isIdempotent: true,
    // A question must wait for the versions that are there.
    options: { taskIdle: 0 },
  },
]

/** So that records wait for their turn, and all tasks have some at a time. */
function inBursts(inputs: Application['inputs'], count: number): Application['inputs'] {
  return (random) =>
    inputs(random).map((input, i) => ({ ...input, atMs: input.atMs ?? Math.floor(i / count) * 75 * count }))
}

/** The application of a seed, and how it is run. */
export function scenarioOf(seed: number): Scenario {
  const random = seededPrng(seed * 1_000 + 950)
  const application = APPLICATIONS[seed % APPLICATIONS.length] as Application
  const isExactlyOnce = application.isIdempotent !== true || random.integer(5) < 2
  const isCached = random.integer(3) === 0
  const guarantee = isExactlyOnce ? 'exactly-once' : 'at-least-once'
  const instances = [1, 2, 2, 3, 3][random.integer(5)] ?? 2
  const commitInterval = [100, 400, 1_500, 4_000][random.integer(4)] ?? 100
  const appOptions: Partial<StreamsOptions> = {
    processingGuarantee: guarantee,
    threads: [1, 1, 2][random.integer(3)] ?? 1,
    cacheBytesMax: isCached ? 1_048_576 : 0,
    commitInterval,
    standbyReplicas: instances > 1 ? random.integer(2) : 0,
    // With 0 tasks stay where they are until the next probing, after the end of the world.
    acceptableRecoveryLag: random.integer(4) === 0 ? 0 : 10_000,
    probingRebalanceInterval: 60_000,
    repartitionPurgeInterval: 2_000,
    taskIdle: ([0, 400, 'never'] as const)[random.integer(3)] ?? 0,
    // Shorter than many a pause.
    producer: random.integer(3) === 0 && commitInterval < 2_500 ? { transactionTimeout: '2500ms' } : {},
    ...(instances > 1 && random.integer(6) === 0 && { groupInstanceId: 'static' }),
    ...application.options,
  }
  const burst = [0, 0, 10, 40][random.integer(4)] ?? 0
  const inputs = inputsOf(application, isCached, isExactlyOnce)
  const cached = application.cached ?? latest(application.outputs)
  return {
    name: `${application.name}, ${guarantee}, ${instances} instances${isCached ? ', cached' : ''}${appOptions.standbyReplicas === 1 ? ', standbys' : ''}${appOptions.groupInstanceId === undefined ? '' : ', static'}`,
    topology: application.topology,
    options: {
      inputs: burst > 0 ? inBursts(inputs, burst) : inputs,
      outputs: isCached ? cached : application.outputs,
      instances,
      options: appOptions,
      faultsMax: 10,
    },
  }
}

function inputsOf(application: Application, isCached: boolean, isExactlyOnce: boolean): Application['inputs'] {
  const { inputs, cachedInputs, cachedAtLeastOnceInputs } = application
  if (!isCached) return inputs
  return (isExactlyOnce ? undefined : cachedAtLeastOnceInputs) ?? cachedInputs ?? inputs
}

function latest(outputs: Readonly<Record<string, OutputCheck>>): Readonly<Record<string, OutputCheck>> {
  return Object.fromEntries(Object.keys(outputs).map((name) => [name, 'latest']))
}
