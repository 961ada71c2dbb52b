// The buffer of suppress(): in memory, restored from its changelog. Only keys that changed since the last flush are logged, a
// tombstone also for one that came and went in between.
//
// Rows (FORMAT): 0x00 | int64 buffer time | key -> value (buffer-value.ts);  0x01 | key -> int64 buffer time
// Invariant: count and bytes are those of the rows; a key has one row of each kind.
import { ByteWriter, readInt64, writeInt64 } from '../base/index.ts'
import { type Change, RecordHeaders } from '../record/index.ts'
import { type BufferValue, bufferedByteCount, decodeBufferValue, encodeBufferValue } from './buffer-value.ts'
import type { Buffered, SuppressBuffer } from './buffers.ts'
import { type StorePosition, valueCopy } from './byte-store.ts'
import { type LogChange, changeLogger, changelogTopic } from './changelog.ts'
import type { SuppressBufferDefinition } from './definition.ts'
import { KeyCodec } from './key-codec.ts'
import { MemoryEngine } from './memory-engine.ts'
import { PendingBytes } from './pending-bytes.ts'
import type { ChangelogRecord, StateStore, StoreHost } from './state-store.ts'
import { TimeQueue } from './time-queue.ts'
import { ValueFormat } from './value-format.ts'

const QUEUE_PREFIX = 0x00
const INDEX_PREFIX = 0x01
const KEY_OFFSET = 9
/** No timestamp: Java sets none, and the client fills in the time of sending. */
const NO_TIMESTAMP = -1
const VERSION_HEADERS: RecordHeaders = RecordHeaders.from({ v: Buffer.of(3) })

export class SuppressBufferState<K, V> implements StateStore, SuppressBuffer<K, V> {
  readonly definition: SuppressBufferDefinition
  readonly #host: StoreHost
  readonly #log: LogChange
  readonly #keys: KeyCodec<K>
  readonly #values: ValueFormat<V>
  readonly #bytes: PendingBytes
  readonly #queue: TimeQueue
  readonly #writer = new ByteWriter(512)
  /** Keys to be logged, by their bytes as text, in the order of their first change. */
  readonly #dirty = new Map<string, Buffer>()
  #recordCount = 0
  #byteCount = 0

  constructor(definition: SuppressBufferDefinition, host: StoreHost) {
    this.definition = definition
    this.#host = host
    this.#log = changeLogger(definition, host)
    const topic = changelogTopic(definition, host.applicationId)
    this.#keys = new KeyCodec(definition.key, definition.name, topic)
    this.#values = new ValueFormat(definition.value, 'plain', false, topic)
    this.#bytes = new PendingBytes(new MemoryEngine().open(definition.name))
    this.#queue = new TimeQueue(this.#bytes, Buffer.of(QUEUE_PREFIX), Buffer.of(INDEX_PREFIX))
  }

  get face(): SuppressBuffer<K, V> {
    return this
  }

  // ---- the face ----

  get recordCount(): number {
    return this.#recordCount
  }

  get byteCount(): number {
    return this.#byteCount
  }

  get minTimeMs(): number {
    const first = this.#recordCount === 0 ? undefined : this.#queue.first()
    return first === undefined ? Infinity : readInt64(first.key, 1)
  }

  put(key: K, change: Change<V>, bufferTimeMs: number): void {
    const keyBytes = this.#keys.encode(key).toBuffer()
    const { topic, partition, offset, timestamp, headers } = this.#host.record
    const oldValue = this.#encode(change.oldValue)
    const row = this.#find(keyBytes)
    const present = row === undefined ? undefined : decodeBufferValue(row.value)
    const value: BufferValue = {
      context: { topic, partition, offset, timestamp, headers },
      prior: present === undefined ? oldValue : present.prior,
      oldValue,
      newValue: this.#encode(change.newValue),
      bufferTimeMs: present === undefined ? bufferTimeMs : present.bufferTimeMs,
    }
    this.#insert(keyBytes, value, present)
    this.#dirty.set(keyBytes.toString('latin1'), keyBytes)
  }

