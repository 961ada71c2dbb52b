// The internal topic in which a coordinator keeps its records: one partition, made when something is first written. State changes are
// decided, appended here, then applied; an answer that promises something waits until the append is durable.
import { RecordBatchBuilder, readBatchHeader, recordCursor } from '../../protocol/index.ts'
import { must } from '../../base/index.ts'
import type { BrokerCore } from '../core.ts'
import { batch } from '../log/batch-fields.ts'
import type { DurableCallback, PartitionLog } from '../log/partition-log.ts'
import { internalTopic } from '../topic-creation.ts'

export interface CoordinatorRecord {
  readonly key: Buffer
  /** null: a tombstone. */
  readonly value: Buffer | null
}

/** Whose transaction the records belong to. */
export interface RecordProducer {
  readonly producerId: number
  readonly producerEpoch: number
}

/** A record as it is replayed: data, or the end of a producer's transaction. */
export type ReplayedRecord =
  | {
      readonly kind: 'data'
      readonly key: Buffer
      readonly value: Buffer | null
      readonly producerId: number | undefined
    }
  | { readonly kind: 'commit' | 'abort'; readonly producerId: number }

const READ_BYTES = 1024 * 1024

export class CoordinatorLog {
  readonly #core: BrokerCore
  readonly topic: string

  constructor(core: BrokerCore, topic: string) {
    this.#core = core
    this.topic = topic
  }

  /** The log; undefined until something was written. */
  get existing(): PartitionLog | undefined {
    return this.#core.catalog.topics.get(this.topic)?.logs[0]
  }

  /** The log, made where it is missing. Throws disk-full or disk-failed. */
  get log(): PartitionLog {
    return must(internalTopic(this.#core, this.topic).logs[0], this.topic)
  }

  /** Appends the records as one batch. Throws disk-full or disk-failed with nothing changed. */
  append(records: readonly CoordinatorRecord[], producer?: RecordProducer): void {
    const now = this.#core.clock.now()
    const builder = new RecordBatchBuilder()
    for (const { key, value } of records) builder.appendRecord(now, key, value)
    const owner = producer === undefined ? {} : { ...producer, isTransactional: true }
    this.log.append(builder.build(owner), now)
  }

  whenDurable(callback: DurableCallback): void {
    const log = this.existing
    if (log === undefined) callback(true)
    else log.whenDurable(callback)
  }

  /** Gives every record from the start of the log, in order. */
  replay(visit: (record: ReplayedRecord) => void): void {
    const log = this.existing
    if (log === undefined) return
    let offset = log.logStartOffset
    while (offset < log.logEndOffset) {
      const parts = log.read(offset, log.logEndOffset, READ_BYTES)
      if (parts.length === 0) return
      for (const part of parts) {
        for (let at = 0; at < part.length; at += batch.size(part, at)) {
          replayBatch(part, at, visit)
          offset = batch.lastOffset(part, at) + 1
        }
      }
    }
  }
}

function replayBatch(buffer: Buffer, at: number, visit: (record: ReplayedRecord) => void): void {
  const header = readBatchHeader(buffer, at)
  const cursor = recordCursor(header)
  const producerId = header.isTransactional ? header.producerId : undefined
  while (cursor.next()) {
    const { buffer: bytes, keyStart, keyLength, valueStart, valueLength } = cursor
    const key = bytes.subarray(keyStart, keyStart + Math.max(0, keyLength))
    if (header.isControl) {
      visit({ kind: key.readInt16BE(2) === 1 ? 'commit' : 'abort', producerId: header.producerId })
    } else {
      const value = valueLength < 0 ? null : bytes.subarray(valueStart, valueStart + valueLength)
      visit({ kind: 'data', key, value, producerId })
    }
  }
}
