// Joins against nested loops over the whole input.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type KTable, StreamsBuilder, type Topology, serdes, topic } from 'tidemill'
import { TopologyTestDriver } from 'tidemill/testing'
import { type Change, PROPERTY_TIMEOUT_MS, RUNS, someChanges, tableOf, withoutDeleted } from './runs.ts'

const texts = { key: serdes.string, value: serdes.string }
const left = topic('left', texts)
const right = topic('right', texts)
const output = topic('output', texts)

interface Row extends Change {
  readonly side: 'left' | 'right'
}

const joiner = (l: string | undefined, r: string | undefined): string => `${l ?? '-'}+${r ?? '-'}`
const kinds = ['inner', 'left', 'outer'] as const
type Kind = (typeof kinds)[number]
const NEVER: readonly boolean[] = []

function pipeAll(driver: TopologyTestDriver, rows: readonly Row[], commits: Iterator<boolean> = NEVER.values()): void {
  const inputs = { left: driver.inputTopic(left), right: driver.inputTopic(right) }
  for (const { side, ...record } of rows) {
    inputs[side].pipe(record)
    if (commits.next().value === true) driver.commit()
  }
}

/** Rows of both sides, mixed. */
const someRows = (lefts: fc.Arbitrary<Change[]>, rights: fc.Arbitrary<Change[]>): fc.Arbitrary<Row[]> =>
  fc.tuple(lefts, rights, fc.infiniteStream(fc.boolean())).map(([l, r, isLeftNext]) => {
    const rows: Row[] = []
    const waiting = { left: [...l], right: [...r] }
    for (const isLeft of isLeftNext) {
      const side = (isLeft && waiting.left.length > 0) || waiting.right.length === 0 ? 'left' : 'right'
      const next = waiting[side].shift()
      if (next === undefined) break
      rows.push({ ...next, side, timestamp: rows.length * 10 })
    }
    return rows
  })

const ofSide = (rows: readonly Row[], side: Row['side']): readonly Row[] => rows.filter((row) => row.side === side)

describe('stream-stream', () => {
  const SPAN_MS = 60
  const someStreams: fc.Arbitrary<Row[]> = fc
    .array(
      fc.record({
        side: fc.constantFrom('left' as const, 'right' as const),
        key: fc.constantFrom('A', 'B'),
        timestamp: fc.nat(SPAN_MS),
      }),
      { maxLength: 20 },
    )
    .map((all) => all.map((row, i) => ({ ...row, value: `${row.side}${i}` })))
  const someReach = fc.record({ before: fc.nat(15), after: fc.nat(15) })
  interface Reach {
    readonly before: number
    readonly after: number
  }

  function topologyOf(kind: Kind, reach: Reach): Topology {
    const builder = new StreamsBuilder()
    const [l, r] = [builder.stream(left), builder.stream(right)]
    // All records are in time, however they are shuffled.
    const options = { ...reach, grace: SPAN_MS }
    if (kind === 'inner') l.join(r, joiner, options).to(output)
    else if (kind === 'left') l.leftJoin(r, joiner, options).to(output)
    else l.outerJoin(r, joiner, options).to(output)
    return builder.build()
  }

  /**
   * A record that comes when stream time has passed its window waits for no partner, grace or not: it is a result of its own at once
   * where none is there yet, and may find one all the same. That is what Kafka Streams does.
   */
  function nestedLoop(rows: readonly Row[], kind: Kind, { before, after }: Reach): readonly string[] {
    const results: string[] = []
    const isNear = (l: Row, r: Row): boolean =>
      l.key === r.key && r.timestamp >= l.timestamp - before && r.timestamp <= l.timestamp + after
    const [lefts, rights] = [ofSide(rows, 'left'), ofSide(rows, 'right')]
    for (const l of lefts) {
      for (const r of rights.filter((one) => isNear(l, one)))
        results.push(`${l.key}:${l.value}+${r.value}@${Math.max(l.timestamp, r.timestamp)}`)
    }
    let streamTime = -1
    for (const [i, row] of rows.entries()) {
      const isLeft = row.side === 'left'
      streamTime = Math.max(streamTime, row.timestamp)
      const waits = row.timestamp + (isLeft ? after : before) >= streamTime
      const others = waits ? rows : rows.slice(0, i)
      const isAlone = !others.some((one) => one.side !== row.side && (isLeft ? isNear(row, one) : isNear(one, row)))
      if (isAlone && (kind === 'outer' || (kind === 'left' && isLeft)))
        results.push(`${row.key}:${isLeft ? `${row.value}+-` : `-+${row.value}`}@${row.timestamp}`)
    }
    return results.toSorted()
  }

  test.each(kinds)('%s', { timeout: PROPERTY_TIMEOUT_MS }, (kind) => {
    fc.assert(
      fc.property(someStreams, someReach, (rows, reach) => {
        using driver = new TopologyTestDriver(topologyOf(kind, reach))
        // Far away, so that all windows close and what found no partner comes out.
        const end = { key: 'Z', value: 'end', timestamp: 10_000 }
        pipeAll(driver, [...rows, { ...end, side: 'left' }, { ...end, side: 'right' }])
        const results = driver
          .outputTopic(output)
          .readAll()
          .filter(({ key }) => key !== 'Z')
        expect(results.map(({ key, value, timestamp }) => `${key}:${value}@${timestamp}`).toSorted()).toEqual(
          nestedLoop(rows, kind, reach),
        )
      }),
      RUNS,
    )
  })
})

