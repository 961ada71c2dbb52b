// The processors of the recorded cases, written as users write theirs: with the public Processor API.
import type {
  FixedKeyProcessor,
  KeyValueStore,
  ProcessingContext,
  Processor,
  ProcessorContext,
  RecordHeaders,
  SessionStore,
  StoreHandle,
  Stored,
  StreamRecord,
  Version,
  VersionedStore,
  WindowEntry,
  WindowStore,
} from 'tidemill'
import { UnknownFunctionError, textOf } from './functions.ts'

/** What an op says of its processor. */
export interface ProcessorOp {
  readonly processor: string
  readonly intervalMs?: number
  readonly rangeMs?: number
  readonly routes?: Readonly<Record<string, string>>
}

type Data = StreamRecord<any, any>

/** What a processor does with a record: it forwards through `out`. */
interface Step {
  process(record: Data, out: (record: Data, child?: string) => void): void
}

type MakeStep = (
  context: ProcessingContext,
  handles: readonly StoreHandle[],
  out: (record: Data) => void,
) => Step['process']

/** The processor of an op; its handles are those of its stores, its own first. */
export function makeProcessor(op: ProcessorOp, handles: readonly StoreHandle[]): Processor<any, any, any, any> {
  const make = stepOf(op)
  return {
    stores: handles,
    init(context: ProcessorContext<any, any>) {
      const out = (record: Data, child?: string): void => context.forward(record, child)
      const step = make(context, handles, out)
      return { process: (record) => step(record, out) }
    },
  }
}

/** The same for processValues: what is forwarded keeps its key. */
export function makeFixedKeyProcessor(
  op: ProcessorOp,
  handles: readonly StoreHandle[],
): FixedKeyProcessor<any, any, any> {
  const make = stepOf(op)
  return {
    stores: handles,
    init(context) {
      const out = ({ value, timestamp, headers }: Data): void => context.forward({ value, timestamp, headers })
      const step = make(context, handles, out)
      return { process: (record) => step(record, out) }
    },
  }
}

function stepOf(op: ProcessorOp): MakeStep {
  const [name, argument = ''] = op.processor.split(':') as [string, string?]
  switch (name) {
    case 'passThrough':
      return () => (record, out) => out(record)
    case 'throwIfContains':
      return () => (record, out) => {
        if (textOf(record.value)?.includes(argument) === true) throw new Error(`the value contains ${argument}`)
        out(record)
      }
    case 'dedup':
      return dedup
    case 'runningCount':
      return runningCount
    case 'headersEcho':
      return () => (record, out) => out(echoed(record))
    case 'contextInfo':
      return contextInfo
    case 'twoRecords':
      return () => (record, out) => {
        out(record)
        out({ ...record, key: `${textOf(record.key) ?? 'null'}2`, timestamp: record.timestamp + 1 })
      }
    case 'shiftTime':
      return () => (record, out) => out({ ...record, timestamp: record.timestamp + Number(argument) })
    case 'negativeTime':
      return () => (record, out) =>
        out(textOf(record.value)?.includes(argument) === true ? { ...record, timestamp: -5 } : record)
    case 'readTable':
      return (context, handles) => lookup(context, handles, (record) => record.key)
    case 'lookup':
      return (context, handles) => lookup(context, handles, (record) => textOf(record.value)?.slice(0, 1) || record.key)
    case 'route':
      return () => (record, out) => out(record, op.routes?.[textOf(record.key) ?? 'null'])
    case 'storeOps':
      return (context, handles) => storeOps(context, handles, op.rangeMs ?? 0)
    default:
      return punctuating(op, name, argument)
  }
}

