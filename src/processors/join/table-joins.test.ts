// Streams joined with tables: by key, by a mapped key of a global table, and with a grace period over a versioned one.
import { describe, expect, test } from 'vitest'
import { serdes } from '../../serde/index.ts'
import type { GraceBufferDefinition } from '../../state/index.ts'
import { keyValue, versioned } from '../harness/definitions.ts'
import { type Forwarded, ProcessorHarness } from '../harness/processor-harness.ts'
import { storeView } from '../table-view.ts'
import { tableSource } from '../table/table-source.ts'
import { streamGlobalJoin } from './stream-global-join.ts'
import { streamTableJoin } from './stream-table-join.ts'

const joiner = (left: string, right?: string): string => `${left}+${right}`
const values = (forwarded: readonly Forwarded[]): unknown[] => forwarded.map(({ value }) => value)
const table = storeView('table')

function withTable(definition = keyValue('table')): ProcessorHarness {
  const buffer: GraceBufferDefinition = { ...keyValue('buffer'), kind: 'grace-buffer', format: 'plain', graceMs: 10 }
  return new ProcessorHarness(tableSource({ store: 'table', sendOldValues: false }), { stores: [definition, buffer] })
}

describe('streamTableJoin', () => {
  const join = (kind: 'inner' | 'left'): ProcessorHarness => {
    const harness = withTable()
    harness.pipe('k', 'T', 50)
    harness.also(streamTableJoin({ kind, joiner, table, isVersioned: false, grace: undefined }))
    return harness
  }

  test('a record is joined with the entry of its key, under its own time', () => {
    expect(join('inner').pipe('k', 's', 7)).toMatchObject([{ key: 'k', value: 's+T', timestamp: 7 }])
  })

  test('without an entry an inner join gives nothing, a left join a missing side', () => {
    expect(values(join('inner').pipe('none', 's', 0))).toEqual([])
    expect(values(join('left').pipe('none', 's', 0))).toEqual(['s+undefined'])
  })

  test('without a key a left join goes on; without a value none does', () => {
    expect(values(join('left').pipe(null, 's', 0))).toEqual(['s+undefined'])
    const inner = join('inner')
    expect([...inner.pipe(null, 's', 0), ...inner.pipe('k', null, 0)]).toEqual([])
    expect(inner.dropReasons).toEqual(['null-key-or-value', 'null-key-or-value'])
  })
})

describe('streamTableJoin with a grace period', () => {
  function join(kind: 'inner' | 'left'): ProcessorHarness {
    const harness = withTable({ ...versioned('table', 1_000) } as never)
    for (const [value, at] of [['T1', 10], ['T2', 20]] as const) harness.pipe('k', value, at) // prettier-ignore
    harness.also(streamTableJoin({ kind, joiner, table, isVersioned: true, grace: { buffer: 'buffer', graceMs: 10 } }))
    return harness
  }

  test('a record waits, and is joined with the version of its own time, in the order of time', () => {
    const harness = join('inner')
    expect([...harness.pipe('k', 'late', 25), ...harness.pipe('k', 'early', 16)]).toEqual([])
    expect(harness.pipe('k', 'now', 40)).toMatchObject([
      { value: 'early+T1', timestamp: 16, offset: 3 },
      { value: 'late+T2', timestamp: 25, offset: 2 },
    ])
  })

  test('one that is too late to wait is joined at once', () => {
    const harness = join('inner')
    harness.pipe('k', 'ahead', 100)
    expect(values(harness.pipe('k', 'behind', 30))).toEqual(['behind+T2'])
  })

  test('without a key a left join does not wait for what cannot come', () => {
    expect(values(join('left').pipe(null, 's', 25))).toEqual(['s+undefined'])
  })
})

describe('streamGlobalJoin', () => {
  const on = (value: string): string | null => (value === 'none' ? null : 'k')
  const join = (kind: 'inner' | 'left'): ProcessorHarness => {
    const harness = withTable(keyValue('table', { value: serdes.string }))
    harness.pipe('k', 'T', 50)
    const named = (left: string, right: string | undefined, key: string, globalKey: string): string =>
      `${key}>${globalKey}:${left}+${right}`
    harness.also(streamGlobalJoin({ kind, on, joiner: named, table }))
    return harness
  }

  test('the key that is looked up comes from the record, whose own may be missing', () => {
    expect(values(join('inner').pipe(null, 's', 0))).toEqual(['null>k:s+T'])
  })

  test('without one an inner join drops, a left join goes on', () => {
    expect(values(join('inner').pipe('a', 'none', 0))).toEqual([])
    expect(values(join('left').pipe('a', 'none', 0))).toEqual(['a>null:none+undefined'])
  })
})
