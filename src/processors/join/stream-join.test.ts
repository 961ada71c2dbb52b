// Stream-stream joins against a nested loop over the whole input.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { serdes } from '../../serde/index.ts'
import type { StoreDefinition } from '../../state/index.ts'
import * as definitions from '../harness/definitions.ts'
import { type Forwarded, ProcessorHarness } from '../harness/processor-harness.ts'
import { streamJoin, type StreamJoinOptions } from './stream-join.ts'
import { streamJoinWindow } from './stream-join-window.ts'
import { streamSelfJoin } from './stream-self-join.ts'

type Kind = StreamJoinOptions['kind']

interface Row {
  readonly side: 'left' | 'right'
  readonly key: string
  readonly value: string
  readonly timestamp: number
}

const joiner = (left: string | undefined, right: string | undefined): string => `${left ?? ''}+${right ?? ''}`

function storesOf(beforeMs: number, afterMs: number, graceMs: number): readonly StoreDefinition[] {
  const windowSizeMs = beforeMs + afterMs
  const extra = {
    windowSizeMs,
    retentionMs: windowSizeMs + graceMs,
    retainDuplicates: true,
    format: 'plain',
    type: 'disk',
    value: serdes.string,
  } as const
  return [definitions.window('l', extra), definitions.window('r', extra), definitions.outerJoin('o')]
}

/** A join as the DSL wires it: each window node forwards to its join node and puts afterwards. */
function openJoin(kind: Kind, beforeMs: number, afterMs: number, graceMs: number): (row: Row) => readonly Forwarded[] {
  const outerStore = kind === 'inner' ? undefined : 'o'
  const options = { kind, joiner, leftStore: 'l', rightStore: 'r', outerStore, beforeMs, afterMs, graceMs }
  const { left, right } = streamJoin(options)
  const harness = new ProcessorHarness(left, { stores: storesOf(beforeMs, afterMs, graceMs) })
  const nodes = { left: left(), right: right() }
  const windows = { left: streamJoinWindow({ store: 'l' })(), right: streamJoinWindow({ store: 'r' })() }
  for (const node of [...Object.values(nodes), ...Object.values(windows)]) node.init(harness)
  return ({ side, ...record }) => {
    // The first harness operator stands unused; what the window node forwards goes to the join node of its side.
    harness.send(nodes[side], record)
    const results = harness.take()
    harness.send(windows[side], record)
    harness.take()
    return results
  }
}

const rows = (isInOrder: boolean): fc.Arbitrary<Row[]> =>
  fc
    .array(fc.record({ side: fc.constantFrom('left', 'right'), key: fc.constantFrom('A', 'B'), at: fc.nat(60) }), {
      maxLength: 24,
    })
    .map((all) => {
      const sorted = isInOrder ? all.toSorted((a, b) => a.at - b.at) : all
      return sorted.map(({ side, key, at }, i) => ({ side: side as Row['side'], key, value: `${i}`, timestamp: at }))
    })

const texts = (results: readonly Forwarded[]): string[] =>
  results.map(({ key, value, timestamp }) => `${key}:${value}@${timestamp}`).toSorted()

function nestedLoop(all: readonly Row[], kind: Kind, beforeMs: number, afterMs: number): string[] {
  const result: string[] = []
  const [lefts, rights] = [all.filter(({ side }) => side === 'left'), all.filter(({ side }) => side === 'right')]
  const matches = (l: Row, r: Row): boolean =>
    l.key === r.key && r.timestamp >= l.timestamp - beforeMs && r.timestamp <= l.timestamp + afterMs
  for (const l of lefts) {
    const partners = rights.filter((r) => matches(l, r))
    for (const r of partners) result.push(`${l.key}:${l.value}+${r.value}@${Math.max(l.timestamp, r.timestamp)}`)
    if (kind !== 'inner' && partners.length === 0) result.push(`${l.key}:${l.value}+@${l.timestamp}`)
  }
  for (const r of rights) {
    if (kind === 'outer' && !lefts.some((l) => matches(l, r))) result.push(`${r.key}:+${r.value}@${r.timestamp}`)
  }
  return result.toSorted()
}