function punctuating(op: ProcessorOp, name: string, argument: string): MakeStep {
  const intervalMs = op.intervalMs ?? 1
  switch (name) {
    case 'streamTimePunctuate':
      return (context, handles, out) => draining(context, handles, out, () => ['stream-time', intervalMs])
    case 'wallClockPunctuate':
      return (context, handles, out) => draining(context, handles, out, () => ['wall-clock', intervalMs])
    case 'bothPunctuate':
      return (context, _handles, out) => {
        context.schedule(intervalMs, 'stream-time', (time) => out(tick(context, 'stream', time)))
        context.schedule(intervalMs, 'wall-clock', (time) => out(tick(context, 'wall', time)))
        return (record, forward) => forward(record)
      }
    case 'cancelAfter':
      return (context, _handles, out) => cancelAfter(context, out, intervalMs, Number(argument))
    case 'anchoredStream':
    case 'anchoredWall':
      return (context, _handles, out) => {
        const clock = name === 'anchoredStream' ? 'stream-time' : 'wall-clock'
        const options = { startAt: Number(argument) }
        context.schedule(intervalMs, clock, (time) => out(tick(context, 'anchored', time)), options)
        return (record, forward) => forward(record)
      }
    default:
      throw new UnknownFunctionError(`processor '${op.processor}'`)
  }
}

function keyValueStore(context: ProcessingContext, handles: readonly StoreHandle[]): KeyValueStore<any, any> {
  // The case says which kind of store stands first.
  return context.store(handles[0] as StoreHandle) as KeyValueStore<any, any>
}

function dedup(context: ProcessingContext, handles: readonly StoreHandle[]): Step['process'] {
  const seen = keyValueStore(context, handles)
  return (record, out) => {
    if (record.key === null) return out(record)
    if (textOf(seen.get(record.key)) === textOf(record.value)) return
    seen.put(record.key, record.value)
    out(record)
  }
}

function runningCount(context: ProcessingContext, handles: readonly StoreHandle[]): Step['process'] {
  const counts = keyValueStore(context, handles)
  return (record, out) => {
    if (record.key === null) return out(record)
    const count = (counts.get(record.key) ?? 0) + 1
    counts.put(record.key, count)
    out({ ...record, value: `${textOf(record.value) ?? 'null'}#${count}` })
  }
}

function echoed(record: Data): Data {
  const value = `${textOf(record.value) ?? 'null'}/${headersText(record.headers)}`
  return { ...record, value, headers: record.headers.with('seen', '1') }
}

function headersText(headers: RecordHeaders): string {
  return [...headers].map(([name, value]) => `${name}=${value === null ? 'null' : value.toString('utf8')};`).join('')
}

function contextInfo(context: ProcessingContext): Step['process'] {
  return (record, out) => {
    const { topic, partition, offset } = context.record
    const where = `${topic}/${partition}/${offset}`
    const value = `${textOf(record.value) ?? 'null'}|${where}/${context.streamTime}/${context.now}`
    out({ ...record, value })
  }
}

function lookup(
  context: ProcessingContext,
  handles: readonly StoreHandle[],
  keyOf: (record: Data) => unknown,
): Step['process'] {
  const read = reader(context, handles[0] as StoreHandle)
  return (record, out) => {
    if (record.key === null) return out(record)
    out({ ...record, value: `${textOf(record.value) ?? 'null'}/${read(keyOf(record))}` })
  }
}

/** Prints what a table's store, of whatever kind, has for a key. */
function reader(context: ProcessingContext, handle: StoreHandle): (key: unknown) => string {
  if (handle.kind === 'versioned-handle') {
    const store: VersionedStore<any, any> = context.store(handle)
    return (key) => printVersion(store.get(key))
  }
  const store = keyValueStore(context, [handle])
  return (key) => printStored(store.getStored(key), handle)
}

function draining(
  context: ProcessingContext,
  handles: readonly StoreHandle[],
  out: (record: Data) => void,
  when: () => ['stream-time' | 'wall-clock', number],
): Step['process'] {
  const store = keyValueStore(context, handles)
  const [clock, intervalMs] = when()
  context.schedule(intervalMs, clock, (time) => {
    for (const [key, value] of store.range()) {
      out({ key, value: `${textOf(value)}@${time}`, timestamp: time, headers: context.record.headers })
      store.delete(key)
    }
  })
  return (record) => {
    if (record.key !== null) store.put(record.key, record.value)
  }
}

