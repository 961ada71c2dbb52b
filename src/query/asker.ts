// Puts a typed question as bytes to the threads of this instance, and where they have not all of the answer, to the other instances.
import { type Clock, TidemillError, asBuffer, partitionForKey, sleep } from '../base/index.ts'
import { type Duration, RecordHeaders, durationMs } from '../record/index.ts'
import type { SerdeContext } from '../serde/index.ts'
import type { ReadLevel, StoreDefinition, Stored } from '../state/index.ts'
import {
  type LocalEntry,
  type LocalQuery,
  type LocalQueryAnswer,
  type LocalQuestion,
  type Position,
  isBefore,
} from './local-query.ts'
import type { Change, LocalChange, WatchOptions, WatchRequest } from './watch.ts'

/** Which stores are asked, and how new they must be. Java: StoreQueryParameters, PositionBound. */
export interface QueryOptions {
  /**
   * 'local': what this instance holds, and nothing is said of the rest.
   * @defaultValue 'whole': the whole table; other instances are asked at their `applicationServer`
   */
  readonly scope?: 'whole' | 'local'
  /** Only this partition. */
  readonly partition?: number
  /** Standbys and stores that are being restored answer too. @defaultValue false */
  readonly allowStale?: boolean
  /**
   * Says, where a partition is here as a standby or is being restored, that it is not active: the error has the reason 'not-active'.
   * Such stores answer without it only with `allowStale`. Java: StateQueryRequest.requireActive. @defaultValue false
   */
  readonly requireActive?: boolean
  /**
   * 'read-committed': what the last commit has, so that nothing is seen that may be undone. Java: withIsolationLevel (KIP-892).
   * @defaultValue the option `queryIsolation`
   */
  readonly isolation?: 'read-committed' | 'read-uncommitted'
  /** Leaves out what only the record cache has, as operators downstream have not seen it yet. Java: KeyQuery.skipCache. @defaultValue false */
  readonly skipCache?: boolean
  /** Waits until the store has seen these offsets of its input topics. Java: PositionBound.at */
  readonly atLeast?: Position
  /** How long other instances, and `atLeast`, are waited for. @defaultValue 5s */
  readonly timeout?: Duration
}

/** The running application, as a query sees it. */
export interface AskedApplication {
  readonly clock: Clock
  /** Where a query says nothing. */
  readonly isolation: NonNullable<QueryOptions['isolation']>
  /** Sends a question to every thread of this instance. */
  askThreads(query: LocalQuery): Promise<readonly LocalQueryAnswer[]>
  /** Sends it to another instance. @throws StoreUnavailableError it does not answer */
  askServer(server: string, query: LocalQuery, timeoutMs: number): Promise<readonly LocalQueryAnswer[]>
  /** Changes of all stores of that name, of this instance or of all, until the signal is aborted or the application closes. */
  watch(request: WatchRequest, isLocal: boolean, signal: AbortSignal | undefined): AsyncIterable<LocalChange>
}

/**
 * Why a store did not answer. Java: InvalidStateStoreException and its kin, FailureReason.
 *
 * @example
 * const count = await app.query(wordCounts).get('kafka').catch((error: unknown) => {
 *   if (error instanceof StoreUnavailableError && error.reason === 'restoring') return undefined
 *   throw error
 * })
 */
export class StoreUnavailableError extends TidemillError {
  override readonly name = 'StoreUnavailableError'
  readonly reason: 'not-running' | 'not-active' | 'restoring' | 'not-here' | 'not-up-to-bound' | 'not-reachable'

  constructor(reason: StoreUnavailableError['reason'], message: string) {
    super('store-unavailable', message)
    this.reason = reason
  }
}

const QUERY_TIMEOUT_MS = 5_000
const BEHIND_PAUSE_MS = 10

/** Instances that have a part of the answer which this one has not. */
export function serversToAsk(
  own: readonly LocalQueryAnswer[],
  question: LocalQuestion,
  partition: number | undefined,
): readonly string[] {
  const [first] = own
  if (first === undefined || first.count === undefined) return []
  const { count, isPartitionedByKey, elsewhere } = first
  const held = new Set(own.flatMap((answer) => answer.held))
  const home =
    'key' in question && question.key !== undefined && isPartitionedByKey
      ? partitionForKey(count, question.key)
      : undefined
  const wanted = partition ?? home
  const isMissing = (each: number): boolean => !held.has(each) && (wanted === undefined || each === wanted)
  return elsewhere.filter(({ active }) => active.some(isMissing)).map(({ server }) => server)
}

