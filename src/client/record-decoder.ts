// Bytes of fetched batches as typed records. A null where the serde has none is an error that says so.
import { TidemillError } from '../base/index.ts'
import { type RecordBatch, type RecordCursor, recordCursor } from '../protocol/index.ts'
import type { TopicPartition } from '../record/index.ts'
import { type Decoder, acceptsNull, rangeReader } from '../serde/index.ts'
import type { FetchedPartition } from './contract.ts'
import type { ClientRecord } from './kafka.ts'

export interface DecodedTopic<out K = unknown, out V = unknown> {
  readonly key: Decoder<K>
  readonly value: Decoder<V>
}

/** The records of what was fetched of a partition, one by one. */
export function* decodeFetched<K, V>(
  fetched: FetchedPartition,
  decoders: DecodedTopic<K, V>,
): Generator<ClientRecord<K, V>> {
  const { tp, batches, fromOffset } = fetched
  for (const batch of batches) yield* decodeBatch(tp, batch, fromOffset, decoders)
}

/** The records of a batch at or after the offset, one by one. */
function* decodeBatch<K, V>(
  tp: TopicPartition,
  batch: RecordBatch,
  fromOffset: number,
  { key, value }: DecodedTopic<K, V>,
): Generator<ClientRecord<K, V>> {
  const cursor = recordCursor(batch)
  while (cursor.next()) {
    if (cursor.offset < fromOffset) continue
    const { offset, timestamp } = cursor
    const headers = cursor.headers()
    yield {
      key: decode(tp, cursor, true, key),
      value: decode(tp, cursor, false, value),
      timestamp,
      headers,
      topic: tp.topic,
      partition: tp.partition,
      offset,
    }
  }
}

function decode<T>(tp: TopicPartition, cursor: RecordCursor, isKey: boolean, decoder: Decoder<T>): T {
  const start = isKey ? cursor.keyStart : cursor.valueStart
  const length = isKey ? cursor.keyLength : cursor.valueLength
  const what = `the ${isKey ? 'key' : 'value'} of ${tp.topic}-${tp.partition} at offset ${cursor.offset}`
  if (length < 0) {
    // Null is a value of such a serde.
    if (acceptsNull(decoder)) return null as T
    const advice = 'read the topic with serdes.nullable(...) where null may come'
    throw new TidemillError('deserialization-failed', `${what} is null, which its serde does not take: ${advice}`)
  }
  const context = { topic: tp.topic, headers: cursor.headers(), isKey }
  try {
    return rangeReader(decoder)(cursor.buffer, start, start + length, context)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new TidemillError('deserialization-failed', `${what} cannot be read (${length} bytes): ${reason}`, { cause })
  }
}
