// The `store` option of an operator: a name, settings, or a handle. Here it becomes the definition of a store, with the defaults
// of the DSL (cached, logged, with timestamps) and what the operator knows (windows, serdes).
import {
  type Duration,
  type SessionWindows,
  type Windows,
  durationMs,
  formatDuration,
  positiveDurationMs,
} from '../record/index.ts'
import { type Serde, type TopicConfig, windowLengthMs } from '../serde/index.ts'
import type {
  KeyValueStoreDefinition,
  SessionStoreDefinition,
  StoreBase,
  StoreDefinition,
  StoreEngine,
  StoreFormat,
  StoreType,
  VersionedStoreDefinition,
  WindowStoreDefinition,
} from '../state/index.ts'
import { keptBy } from './kept-by.ts'
import type { Lowering } from './lower.ts'
import type { Plan } from './plan.ts'
import type { SerdeSlot } from './serde-slot.ts'
import { type HandleSettings, changelogSettings, handleSettings, storeNameProblem } from './stores.ts'
import type { StoreSpec } from './store-spec.ts'

/** Any of the settings objects of the API. */
interface AnySettings {
  readonly name?: string
  readonly type?: StoreType | StoreEngine
  readonly cache?: boolean
  readonly changelog?: false | TopicConfig
  readonly retention?: Duration
  readonly versioned?: { readonly historyRetention: Duration }
  readonly lru?: { readonly entriesMax: number }
  readonly ttl?: Duration
}

interface AnyHandle {
  readonly kind: 'key-value-handle' | 'versioned-handle' | 'window-handle' | 'session-handle'
  readonly name: string
  readonly definition: StoreDefinition
}

export type StoreOption = string | AnySettings | AnyHandle | undefined

export interface StoreChoice {
  /** False: the operator was called without a `store`. */
  readonly isGiven: boolean
  readonly name: string | undefined
  readonly handle: AnyHandle | undefined
  readonly settings: HandleSettings
  /** Of a handle. */
  readonly key: Serde<any> | undefined
  readonly value: Serde<any> | undefined
}

export function chooseStore(option: StoreOption): StoreChoice {
  if (option === undefined) return choice({ isGiven: false })
  if (typeof option === 'string') return choice({ name: option })
  if ('kind' in option) {
    const { key, value } = option.definition
    return choice({ name: option.name, handle: option, settings: handleSettings(option), key, value })
  }
  const { name, versioned, lru, ...rest } = option
  const settings: HandleSettings = {
    ...rest,
    ...(versioned === undefined ? {} : { historyRetention: versioned.historyRetention }),
    ...(lru === undefined ? {} : { entriesMax: lru.entriesMax }),
  }
  return choice({ name, settings })
}

function choice(fields: Partial<StoreChoice>): StoreChoice {
  return {
    isGiven: true,
    name: undefined,
    handle: undefined,
    settings: {},
    key: undefined,
    value: undefined,
    ...fields,
  }
}

export interface StoreOwner {
  readonly plan: Plan
  /** As messages call it: `count`. */
  readonly operator: string
  readonly place: string | undefined
}

interface StoreRequest extends StoreOwner {
  readonly choice: StoreChoice
  /** Given by the user or generated. */
  readonly name: string
  readonly key: SerdeSlot
  readonly value: SerdeSlot
}

/** Whether the store keeps versions. */
export function isVersionedChoice(choice: StoreChoice): boolean {
  return choice.settings.historyRetention !== undefined
}

/** A store of plain keys: key-value, or versioned where the user asks for history. */
export function keyValueStore(request: StoreRequest): StoreSpec {
  const { choice, plan, name, place } = request
  const { settings } = choice
  checkName(request)
  if (isVersionedChoice(choice)) {
    const historyRetentionMs = durationMs(settings.historyRetention as Duration, `historyRetention of store '${name}'`)
    return spec(request, (base): VersionedStoreDefinition => ({
      ...base,
      kind: 'versioned',
      format: 'plain',
      caching: false,
      historyRetentionMs,
    }))
  }
  const { entriesMax } = settings
  const ttlMs = settings.ttl === undefined ? undefined : positiveDurationMs(settings.ttl, `ttl of store '${name}'`)
  if (entriesMax !== undefined && (!Number.isInteger(entriesMax) || entriesMax < 1)) {
    plan.problem(`entriesMax of store '${name}' is ${entriesMax}; it must be a whole number, 1 or more`, place)
  }
  return spec(request, (base): KeyValueStoreDefinition => ({
    ...base,
    kind: 'key-value',
    ...(entriesMax === undefined ? {} : keptBy(name, 'memory')),
    caching: base.caching && entriesMax === undefined,
    lruEntriesMax: entriesMax,
    ttlMs,
  }))
}