/** Turns typed questions into bytes and answers back. */
export class Asker {
  readonly #definition: StoreDefinition
  readonly #options: QueryOptions
  readonly #asked: AskedApplication

  constructor(definition: StoreDefinition, options: QueryOptions, asked: AskedApplication) {
    this.#definition = definition
    this.#options = checked(options)
    this.#asked = asked
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
    const answers = await this.#answers(question)
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

  /** Follows the changes of a key, or of all. */
  async *watch(key: unknown, { signal }: WatchOptions): AsyncIterableIterator<Change<unknown, unknown>> {
    const { scope, partition } = this.#options
    const request: WatchRequest = {
      store: this.#definition.name,
      key: key === undefined ? undefined : this.key(key),
      partition,
    }
    const value = (bytes: Uint8Array | undefined): unknown =>
      bytes === undefined ? undefined : this.#definition.value.decode(asBuffer(bytes), this.#context(false))
    for await (const change of this.#asked.watch(request, scope === 'local', signal)) {
      const { before, after, timestamp, window } = change
      yield { key: this.readKey(change.key), before: value(before), after: value(after), timestamp, window }
    }
  }

  /** What this instance says, and where it has not all, what the others say; not before all is as new as it is to be. */
  async #answers(question: LocalQuestion): Promise<readonly LocalQueryAnswer[]> {
    const { partition, allowStale = false, atLeast, timeout, scope } = this.#options
    const { clock } = this.#asked
    const deadlineMs = clock.monotonicMs() + (timeout === undefined ? QUERY_TIMEOUT_MS : durationMs(timeout, 'timeout'))
    const level = this.#level()
    const query: LocalQuery = { store: this.#definition.name, partition, allowStale, level, atLeast, ask: question }
    for (;;) {
      const own = await this.#asked.askThreads(query)
      const others = scope === 'local' ? [] : serversToAsk(own, question, partition)
      const leftMs = Math.max(1, deadlineMs - clock.monotonicMs())
      const theirs = await Promise.all(others.map((server) => this.#asked.askServer(server, query, leftMs)))
      const answers = [...own, ...theirs.flat()]
      if (!answers.some(({ isBehind }) => isBehind)) return answers
      if (clock.monotonicMs() >= deadlineMs) throw this.#behind()
      await sleep(clock, BEHIND_PAUSE_MS)
    }
  }

  #level(): ReadLevel | undefined {
    const { isolation = this.#asked.isolation, skipCache = false } = this.#options
    if (isolation === 'read-committed') return 'committed'
    return skipCache ? 'uncached' : undefined
  }

  #behind(): StoreUnavailableError {
    return new StoreUnavailableError(
      'not-up-to-bound',
      `store '${this.#definition.name}' is not at the position that 'atLeast' asks for, and 'timeout' is over: ask again, or give it longer`,
    )
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
      `${this.#missing(key, home)} held by this instance, which has ${[...held].toSorted((a, b) => a - b).join(', ')} of ${count} partitions: give each instance an 'applicationServer' so that they can ask each other, or ask with scope: 'local' for what is here`,
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
    if (answers.some(({ isRestoring }) => isRestoring) && this.#options.requireActive === true) {
      return new StoreUnavailableError(
        'not-active',
        `store '${name}' is here as a standby, or is being restored, and requireActive asks for the active one: ask again, or another instance`,
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

function checked(options: QueryOptions): QueryOptions {
  const { allowStale, requireActive, isolation } = options
  if (allowStale === true && requireActive === true) {
    throw new TidemillError('invalid-argument', 'allowStale and requireActive exclude each other: leave one out')
  }
  if (isolation !== undefined && isolation !== 'read-committed' && isolation !== 'read-uncommitted') {
    throw new TidemillError(
      'invalid-argument',
      `isolation is '${String(isolation)}': it must be 'read-committed' or 'read-uncommitted'`,
    )
  }
  return options
}