describe('stream-table', () => {
  const keys = ['A', 'B']
  const someInput = someRows(someChanges(keys, ['x', 'y', 'z']), someChanges(keys))

  /** The last of the key's changes among these. */
  const current = (changes: readonly Row[], key: string): string | undefined => tableOf(changes)[key]

  test.each(['inner', 'left'] as const)('%s', { timeout: PROPERTY_TIMEOUT_MS }, (kind) => {
    const builder = new StreamsBuilder()
    const [stream, table] = [builder.stream(left), builder.table(right)]
    if (kind === 'inner') stream.join(table, joiner).to(output)
    else stream.leftJoin(table, joiner).to(output)
    const topology = builder.build()
    fc.assert(
      fc.property(someInput, (rows) => {
        using driver = new TopologyTestDriver(topology)
        pipeAll(driver, rows)
        const expected = rows.flatMap(({ side, key, value }, i) => {
          const other = current(ofSide(rows.slice(0, i), 'right'), key)
          const isResult = side === 'left' && (kind === 'left' || other !== undefined)
          return isResult ? [[key, joiner(value ?? undefined, other)]] : []
        })
        const results = driver.outputTopic(output).readAll()
        expect(results.map(({ key, value }) => [key, value])).toEqual(expected)
      }),
      RUNS,
    )
  })

  test('of versions, each record meets the one that was valid at its time', { timeout: PROPERTY_TIMEOUT_MS }, () => {
    const builder = new StreamsBuilder()
    const table = builder.table(right, { store: { name: 'versions', versioned: { historyRetention: '1h' } } })
    builder.stream(left).leftJoin(table, joiner).to(output)
    const topology = builder.build()
    const shuffled = fc
      .tuple(someInput, fc.infiniteStream(fc.nat(200)))
      .map(([rows, times]) => rows.map((row) => ({ ...row, timestamp: times.next().value })))
    fc.assert(
      fc.property(shuffled, (rows) => {
        using driver = new TopologyTestDriver(topology)
        pipeAll(driver, rows)
        const expected = rows.flatMap(({ side, key, value, timestamp }, i) => {
          if (side === 'right') return []
          const versions = ofSide(rows.slice(0, i), 'right').filter((row) => row.timestamp <= timestamp)
          const other = current(
            versions.toSorted((a, b) => a.timestamp - b.timestamp),
            key,
          )
          return [[key, joiner(value ?? undefined, other)]]
        })
        const results = driver.outputTopic(output).readAll()
        expect(results.map(({ key, value }) => [key, value])).toEqual(expected)
      }),
      RUNS,
    )
  })
})

