// A recorded case's topology through the public API: each op is one call of the DSL, or of TopologyBuilder.
import {
  type BuilderOptions,
  type Serde,
  type StoreHandle,
  type Topic,
  type Topology,
  type Windows,
  StreamsBuilder,
  hopping,
  serdes,
  session,
  sliding,
  stores,
  topic,
  topicPattern,
  tumbling,
  unlimited,
} from 'tidemill'
import { buildByHand } from './build-by-hand.ts'
import { storeHandle } from './case-stores.ts'
import type { CaseConfig, CaseOp } from './cases.ts'
import * as functions from './functions.ts'
import { makeFixedKeyProcessor, makeProcessor } from './processors.ts'

/** What a case asks for and this project has no words for. */
export class UnsupportedOperationError extends Error {}

export interface BuildCase {
  readonly config: CaseConfig
  readonly topology: readonly CaseOp[]
}

const text = serdes.nullable(serdes.string)
const long = serdes.nullable(serdes.int64)

/** @throws TopologyError, or what else build() throws, where the case's topology is wrong. */
export function buildTopology(scenario: BuildCase): Topology {
  return scenario.config.api === 'processor' ? buildByHand(scenario) : new CaseBuilder(scenario).build()
}

export function builderOptions({
  optimization,
  storeType,
  storeFormat,
  timestampExtractor,
  explicitNames,
}: CaseConfig): BuilderOptions {
  return {
    key: serdes.string,
    value: serdes.string,
    store: {
      type: storeType === 'inMemory' ? 'memory' : 'disk',
      format: storeFormat === 'HEADERS' ? 'headers' : 'timestamped',
    },
    explicitNames: explicitNames ?? false,
    ...(optimization === undefined ? {} : { optimize: optimizations(optimization) }),
    ...(timestampExtractor === undefined ? {} : { timestamp: functions.timestamps(timestampExtractor) }),
  }
}

function optimizations(optimization: string): NonNullable<BuilderOptions['optimize']> {
  if (optimization === 'all' || optimization === 'none') return optimization
  return optimization.split(',') as Exclude<BuilderOptions['optimize'], string | undefined>
}

/** Options that are there, without those that are not. */
function given(options: Readonly<Record<string, unknown>>): any {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}

/** With what the keys and values of something would be written. */
interface Serdes {
  readonly key: Serde<any>
  readonly value: Serde<any>
}

const TEXT: Serdes = { key: text, value: text }

class CaseBuilder {
  readonly #builder: StreamsBuilder
  readonly #ops: readonly CaseOp[]
  readonly #config: CaseConfig
  /** What the ops made, by their ids. The types are in the cases. */
  readonly #made = new Map<string, any>()
  readonly #serdes = new Map<string, Serdes>()
  readonly #windows = new Map<string, Windows>()
  readonly #handles = new Map<string, StoreHandle>()
  readonly #topics = new Map<string, Topic<any, any>>()

  constructor({ config, topology }: BuildCase) {
    this.#config = config
    this.#ops = topology
    this.#builder = new StreamsBuilder(builderOptions(config))
  }

  build(): Topology {
    for (const op of this.#ops) this.#apply(op)
    return this.#builder.build()
  }

  #apply(op: CaseOp): void {
    const { id } = op
    const made = this.#make(op)
    if (id === undefined) return
    if (made !== undefined) this.#made.set(id, made)
    if (!this.#serdes.has(id)) this.#serdes.set(id, this.#serdesOf(op))
    if (op.op === 'windowedBy') this.#windows.set(id, windowsOf(op['window']))
  }

  /** What an op makes of the serdes of its input. */
  #serdesOf(op: CaseOp): Serdes {
    const before = op.on === undefined ? TEXT : this.#serdesAt(op.on)
    switch (op.op) {
      case 'stream':
        return op['valueSerde'] === 'long' ? { key: text, value: long } : TEXT
      case 'selectKey':
      case 'groupBy':
        return { key: text, value: before.value }
      case 'toStream':
        return op['fn'] === undefined ? before : { key: text, value: before.value }
      case 'map':
      case 'flatMap':
        return TEXT
      case 'mapValues':
      case 'transformValues':
      case 'flatMapValues':
      case 'process':
      case 'processValues':
      case 'join':
      case 'fkJoin':
        return { key: before.key, value: text }
      case 'count':
      case 'reduce':
      case 'aggregate':
      case 'cogroup':
        return {
          key: this.#aggregateKey(op, before),
          value: op.op === 'count' ? long : text,
        }
      default:
        return before
    }
  }

