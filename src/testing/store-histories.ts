// Random histories of a byte store, held against a sorted array. A history is drawn from a seed; one that fails is made as short as it
// goes on failing. Keys are of few bytes, so that they meet, are prefixes of each other and end in 0x00 and 0xff.
import { AssertionError } from 'node:assert'
import { isDeepStrictEqual } from 'node:util'
import { type Prng, seededPrng } from '../base/index.ts'
import { topicPartition } from '../record/index.ts'
import type { ByteChanges, ByteCursor, ByteStore, StorePosition } from '../state/index.ts'

/** A byte store under test. */
export interface StoreSubject {
  /** A new one each time. */
  open(): ByteStore
  /** Opens what was closed; undefined where nothing survives. */
  reopen?: ((closed: ByteStore) => ByteStore) | undefined
}

export interface HistoryOptions {
  /** Histories that are played. */
  readonly runs: number
  /** Of the first; each further one has the next number. */
  readonly seed: number
}

/** Keys and values as hex text, which has the order of its bytes; null deletes. */
type Change = readonly [key: string, value: string | null]
type Rows = readonly (readonly [key: string, value: string])[]
type Model = ReadonlyMap<string, string>

type Step =
  | { readonly kind: 'commit' | 'load'; readonly changes: readonly Change[] }
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
      /** Rows that are read before it. */
      readonly before: number
      readonly change: Change
    }
  | { readonly kind: 'delete-below'; readonly key: string }
  | { readonly kind: 'flush' }
  | { readonly kind: 'reopen' }

const BYTES = ['00', '01', '7f', 'fe', 'ff']
const KEY_BYTES_MAX = 4
const VALUE_BYTES_MAX = 40
const CHANGES_MAX = 12
const STEPS_MAX = 40
/** Replays while a history that fails is made shorter. */
const SHORTER_TRIES_MAX = 500

/** @throws AssertionError with the shortest history found, and the seed that it came from */
export async function playHistories(subject: StoreSubject, { runs, seed }: HistoryOptions): Promise<void> {
  for (let run = 0; run < runs; run++) {
    const steps = drawSteps(seededPrng(seed + run))
    const problem = await problemOf(subject, steps)
    if (problem === undefined) continue
    const shortest = await shorten(subject, steps, problem)
    const lines = shortest.steps.map((step, i) => `  ${i + 1}. ${JSON.stringify(step)}`)
    throw new AssertionError({
      message: `${shortest.problem}, in this history (seed ${seed + run}; bytes as hex):\n${lines.join('\n')}`,
      operator: 'testStoreEngine',
    })
  }
}

/** @throws AssertionError a store that is new has a position, or does not know about how many entries it has */
export async function checkCounts(subject: StoreSubject): Promise<void> {
  const store = subject.open()
  expectEqual(store.position(), undefined, 'the position before the first commit')
  const changes = Array.from({ length: 500 }, (_, i): Change => [Buffer.from(`k${i}`).toString('hex'), '76'])
  store.commit(changesOf(changes), positionAt(1))
  const [count, bytes] = [store.approximateCount(), store.approximateBytes()]
  if (count < 250 || count > 1_000)
    fail(`approximateCount() of 500 entries is ${count}: it may be off by half, not more`)
  if (bytes < 500) fail(`approximateBytes() of 500 entries of 4 to 5 bytes is ${bytes}`)
  await store.destroy()
}

function drawSteps(random: Prng): readonly Step[] {
  return Array.from({ length: 1 + random.integer(STEPS_MAX) }, () => drawStep(random))
}

function drawStep(random: Prng): Step {
  const key = (): string => hexOf(random, random.integer(KEY_BYTES_MAX + 1))
  const maybeKey = (): string | undefined => (random.integer(3) === 0 ? undefined : key())
  const reverse = random.integer(2) === 0
  const drawn = random.integer(25)
  if (drawn < 6) return { kind: drawn === 0 ? 'load' : 'commit', changes: drawChanges(random, key) }
  if (drawn < 9) return { kind: 'get', key: key() }
  if (drawn < 13) return { kind: 'scan', gte: maybeKey(), lt: maybeKey(), reverse }
  if (drawn < 17) return { kind: 'scan-one', prefix: key(), from: hexOf(random, 1), to: hexOf(random, 1), reverse }
  if (drawn < 20) {
    return { kind: 'scan-while-writing', reverse, before: random.integer(6), change: drawChange(random, key) }
  }
  if (drawn < 21) return { kind: 'delete-below', key: key() }
  return { kind: drawn < 23 ? 'flush' : 'reopen' }
}

