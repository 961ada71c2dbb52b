// What every byte store must do, as random histories against a sorted array.
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { topicPartition } from '../record/index.ts'
import {
  type ByteChange,
  type ByteCursor,
  type ByteStore,
  type StorePosition,
  keyCopy,
  valueCopy,
} from './byte-store.ts'
import { changesOf } from './pending-bytes.ts'

/** A byte store under test. */
export interface ContractSubject {
  open(): ByteStore
  /** Opens what was closed; undefined where nothing survives. */
  reopen?: ((closed: ByteStore) => ByteStore) | undefined
}

type Model = Map<string, string>

type Step =
  | { readonly kind: 'commit'; readonly changes: readonly (readonly [string, string | null])[] }
  | { readonly kind: 'get'; readonly key: string }
  | {
      readonly kind: 'scan'
      readonly gte: string | undefined
      readonly lt: string | undefined
      readonly reverse: boolean
    }
  | {
      readonly kind: 'scan-one'
      readonly prefix: string
      readonly from: string
      readonly to: string
      readonly reverse: boolean
    }
  | {
      readonly kind: 'scan-while-writing'
      readonly reverse: boolean
      readonly before: number
      readonly change: readonly [string, string | null]
    }
  | { readonly kind: 'delete-below'; readonly key: string }
  | { readonly kind: 'flush' }
  | { readonly kind: 'reopen' }

// Few bytes, so that keys meet, are prefixes of each other and end in 0x00 and 0xff.
const byte = fc.constantFrom('00', '01', '7f', 'fe', 'ff')
const key = fc.array(byte, { maxLength: 4 }).map((parts) => parts.join(''))
const value = fc.oneof(
  fc.constantFrom('', 'aa'),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('hex')),
)
const change = fc.tuple(key, fc.option(value))
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('commit' as const), changes: fc.array(change, { maxLength: 12 }) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('get' as const), key }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('scan' as const),
      gte: fc.option(key, { nil: undefined }),
      lt: fc.option(key, { nil: undefined }),
      reverse: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('scan-one' as const),
      prefix: key,
      from: byte,
      to: byte,
      reverse: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('scan-while-writing' as const),
      reverse: fc.boolean(),
      before: fc.nat({ max: 5 }),
      change,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete-below' as const), key }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'flush' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'reopen' as const }) },
)

const changelog = topicPartition('app-store-changelog', 0)

function positionAt(offset: number): StorePosition {
  return {
    changelogs: new Map([[changelog, { topicId: '0'.repeat(32), nextOffset: offset, leaderEpoch: 3 }]]),
    streamTimeMs: offset * 10,
  }
}

/** Registers the tests. `runs` histories are played. */
export function byteStoreContract(name: string, subject: ContractSubject, runs = 200): void {
  it(
    `${name} answers as a sorted array does, whatever the history`,
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
          await play(subject, steps)
        }),
        { numRuns: runs },
      )
    },
    30_000 + runs * 100,
  )

  it(`${name} has no position before the first commit`, async () => {
    const store = subject.open()
    expect(store.position()).toBeUndefined()
    await store.destroy()
  })

  it(`${name} counts about as many entries as there are`, async () => {
    const store = subject.open()
    const changes: ByteChange[] = Array.from({ length: 500 }, (_, i) => [Buffer.from(`k${i}`), Buffer.from('v')])
    store.commit(changesOf(changes), positionAt(1))
    expect(store.approximateCount()).toBeGreaterThan(250)
    expect(store.approximateCount()).toBeLessThan(1_000)
    expect(store.approximateBytes()).toBeGreaterThan(500)
    await store.destroy()
  })
}

async function play(subject: ContractSubject, steps: readonly Step[]): Promise<void> {
  let store = subject.open()
  let model: Model = new Map()
  let commits = 0
  // Nothing is put below what was dropped.
  let floor = ''
  for (const drawn of steps) {
    if (drawn.kind === 'delete-below' && drawn.key > floor) floor = drawn.key
    const step = above(floor, drawn)
    if (step.kind === 'reopen') {
      if (subject.reopen === undefined) continue
      await store.close()
      store = subject.reopen(store)
    } else if (step.kind === 'flush') await store.flush()
    else {
      if (step.kind === 'commit' || step.kind === 'scan-while-writing') commits++
      model = run(store, model, step, commits)
    }
    expect(store.position()).toEqual(commits === 0 ? undefined : positionAt(commits))
  }
  expect(rowsOf(store.cursor({}))).toEqual(sorted(model))
  await store.destroy()
}

