// Store definitions for unit tests: strings in, strings out, in memory, unless told otherwise.
import { type Serde, serdes } from '../../serde/index.ts'
import type {
  KeyValueStoreDefinition,
  OuterJoinStoreDefinition,
  SessionStoreDefinition,
  StoreBase,
  SubscriptionStoreDefinition,
  SuppressBufferDefinition,
  VersionedStoreDefinition,
  WindowStoreDefinition,
} from '../../state/index.ts'

type Extra<D> = Partial<D>

function base(name: string): StoreBase {
  return {
    name,
    key: serdes.string,
    value: serdes.string,
    type: 'memory',
    format: 'timestamped',
    caching: false,
    logging: true,
    changelogConfig: {},
    sourceTopic: undefined,
    isGlobal: false,
  }
}

export function keyValue(name: string, extra: Extra<KeyValueStoreDefinition> = {}): KeyValueStoreDefinition {
  return { ...base(name), kind: 'key-value', lruEntriesMax: undefined, ttlMs: undefined, ...extra }
}

export function versioned(name: string, historyRetentionMs: number): VersionedStoreDefinition {
  return { ...base(name), kind: 'versioned', historyRetentionMs }
}

export function window(name: string, extra: Extra<WindowStoreDefinition> = {}): WindowStoreDefinition {
  const windowSizeMs = extra.windowSizeMs ?? 10
  return {
    ...base(name),
    kind: 'window',
    windowSizeMs,
    retentionMs: windowSizeMs,
    retainDuplicates: false,
    timeOrdered: false,
    ...extra,
  }
}

export function session(name: string, extra: Extra<SessionStoreDefinition> = {}): SessionStoreDefinition {
  const defaults = { format: 'plain', retentionMs: 10, timeOrdered: false, keepsUntilClosed: true } as const
  return { ...base(name), kind: 'session', ...defaults, ...extra }
}

export function suppressBuffer(name: string, extra: Extra<SuppressBufferDefinition> = {}): SuppressBufferDefinition {
  return { ...base(name), kind: 'suppress-buffer', ...extra }
}

export function outerJoin(name: string): OuterJoinStoreDefinition {
  return { ...base(name), kind: 'outer-join', format: 'plain', otherValue: serdes.string }
}

export function subscriptions(name: string, value: Serde<any>): SubscriptionStoreDefinition {
  return { ...base(name), kind: 'fk-subscription', value, primaryKey: serdes.string }
}