function drawChanges(random: Prng, key: () => string): readonly Change[] {
  return Array.from({ length: random.integer(CHANGES_MAX + 1) }, () => drawChange(random, key))
}

function drawChange(random: Prng, key: () => string): Change {
  const value = random.integer(4)
  if (value === 0) return [key(), null]
  if (value === 1) return [key(), random.integer(2) === 0 ? '' : 'aa']
  return [key(), random.bytes(random.integer(VALUE_BYTES_MAX + 1)).toString('hex')]
}

function hexOf(random: Prng, length: number): string {
  return Array.from({ length }, () => BYTES[random.integer(BYTES.length)]).join('')
}

/** Leaves out steps, from the last one, as long as it fails without them. */
async function shorten(
  subject: StoreSubject,
  failing: readonly Step[],
  firstProblem: string,
): Promise<{ readonly steps: readonly Step[]; readonly problem: string }> {
  let steps = failing
  let problem = firstProblem
  let tries = 0
  for (let i = steps.length - 1; i >= 0 && tries < SHORTER_TRIES_MAX; i = Math.min(i, steps.length) - 1) {
    tries++
    const without = steps.toSpliced(i, 1)
    const still = await problemOf(subject, without)
    if (still === undefined) continue
    steps = without
    problem = still
    i = steps.length
  }
  return { steps, problem }
}

async function problemOf(subject: StoreSubject, steps: readonly Step[]): Promise<string | undefined> {
  const play = new Play(subject)
  try {
    await play.run(steps)
    return undefined
  } catch (error) {
    await play.abandon()
    return error instanceof Error ? error.message : String(error)
  }
}

class Play {
  readonly #subject: StoreSubject
  #store: ByteStore
  #model: Model = new Map()
  #commits = 0
  /** Nothing is put below what was dropped. */
  #floor = ''

  constructor(subject: StoreSubject) {
    this.#subject = subject
    this.#store = subject.open()
  }

