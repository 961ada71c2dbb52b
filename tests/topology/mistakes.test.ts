// Mistakes that only build() can see: all at once, each with what to do and the place in the user's file.
import { describe, expect, test } from 'vitest'
import {
  type BuilderOptions,
  type Processor,
  StreamsBuilder,
  TopologyBuilder,
  TopologyError,
  hopping,
  serdes,
  stores,
  topic,
  topicPattern,
  tumbling,
  unlimited,
} from 'tidemill'

const text = topic('text', { key: serdes.string, value: serdes.string })
const other = topic('other', { key: serdes.string, value: serdes.string })
const out = topic('out', { key: serdes.string, value: serdes.string })

/** The problems of a topology, as text with places. */
function problemsOf(write: (builder: StreamsBuilder) => void, options?: BuilderOptions): readonly string[] {
  const builder = new StreamsBuilder(options)
  write(builder)
  return problems(() => builder.build())
}

function problems(build: () => unknown): readonly string[] {
  try {
    build()
  } catch (error) {
    if (error instanceof TopologyError) return error.problems.map(({ message, place }) => `${message} (${place})`)
    throw error
  }
  return []
}

const HERE = /\(tests\/topology\/mistakes\.test\.ts:\d+\)$/

describe('a topology that is wrong', () => {
  test('names the operator after which a serde is missing, and where it is needed', () => {
    const [problem] = problemsOf((builder) => {
      builder
        .stream(text)
        .selectKey((value) => value.length)
        .groupByKey()
        .count()
    })
    expect(problem).toMatch(/^no serde for the key after selectKey \(tests\/topology\/mistakes\.test\.ts:\d+\)/)
    expect(problem).toContain("needs for its topic 'KSTREAM-AGGREGATE-STATE-STORE-0000000002-repartition'")
    expect(problem).toContain('add { key: serdes... }')
    expect(problem).toMatch(HERE)
  })

  test('tells all its mistakes at once, in the order of the program', () => {
    const found = problemsOf((builder) => {
      builder.table(text, { store: 'a b' })
      builder
        .stream(other)
        .mapValues((value) => value.length, { name: 'lengths?' })
        .toTable({ store: 'lengths' })
      builder.stream(out, { name: 'x'.repeat(250) })
    })
    expect(found).toHaveLength(4)
    expect(found[0]).toContain("store name 'a b' has a character that a topic name cannot have: ' '")
    expect(found[1]).toContain("name 'lengths?' has a character")
    expect(found[2]).toContain('250 characters')
    expect(found[3]).toContain('no serde for the value after mapValues')
    for (const problem of found) expect(problem).toMatch(HERE)
  })

  test('prints its mistakes as a list', () => {
    const builder = new StreamsBuilder()
    builder.table(text, { store: 'a b' })
    expect(() => builder.build()).toThrow(/^the topology is wrong: store name 'a b'/)
    builder.table(other, { store: 'c d' })
    expect(() => builder.build()).toThrow(
      /^the topology has 2 problems:\n {2}1\. store name 'a b'.*\n {2}2\. store name 'c d'/,
    )
  })

  test('names both places of two stores with one name', () => {
    const [problem] = problemsOf((builder) => {
      builder.stream(text).groupByKey().count({ store: 'counts' })
      builder.stream(other).groupByKey().count({ store: 'counts' })
    })
    expect(problem).toMatch(/^two stores are named 'counts' \(the other at tests\/topology\/mistakes\.test\.ts:\d+\)/)
    expect(problem).toMatch(HERE)
  })

  test('names both places of two nodes with one name', () => {
    const [problem] = problemsOf((builder) => {
      builder
        .stream(text)
        .filter(() => true, { name: 'twice' })
        .to(out)
      builder
        .stream(other)
        .filter(() => true, { name: 'twice' })
        .to(out)
    })
    expect(problem).toMatch(/^two nodes are named 'twice' \(the other at .*:\d+\): give each a name of its own/)
  })

  test('says that a topic is read as a stream and as a table', () => {
    const [problem] = problemsOf((builder) => {
      builder.stream(text).to(out)
      builder.table(text, { store: 'table' })
    })
    expect(problem).toMatch(/^topic 'text' is read by source 'KSTREAM-SOURCE-0000000000' .* read it once/)
  })

  test('says that two streams read overlapping sets of topics', () => {
    const [problem] = problemsOf((builder) => {
      builder.stream([text, other].map((one) => topic(one.name, shared))).to(topic('out', shared))
      builder.stream(topic('text', shared)).to(topic('out', shared))
    })
    expect(problem).toMatch(/^topics 'text', 'other' \(at .*\) and topic 'text' overlap, but are not the same/)
  })

  test('says that a pattern also matches a topic that is read by name', () => {
    const [problem] = problemsOf((builder) => {
      builder.stream(text).to(out)
      builder.stream(topicPattern(/te.*/, { key: serdes.string, value: serdes.string })).to(out)
    })
    expect(problem).toContain("topic 'text' is read by name and by the pattern")
  })

  test('says that one topic starts at two places', () => {
    const [problem] = problemsOf((builder) => {
      builder.stream(text, { startFrom: 'earliest' }).to(out)
      builder.stream(text, { startFrom: { ago: '1d' } }).to(out)
    })
    expect(problem).toContain("topic 'text' is read twice, with different startFrom")
  })

  test('says that topics of one stream have different serdes', () => {
    const [problem] = problemsOf((builder) => {
      builder.stream([text, topic('numbers', { key: serdes.string, value: serdes.int64 })]).foreach(() => {})
    })
    expect(problem).toContain("topics 'text' and 'numbers' of one stream have different serdes")
  })

  test('asks for versions where a join has grace', () => {
    const joined = (versioned: { historyRetention: '1m' | '1h' } | undefined): readonly string[] =>
      problemsOf((builder) => {
        const table = builder.table(other, { store: { name: 'table', ...(versioned && { versioned }) } })
        builder
          .stream(text)
          .join(table, (left, right) => left + right, { grace: '10m' })
          .foreach(() => {})
      })
    expect(joined(undefined)[0]).toContain("table store 'table' keeps no versions: give the table's store versioned")
    expect(joined({ historyRetention: '1m' })[0]).toContain('grace 10m of the join is longer than the history')
    expect(joined({ historyRetention: '1h' })).toEqual([])
  })

  test('refuses to hold back the changes of a versioned table', () => {
    const [problem] = problemsOf((builder) => {
      builder
        .table(text, { store: { name: 'table', versioned: { historyRetention: '1h' } } })
        .filter(() => true)
        .suppress({ until: '10s' })
    })
    expect(problem).toContain('suppress cannot hold back the changes of a versioned table')
  })

  test('refuses windows that never close where they should be emitted on close', () => {
    const [problem] = problemsOf((builder) => {
      builder.stream(text).groupByKey().windowedBy(unlimited(), { emit: 'on-window-close' }).count()
    })
    expect(problem).toContain('an unlimited window never closes')
  })

  test('refuses a retention that is shorter than the windows', () => {
    const [problem] = problemsOf((builder) => {
      builder
        .stream(text)
        .groupByKey()
        .windowedBy(tumbling({ size: '1h', grace: '5m' }))
        .count({ store: { name: 'hourly', retention: '1h' } })
    })
    expect(problem).toContain(
      "retention 1h of store 'hourly' is shorter than its windows and their grace need: make it at least 65m",
    )
  })

  test('refuses at once windows that leave gaps', () => {
    expect(() => hopping({ size: '5s', advance: '10s' })).toThrow(
      'advance 10s is longer than size 5s: records between windows would be lost',
    )
  })

  test('asks for names of everything where names must be explicit', () => {
    const found = problemsOf(
      (builder) => {
        builder
          .stream(text)
          .groupBy((value) => value, { key: serdes.string })
          .count()
      },
      { explicitNames: true },
    )
    expect(found.map((problem) => problem.split(' has ')[0])).toEqual([
      "store 'KSTREAM-AGGREGATE-STATE-STORE-0000000002'",
      "changelog topic 'KSTREAM-AGGREGATE-STATE-STORE-0000000002-changelog'",
      "repartition topic 'KSTREAM-AGGREGATE-STATE-STORE-0000000002-repartition'",
    ])
  })

  test('refuses branches whose names lose their place', () => {
    const found = problemsOf((builder) => {
      builder.stream(text).split({ '1': (value) => value !== '', rest: 'otherwise', last: 'otherwise' })
    })
    expect(found[0]).toContain("branch '1' of split is a number")
    expect(found[1]).toContain("more than one branch 'otherwise'")
  })

  test('refuses joined repartition topics with different numbers of partitions', () => {
    const [problem] = problemsOf((builder) => {
      const left = builder.stream(text).repartition({ name: 'left', partitions: 3 })
      const right = builder.stream(other).repartition({ name: 'right', partitions: 4 })
      left.join(right, (a, b) => a + b, { within: '1m' }).foreach(() => {})
    })
    expect(problem).toContain("topics 'left-repartition' (3), 'right-repartition' (4) are joined")
  })

  test('refuses a join of two streams that no time can satisfy', () => {
    const [problem] = problemsOf((builder) => {
      const stream = builder.stream(text)
      stream.join(builder.stream(other), (a, b) => a + b, { before: -10, after: 5 }).foreach(() => {})
    })
    expect(problem).toContain("the join's time is empty")
  })

  test('refuses a number of partitions that is none', () => {
    const [problem] = problemsOf((builder) => void builder.stream(text).repartition({ partitions: 0 }))
    expect(problem).toContain('partitions: 0; it must be a whole number, 1 or more')
  })

  test('refuses versions of a global table', () => {
    const versioned = stores.versioned('global', { key: serdes.string, value: serdes.string, historyRetention: '1h' })
    const [problem] = problemsOf((builder) => {
      // The types refuse it too.
      builder.globalTable(text, { store: versioned as never })
    })
    expect(problem).toContain("global table 'global' has versions")
  })
})

const shared = { key: serdes.string, value: serdes.string }
const echo: Processor<string, string, string, string> = {
  init: (context) => ({ process: (record) => context.forward(record) }),
}

describe('a topology by hand that is wrong', () => {
  test('names a parent that another builder made', () => {
    const source = new TopologyBuilder().addSource('source', text)
    const builder = new TopologyBuilder()
    builder.addProcessor('echo', echo, source)
    expect(problems(() => builder.build())[0]).toMatch(/^parent 'source' of node 'echo' is of another builder.*/)
  })

  test('says that a node has no parent', () => {
    const builder = new TopologyBuilder()
    builder.addSink('sink', text, [])
    expect(problems(() => builder.build())[0]).toContain("node 'sink' has no parent")
  })

  test('says that a source reads nothing', () => {
    const builder = new TopologyBuilder()
    builder.addSource('source', [])
    expect(problems(() => builder.build())[0]).toContain("source 'source' reads no topic")
  })

  test('says that a topic is read twice', () => {
    const builder = new TopologyBuilder()
    builder.addSource('first', text)
    builder.addSource('second', text)
    expect(problems(() => builder.build())[0]).toContain("topic 'text' is read by source 'first'")
  })
})