/** What the table of results is in the end: in its topic and in its store. */
function finalTables(
  topology: Topology,
  rows: readonly Row[],
  cache: boolean,
  commits?: Iterator<boolean>,
): readonly Record<string, string>[] {
  using driver = new TopologyTestDriver(topology, { cache })
  pipeAll(driver, rows, commits)
  // What a commit sends over internal topics is cached again behind them: these are three topics, and some ask twice.
  for (let i = 0; i < 6; i++) driver.commit()
  const stored = Object.fromEntries(driver.store('joined').range()) as Record<string, string>
  return [withoutDeleted(driver.outputTopic(output).readMap()), stored]
}

describe('table-table', () => {
  const keys = ['A', 'B', 'C']
  const someInput = someRows(someChanges(keys), someChanges(keys))

  function topologyOf(kind: Kind): Topology {
    const builder = new StreamsBuilder()
    const [l, r] = [builder.table(left), builder.table(right)]
    const options = { store: 'joined', value: serdes.string }
    let joined: KTable<string, string>
    if (kind === 'inner') joined = l.join(r, joiner, options)
    else if (kind === 'left') joined = l.leftJoin(r, joiner, options)
    else joined = l.outerJoin(r, joiner, options)
    joined.toStream().to(output)
    return builder.build()
  }

  function nestedLoop(rows: readonly Row[], kind: Kind): Record<string, string> {
    const [lefts, rights] = [tableOf(ofSide(rows, 'left')), tableOf(ofSide(rows, 'right'))]
    const result: Record<string, string> = {}
    for (const key of keys) {
      const [l, r] = [lefts[key], rights[key]]
      const isResult = {
        inner: l !== undefined && r !== undefined,
        left: l !== undefined,
        outer: (l ?? r) !== undefined,
      }[kind]
      if (isResult) result[key] = joiner(l, r)
    }
    return result
  }

  test.each(kinds)('%s', { timeout: PROPERTY_TIMEOUT_MS }, (kind) => {
    const topology = topologyOf(kind)
    fc.assert(
      fc.property(someInput, fc.boolean(), (rows, cache) => {
        const expected = nestedLoop(rows, kind)
        expect(finalTables(topology, rows, cache)).toEqual([expected, expected])
      }),
      RUNS,
    )
  })
})

describe('foreign-key', () => {
  // The first letter of a left value is its foreign key; n has none.
  const someInput = someRows(
    someChanges(['1', '2', '3'], ['x', 'y', 'n', null]),
    someChanges(['x', 'y'], ['v', 'w', null]),
  )
  const foreignKey = (value: string): string | null => (value.startsWith('n') ? null : value.slice(0, 1))

  const caches = [
    ['neither table', false, false],
    ['the left table', true, false],
    ['the right table', false, true],
    ['both tables', true, true],
  ] as const
  const cases = caches.flatMap((cached) => (['inner', 'left'] as const).map((kind) => [kind, ...cached] as const))
  const someCommits = fc.infiniteStream(fc.boolean())

  test.each(cases)(
    '%s, a cache before %s',
    { timeout: PROPERTY_TIMEOUT_MS },
    (kind, _, isLeftCached, isRightCached) => {
      const builder = new StreamsBuilder()
      const l = builder.table(left, { store: { cache: isLeftCached } })
      // A filter hides what comes and goes behind it, too.
      const r = builder.table(right, { store: { cache: isRightCached } }).filter((value) => !value.startsWith('w'))
      const options = { foreignKey, store: 'joined', value: serdes.string }
      const joined = kind === 'inner' ? l.join(r, joiner, options) : l.leftJoin(r, joiner, options)
      joined.toStream().to(output)
      const topology = builder.build()
      fc.assert(
        fc.property(someInput, someCommits, (rows, commits) => {
          const rights = tableOf(ofSide(rows, 'right'))
          const expected: Record<string, string> = {}
          for (const [key, value] of Object.entries(tableOf(ofSide(rows, 'left')))) {
            const found = rights[foreignKey(value) ?? '']
            const other = found?.startsWith('w') === true ? undefined : found
            if (kind === 'left' || other !== undefined) expected[key] = joiner(value, other)
          }
          expect(finalTables(topology, rows, true, commits)).toEqual([expected, expected])
        }),
        RUNS,
      )
    },
  )
})