  async run(steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      if (step.kind === 'flush') await this.#store.flush()
      else if (step.kind === 'reopen') await this.#reopen()
      else this.#do(step)
      const expected = this.#commits === 0 ? undefined : positionAt(this.#commits)
      expectEqual(this.#store.position(), expected, `position() after ${step.kind}`)
      await this.#store.backlog()
    }
    expectEqual(rowsOf(this.#store.cursor({})), between(this.#model), 'the rows at the end')
    await this.#store.destroy()
  }

  /** After a failure; what goes wrong now says nothing new. */
  async abandon(): Promise<void> {
    await this.#store.destroy().catch(() => undefined)
  }

  async #reopen(): Promise<void> {
    const { reopen } = this.#subject
    if (reopen === undefined) return
    await this.#store.close()
    this.#store = reopen(this.#store)
  }

  #do(step: Exclude<Step, { readonly kind: 'flush' | 'reopen' }>): void {
    const store = this.#store
    switch (step.kind) {
      case 'commit':
      case 'load':
        return this.#commit(step.changes, step.kind)
      case 'get':
        return expectEqual(valueAt(store, step.key), this.#model.get(step.key), `get of '${step.key}'`)
      case 'scan': {
        const { gte, lt, reverse } = step
        const rows = rowsOf(store.cursor({ gte: bytesOf(gte), lt: bytesOf(lt), reverse }))
        return expectEqual(rows, between(this.#model, gte, lt, reverse), `a scan from '${gte}' to '${lt}'`)
      }
      case 'scan-one':
        return this.#scanOne(step)
      case 'scan-while-writing':
        return this.#scanWhileWriting(step)
      case 'delete-below':
        store.deleteBelow(Buffer.from(step.key, 'hex'))
        if (step.key > this.#floor) this.#floor = step.key
        this.#model = new Map([...this.#model].filter(([key]) => key >= step.key))
    }
  }

  #commit(drawn: readonly Change[], how: 'commit' | 'load'): void {
    const changes = drawn.filter(([key]) => key >= this.#floor)
    // Keys that the store does not have are said to be new, but not always.
    const known = ++this.#commits % 3 === 0 ? new Set(this.#model.keys()) : undefined
    const model = new Map(this.#model)
    for (const [key, value] of changes) {
      if (value === null) model.delete(key)
      else model.set(key, value)
    }
    this.#model = model
    this.#store[how](changesOf(changes, known), positionAt(this.#commits))
  }

  #scanOne({ prefix, from, to, reverse }: Extract<Step, { readonly kind: 'scan-one' }>): void {
    const [gte, lt] = [prefix + from, prefix + to]
    const isWanted = ([key]: Rows[number]): boolean => key.length === gte.length && key.startsWith(prefix)
    const rows = rowsOf(this.#store.cursor({ gte: bytesOf(gte), lt: bytesOf(lt), reverse, suffixBytes: 1 }))
    const expected = between(this.#model, gte, lt, reverse).filter(isWanted)
    expectEqual(rows.filter(isWanted), expected, `a scan of one key from '${gte}' to '${lt}'`)
  }

  #scanWhileWriting({ reverse, before, change }: Extract<Step, { readonly kind: 'scan-while-writing' }>): void {
    const expected = between(this.#model, undefined, undefined, reverse)
    const cursor = this.#store.cursor({ reverse })
    const rows: Rows[number][] = []
    while (rows.length < before && cursor.next()) rows.push(rowAt(cursor))
    const wasAtEnd = rows.length < before
    const current = wasAtEnd ? undefined : rows.at(-1)
    this.#commit([[change[0] < this.#floor ? this.#floor : change[0], change[1]]], 'commit')
    if (current !== undefined) expectEqual(rowAt(cursor), current, 'where a cursor stands, after a commit')
    if (!wasAtEnd) rows.push(...rowsOf(cursor))
    expectEqual(rows, expected, 'a scan with a commit on its way, which it must not see')
  }
}

const changelog = topicPartition('app-store-changelog', 0)

function positionAt(offset: number): StorePosition {
  return {
    changelogs: new Map([[changelog, { topicId: '0'.repeat(32), nextOffset: offset, leaderEpoch: 3 }]]),
    streamTimeMs: offset * 10,
  }
}

/** Each change lies in the same buffer, which is written over after it: the store has to copy. A key that is not known is new. */
function changesOf(changes: readonly Change[], known?: Set<string>): ByteChanges {
  const buffer = Buffer.alloc(KEY_BYTES_MAX + VALUE_BYTES_MAX + 8)
  return {
    each(visit) {
      for (const [key, value] of changes) {
        const keyEnd = 1 + buffer.write(key, 1, 'hex')
        const valueEnd = value === null ? -1 : keyEnd + buffer.write(value, keyEnd, 'hex')
        visit(buffer, 1, keyEnd, value === null ? 0 : keyEnd, valueEnd, known !== undefined && !known.has(key))
        known?.add(key)
        buffer.fill(0xee)
      }
    },
  }
}

function valueAt(store: ByteStore, key: string): string | undefined {
  const padded = Buffer.from(`ee${key}ee`, 'hex')
  const view = store.get(padded, 1, padded.length - 1)
  return view === undefined ? undefined : view.buffer.toString('hex', view.valueStart, view.valueEnd)
}

function rowAt({ buffer, keyStart, keyEnd, valueStart, valueEnd }: ByteCursor): Rows[number] {
  return [buffer.toString('hex', keyStart, keyEnd), buffer.toString('hex', valueStart, valueEnd)]
}

function rowsOf(cursor: ByteCursor): Rows {
  const rows: Rows[number][] = []
  while (cursor.next()) rows.push(rowAt(cursor))
  return rows
}

function between(model: Model, gte?: string, lt?: string, reverse = false): Rows {
  const rows = [...model]
    .filter(([key]) => (gte === undefined || key >= gte) && (lt === undefined || key < lt))
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return reverse ? rows.reverse() : rows
}

function bytesOf(hex: string | undefined): Buffer | undefined {
  return hex === undefined ? undefined : Buffer.from(hex, 'hex')
}

export function expectEqual(actual: unknown, expected: unknown, what: string): void {
  if (isDeepStrictEqual(actual, expected)) return
  fail(`${what} is ${textOf(actual)}, and should be ${textOf(expected)}`)
}

function fail(message: string): never {
  throw new AssertionError({ message, operator: 'testStoreEngine' })
}

function textOf(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => (each instanceof Map ? [...each.values()] : each)) ?? 'undefined'
}
