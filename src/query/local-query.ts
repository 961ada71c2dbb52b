// Questions to the stores that one thread holds, as plain data, so that they can be sent to a worker. Keys and values travel as
// the serdes' bytes: functions do not clone, and each side has the serdes of the handle.
import { TidemillError, asBuffer, compareBytes, must, unreachable } from '../base/index.ts'
import { RecordHeaders, type Window } from '../record/index.ts'
import type { HostedTask, StreamThread } from '../runtime/index.ts'
import type { Serde, SerdeContext } from '../serde/index.ts'
import {
  type ReadLevel,
  type ReadOnlyKeyValueStore,
  type ReadOnlySessionStore,
  type ReadOnlyVersionedStore,
  type ReadOnlyWindowStore,
  type StateStore,
  readView,
} from '../state/index.ts'

/** By topic and partition of the inputs: the offset of the last record that a store has seen. Java: Position. */
export type Position = Readonly<Record<string, Readonly<Record<number, number>>>>

/** Which of a store's partitions another instance has. */
export interface StoreLocation {
  /** `host:port` */
  readonly server: string
  readonly active: readonly number[]
  readonly standby: readonly number[]
}

export interface LocalQuery {
  readonly store: string
  /** Only these partitions; undefined: all that the thread holds. */
  readonly partition: number | undefined
  /** Standbys answer too. */
  readonly allowStale: boolean
  /** What is left out of the answer. @defaultValue nothing */
  readonly level?: ReadLevel | undefined
  /** Stores that have not seen these do not answer. */
  readonly atLeast?: Position | undefined
  readonly ask: LocalQuestion
}

export type LocalQuestion =
  /** Nothing but who has what, and how far it is. */
  | { readonly kind: 'where' }
  | { readonly kind: 'get'; readonly key: Uint8Array }
  | {
      readonly kind: 'range'
      readonly from: Uint8Array | undefined
      readonly to: Uint8Array | undefined
      readonly order: 'ascending' | 'descending'
      /** Entries of one store in one answer. */
      readonly entriesMax: number
    }
  | { readonly kind: 'prefix'; readonly prefix: Uint8Array }
  | { readonly kind: 'count' }
  | { readonly kind: 'window-get'; readonly key: Uint8Array; readonly startMs: number }
  | {
      readonly kind: 'window-fetch'
      readonly key: Uint8Array | undefined
      readonly fromMs: number
      readonly toMs: number
      readonly order: 'ascending' | 'descending'
    }
  | { readonly kind: 'session-fetch'; readonly key: Uint8Array; readonly order: 'ascending' | 'descending' }
  | { readonly kind: 'version-get'; readonly key: Uint8Array; readonly asOfMs: number | undefined }
  | { readonly kind: 'versions'; readonly key: Uint8Array; readonly fromMs: number; readonly toMs: number }

export type RangeQuestion = Extract<LocalQuestion, { readonly kind: 'range' }>

/** One entry; fields that the kind of store does not have are undefined. */
export interface LocalEntry {
  readonly key: Uint8Array | undefined
  readonly value: Uint8Array
  readonly timestamp: number
  readonly headers: readonly (readonly [name: string, value: Uint8Array | null])[]
  readonly window: Window | undefined
  readonly validTo: number | undefined
}

/** Which of a store's partitions a thread can answer for. */
export interface HeldPartitions {
  readonly held: readonly number[]
  /** All that there are, here and elsewhere; undefined for a global store, which is everywhere whole, and while it is not known. */
  readonly count: number | undefined
  /** False: a partition function of the user's own decides where an entry lies. */
  readonly isPartitionedByKey: boolean
  readonly isRestoring: boolean
  /** Some store has not seen what it should have. */
  readonly isBehind: boolean
  /** Where it is, of the stores that are held. */
  readonly position: Position
  readonly elsewhere: readonly StoreLocation[]
}

export type LocalQueryAnswer = HeldPartitions & LocalAnswer

export type LocalAnswer =
  /** The thread holds the store. */
  | {
      readonly kind: 'entries'
      readonly entries: readonly LocalEntry[]
      /** Of a range: some store has more after this key, so that what lies beyond it is not complete. */
      readonly horizon: Uint8Array | undefined
    }
  | { readonly kind: 'total'; readonly total: number }
  /** It does not hold it, or not yet. */
  | { readonly kind: 'none' }