describe('streamJoin', () => {
  const reach = fc.nat(15)

  test('an inner join gives every pair in reach once, in whatever order the records come', () => {
    fc.assert(
      fc.property(rows(false), reach, reach, (all, beforeMs, afterMs) => {
        const pipe = openJoin('inner', beforeMs, afterMs, 60)
        expect(texts(all.flatMap(pipe))).toEqual(nestedLoop(all, 'inner', beforeMs, afterMs))
      }),
      { numRuns: 200 },
    )
  })

  test.each(['left', 'outer'] as const)('a %s join also gives, once, each record that found no partner', (kind) => {
    fc.assert(
      // A window of 0 ms without grace has stores of a retention of 0 ms, which show nothing, as in Kafka Streams.
      fc.property(rows(true), reach, reach, fc.integer({ min: 1, max: 5 }), (all, beforeMs, afterMs, graceMs) => {
        const pipe = openJoin(kind, beforeMs, afterMs, graceMs)
        const end: Row[] = [
          { side: 'left', key: 'Z', value: 'end', timestamp: 1_000 },
          { side: 'right', key: 'Z', value: 'end', timestamp: 1_000 },
        ]
        const results = texts([...all, ...end].flatMap(pipe)).filter((text) => !text.startsWith('Z'))
        expect(results).toEqual(nestedLoop(all, kind, beforeMs, afterMs))
      }),
      { numRuns: 200 },
    )
  })

  test('a key with two records on its own does not put off those after it', () => {
    const pipe = openJoin('outer', 5, 2, 3)
    const rows = [['right', 'A', 9], ['left', 'B', 11], ['left', 'B', 11], ['right', 'A', 13], ['left', 'D', 13]] as const // prettier-ignore
    for (const [i, [side, key, timestamp]] of rows.entries()) pipe({ side, key, value: `${i}`, timestamp })
    expect(pipe({ side: 'left', key: 'B', value: '5', timestamp: 15 })).toEqual([])
    expect(texts(pipe({ side: 'left', key: 'D', value: '6', timestamp: 17 }))).toEqual(['B:1+@11', 'B:2+@11'])
  })

  test('a record without a key is a result of its own on an outer side, and dropped on the other', () => {
    const pipe = openJoin('left', 5, 5, 0)
    // As a stream of nullable keys has them.
    const noKey = { key: null as unknown as string, timestamp: 3 }
    expect(texts(pipe({ side: 'left', value: 'l', ...noKey }))).toEqual(['null:l+@3'])
    expect(pipe({ side: 'right', value: 'r', ...noKey })).toEqual([])
  })

  test('a self-join over one store gives what two stores give, in the same order', () => {
    fc.assert(
      fc.property(rows(true), reach, reach, (all, beforeMs, afterMs) => {
        // With a retention of 1 ms Kafka Streams' node takes a record that is new for one that is too old.
        const graceMs = 2
        const two = openJoin('inner', beforeMs, afterMs, graceMs)
        const self = streamSelfJoin({ store: 'l', joiner, beforeMs, afterMs, graceMs })
        const harness = new ProcessorHarness(self, { stores: storesOf(beforeMs, afterMs, graceMs) })
        const window = streamJoinWindow({ store: 'l' })()
        window.init(harness)
        for (const { side: _, ...record } of all) {
          const expected = [...two({ side: 'left', ...record }), ...two({ side: 'right', ...record })]
          const actual = harness.pipe(record.key, record.value, record.timestamp)
          harness.send(window, record)
          harness.take()
          expect(actual.map(({ value }) => value)).toEqual(expected.map(({ value }) => value))
        }
      }),
      { numRuns: 100 },
    )
  })
})
