// The buffer of a stream-table join with a grace period. Each change is logged at once, and a tombstone when it is released.
// Rows and changelog keys (FORMAT): 0x00 | int64 timestamp | key | int32 seq -> value (buffer-value.ts, without prior and old);
// seq counts the puts from 1.
import { ByteWriter, must, readInt64 } from '../base/index.ts'
import { RecordHeaders } from '../record/index.ts'
import { isPrimitiveSerde } from '../serde/index.ts'
import { decodeBufferValue, writeGraceValue } from './buffer-value.ts'
import type { Buffered, GraceBuffer } from './buffers.ts'
import { type ByteChange, type StorePosition, keyCopy, valueCopy } from './byte-store.ts'
import { changelogTopic, isLogged } from './changelog.ts'
import type { GraceBufferDefinition } from './definition.ts'
import { type HeldRow, HeldRows } from './held-rows.ts'
import { KeyCodec } from './key-codec.ts'
import { PendingBytes } from './pending-bytes.ts'
import type { ChangelogRecord, StateStore, StoreHost } from './state-store.ts'
import { ValueFormat } from './value-format.ts'

const PREFIX = 0x00
const BEGIN = Buffer.of(PREFIX)
const END = Buffer.of(PREFIX + 1)
const KEY_OFFSET = 9
const SEQUENCE_BYTES = 4
const SEQUENCE_MASK = 0x7fff_ffff

/** It has the record itself, or its bytes. */
interface GraceRow<K, V> extends HeldRow {
  readonly buffered: Buffered<K, V> | undefined
  readonly bytes: Buffer | undefined
}

export class GraceBufferState<K, V> implements StateStore, GraceBuffer<K, V> {
  readonly definition: GraceBufferDefinition
  readonly #host: StoreHost
  readonly #isLogged: boolean
  readonly #keys: KeyCodec<K>
  readonly #values: ValueFormat<V>
  readonly #bytes: PendingBytes
  readonly #held = new HeldRows<GraceRow<K, V>>(BEGIN)
  readonly #keepsValues: boolean
  readonly #writer = new ByteWriter(512)
  #observedTimeMs: number
  #sequence = 0

  constructor(definition: GraceBufferDefinition, host: StoreHost) {
    this.definition = definition
    this.#host = host
    this.#isLogged = isLogged(definition)
    const topic = changelogTopic(definition, host.applicationId)
    this.#keys = new KeyCodec(definition.key, definition.name, topic)
    this.#values = new ValueFormat(definition.value, 'plain', false, topic)
    this.#bytes = new PendingBytes(host.engine(definition).open(definition.name))
    this.#keepsValues = isPrimitiveSerde(definition.key) && isPrimitiveSerde(definition.value)
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
    const { record } = this.#host
    const { timestamp } = record
    this.#observedTimeMs = Math.max(this.#observedTimeMs, timestamp)
    if (timestamp < this.#observedTimeMs - this.definition.graceMs) return false
    this.#sequence = (this.#sequence + 1) & SEQUENCE_MASK
    const writer = this.#writer
    writer.reset()
    writer.uint8(PREFIX)
    writer.int64(timestamp)
    this.#keys.append(key, writer)
    writer.int32(this.#sequence)
    const keyEnd = writer.position
    const { buffer, position } = this.#values.encode(value, timestamp, record.headers)
    writeGraceValue(writer, record, buffer, position)
    const row = this.#bytes.append(writer.buffer, 0, keyEnd, writer.buffer, keyEnd, writer.position)
    this.#log(row.buffer, row.keyStart, row.keyEnd, row.valueStart, row.valueEnd, timestamp)
    this.#held.put(this.#heldRow(key, value, timestamp, keyEnd))
    return true
  }

  takeDue(): Buffered<K, V> | undefined {
    const first = this.#first()
    if (first === undefined || first.timestamp > this.#observedTimeMs - this.definition.graceMs) return undefined
    const { key, buffered, bytes } = first
    const due = buffered ?? this.#decoded(key, must(bytes, 'value of a record that was held back'))
    this.#held.takeFirst()
    this.#bytes.delete(key, 0, key.length)
    this.#log(key, 0, key.length, 0, -1, this.#host.record.timestamp)
    return due
  }

  /** The row that was just written. What may be changed in place by who has it is kept as bytes. */
  #heldRow(key: K, value: V, timestamp: number, keyEnd: number): GraceRow<K, V> {
    const writer = this.#writer
    const rowKey = writer.slice(0, keyEnd)
    const byteCount = writer.position - keyEnd
    if (!this.#keepsValues)
      return { timestamp, key: rowKey, byteCount, buffered: undefined, bytes: writer.slice(keyEnd, writer.position) }
    const { topic, partition, offset, headers } = this.#host.record
    const record = { topic, partition, offset, timestamp, headers }
    return { timestamp, key: rowKey, byteCount, buffered: { key, value, record }, bytes: undefined }
  }

  #first(): GraceRow<K, V> | undefined {
    const first = this.#held.first()
    if (first !== undefined || this.#held.horizon === undefined) return first
    this.#hold(this.#held.horizon)
    return this.#held.first()
  }

  /** The rows from there on, as many as are held. */
  #hold(from: Buffer): void {
    const held = this.#held
    held.beginAt(undefined)
    const cursor = this.#bytes.cursor({ gte: from, lt: END })
    while (cursor.next()) {
      const key = keyCopy(cursor)
      const bytes = valueCopy(cursor)
      held.put({ timestamp: readInt64(key, 1), key, byteCount: bytes.length, buffered: undefined, bytes })
      if (held.horizon !== undefined) break
    }
    cursor.close()
  }

  #decoded(row: Buffer, value: Buffer): Buffered<K, V> {
    const { context, newValue } = decodeBufferValue(value)
    const bytes = must(newValue, 'value of a record that was held back')
    return {
      key: this.#keys.decode(row, KEY_OFFSET, row.length - SEQUENCE_BYTES),
      value: this.#values.decode(bytes, 0, bytes.length),
      record: context,
    }
  }

  #log(
    buffer: Buffer,
    keyStart: number,
    keyEnd: number,
    valueStart: number,
    valueEnd: number,
    timestamp: number,
  ): void {
    if (!this.#isLogged) return
    const { definition } = this
    this.#host.logChange(definition, buffer, keyStart, keyEnd, valueStart, valueEnd, timestamp, RecordHeaders.empty)
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
    this.#held.beginAt(BEGIN)
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
    this.#held.beginAt(BEGIN)
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
}