  takeFirst(): Buffered<K, Change<V>> | undefined {
    const first = this.#recordCount === 0 ? undefined : this.#queue.first()
    if (first === undefined) return undefined
    const value = decodeBufferValue(first.value)
    const keyBytes = first.key.subarray(KEY_OFFSET)
    this.#remove(keyBytes, value)
    this.#dirty.set(keyBytes.toString('latin1'), keyBytes)
    return {
      key: this.#keys.decode(keyBytes, 0, keyBytes.length),
      value: { newValue: this.#decode(value.newValue), oldValue: this.#decode(value.oldValue), isLatest: true },
      record: value.context,
    }
  }

  priorValue(key: K): V | null | undefined {
    const row = this.#find(this.#keys.encode(key).toBuffer())
    return row === undefined ? undefined : this.#decode(decodeBufferValue(row.value).prior)
  }

  // ---- the life of a store ----

  setFlushListener(): boolean {
    return false
  }

  flush(): void {
    for (const keyBytes of this.#dirty.values()) {
      const row = this.#find(keyBytes)
      if (row === undefined) this.#log(keyBytes, null, NO_TIMESTAMP, RecordHeaders.empty)
      else this.#log(keyBytes, row.value, NO_TIMESTAMP, VERSION_HEADERS)
    }
    this.#dirty.clear()
  }

  commit(position: StorePosition): void {
    this.#bytes.commit(position)
  }

  discard(): void {
    this.#dirty.clear()
    this.#bytes.discard()
    this.#recount()
  }

  get pendingBytes(): number {
    return this.#bytes.byteCount
  }

  position(): StorePosition | undefined {
    return this.#bytes.position()
  }

  restore(records: Iterable<ChangelogRecord>, position: StorePosition): void {
    for (const { key, value } of records) {
      const row = this.#find(key)
      const present = row === undefined ? undefined : decodeBufferValue(row.value)
      if (value !== null) this.#replace(key, decodeBufferValue(value), present)
      else if (present !== undefined) this.#remove(key, present)
    }
    this.#bytes.commit(position)
    this.#recount()
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

  // ---- rows ----

  /** A changelog record may give a key another buffer time. */
  #replace(keyBytes: Buffer, value: BufferValue, present: BufferValue | undefined): void {
    if (present !== undefined) this.#remove(keyBytes, present)
    this.#insert(keyBytes, value, undefined)
  }

  #insert(keyBytes: Buffer, value: BufferValue, present: BufferValue | undefined): void {
    this.#queue.put(queueKey(value.bufferTimeMs, keyBytes), encodeBufferValue(value, this.#writer))
    this.#byteCount += bufferedByteCount(keyBytes.length, value)
    if (present !== undefined) {
      this.#byteCount -= bufferedByteCount(keyBytes.length, present)
      return
    }
    this.#recordCount++
    const index = indexKey(keyBytes)
    this.#bytes.set(index, timeBytes(value.bufferTimeMs))
  }

  #remove(keyBytes: Buffer, value: BufferValue): void {
    this.#queue.remove(queueKey(value.bufferTimeMs, keyBytes))
    const index = indexKey(keyBytes)
    this.#bytes.set(index, null)
    this.#recordCount--
    this.#byteCount -= bufferedByteCount(keyBytes.length, value)
  }

  #find(keyBytes: Buffer): { readonly value: Buffer } | undefined {
    const time = this.#bytes.copy(indexKey(keyBytes))
    if (time === undefined) return undefined
    const value = this.#bytes.copy(queueKey(readInt64(time, 0), keyBytes))
    return value === undefined ? undefined : { value }
  }

  #recount(): void {
    this.#queue.reset()
    this.#recordCount = this.#byteCount = 0
    const cursor = this.#queue.cursor()
    while (cursor.next()) {
      this.#recordCount++
      const keyLength = cursor.keyEnd - cursor.keyStart - KEY_OFFSET
      this.#byteCount += bufferedByteCount(keyLength, decodeBufferValue(valueCopy(cursor)))
    }
  }

  #encode(value: V | null): Buffer | null {
    return value === null ? null : this.#values.encode(value, NO_TIMESTAMP, RecordHeaders.empty).toBuffer()
  }

  #decode(bytes: Buffer | null): V | null {
    return bytes === null ? null : this.#values.decode(bytes, 0, bytes.length)
  }
}

function timeBytes(time: number): Buffer {
  const bytes = Buffer.allocUnsafe(8)
  writeInt64(bytes, time, 0)
  return bytes
}

function queueKey(time: number, keyBytes: Buffer): Buffer {
  return Buffer.concat([Buffer.of(QUEUE_PREFIX), timeBytes(time), keyBytes])
}

function indexKey(keyBytes: Buffer): Buffer {
  return Buffer.concat([Buffer.of(INDEX_PREFIX), keyBytes])
}