/** The store of a global table: never cached or logged; its topic is what it is restored from. */
export function globalTableStore(request: StoreRequest, topic: string): StoreSpec {
  const { plan, place, choice } = request
  const { ttl } = choice.settings
  checkName(request)
  if (isVersionedChoice(choice)) {
    plan.problem(`global table '${request.name}' has versions, which a global table cannot have: leave them out`, place)
  }
  return spec(
    request,
    (base): KeyValueStoreDefinition => ({
      ...base,
      kind: 'key-value',
      caching: false,
      logging: false,
      sourceTopic: topic,
      isGlobal: true,
      lruEntriesMax: undefined,
      ttlMs: ttl === undefined ? undefined : positiveDurationMs(ttl, `ttl of store '${request.name}'`),
    }),
    true,
  )
}

/** A store of windows with the size of the operator's windows. */
export function windowStore(
  request: StoreRequest,
  windows: Exclude<Windows, SessionWindows>,
  timeOrdered: boolean,
): StoreSpec {
  checkName(request)
  const windowSizeMs = windowLengthMs(windows)
  const retentionMs = retentionOf(request, windowRetentionMs(windows))
  return spec(request, (base): WindowStoreDefinition => ({
    ...base,
    kind: 'window',
    // Sliding windows close with each millisecond: where they are emitted then, a cache holds nothing back. Java does so too.
    caching: base.caching && !(timeOrdered && windows.kind === 'sliding'),
    windowSizeMs,
    retentionMs,
    retainDuplicates: false,
    timeOrdered,
  }))
}

/** How long windows must be kept at least. */
function windowRetentionMs(windows: Exclude<Windows, SessionWindows>): number {
  switch (windows.kind) {
    case 'time':
    case 'custom':
      return windows.sizeMs + windows.graceMs
    case 'sliding':
      return 2 * windows.timeDifferenceMs + windows.graceMs
    case 'unlimited':
      return Infinity
  }
}

/** A store of sessions. */
export function sessionStore(request: StoreRequest, windows: SessionWindows, timeOrdered: boolean): StoreSpec {
  checkName(request)
  const retentionMs = retentionOf(request, windows.inactivityGapMs + windows.graceMs)
  return spec(request, (base): SessionStoreDefinition => ({
    ...base,
    kind: 'session',
    format: base.format === 'headers' ? 'headers' : 'plain',
    caching: base.caching && !timeOrdered,
    retentionMs,
    timeOrdered,
    keepsUntilClosed: true,
  }))
}

function retentionOf({ choice, name, plan, place }: StoreRequest, atLeastMs: number): number {
  const { retention } = choice.settings
  if (retention === undefined) return atLeastMs
  const retentionMs = durationMs(retention, `retention of store '${name}'`)
  if (retentionMs >= atLeastMs) return retentionMs
  plan.problem(
    `retention ${formatDuration(retentionMs)} of store '${name}' is shorter than its windows and their grace need: ` +
      `make it at least ${formatDuration(atLeastMs)}`,
    place,
  )
  return atLeastMs
}

function checkName({ name, plan, place }: StoreRequest): void {
  const problem = storeNameProblem(name)
  if (problem !== undefined) plan.problem(problem, place)
}

/** The store that a processor names by its handle: as the handle says, unless an operator keeps it. */
export function handleStore(handle: AnyHandle, place: string | undefined): StoreSpec {
  const { name, definition } = handle
  return { name, handle, keeper: 'handle', isGlobal: false, place, define: () => definition }
}

/** A store that every instance holds whole, as its handle says. */
export function globalHandleStore(handle: AnyHandle, topic: string, place: string | undefined): StoreSpec {
  const definition = Object.freeze({
    ...handle.definition,
    isGlobal: true,
    logging: false,
    caching: false,
    sourceTopic: topic,
  })
  return { name: handle.name, handle, keeper: 'operator', isGlobal: true, place, define: () => definition }
}

/** Stores in memory keep headers only where they are asked for one by one: as in Java, whose stores in memory keep none. */
function defaultFormat({ options }: Plan, type: StoreType): StoreFormat {
  return type === 'memory' ? 'timestamped' : options.storeFormat
}

function spec(request: StoreRequest, define: (base: StoreBase) => StoreDefinition, isGlobal = false): StoreSpec {
  const { name, choice, place, operator, plan } = request
  const { settings } = choice
  const kept = keptBy(name, settings.type ?? plan.options.storeType)
  const format: StoreFormat = settings.format ?? defaultFormat(plan, kept.type)
  return {
    name,
    handle: choice.handle,
    keeper: 'operator',
    isGlobal,
    place,
    define(lowering: Lowering): StoreDefinition | undefined {
      const what = { operator, need: `store '${name}'`, place }
      const key = lowering.serde(request.key, 'key', what)
      const value = lowering.serde(request.value, 'value', what)
      if (key === undefined || value === undefined) return undefined
      return Object.freeze(
        define({
          name,
          key,
          value,
          ...kept,
          format,
          caching: settings.cache ?? true,
          logging: settings.changelog !== false,
          changelogConfig: changelogSettings(settings.changelog),
          sourceTopic: undefined,
          isGlobal: false,
        }),
      )
    },
  }
}