function above(floor: string, step: Step): Step {
  if (step.kind === 'commit') return { ...step, changes: step.changes.filter(([key]) => key >= floor) }
  if (step.kind === 'scan-while-writing' && step.change[0] < floor) return { ...step, change: [floor, step.change[1]] }
  return step
}

function run(
  store: ByteStore,
  model: Model,
  step: Exclude<Step, { kind: 'reopen' | 'flush' }>,
  commits: number,
): Model {
  switch (step.kind) {
    case 'commit':
      return commit(store, model, step.changes, commits)
    case 'get': {
      const padded = Buffer.from(`ee${step.key}ee`, 'hex')
      const view = store.get(padded, 1, padded.length - 1)
      expect(view === undefined ? undefined : valueCopy(view).toString('hex')).toBe(model.get(step.key))
      return model
    }
    case 'scan': {
      const bytes = (text: string | undefined): Buffer | undefined =>
        text === undefined ? undefined : Buffer.from(text, 'hex')
      const rows = rowsOf(store.cursor({ gte: bytes(step.gte), lt: bytes(step.lt), reverse: step.reverse }))
      expect(rows).toEqual(between(model, step.gte, step.lt, step.reverse))
      return model
    }
    case 'scan-one': {
      const { prefix, reverse } = step
      const [gte, lt] = [prefix + step.from, prefix + step.to]
      const isWanted = ([one]: readonly string[]): boolean => one?.length === gte.length && one.startsWith(prefix)
      const range = { gte: Buffer.from(gte, 'hex'), lt: Buffer.from(lt, 'hex'), reverse, suffixBytes: 1 }
      expect(rowsOf(store.cursor(range)).filter(isWanted)).toEqual(between(model, gte, lt, reverse).filter(isWanted))
      return model
    }
    case 'scan-while-writing': {
      const cursor = store.cursor({ reverse: step.reverse })
      const rows: string[][] = []
      while (rows.length < step.before && cursor.next())
        rows.push([keyCopy(cursor).toString('hex'), valueCopy(cursor).toString('hex')])
      const after = commit(store, model, [step.change], commits)
      expect([...rows, ...(rows.length < step.before ? [] : rowsOf(cursor))]).toEqual(
        between(model, undefined, undefined, step.reverse),
      )
      return after
    }
    case 'delete-below':
      store.deleteBelow(Buffer.from(step.key, 'hex'))
      return new Map([...model].filter(([key]) => key >= step.key))
  }
}

function commit(
  store: ByteStore,
  model: Model,
  changes: readonly (readonly [string, string | null])[],
  commits: number,
): Model {
  const after = new Map(model)
  for (const [key, value] of changes) {
    if (value === null) after.delete(key)
    else after.set(key, value)
  }
  const pairs = changes.map(([key, value]): ByteChange => [
    Buffer.from(key, 'hex'),
    value === null ? null : Buffer.from(value, 'hex'),
  ])
  store.commit(changesOf(pairs), positionAt(commits))
  return after
}

function rowsOf(cursor: ByteCursor): string[][] {
  const rows: string[][] = []
  while (cursor.next()) rows.push([keyCopy(cursor).toString('hex'), valueCopy(cursor).toString('hex')])
  return rows
}

// Hex text has the order of its bytes.
function sorted(model: Model): string[][] {
  return [...model].map(([key, value]) => [key, value]).sort(([a], [b]) => ((a as string) < (b as string) ? -1 : 1))
}

function between(model: Model, gte: string | undefined, lt: string | undefined, reverse: boolean): string[][] {
  const rows = sorted(model).filter(
    ([key]) => (gte === undefined || (key as string) >= gte) && (lt === undefined || (key as string) < lt),
  )
  return reverse ? rows.reverse() : rows
}
