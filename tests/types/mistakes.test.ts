// Mistakes in users' programs, each a compile error whose text says what is wrong.
import { beforeAll, describe, expect, test } from 'vitest'
import { COMPILERS, type Compilation, type Compiler, compile } from './compiler.ts'

interface Mistake {
  readonly title: string
  readonly code: string
  /** One of these: the two compilers do not always agree. */
  readonly errors: readonly `TS${number}`[]
  /** Words of the message. */
  readonly words: readonly string[]
}

const PRELUDE = `
import {
  type FixedKeyProcessor, type GlobalKTable, type KGroupedStream, type KGroupedTable, type KStream, type KTable, type Processor,
  type Windowed, StreamsBuilder, TopologyBuilder, hopping, serdes, session, stores, topic, tumbling,
} from 'tidemill'
interface Dog { readonly name: string; readonly legs: number }
declare const a: KStream<string, number>
declare const b: KStream<number, number>
declare const dogs: KStream<string, Dog>
declare const maybe: KStream<string, number | null>
declare const table: KTable<string, number>
declare const byNumber: KTable<number, string>
declare const windowed: KTable<Windowed<string>, number>
declare const global: GlobalKTable<string, Dog>
declare const grouped: KGroupedStream<string, number>
declare const groupedTable: KGroupedTable<string, number>
declare const builder: StreamsBuilder
declare const hand: TopologyBuilder
const out = topic('out', { key: serdes.string, value: serdes.string })
const numbers = topic('numbers', { key: serdes.string, value: serdes.float64 })
const counts = stores.keyValue('counts', { key: serdes.string, value: serdes.int64 })
const names = stores.keyValue('names', { key: serdes.string, value: serdes.string })
const hourly = stores.window('hourly', { key: serdes.string, value: serdes.int64, retention: '1h' })
const echo: Processor<string, number, string, number> = { init: (c) => ({ process: (r) => c.forward(r) }) }
`