  #aggregateKey(op: CaseOp, before: Serdes): Serde<any> {
    const windows = op['window'] === undefined ? this.#windows.get(op.on ?? '') : windowsOf(op['window'])
    return windows === undefined ? before.key : serdes.windowed(before.key, windows)
  }

  #serdesAt(id: string): Serdes {
    return this.#serdes.get(id) ?? TEXT
  }

  #make(op: CaseOp): unknown {
    const on = op.on === undefined ? undefined : this.#get(op.on)
    const named = given({ name: op['name'] })
    const kept = op.on === undefined ? TEXT : this.#serdesAt(op.on)
    switch (op.op) {
      case 'stream':
        return this.#stream(op)
      case 'table':
        return this.#builder.table(this.#topic(op['topic']), { ...this.#source(op), ...this.#store(op) })
      case 'globalTable':
        return this.#builder.globalTable(this.#topic(op['topic']), { ...named, ...this.#store(op) })
      case 'globalStore':
        return this.#globalStore(op)
      case 'filter':
      case 'filterNot':
        return on[op.op](functions.predicate(op['fn']), { ...named, ...this.#store(op) })
      case 'mapValues':
        return on.mapValues(functions.valueFunction(op['fn']), { ...named, ...this.#store(op), value: text })
      case 'transformValues':
        return on.transformValues(
          { init: () => ({ transform: functions.transform(op['fn']) }) },
          { ...named, ...this.#store(op), value: text },
        )
      case 'selectKey':
        return on.selectKey(functions.keyFunction(op['fn']), { ...named, key: text })
      case 'map':
        return on.map(functions.keyValueFunction(op['fn']), { ...named, ...TEXT })
      case 'flatMapValues':
        return on.flatMapValues(functions.flatValues(op['fn']), { ...named, value: text })
      case 'flatMap':
        return on.flatMap(functions.flatMap(op['fn']), { ...named, ...TEXT })
      case 'peek':
      case 'foreach':
        return on[op.op](() => undefined, named)
      case 'print':
        return on.print({ ...named, format: () => '' })
      case 'split':
        return this.#split(on, op)
      case 'merge':
        return on.merge(this.#get(op['with']), named)
      case 'repartition':
        return on.repartition({ ...named, ...given({ partitions: op['partitions'] }), ...kept })
      case 'toTable':
        return on.toTable({ ...named, ...this.#store(op), ...kept })
      case 'toStream':
        return op['fn'] === undefined
          ? on.toStream(named)
          : on.toStream(functions.keyFunction(op['fn']), { ...named, key: text })
      case 'groupByKey':
        return on.groupByKey({ ...named, ...kept })
      case 'groupBy':
        return this.#groupBy(on, op, kept)
      case 'windowedBy':
        return on.windowedBy(
          windowsOf(op['window']),
          given({ emit: op['emit'] === 'onWindowClose' ? 'on-window-close' : undefined }),
        )
      case 'count':
        return on.count({ ...named, ...this.#store(op) })
      case 'reduce':
        return this.#reduce(on, op)
      case 'aggregate':
        return this.#aggregate(on, op)
      case 'cogroup':
        return this.#cogroup(op)
      case 'join':
        return this.#join(on, op)
      case 'fkJoin':
        return this.#foreignKeyJoin(on, op)
      case 'suppress':
        return this.#suppress(on, op)
      case 'process':
      case 'processValues':
        return this.#process(on, op)
      case 'stateStore':
        return void this.#handles.set(op['store'], storeHandle(op))
      case 'to':
        return this.#to(on, op, kept)
      default:
        throw new UnsupportedOperationError(`op ${op.op}`)
    }
  }

  #get(id: string): any {
    if (!this.#made.has(id)) throw new UnsupportedOperationError(`nothing has the id ${id}`)
    return this.#made.get(id)
  }

  #topic(name: string, value: typeof text | typeof long = text): Topic<any, any> {
    const known = this.#topics.get(name)
    if (known !== undefined) return known
    const made = topic(name, { key: text, value })
    this.#topics.set(name, made)
    return made
  }

  #source(op: CaseOp): any {
    const timestamp = op['timestamps'] === undefined ? undefined : functions.timestamps(op['timestamps'])
    return given({ name: op['name'], timestamp })
  }

  #stream(op: CaseOp): unknown {
    const options = this.#source(op)
    if (op['pattern'] !== undefined) {
      return this.#builder.stream(topicPattern(new RegExp(op['pattern']), { key: text, value: text }), options)
    }
    const value = op['valueSerde'] === 'long' ? long : text
    return this.#builder.stream(
      (op['topics'] as string[]).map((name) => this.#topic(name, value)),
      options,
    )
  }

  /** The store options of an op; a handle where it names a store of plain keys, so that processors can use it. */
  #store(op: CaseOp): { readonly store?: any } {
    const { store: name, retentionMs: retention, versionedMs, inMemory } = op
    const settings = given({
      type: inMemory === undefined ? undefined : inMemory === true ? 'memory' : 'disk',
      cache: op['caching'],
      changelog: op['logging'] === false ? false : undefined,
    })
    const isWindowed = this.#windows.has(op.on ?? '') || op['window'] !== undefined
    const more = given({
      retention,
      versioned: versionedMs === undefined ? undefined : { historyRetention: versionedMs },
      lru: op['lru'] === undefined ? undefined : { entriesMax: op['lru'] },
    })
    if (name === undefined || isWindowed) {
      const all = given({ name, ...settings, ...more })
      return Object.keys(all).length > 0 || op['materialized'] === true ? { store: all } : {}
    }
    const handle = this.#tableHandle(op, settings)
    this.#handles.set(name, handle)
    return { store: handle }
  }

  #tableHandle(op: CaseOp, settings: any): StoreHandle {
    const name = op['store'] as string
    const options = { ...this.#serdesOf(op), ...settings }
    if (op['versionedMs'] !== undefined) {
      return stores.versioned(name, { ...options, historyRetention: op['versionedMs'] })
    }
    const format = this.#keepsHeaders(op) ? 'headers' : 'timestamped'
    if (op['lru'] !== undefined) return stores.lru(name, { ...options, format, entriesMax: op['lru'] })
    return stores.keyValue(name, { ...options, format })
  }

  /** Java's stores in memory keep no headers. */
  #keepsHeaders({ inMemory }: CaseOp): boolean {
    const { storeFormat, storeType } = this.#config
    return storeFormat === 'HEADERS' && !(inMemory ?? storeType === 'inMemory')
  }

  #globalStore(op: CaseOp): void {
    const handle = stores.keyValue<string, string>(op['store'], {
      key: serdes.string,
      value: serdes.string,
      format: 'plain',
    })
    this.#handles.set(op['store'], handle)
    this.#builder.addGlobalStore(
      handle,
      this.#topic(op['topic']),
      {
        stores: [handle],
        init: (context) => ({
          process({ key, value }) {
            if (key !== null) context.store(handle).put(key, value === null ? null : String(value).toUpperCase())
          },
        }),
      },
      given({ name: op['name'] }),
    )
  }

  #split(on: any, op: CaseOp): void {
    const branches = op['branches'] as { id: string; fn: string; name?: string }[]
    const last = op['default'] as { id: string; name?: string } | undefined
    // Keys of an object that are numbers lose their place, so branches without a name are called by their ids.
    const keys = branches.map(({ id, name }) => name ?? `branch-${id}`)
    const cases = branches.map(({ fn }, index) => [keys[index], functions.predicate(fn)])
    const lastKey = last === undefined ? undefined : (last.name ?? `branch-${last.id}`)
    if (lastKey !== undefined) cases.push([lastKey, 'otherwise'])
    const numbered = [...branches, ...(last === undefined ? [] : [last])]
      .filter(({ name }) => name === undefined)
      .map(({ id }) => `branch-${id}`)
    const streams = on.split(Object.fromEntries(cases), { ...given({ name: op['name'] }), numbered })
    for (const [index, { id }] of branches.entries()) this.#made.set(id, streams[keys[index] as string])
    if (last !== undefined) this.#made.set(last.id, streams[lastKey as string])
  }

  #groupBy(on: any, op: CaseOp, kept: Serdes): unknown {
    const options = { ...given({ name: op['name'] }), key: text, value: kept.value }
    // A table's groupBy makes pairs, a stream's keys.
    return 'suppress' in on
      ? on.groupBy(functions.keyValueFunction(op['fn']), options)
      : on.groupBy(functions.keyFunction(op['fn']), options)
  }

  #reduce(on: any, op: CaseOp): unknown {
    const options = { ...given({ name: op['name'] }), ...this.#store(op), value: text }
    const add = functions.reducer(op['fn'])
    if (op['sub'] === undefined) return on.reduce(add, options)
    return on.reduce({ add, subtract: functions.reducer(op['sub']) }, options)
  }

  #aggregate(on: any, op: CaseOp): unknown {
    const options = {
      ...given({ name: op['name'], merge: op['merger'] === undefined ? undefined : functions.merger(op['merger']) }),
      ...this.#store(op),
      value: text,
    }
    const add = functions.aggregator(op['fn'])
    if (op['sub'] === undefined) return on.aggregate(() => '', add, options)
    return on.aggregate(() => '', { add, subtract: functions.aggregator(op['sub']) }, options)
  }

  #cogroup(op: CaseOp): unknown {
    const [first, ...rest] = op['groups'] as { on: string; fn: string }[]
    if (first === undefined) throw new UnsupportedOperationError('cogroup without groups')
    let cogrouped = this.#get(first.on).cogroup(() => '', functions.aggregator(first.fn))
    for (const { on, fn } of rest) cogrouped = cogrouped.cogroup(this.#get(on), functions.aggregator(fn))
    const windowed = op['window'] === undefined ? cogrouped : cogrouped.windowedBy(windowsOf(op['window']))
    const merge = op['merger'] === undefined ? undefined : functions.merger(op['merger'])
    return windowed.aggregate({ ...given({ name: op['name'], merge }), ...this.#store(op), value: text })
  }

  #join(on: any, op: CaseOp): unknown {
    const other = this.#get(op['with'])
    const method = joinMethod(op['kind'])
    const joiner = functions.joiner(op['joiner'])
    const named = given({ name: op['name'] })
    if (op['mapper'] !== undefined) {
      return on[method](other, joiner, { ...named, on: functions.keyFunction(op['mapper']) })
    }
    const kept = this.#serdesAt(op.on as string)
    if (op['window'] !== undefined || op['legacy'] === true) {
      const otherValue = this.#serdesAt(op['with']).value
      return on[method](other, joiner, { ...streamJoinOptions(op), ...kept, otherValue })
    }
    if ('suppress' in on) return on[method](other, joiner, { ...named, ...this.#store(op), value: text })
    return on[method](other, joiner, { ...named, ...given({ grace: op['graceMs'] }), ...kept })
  }

  #foreignKeyJoin(on: any, op: CaseOp): unknown {
    return on[joinMethod(op['kind'])](this.#get(op['with']), functions.joiner(op['joiner']), {
      ...given({ name: op['name'] }),
      ...this.#store(op),
      foreignKey: functions.keyFunction(op['extractor']),
      value: text,
    })
  }

  #suppress(on: any, op: CaseOp): unknown {
    const whenFull = { emitEarly: 'emit-early', shutDown: 'shut-down' }[op['whenFull'] as 'emitEarly' | 'shutDown']
    return on.suppress(
      given({
        name: op['name'],
        until: op['until'] === 'windowCloses' ? 'window-closes' : op['timeLimitMs'],
        maxRecords: op['maxRecords'],
        maxBytes: op['maxBytes'],
        whenFull,
        changelog: op['logging'] === false ? false : undefined,
      }),
    )
  }

  #process(on: any, op: CaseOp): unknown {
    const own = op['store'] === undefined ? [] : [storeHandle(op)]
    const shared = [...(op['stores'] ?? []), ...(op['globalStores'] ?? [])].map((name: string) => this.#handle(name))
    const handles = [...own, ...shared]
    for (const handle of own) this.#handles.set(handle.name, handle)
    const named = given({ name: op['name'] })
    const processorOp = op as unknown as Parameters<typeof makeProcessor>[0]
    return op.op === 'process'
      ? on.process(makeProcessor(processorOp, handles), { ...named, ...this.#serdesOf(op) })
      : on.processValues(makeFixedKeyProcessor(processorOp, handles), { ...named, value: text })
  }

  #handle(name: string): StoreHandle {
    const handle = this.#handles.get(name)
    if (handle === undefined) throw new UnsupportedOperationError(`no op keeps the store ${name}`)
    return handle
  }

  #to(on: any, op: CaseOp, kept: Serdes): void {
    const named = given({ name: op['name'] })
    const chooser = op['topicFn'] as string | undefined
    if (chooser === undefined) return on.to(topic(op['topic'], kept), named)
    const prefix = chooser.slice('byKey:'.length)
    on.to((_value: unknown, key: unknown) => `${prefix}-${functions.textOf(key) ?? 'null'}`, { ...named, ...kept })
  }
}

