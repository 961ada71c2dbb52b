// Asking the running application for what its stores hold, typed by the store's handle. Asynchronous, for the store may live in
// another thread: a question is sent to every thread, and whoever holds the store answers.
import { TidemillError, asBuffer, compareBytes, partitionForKey } from '../base/index.ts'
import type { KeyValueHandle, SessionHandle, StoreHandle, VersionedHandle, WindowHandle } from '../processors/index.ts'
import { RecordHeaders } from '../record/index.ts'
import type { SerdeContext } from '../serde/index.ts'
import type { Order, Range, StoreDefinition, Stored, TimeRange, Version, WindowEntry } from '../state/index.ts'
import { type LocalEntry, type LocalQuery, type LocalQueryAnswer, type LocalQuestion, isBefore } from './local-query.ts'

/** Which stores are asked. */
export interface LocalQueryOptions {
  /**
   * 'local': what this instance holds, and nothing is said of the rest.
   * @defaultValue 'whole': the whole table; a question that only another instance can answer fails and says so
   */
  readonly scope?: 'whole' | 'local'
  /** Only this partition. */
  readonly partition?: number
  /** Standbys and stores that are being restored answer too. @defaultValue false */
  readonly allowStale?: boolean
}

/** Questions to a key-value store. Java: KeyQuery, RangeQuery. */
export interface TableQuery<in out K, out V> {
  get(key: K): Promise<V | undefined>
  getStored(key: K): Promise<Stored<V> | undefined>
  /** In order of the encoded keys, over all partitions. */
  range(range?: Range<K>): AsyncIterableIterator<readonly [key: K, value: V]>
  /** Keys whose bytes begin with the prefix. */
  prefix(prefix: string | Uint8Array): AsyncIterableIterator<readonly [key: K, value: V]>
  approximateCount(): Promise<number>
}

/** Questions to a versioned store. Java: VersionedKeyQuery, MultiVersionedKeyQuery. */
export interface VersionedQuery<in out K, out V> {
  get(key: K, asOf?: number | Date): Promise<Version<V> | undefined>
  versions(key: K, range?: TimeRange): AsyncIterableIterator<Version<V>>
}

/** Questions to a window store. Java: WindowKeyQuery, WindowRangeQuery. */
export interface WindowQuery<in out K, out V> {
  get(key: K, windowStart: number | Date): Promise<V | undefined>
  /** Windows of a key that start in the range. */
  fetch(key: K, range?: TimeRange): AsyncIterableIterator<WindowEntry<K, V>>
  fetchAll(range?: TimeRange): AsyncIterableIterator<WindowEntry<K, V>>
}

/** Questions to a session store. */
export interface SessionQuery<in out K, out V> {
  /** All sessions of a key. */
  fetch(key: K, options?: { readonly order?: Order }): AsyncIterableIterator<WindowEntry<K, V>>
}

/** What app.query(handle) gives. */
export type QueryOf<H extends StoreHandle> =
  H extends KeyValueHandle<infer K, infer V>
    ? TableQuery<K, V>
    : H extends WindowHandle<infer K, infer V>
      ? WindowQuery<K, V>
      : H extends SessionHandle<infer K, infer V>
        ? SessionQuery<K, V>
        : H extends VersionedHandle<infer K, infer V>
          ? VersionedQuery<K, V>
          : never

/** Sends a question to every thread of the application. */
export type AskThreads = (query: LocalQuery) => Promise<readonly LocalQueryAnswer[]>

/**
 * Why a store did not answer. Java: InvalidStateStoreException and its kin.
 *
 * @example
 * const count = await app.query(wordCounts).get('kafka').catch((error: unknown) => {
 *   if (error instanceof StoreUnavailableError && error.reason === 'restoring') return undefined
 *   throw error
 * })
 */
export class StoreUnavailableError extends TidemillError {
  override readonly name = 'StoreUnavailableError'
  readonly reason: 'not-running' | 'restoring' | 'not-here'

  constructor(reason: StoreUnavailableError['reason'], message: string) {
    super('store-unavailable', message)
    this.reason = reason
  }
}

const ENTRIES_A_PAGE = 1_000

export function storeQuery<H extends StoreHandle>(
  handle: H,
  options: LocalQueryOptions,
  askThreads: AskThreads,
): QueryOf<H> {
  const asker = new Asker(handle.definition, options, askThreads)
  switch (handle.kind) {
    // The conditional type follows the kind, which the compiler does not see.
    case 'key-value-handle':
      return new LocalTableQuery(asker) as unknown as QueryOf<H>
    case 'window-handle':
      return new LocalWindowQuery(asker) as unknown as QueryOf<H>
    case 'session-handle':
      return new LocalSessionQuery(asker) as unknown as QueryOf<H>
    case 'versioned-handle':
      return new LocalVersionedQuery(asker) as unknown as QueryOf<H>
  }
}

/** Turns typed questions into bytes and answers back. */
class Asker {
  readonly #definition: StoreDefinition
  readonly #options: LocalQueryOptions
  readonly #askThreads: AskThreads