/** Answers from the stores of a thread of this process. */
export function answerLocally(thread: StreamThread, query: LocalQuery): LocalQueryAnswer {
  const held = [...thread.stores.of(query.store)].filter(
    ([task]) => query.partition === undefined || task === 'global' || partitionOf(task) === query.partition,
  )
  const able = held.filter(([, { isActive }]) => isActive || query.allowStale)
  const isCommitted = query.level === 'committed'
  const askable = able.filter(([, { task }]) => !isBehind(task, query.atLeast, isCommitted))
  return {
    held: askable.flatMap(([task]) => (task === 'global' ? [] : [partitionOf(task)])),
    count: thread.stores.partitionsOf(query.store),
    isPartitionedByKey: thread.stores.isPartitionedByKey(query.store),
    isRestoring: held.length > able.length,
    isBehind: able.length > askable.length,
    position: mergePositions(askable.map(([, { task }]) => positionOf(task, isCommitted))),
    elsewhere: thread.stores.elsewhere(query.store),
    ...answerOf(
      askable.map(([, { store }]) => viewOf(store, query, thread)),
      query.ask,
    ),
  }
}

/** What a thread says that holds nothing, or not yet. */
export const NOTHING_HELD: LocalQueryAnswer = {
  kind: 'none',
  held: [],
  count: undefined,
  isPartitionedByKey: true,
  isRestoring: true,
  isBehind: false,
  position: {},
  elsewhere: [],
}

export const partitionOf = (taskId: string): number => Number(taskId.slice(taskId.lastIndexOf('_') + 1))

function viewOf(store: StateStore, { level }: LocalQuery, thread: StreamThread): StateStore {
  return level === undefined ? store : readView(store, level, thread.applicationId)
}

function positionOf(task: HostedTask | undefined, isCommitted: boolean): Position {
  const position: Record<string, Record<number, number>> = {}
  for (const tp of task?.inputs ?? []) {
    const nextOffset = isCommitted ? task?.committedOffset(tp) : task?.progressOf(tp).nextOffset
    if (nextOffset !== undefined && nextOffset > 0) (position[tp.topic] ??= {})[tp.partition] = nextOffset - 1
  }
  return position
}

function isBehind(task: HostedTask | undefined, atLeast: Position | undefined, isCommitted: boolean): boolean {
  if (task === undefined || atLeast === undefined) return false
  const position = positionOf(task, isCommitted)
  return task.inputs.some(({ topic, partition }) => {
    const bound = atLeast[topic]?.[partition]
    return bound !== undefined && (position[topic]?.[partition] ?? -1) < bound
  })
}

export function mergePositions(positions: readonly Position[]): Position {
  const merged: Record<string, Record<number, number>> = {}
  for (const position of positions) {
    for (const [topic, partitions] of Object.entries(position)) merged[topic] = { ...merged[topic], ...partitions }
  }
  return merged
}

function answerOf(stores: readonly StateStore[], ask: LocalQuestion): LocalAnswer {
  if (stores.length === 0 || ask.kind === 'where') return { kind: 'none' }
  if (ask.kind === 'count') {
    return { kind: 'total', total: stores.reduce((sum, store) => sum + keyValueOf(store).approximateCount(), 0) }
  }
  return ask.kind === 'range'
    ? rangeOf(stores, ask)
    : { kind: 'entries', entries: stores.flatMap((store) => [...entriesOf(store, ask)]), horizon: undefined }
}

function rangeOf(stores: readonly StateStore[], ask: RangeQuestion): LocalAnswer {
  const entries: LocalEntry[] = []
  let horizon: Uint8Array | undefined
  for (const store of stores) {
    let count = 0
    for (const entry of entriesOf(store, ask)) {
      entries.push(entry)
      if (++count < ask.entriesMax) continue
      const last = must(entry.key, 'key of a range')
      if (horizon === undefined || isBefore(last, horizon, ask.order)) horizon = last
      break
    }
  }
  return { kind: 'entries', entries, horizon }
}

/** In the order in which a range goes. */
export function isBefore(a: Uint8Array, b: Uint8Array, order: 'ascending' | 'descending'): boolean {
  const difference = compareBytes(a, b)
  return order === 'ascending' ? difference < 0 : difference > 0
}