function cancelAfter(
  context: ProcessingContext,
  out: (record: Data) => void,
  intervalMs: number,
  callCount: number,
): Step['process'] {
  let calls = 0
  const punctuation = context.schedule(intervalMs, 'stream-time', (time) => {
    calls++
    out(tick(context, `tick${calls}`, time))
    if (calls === callCount) punctuation.cancel()
  })
  return (record, forward) => forward(record)
}

function tick(context: ProcessingContext, label: string, time: number): Data {
  const { headers } = context.record
  const value = `${label}@${time}/${context.streamTime}/${context.now}/${context.record !== undefined}`
  return { key: 'tick', value, timestamp: time, headers }
}

// ---- storeOps ----

function printStored(stored: Stored<unknown> | undefined, handle: StoreHandle): string {
  if (stored === undefined) return 'null'
  const { format } = handle.definition
  if (format === 'plain') return textOf(stored.value) ?? 'null'
  const text = `${textOf(stored.value)}@${stored.timestamp}`
  return format === 'headers' ? `${text}{${headersText(stored.headers)}}` : text
}

function printVersion(version: Version<unknown> | undefined): string {
  // Java's typed store does not say until when a version is valid.
  return version === undefined ? 'null' : `${textOf(version.value)}@${version.validFrom}`
}

/** Calls a store by the record's value; gives what the case prints. */
type StoreCall = (record: Data, text: string) => string

function storeOps(context: ProcessingContext, handles: readonly StoreHandle[], rangeMs: number): Step['process'] {
  const handle = handles[0] as StoreHandle
  const call = storeCall(context, handle, rangeMs)
  return (record, out) => {
    if (record.key === null) return out(record)
    out({ ...record, value: call(record, textOf(record.value) ?? '') })
  }
}

function storeCall(context: ProcessingContext, handle: StoreHandle, rangeMs: number): StoreCall {
  switch (handle.kind) {
    case 'key-value-handle':
      return keyValueCall(context.store(handle), handle)
    case 'window-handle':
      return windowCall(context.store(handle), handle, rangeMs)
    case 'session-handle':
      return sessionCall(context.store(handle), handle, rangeMs)
    case 'versioned-handle':
      return versionedCall(context.store(handle), rangeMs)
  }
}

function keyValueCall(store: KeyValueStore<any, any>, handle: StoreHandle): StoreCall {
  const isPlain = handle.definition.format === 'plain'
  const print = (value: unknown, stored: Stored<unknown> | undefined): string =>
    isPlain ? (textOf(value) ?? 'null') : printStored(stored, handle)
  const before = (key: unknown): Stored<unknown> | undefined => (isPlain ? undefined : store.getStored(key))
  const list = (entries: Iterable<readonly [any, any]>): string =>
    [...entries].map(([key, value]) => `${key}=${print(value, before(key))},`).join('')
  return ({ key, value }, text) => {
    const stored = before(key)
    switch (text[0]) {
      case undefined:
      case 'c':
        return `delete:${print(store.delete(key), stored)}`
      case 'a':
        store.put(key, value)
        return 'put'
      case 'b':
        return `putIfAbsent:${print(store.putIfAbsent(key, value), stored)}`
      case 'd':
        return `range:${list(store.range({ from: 'A', to: 'C' }))}`
      case 'e':
        return `all:${list(store.range())}`
      case 'A':
        return `reverseRange:${list(store.range({ from: 'B', order: 'descending' }))}`
      case 'B':
        return `get:${print(isPlain ? store.get(key) : undefined, stored)}`
      case 'C':
        return `reverseAll:${list(store.range({ order: 'descending' }))}`
      default:
        return `prefixScan:${list(store.prefix('A'))}`
    }
  }
}

