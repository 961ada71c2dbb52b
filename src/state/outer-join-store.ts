// What an outer or left stream-stream join has not joined yet.
// Rows and changelog (FORMAT): int64 timestamp | uint8 side (1 left, 0 right) | key -> list of (uint8 side | value), in the form of
// lists with lengths: 0x01 | int32 count | (int32 length | element) each.
import { readInt64 } from '../base/index.ts'
import { RecordHeaders } from '../record/index.ts'
import type { JoinSide, OuterJoinStore, Unjoined } from './buffers.ts'
import { type StorePosition, keyCopy, valueCopy } from './byte-store.ts'
import { type LogChange, changeLogger, changelogTopic } from './changelog.ts'
import type { OuterJoinStoreDefinition } from './definition.ts'
import { KeyCodec } from './key-codec.ts'
import { PendingBytes } from './pending-bytes.ts'
import type { ChangelogRecord, StateStore, StoreHost } from './state-store.ts'
import { ValueFormat } from './value-format.ts'

const LEFT = 1
const RIGHT = 0
const KEY_OFFSET = 9
const LIST_HEAD_BYTES = 5
const LIST_WITH_LENGTHS = 1

export class OuterJoinState<K, L, R> implements StateStore, OuterJoinStore<K, L, R> {
  readonly definition: OuterJoinStoreDefinition
  readonly #host: StoreHost
  readonly #log: LogChange
  readonly #keys: KeyCodec<K>
  readonly #left: ValueFormat<L>
  readonly #right: ValueFormat<R>
  readonly #bytes: PendingBytes

  constructor(definition: OuterJoinStoreDefinition, host: StoreHost) {
    this.definition = definition
    this.#host = host
    this.#log = changeLogger(definition, host)
    const topic = changelogTopic(definition, host.applicationId)
    this.#keys = new KeyCodec(definition.key, definition.name, topic)
    this.#left = new ValueFormat(definition.value, 'plain', false, topic)
    this.#right = new ValueFormat(definition.otherValue, 'plain', false, topic)
    this.#bytes = new PendingBytes(host.engine(definition).open(definition.name))
  }

  get face(): OuterJoinStore<K, L, R> {
    return this
  }

  addLeft(timestamp: number, key: K, value: L): void {
    this.#add(timestamp, LEFT, key, this.#left.encode(value, timestamp, RecordHeaders.empty).toBuffer())
  }

  addRight(timestamp: number, key: K, value: R): void {
    this.#add(timestamp, RIGHT, key, this.#right.encode(value, timestamp, RecordHeaders.empty).toBuffer())
  }

  remove(timestamp: number, side: JoinSide, key: K): void {
    const row = this.#rowKey(timestamp, side === 'left' ? LEFT : RIGHT, key)
    if (this.#bytes.get(row, 0, row.length) !== undefined) this.#put(row, null)
  }

  *entries(): IterableIterator<Unjoined<K, L | R>> {
    const cursor = this.#bytes.cursor({})
    try {
      while (cursor.next()) yield this.#entry(keyCopy(cursor), valueCopy(cursor))
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
    this.#bytes.restore(
      Array.from(records, ({ key, value }) => [key, value] as const),
      position,
    )
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

  #add(timestamp: number, side: number, key: K, value: Buffer): void {
    const row = this.#rowKey(timestamp, side, key)
    this.#put(row, appendToList(this.#bytes.copy(row), side, value))
  }

  #put(row: Buffer, list: Buffer | null): void {
    this.#bytes.set(row, list)
    this.#log(row, list, this.#host.record.timestamp, RecordHeaders.empty)
  }

  #rowKey(timestamp: number, side: number, key: K): Buffer {
    const { writer } = this.#keys
    writer.reset()
    writer.int64(timestamp)
    writer.uint8(side)
    this.#keys.append(key, writer)
    return writer.toBuffer()
  }

  #entry(row: Buffer, list: Buffer): Unjoined<K, L | R> {
    const isLeft = row[8] === LEFT
    const values: (L | R)[] = []
    for (const element of elementsOf(list))
      values.push((isLeft ? this.#left : this.#right).decode(element, 0, element.length))
    return {
      timestamp: readInt64(row, 0),
      side: isLeft ? 'left' : 'right',
      key: this.#keys.decode(row, KEY_OFFSET, row.length),
      values,
    }
  }
}

/** The list with one element more. */
export function appendToList(list: Buffer | undefined, side: number, value: Buffer): Buffer {
  const present = list ?? Buffer.of(LIST_WITH_LENGTHS, 0, 0, 0, 0)
  const grown = Buffer.allocUnsafe(present.length + LIST_HEAD_BYTES + value.length)
  present.copy(grown)
  grown.writeInt32BE(present.readInt32BE(1) + 1, 1)
  const at = grown.writeInt32BE(value.length + 1, present.length)
  grown[at] = side
  value.copy(grown, at + 1)
  return grown
}

function* elementsOf(list: Buffer): IterableIterator<Buffer> {
  for (let at = LIST_HEAD_BYTES; at < list.length;) {
    const end = at + 4 + list.readInt32BE(at)
    // After length and side.
    yield list.subarray(at + 5, end)
    at = end
  }
}