// The kind of the question was chosen by the kind of the handle, which is the store's.
const keyValueOf = (store: StateStore): ReadOnlyKeyValueStore<unknown, unknown> =>
  store.face as ReadOnlyKeyValueStore<unknown, unknown>
const windowOf = (store: StateStore): ReadOnlyWindowStore<unknown, unknown> =>
  store.face as ReadOnlyWindowStore<unknown, unknown>
const sessionOf = (store: StateStore): ReadOnlySessionStore<unknown, unknown> =>
  store.face as ReadOnlySessionStore<unknown, unknown>
const versionedOf = (store: StateStore): ReadOnlyVersionedStore<unknown, unknown> =>
  store.face as ReadOnlyVersionedStore<unknown, unknown>

function* entriesOf(store: StateStore, ask: LocalQuestion): Generator<LocalEntry> {
  const codec = new StoreCodec(store)
  switch (ask.kind) {
    case 'get': {
      const stored = keyValueOf(store).getStored(codec.key(ask.key))
      if (stored !== undefined) yield codec.entry(undefined, stored)
      return
    }
    case 'range': {
      const range = {
        ...(ask.from !== undefined && { from: codec.key(ask.from) }),
        ...(ask.to !== undefined && { to: codec.key(ask.to) }),
        order: ask.order,
      }
      for (const [key, stored] of keyValueOf(store).rangeStored(range)) {
        yield codec.entry(key, stored)
      }
      return
    }
    case 'prefix':
      for (const [key, value] of keyValueOf(store).prefix(ask.prefix)) {
        yield codec.entry(key, { value, timestamp: -1, headers: RecordHeaders.empty })
      }
      return
    case 'window-get': {
      const stored = windowOf(store).getStored(codec.key(ask.key), ask.startMs)
      if (stored !== undefined) yield codec.entry(undefined, stored)
      return
    }
    case 'window-fetch': {
      const face = windowOf(store)
      const options = { order: ask.order }
      const found =
        ask.key === undefined
          ? face.fetchAll(ask.fromMs, ask.toMs, options)
          : face.fetch(codec.key(ask.key), ask.fromMs, ask.toMs, options)
      for (const entry of found) yield codec.entry(entry.key, entry, entry.window)
      return
    }
    case 'session-fetch':
      for (const entry of sessionOf(store).fetch(codec.key(ask.key), {
        order: ask.order,
      })) {
        yield codec.entry(entry.key, entry, entry.window)
      }
      return
    case 'version-get': {
      const version = versionedOf(store).get(codec.key(ask.key), ask.asOfMs)
      if (version !== undefined) yield codec.version(version)
      return
    }
    case 'versions': {
      const face = versionedOf(store)
      for (const version of face.versions(codec.key(ask.key), { from: ask.fromMs, to: ask.toMs }))
        yield codec.version(version)
      return
    }
    case 'where':
    case 'count':
      throw new TidemillError('invalid-argument', 'such a question has no entries')
    default:
      unreachable(ask)
  }
}

/** Turns the typed face back into bytes, with the store's own serdes. */
class StoreCodec {
  readonly #key: Serde<unknown>
  readonly #value: Serde<unknown>
  readonly #topic: string

  constructor({ definition }: StateStore) {
    this.#key = definition.key
    this.#value = definition.value
    this.#topic = definition.name
  }

  key(bytes: Uint8Array): unknown {
    return this.#key.decode(asBuffer(bytes), this.#context(true))
  }

  entry(
    key: unknown,
    stored: { readonly value: unknown; readonly timestamp: number; readonly headers: RecordHeaders },
    window?: Window,
  ): LocalEntry {
    return {
      key: key === undefined ? undefined : this.#key.encode(key, this.#context(true)),
      value: this.#value.encode(must(stored.value, 'stored value'), this.#context(false)),
      timestamp: stored.timestamp,
      headers: stored.headers.entries,
      window,
      validTo: undefined,
    }
  }

  version(version: {
    readonly value: unknown
    readonly validFrom: number
    readonly validTo: number | undefined
  }): LocalEntry {
    const { value, validFrom, validTo } = version
    return { ...this.entry(undefined, { value, timestamp: validFrom, headers: RecordHeaders.empty }), validTo }
  }

  #context(isKey: boolean): SerdeContext {
    return { topic: this.#topic, headers: RecordHeaders.empty, isKey }
  }
}
