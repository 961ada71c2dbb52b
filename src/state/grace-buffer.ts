// The buffer of a stream-table join with a grace period. Each change is logged at once, and a tombstone when it is released.
// Rows and changelog keys (FORMAT): 0x00 | int64 timestamp | key | int32 seq -> value (buffer-value.ts, without prior and old);
// seq counts the puts from 1.
import { ByteWriter, must, readInt64 } from '../base/index.ts'
import { RecordHeaders } from '../record/index.ts'
import { decodeBufferValue, encodeBufferValue } from './buffer-value.ts'
import type { Buffered, GraceBuffer } from './buffers.ts'
import type { ByteChange, StorePosition } from './byte-store.ts'
import { type LogChange, changeLogger, changelogTopic } from './changelog.ts'
import type { GraceBufferDefinition } from './definition.ts'
import { KeyCodec } from './key-codec.ts'
import { PendingBytes } from './pending-bytes.ts'
import type { ChangelogRecord, StateStore, StoreHost } from './state-store.ts'
import { TimeQueue } from './time-queue.ts'
import { ValueFormat } from './value-format.ts'

const PREFIX = 0x00
const KEY_OFFSET = 9
const SEQUENCE_BYTES = 4
const SEQUENCE_MASK = 0x7fff_ffff

export class GraceBufferState<K, V> implements StateStore, GraceBuffer<K, V> {
  readonly definition: GraceBufferDefinition
  readonly #host: StoreHost
  readonly #log: LogChange
  readonly #keys: KeyCodec<K>
  readonly #values: ValueFormat<V>
  readonly #bytes: PendingBytes
  readonly #queue: TimeQueue
  readonly #writer = new ByteWriter(512)
  #observedTimeMs: number
  #sequence = 0

  constructor(definition: GraceBufferDefinition, host: StoreHost) {
    this.definition = definition
    this.#host = host
    this.#log = changeLogger(definition, host)
    const topic = changelogTopic(definition, host.applicationId)
    this.#keys = new KeyCodec(definition.key, definition.name, topic)
    this.#values = new ValueFormat(definition.value, 'plain', false, topic)
    this.#bytes = new PendingBytes(host.engine(definition).open(definition.name))
    this.#queue = new TimeQueue(this.#bytes, Buffer.of(PREFIX), Buffer.of(PREFIX + 1))
    this.#observedTimeMs = this.#bytes.position()?.streamTimeMs ?? -1
    this.#sequence = this.#highestSequence()
  }

  get face(): GraceBuffer<K, V> {
    return this
  }

  get observedTimeMs(): number {
    return this.#observedTimeMs
  }

  put(key: K, value: V): boolean {
    const { topic, partition, offset, timestamp, headers } = this.#host.record
    this.#observedTimeMs = Math.max(this.#observedTimeMs, timestamp)
    if (timestamp < this.#observedTimeMs - this.definition.graceMs) return false
    this.#sequence = (this.#sequence + 1) & SEQUENCE_MASK
    const row = this.#rowKey(key, timestamp)
    const bytes = encodeBufferValue(
      {
        context: { topic, partition, offset, timestamp, headers },
        prior: null,
        oldValue: null,
        newValue: this.#values.encode(value, timestamp, headers).toBuffer(),
        bufferTimeMs: 0,
      },
      this.#writer,
    )
    this.#queue.put(row, bytes)
    this.#log(row, bytes, timestamp, RecordHeaders.empty)
    return true
  }

  takeDue(): Buffered<K, V> | undefined {
    const first = this.#queue.first()
    if (first === undefined || readInt64(first.key, 1) > this.#observedTimeMs - this.definition.graceMs)
      return undefined
    this.#queue.remove(first.key)
    this.#log(first.key, null, this.#host.record.timestamp, RecordHeaders.empty)
    const { context, newValue } = decodeBufferValue(first.value)
    const bytes = must(newValue, 'value of a record that was held back')
    return {
      key: this.#keys.decode(first.key, KEY_OFFSET, first.key.length - SEQUENCE_BYTES),
      value: this.#values.decode(bytes, 0, bytes.length),
      record: context,
    }
  }

  // ---- the life of a store ----

  setFlushListener(): boolean {
    return false
  }

  flush(): void {}

  commit(position: StorePosition): void {
    this.#bytes.commit({ changelogs: position.changelogs, streamTimeMs: this.#observedTimeMs })
  }

  discard(): void {
    this.#bytes.discard()
    this.#queue.reset()
    this.#observedTimeMs = this.#bytes.position()?.streamTimeMs ?? -1
  }

  get pendingBytes(): number {
    return this.#bytes.byteCount
  }

  position(): StorePosition | undefined {
    return this.#bytes.position()
  }

  restore(records: Iterable<ChangelogRecord>, position: StorePosition): void {
    const changes: ByteChange[] = []
    for (const { key, value } of records) {
      changes.push([key, value])
      this.#sequence = Math.max(this.#sequence, key.readInt32BE(key.length - SEQUENCE_BYTES))
      this.#observedTimeMs = Math.max(this.#observedTimeMs, readInt64(key, 1))
    }
    this.#bytes.restore(changes, { changelogs: position.changelogs, streamTimeMs: this.#observedTimeMs })
    this.#queue.reset()
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

  /** Of what the bytes hold from before: a number that is given again would take the place of a row. */
  #highestSequence(): number {
    let highest = 0
    const cursor = this.#bytes.cursor({})
    while (cursor.next()) highest = Math.max(highest, cursor.buffer.readInt32BE(cursor.keyEnd - SEQUENCE_BYTES))
    return highest
  }

  #rowKey(key: K, timestamp: number): Buffer {
    const { writer } = this.#keys
    writer.reset()
    writer.uint8(PREFIX)
    writer.int64(timestamp)
    this.#keys.append(key, writer)
    writer.int32(this.#sequence)
    return writer.toBuffer()
  }
}