function windowCall(store: WindowStore<any, any>, handle: StoreHandle, rangeMs: number): StoreCall {
  const byStart = (entries: Iterable<WindowEntry<any, any>>): string =>
    [...entries].map((entry) => `${entry.window.start}=${printStored(entry, handle)},`).join('')
  const list = (entries: Iterable<WindowEntry<any, any>>): string => listWindows(entries, handle)
  return ({ key, value, timestamp }, text) => {
    const from = Math.max(0, timestamp - rangeMs)
    const to = timestamp + rangeMs
    switch (text[0]) {
      case undefined:
      case 'c':
        store.put(key, null, timestamp)
        return 'delete'
      case 'a':
      case 'b':
        store.put(key, value, timestamp)
        return 'put'
      case 'd':
        return `fetch:${byStart(store.fetch(key, from, to))}`
      case 'e':
        return `all:${list(store.fetchAll(0, Number.MAX_SAFE_INTEGER))}`
      case 'A':
        return `backwardFetch:${byStart(store.fetch(key, from, to, { order: 'descending' }))}`
      case 'B':
        return `get:${printStored(store.getStored(key, timestamp), handle)}`
      case 'C':
        return `fetchAll:${list(store.fetchAll(from, to))}`
      default:
        return `fetchRange:${list(store.fetchRange('A', 'C', from, to))}`
    }
  }
}

function sessionCall(store: SessionStore<any, any>, handle: StoreHandle, rangeMs: number): StoreCall {
  const list = (entries: Iterable<WindowEntry<any, any>>): string => listWindows(entries, handle)
  return ({ key, value, timestamp }, text) => {
    const session = { start: Math.max(0, timestamp - Math.floor(rangeMs / 2)), end: timestamp }
    const from = Math.max(0, timestamp - rangeMs)
    const to = timestamp + rangeMs
    switch (text[0]) {
      case undefined:
      case 'c':
        store.delete(key, session)
        return 'remove'
      case 'a':
      case 'b':
        store.put(key, value, session)
        return 'put'
      case 'd':
        return `findSessions:${list(store.find(key, from, to))}`
      case 'e':
        return `fetchRange:${list(store.fetchRange('A', 'C'))}`
      case 'A':
        return `backwardFindSessions:${list(store.find(key, from, to, { order: 'descending' }))}`
      case 'B':
        return `fetchSession:${textOf(store.get(key, session)) ?? 'null'}`
      case 'C':
        return `findSessionsRange:${list(store.findRange('A', 'C', from, to))}`
      default:
        return `fetch:${list(store.fetch(key))}`
    }
  }
}

function versionedCall(store: VersionedStore<any, any>, rangeMs: number): StoreCall {
  const put = (key: unknown, value: unknown, timestamp: number): string => {
    const result = store.put(key, value, timestamp)
    return `put:${result === 'expired' ? 'notPut' : result}`
  }
  return ({ key, value, timestamp }, text) => {
    switch (text[0]) {
      case undefined:
      case 'c':
        return put(key, null, timestamp)
      case 'a':
      case 'b':
        return put(key, value, timestamp)
      case 'd':
        return `delete:${printVersion(store.delete(key, timestamp))}`
      case 'e':
        return `get:${printVersion(store.get(key))}`
      case 'A':
        return `getAsOf:${printVersion(store.get(key, timestamp))}`
      case 'B':
        return `getAsOf-:${printVersion(store.get(key, Math.max(0, timestamp - rangeMs)))}`
      case 'C':
        return `getAsOf--:${printVersion(store.get(key, Math.max(0, timestamp - 3 * rangeMs)))}`
      default:
        return `getAsOf+:${printVersion(store.get(key, timestamp + rangeMs))}`
    }
  }
}

function listWindows(entries: Iterable<WindowEntry<any, any>>, handle: StoreHandle): string {
  const isSession = handle.kind === 'session-handle'
  return [...entries]
    .map((entry) => {
      const value = isSession ? (textOf(entry.value) ?? 'null') : printStored(entry, handle)
      return `${entry.key}@${entry.window.start}/${entry.window.end}=${value},`
    })
    .join('')
}
