// A host for tests of stores: a record context that the test sets, and a changelog that it can read.
import { RecordHeaders, type RecordContext } from '../record/index.ts'
import type { ByteStoreEngine, StorePosition } from './byte-store.ts'
import type { KeyValueStoreDefinition, StoreDefinition } from './definition.ts'
import { MemoryEngine } from './memory-engine.ts'
import type { ChangelogRecord, StoreHost } from './state-store.ts'
import type { Serde } from '../serde/index.ts'

export const NO_POSITION: StorePosition = { changelogs: new Map(), streamTimeMs: -1 }

export class TestHost implements StoreHost {
  readonly applicationId = 'app'
  readonly changelog: ChangelogRecord[] = []
  readonly drops: string[] = []
  cacheBytes = 0
  byteEngine: ByteStoreEngine = new MemoryEngine()
  record: RecordContext = { topic: 'in', partition: 0, offset: 0, timestamp: 0, headers: RecordHeaders.empty }

  /** The record that is being processed. */
  at(timestamp: number, headers: RecordHeaders = RecordHeaders.empty): this {
    this.setRecordContext('in', 0, this.record.offset + 1, timestamp, headers)
    return this
  }

  setRecordContext(
    topic: string | null,
    partition: number,
    offset: number,
    timestamp: number,
    headers: RecordHeaders,
  ): void {
    this.record = { topic, partition, offset, timestamp, headers }
  }

  logChange(
    _: StoreDefinition,
    buffer: Buffer,
    keyStart: number,
    keyEnd: number,
    valueStart: number,
    valueEnd: number,
    timestamp: number,
    headers: RecordHeaders,
  ): void {
    const copy = (start: number, end: number): Buffer => Buffer.from(buffer.subarray(start, end))
    const value = valueEnd === -1 ? null : copy(valueStart, valueEnd)
    this.changelog.push({ key: copy(keyStart, keyEnd), value, timestamp, headers })
  }

  engine(): ByteStoreEngine {
    return this.byteEngine
  }

  cacheBytesMax(): number {
    return this.cacheBytes
  }

  dropped(reason: string): void {
    this.drops.push(reason)
  }
}

/** A definition with what tests seldom care about. */
export function keyValueDefinition<K, V>(
  key: Serde<K>,
  value: Serde<V>,
  more: Partial<KeyValueStoreDefinition> = {},
): KeyValueStoreDefinition {
  return {
    kind: 'key-value',
    name: 'store',
    key,
    value,
    type: 'memory',
    format: 'timestamped',
    caching: false,
    logging: true,
    changelogConfig: {},
    sourceTopic: undefined,
    isGlobal: false,
    lruEntriesMax: undefined,
    ttlMs: undefined,
    ...more,
  }
}
