// Who subscribed to which foreign key. Java: the subscription store of a foreign-key join.
// Rows and changelog keys (FORMAT): int32 length of the foreign key | foreign key | primary key -> int64 timestamp | subscription
import { afterPrefix } from '../base/index.ts'
import { RecordHeaders } from '../record/index.ts'
import type { StoredSubscription, Subscription, SubscriptionStore } from './buffers.ts'
import type { ByteView, StorePosition } from './byte-store.ts'
import { type LogChange, changeLogger, changelogTopic, isLogged } from './changelog.ts'
import type { SubscriptionStoreDefinition } from './definition.ts'
import { KeyCodec } from './key-codec.ts'
import { PendingBytes } from './pending-bytes.ts'
import type { ChangelogRecord, StateStore, StoreHost } from './state-store.ts'
import { ValueFormat } from './value-format.ts'

export class SubscriptionState<FK, PK> implements StateStore, SubscriptionStore<FK, PK> {
  readonly definition: SubscriptionStoreDefinition
  readonly #host: StoreHost
  readonly #log: LogChange
  readonly #isLogged: boolean
  readonly #foreignKeys: KeyCodec<FK>
  readonly #primaryKeys: KeyCodec<PK>
  readonly #format: ValueFormat<Subscription<PK>>
  readonly #bytes: PendingBytes

  constructor(definition: SubscriptionStoreDefinition, host: StoreHost) {
    this.definition = definition
    this.#host = host
    this.#log = changeLogger(definition, host)
    this.#isLogged = isLogged(definition)
    const topic = changelogTopic(definition, host.applicationId)
    this.#foreignKeys = new KeyCodec(definition.key, definition.name, topic)
    this.#primaryKeys = new KeyCodec(definition.primaryKey, definition.name, topic)
    this.#format = new ValueFormat(definition.value, 'timestamped', false, topic)
    this.#bytes = new PendingBytes(host.engine(definition).open(definition.name))
  }

  get face(): SubscriptionStore<FK, PK> {
    return this
  }

  get(foreignKey: FK, primaryKey: PK): StoredSubscription<PK> | undefined {
    const row = this.#rowKey(foreignKey, primaryKey)
    const view = this.#bytes.get(row, 0, row.length)
    return view === undefined ? undefined : this.#stored(view)
  }

  put(foreignKey: FK, subscription: Subscription<PK>): void {
    const { timestamp, headers } = this.#host.record
    const key = this.#writePrefix(foreignKey)
    this.#primaryKeys.append(subscription.primaryKey, key)
    const value = this.#format.encode(subscription, timestamp, headers)
    const row = this.#bytes.put(key.buffer, 0, key.position, value.buffer, 0, value.position)
    if (!this.#isLogged) return
    const valueStart = row.valueStart + this.#format.prefixLength(row.buffer, row.valueStart)
    const { definition } = this
    this.#host.logChange(definition, row.buffer, row.keyStart, row.keyEnd, valueStart, row.valueEnd, timestamp, headers)
  }

  delete(foreignKey: FK, primaryKey: PK): void {
    const { timestamp, headers } = this.#host.record
    const row = this.#rowKey(foreignKey, primaryKey)
    this.#bytes.set(row, null)
    this.#log(row, null, timestamp, headers)
  }

  *of(foreignKey: FK): IterableIterator<StoredSubscription<PK>> {
    const gte = this.#prefix(foreignKey)
    const cursor = this.#bytes.cursor({ gte, lt: afterPrefix(gte) })
    try {
      while (cursor.next()) yield this.#stored(cursor)
    } finally {
      cursor.close()
    }
  }

  // ---- the life of a store ----

  setFlushListener(): boolean {
    return false
  }

  flush(): void {}

  commit(position: StorePosition): void {
    this.#bytes.commit(position)
  }

  discard(): void {
    this.#bytes.discard()
  }

  get pendingBytes(): number {
    return this.#bytes.byteCount
  }

  position(): StorePosition | undefined {
    return this.#bytes.position()
  }

  restore(records: Iterable<ChangelogRecord>, position: StorePosition): void {
    const restored = ({ key, value, timestamp }: ChangelogRecord): readonly [Buffer, Buffer | null] => [
      key,
      value === null ? null : this.#format.fromChangelog(value, timestamp, RecordHeaders.empty),
    ]
    this.#bytes.restore(Array.from(records, restored), position)
  }

  backlog(): Promise<void> | undefined {
    return this.#bytes.backlog()
  }

  persist(): Promise<void> {
    return this.#bytes.flush()
  }

  close(): Promise<void> {
    return this.#bytes.close()
  }

  destroy(): Promise<void> {
    return this.#bytes.destroy()
  }

  #stored(view: ByteView): StoredSubscription<PK> {
    const { value, timestamp } = this.#format.stored(view)
    return { subscription: value, timestamp }
  }

  #prefix(foreignKey: FK): Buffer {
    return this.#writePrefix(foreignKey).toBuffer()
  }

  #rowKey(foreignKey: FK, primaryKey: PK): Buffer {
    const writer = this.#writePrefix(foreignKey)
    this.#primaryKeys.append(primaryKey, writer)
    return writer.toBuffer()
  }

  #writePrefix(foreignKey: FK): KeyCodec<FK>['writer'] {
    const { writer } = this.#foreignKeys
    writer.reset()
    writer.int32(0)
    this.#foreignKeys.append(foreignKey, writer)
    writer.buffer.writeInt32BE(writer.position - 4, 0)
    return writer
  }
}