function joinMethod(kind: 'inner' | 'left' | 'outer'): 'join' | 'leftJoin' | 'outerJoin' {
  return ({ inner: 'join', left: 'leftJoin', outer: 'outerJoin' } as const)[kind]
}

function streamJoinOptions(op: CaseOp): any {
  const { beforeMs, afterMs, graceMs } = op['window'] ?? {}
  const isLegacy = op['legacy'] === true || op['window']?.legacy === true
  const store = given({
    name: op['store'],
    type: op['inMemory'] === undefined ? undefined : op['inMemory'] === true ? 'memory' : 'disk',
    changelog: op['logging'] === false ? false : undefined,
  })
  return {
    ...given({ name: op['name'] }),
    before: beforeMs,
    after: afterMs,
    // JoinWindows.of(the longer of the two): a day's grace, of which the window takes its part.
    grace: isLegacy ? Math.max(86_400_000 - 2 * Math.max(beforeMs, afterMs), 0) : graceMs,
    eagerResults: isLegacy,
    ...(Object.keys(store).length > 0 ? { store } : {}),
  }
}

function windowsOf(window: any): any {
  const grace = window.graceMs ?? 0
  switch (window.type) {
    case 'tumbling':
      return tumbling({ size: window.sizeMs, grace })
    case 'hopping':
      return hopping({ size: window.sizeMs, advance: window.advanceMs, grace })
    case 'sliding':
      return sliding({ timeDifference: window.sizeMs, grace })
    case 'session':
      return session({ inactivityGap: window.gapMs, grace })
    case 'unlimited':
      return unlimited({ start: window.startMs })
    default:
      throw new UnsupportedOperationError(`window ${window.type}`)
  }
}