  constructor(definition: StoreDefinition, options: LocalQueryOptions, askThreads: AskThreads) {
    this.#definition = definition
    this.#options = options
    this.#askThreads = askThreads
  }

  key(key: unknown): Uint8Array {
    return this.#definition.key.encode(key, this.#context(true))
  }

  readKey(bytes: Uint8Array | undefined): unknown {
    return bytes === undefined ? undefined : this.#definition.key.decode(asBuffer(bytes), this.#context(true))
  }

  stored({ value, timestamp, headers }: LocalEntry): Stored<unknown> {
    return {
      value: this.#definition.value.decode(asBuffer(value), this.#context(false)),
      timestamp,
      headers: headers.length === 0 ? RecordHeaders.empty : RecordHeaders.from(headers),
    }
  }

  async ask(question: LocalQuestion): Promise<{
    readonly entries: readonly LocalEntry[]
    readonly count: number
    readonly horizon: Uint8Array | undefined
  }> {
    const { partition, allowStale = false } = this.#options
    const answers = await this.#askThreads({ store: this.#definition.name, partition, allowStale, ask: question })
    if (answers.every(({ kind }) => kind === 'none')) throw this.#unavailable(answers)
    if (this.#options.scope !== 'local') this.#checkWhole(answers, question)
    const order = question.kind === 'range' ? question.order : 'ascending'
    let count = 0
    let horizon: Uint8Array | undefined
    const entries: LocalEntry[] = []
    for (const answer of answers) {
      if (answer.kind === 'total') count += answer.total
      if (answer.kind !== 'entries') continue
      entries.push(...answer.entries)
      if (answer.horizon !== undefined && (horizon === undefined || isBefore(answer.horizon, horizon, order)))
        horizon = answer.horizon
    }
    return { entries, count, horizon }
  }

  async one(question: LocalQuestion): Promise<LocalEntry | undefined> {
    return (await this.ask(question)).entries[0]
  }

  // An answer that another instance would add to, or has alone, is not to be taken for the whole one.
  #checkWhole(answers: readonly LocalQueryAnswer[], question: LocalQuestion): void {
    const { partition } = this.#options
    const count = answers.find((answer) => answer.count !== undefined)?.count
    const held = new Set(answers.flatMap((answer) => answer.held))
    if (count === undefined || held.size >= count || partition !== undefined) return
    const key = 'key' in question ? question.key : undefined
    const isByKey = answers.every((answer) => answer.isPartitionedByKey)
    const home = key !== undefined && isByKey ? partitionForKey(count, key) : undefined
    const isFound =
      key !== undefined && answers.some((answer) => answer.kind === 'entries' && answer.entries.length > 0)
    // What is found is here, also where a partition function of the user's own put it.
    if (isFound || (home !== undefined && held.has(home))) return
    if (answers.some(({ isRestoring }) => isRestoring)) throw this.#unavailable(answers)
    throw new StoreUnavailableError(
      'not-here',
      `${this.#missing(key, home)} held by this instance, which has ${[...held].toSorted((a, b) => a - b).join(', ')} of ${count} partitions: ask the instance that has it, or with scope: 'local' for what is here`,
    )
  }

  #missing(key: Uint8Array | undefined, home: number | undefined): string {
    const { name } = this.#definition
    if (home !== undefined) return `partition ${home} of store '${name}', where the key lives, is not`
    if (key === undefined) return `the whole of store '${name}' is not`
    return `a partition function decides where a key of store '${name}' lives, and this one is not in a partition`
  }

  #unavailable(answers: readonly LocalQueryAnswer[]): StoreUnavailableError {
    const { name } = this.#definition
    if (answers.length === 0) {
      return new StoreUnavailableError(
        'not-running',
        `store '${name}' cannot be asked: the application does not run. Await start() first`,
      )
    }
    if (answers.some(({ isRestoring }) => isRestoring)) {
      return new StoreUnavailableError(
        'restoring',
        `store '${name}' is being restored: ask again, or with allowStale: true`,
      )
    }
    const where = this.#options.partition === undefined ? '' : ` (partition ${this.#options.partition})`
    return new StoreUnavailableError(
      'not-here',
      `store '${name}'${where} is not held by this instance now: the topology has none of that name, or another instance has it`,
    )
  }

  #context(isKey: boolean): SerdeContext {
    return { topic: this.#definition.name, headers: RecordHeaders.empty, isKey }
  }
}

class LocalTableQuery implements TableQuery<unknown, unknown> {
  readonly #asker: Asker

  constructor(asker: Asker) {
    this.#asker = asker
  }

  async get(key: unknown): Promise<unknown> {
    return (await this.getStored(key))?.value
  }

  async getStored(key: unknown): Promise<Stored<unknown> | undefined> {
    const entry = await this.#asker.one({ kind: 'get', key: this.#asker.key(key) })
    return entry && this.#asker.stored(entry)
  }