const mistakes: readonly Mistake[] = [
  {
    title: 'a join of a stream with a table of other keys',
    code: 'a.join(byNumber, (x, y) => `${x}${y}`)',
    errors: ['TS2345'],
    words: ["'KTable<number, string>'", "'KTable<string, string>'", "'string' is not assignable to type 'number'"],
  },
  {
    title: 'a join of two streams of different keys',
    code: "a.join(b, (x, y) => x + y, { within: '1m' })",
    errors: ['TS2769'],
    words: ["'KStream<number, number>'", "'KStream<string, "],
  },
  {
    title: 'a join of two streams without a time',
    code: 'a.outerJoin(a, (x, y) => (x ?? 0) + (y ?? 0), {})',
    errors: ['TS2345'],
    words: ["'{}'", 'StreamJoinOptions'],
  },
  {
    title: 'a join of two streams with two kinds of time',
    code: "a.outerJoin(a, (x, y) => (x ?? 0) + (y ?? 0), { within: '1m', before: '2m', after: '3m' })",
    errors: ['TS2322'],
    words: ['Duration'],
  },
  {
    title: 'a left join that forgets that the partner may be missing',
    code: 'a.leftJoin(table, (x, y) => x + y)',
    errors: ['TS18048'],
    words: ["'y' is possibly 'undefined'"],
  },
  {
    title: 'a join with a global table without saying on which key',
    code: 'dogs.join(global, (dog, other) => dog.legs + other.legs)',
    errors: ['TS2345', 'TS2740'],
    words: ["'GlobalKTable<string, Dog>'"],
  },
  {
    title: 'a sink of the wrong value',
    code: 'a.to(out)',
    errors: ['TS2345'],
    words: [
      "'Topic<string, string>'",
      "'value.encode' are incompatible",
      "'number' is not assignable to type 'string'",
    ],
  },
  {
    title: 'a sink of the wrong key',
    code: 'b.to(numbers)',
    errors: ['TS2345'],
    words: ["'key.encode' are incompatible", "'number' is not assignable to type 'string'"],
  },
  {
    title: 'a function that chooses topics of other values',
    code: 'a.to((value) => (value > 1 ? numbers : out))',
    errors: ['TS2345', 'TS2769', 'TS2322'],
    words: ["'number' is not assignable to type 'string'"],
  },
  {
    title: 'an async function in mapValues',
    code: 'a.mapValues(async (x) => x)',
    errors: ['TS2322'],
    words: ["'Promise<number>'", 'this operator takes a synchronous function: see mapAsync'],
  },
  {
    title: 'an async function in foreach',
    code: 'a.foreach(async (x) => { await fetch(String(x)) })',
    errors: ['TS2345'],
    words: ['Promise<void>', 'this operator takes a synchronous function'],
  },
  {
    title: 'an async predicate',
    code: 'table.filter(async (x) => x > 1)',
    errors: ['TS2769'],
    words: ["'Promise<boolean>'", "'boolean'"],
  },
  {
    title: 'an async key',
    code: 'a.selectKey(async (x) => String(x))',
    errors: ['TS2322'],
    words: ["'Promise<string>'", 'this operator takes a synchronous function'],
  },
  {
    title: 'an async joiner',
    code: 'a.join(table, async (x, y) => x + y)',
    errors: ['TS2322'],
    words: ['Promise<number>', 'this operator takes a synchronous function'],
  },
  {
    title: 'an async aggregator',
    code: 'grouped.aggregate(() => 0, async (sum, x) => sum + x)',
    errors: ['TS2322'],
    words: ['Promise<number>'],
  },
  {
    title: 'a predicate that returns no boolean',
    code: 'a.filter((x) => x)',
    errors: ['TS2769'],
    words: ["'number' is not assignable to type 'boolean'"],
  },
  {
    title: 'an option with a typing mistake',
    code: "grouped.count({ stroe: 'x' })",
    errors: ['TS2561'],
    words: ["'stroe' does not exist", "Did you mean to write 'store'?"],
  },
  {
    title: 'a text that is no duration',
    code: "tumbling({ size: '5 parsecs' })",
    errors: ['TS2322'],
    words: ['"5 parsecs"', 'Duration'],
  },
  {
    title: 'a mapper that returns nothing',
    code: 'a.mapValues((x) => { x + 1 })',
    errors: ['TS2345'],
    words: ["'void' is not assignable to type 'Data'"],
  },
  {
    title: 'a mapper that returns undefined',
    code: 'a.mapValues((x) => (x > 1 ? x : undefined))',
    errors: ['TS2322'],
    words: ["'undefined' is not assignable to type 'Data'"],
  },
  {
    title: 'a pair of the wrong length',
    code: 'a.map((x, key) => [key, x, x])',
    errors: ['TS2322'],
    words: ['3 element(s)'],
  },
  {
    title: 'final results of a table without windows',
    code: "a.toTable().suppress({ until: 'window-closes' })",
    errors: ['TS2322'],
    words: ['"window-closes"', 'Duration'],
  },
  {
    title: 'final results that come early when the buffer is full',
    code: "windowed.suppress({ until: 'window-closes', maxRecords: 10, whenFull: 'emit-early' })",
    errors: ['TS2322', 'TS2345'],
    words: ['"emit-early"', '"shut-down"'],
  },
  {
    title: 'a serde of another type for what mapValues makes',
    code: 'a.mapValues((x) => String(x), { value: serdes.int64 })',
    errors: ['TS2322'],
    words: ["'string' is not assignable to type 'number'"],
  },
  {
    title: 'a handle of a store of another value',
    code: 'grouped.count({ store: names })',
    errors: ['TS2322'],
    words: ['KeyValueHandle<string, string>'],
  },
  {
    title: 'a handle of windows for a table without windows',
    code: 'grouped.count({ store: hourly })',
    errors: ['TS2322'],
    words: ['WindowHandle<string, number>'],
  },
  {
    title: 'a handle of plain keys for windows',
    code: "grouped.windowedBy(tumbling({ size: '1h' })).count({ store: counts })",
    errors: ['TS2322'],
    words: ['KeyValueHandle<string, number>'],
  },
  {
    title: 'an aggregation of sessions without a merge',
    code: "grouped.windowedBy(session({ inactivityGap: '1m' })).aggregate(() => 0, (sum, x) => sum + x)",
    errors: ['TS2554'],
    words: ['Expected 3 arguments'],
  },
  {
    title: 'an aggregation of a table that only adds',
    code: 'groupedTable.aggregate(() => 0, { add: (sum, x) => sum + x })',
    errors: ['TS2345', 'TS2741'],
    words: ["'subtract' is missing"],
  },
  {
    title: 'a cogroup of other keys',
    code: 'grouped.cogroup(() => 0, (n) => n).cogroup(b.groupByKey(), (n) => n)',
    errors: ['TS2345'],
    words: ['KGroupedStream<number, number>'],
  },
  {
    title: 'a foreign key of another type than the other table has',
    code: 'table.join(byNumber, (x, y) => x, { foreignKey: (x) => String(x) })',
    errors: ['TS2769'],
    words: ["'string' is not assignable to type 'number'"],
  },
  {
    title: 'a processor that takes other values',
    code: 'dogs.process(echo)',
    errors: ['TS2345', 'TS2379'],
    words: ["'Dog' is not assignable to type 'number'"],
  },
  {
    title: 'a processor that forwards what it does not declare',
    code: 'const wrong: Processor<string, number, string, string> = { init: (c) => ({ process: (r) => c.forward(r) }) }',
    errors: ['TS2345'],
    words: ["'number' is not assignable to type 'string'"],
  },
  {
    title: 'a store that is written with the wrong value',
    code: "const puts: Processor<string, number> = { stores: [counts], init: (c) => ({ process: (r) => c.store(counts).put(r.key, 'one') }) }",
    errors: ['TS2345'],
    words: ["'string' is not assignable to parameter of type 'number'"],
  },
  {
    title: 'a node of a topology by hand below a parent of other types',
    code: "hand.addProcessor('echo', echo, hand.addSource('out', out))",
    errors: ['TS2345'],
    words: ["'string' is not assignable to type 'number'"],
  },
  {
    title: 'a node under a parent that is only a name',
    code: "hand.addSink('sink', numbers, 'echo')",
    errors: ['TS2345'],
    words: ["'string'", 'TopologyNode'],
  },
  {
    title: 'a wrong starting point',
    code: "builder.stream(out, { startFrom: 'beginning' })",
    errors: ['TS2769'],
    words: ['"beginning"'],
  },
  {
    title: 'an optimisation that does not exist',
    code: "new StreamsBuilder({ optimize: 'some' })",
    errors: ['TS2322'],
    words: ['"some"'],
  },
  {
    title: 'a value of a table that is read as if it could not be deleted',
    code: 'table.toStream().mapValues((x) => x.toFixed(2))',
    errors: ['TS18047'],
    words: ["'x' is possibly 'null'"],
  },
  {
    title: 'a json type that JSON does not keep',
    code: "topic('dates', { value: serdes.json<{ at: Date }>() })",
    errors: ['TS2554'],
    words: ['Expected 1 arguments'],
  },
]

describe.each(Object.keys(COMPILERS) as Compiler[])('%s', (compiler) => {
  const firstLine = PRELUDE.split('\n').length
  let compilation: Compilation

  beforeAll(() => {
    const lines = mistakes.map(({ code }, index) =>
      code.startsWith('const') ? `{ ${code} }` : `void (${code}) // ${index}`,
    )
    compilation = compile(compiler, `${PRELUDE}\n${lines.join('\n')}\n`)
  }, 60_000)

  test('says nothing of the declarations before the mistakes', () => {
    expect(compilation.errors.filter(({ line }) => line <= firstLine)).toEqual([])
  })

  test.each(mistakes.map((mistake, index) => ({ ...mistake, index })))(
    'refuses $title',
    ({ index, errors: codes, words }) => {
      const errors = compilation.errors.filter(({ line }) => line === firstLine + 1 + index)
      expect(codes).toContain(errors[0]?.code)
      const text = errors.map(({ message }) => message).join('\n')
      for (const word of words) expect(text).toContain(word)
    },
  )
})