  async *range(range: Range<unknown> = {}): AsyncIterableIterator<readonly [key: unknown, value: unknown]> {
    const order = range.order ?? 'ascending'
    let from = range.from === undefined ? undefined : this.#asker.key(range.from)
    let to = range.to === undefined ? undefined : this.#asker.key(range.to)
    let last: Uint8Array | undefined
    for (;;) {
      const { entries, horizon } = await this.#asker.ask({ kind: 'range', from, to, order, entriesMax: ENTRIES_A_PAGE })
      for (const entry of sorted(entries, order)) {
        const key = entry.key as Uint8Array // a range gives keys
        if (last !== undefined && !isBefore(last, key, order)) continue
        if (horizon !== undefined && isBefore(horizon, key, order)) break
        yield [this.#asker.readKey(key), this.#asker.stored(entry).value]
      }
      if (horizon === undefined) return
      last = horizon
      if (order === 'ascending') from = horizon
      else to = horizon
    }
  }

  async *prefix(prefix: string | Uint8Array): AsyncIterableIterator<readonly [key: unknown, value: unknown]> {
    const bytes = typeof prefix === 'string' ? Buffer.from(prefix, 'utf8') : prefix
    const { entries } = await this.#asker.ask({ kind: 'prefix', prefix: bytes })
    for (const entry of sorted(entries, 'ascending'))
      yield [this.#asker.readKey(entry.key), this.#asker.stored(entry).value]
  }

  async approximateCount(): Promise<number> {
    return (await this.#asker.ask({ kind: 'count' })).count
  }
}

class LocalWindowQuery implements WindowQuery<unknown, unknown> {
  readonly #asker: Asker

  constructor(asker: Asker) {
    this.#asker = asker
  }

  async get(key: unknown, windowStart: number | Date): Promise<unknown> {
    const entry = await this.#asker.one({ kind: 'window-get', key: this.#asker.key(key), startMs: Number(windowStart) })
    return entry && this.#asker.stored(entry).value
  }

  fetch(key: unknown, range: TimeRange = {}): AsyncIterableIterator<WindowEntry<unknown, unknown>> {
    return this.#fetch(this.#asker.key(key), range)
  }

  fetchAll(range: TimeRange = {}): AsyncIterableIterator<WindowEntry<unknown, unknown>> {
    return this.#fetch(undefined, range)
  }

  async *#fetch(key: Uint8Array | undefined, range: TimeRange): AsyncIterableIterator<WindowEntry<unknown, unknown>> {
    const order = range.order ?? 'ascending'
    const { fromMs, toMs } = times(range)
    const { entries } = await this.#asker.ask({ kind: 'window-fetch', key, fromMs, toMs, order })
    yield* windowEntries(entries, this.#asker)
  }
}

class LocalSessionQuery implements SessionQuery<unknown, unknown> {
  readonly #asker: Asker

  constructor(asker: Asker) {
    this.#asker = asker
  }

  async *fetch(
    key: unknown,
    options: { readonly order?: Order } = {},
  ): AsyncIterableIterator<WindowEntry<unknown, unknown>> {
    const order = options.order ?? 'ascending'
    const { entries } = await this.#asker.ask({ kind: 'session-fetch', key: this.#asker.key(key), order })
    yield* windowEntries(entries, this.#asker)
  }
}

class LocalVersionedQuery implements VersionedQuery<unknown, unknown> {
  readonly #asker: Asker

  constructor(asker: Asker) {
    this.#asker = asker
  }

  async get(key: unknown, asOf?: number | Date): Promise<Version<unknown> | undefined> {
    const asOfMs = asOf === undefined ? undefined : Number(asOf)
    const entry = await this.#asker.one({ kind: 'version-get', key: this.#asker.key(key), asOfMs })
    return entry && versionOf(entry, this.#asker)
  }

  async *versions(key: unknown, range: TimeRange = {}): AsyncIterableIterator<Version<unknown>> {
    const { entries } = await this.#asker.ask({ kind: 'versions', key: this.#asker.key(key), ...times(range) })
    for (const entry of entries) yield versionOf(entry, this.#asker)
  }
}

function* windowEntries(entries: readonly LocalEntry[], asker: Asker): Generator<WindowEntry<unknown, unknown>> {
  for (const entry of entries) {
    if (entry.window !== undefined)
      yield { key: asker.readKey(entry.key), window: entry.window, ...asker.stored(entry) }
  }
}

function versionOf(entry: LocalEntry, asker: Asker): Version<unknown> {
  const { value, timestamp } = asker.stored(entry)
  return { value, validFrom: timestamp, validTo: entry.validTo }
}

function times({ from, to }: TimeRange): { readonly fromMs: number; readonly toMs: number } {
  return {
    fromMs: from === undefined ? 0 : Number(from),
    toMs: to === undefined ? Number.MAX_SAFE_INTEGER : Number(to),
  }
}

function sorted(entries: readonly LocalEntry[], order: Order): readonly LocalEntry[] {
  const sign = order === 'ascending' ? 1 : -1
  return [...entries].sort((a, b) => sign * compareBytes(a.key ?? Buffer.alloc(0), b.key ?? Buffer.alloc(0)))
}
