// The one shape of all records and changes that operators make: the same fields in the same order, so that every call site
// downstream sees one hidden class.
import type { Change, RecordHeaders, StreamRecord } from '../record/index.ts'

export function makeRecord<K, V>(key: K, value: V, timestamp: number, headers: RecordHeaders): StreamRecord<K, V> {
  return { key, value, timestamp, headers }
}

export function withValue<K, V>(record: StreamRecord<K>, value: V): StreamRecord<K, V> {
  return { key: record.key, value, timestamp: record.timestamp, headers: record.headers }
}

export function withKey<K, V>(record: StreamRecord<unknown, V>, key: K): StreamRecord<K, V> {
  return { key, value: record.value, timestamp: record.timestamp, headers: record.headers }
}

export function makeChange<V>(newValue: V | null, oldValue: V | null, isLatest: boolean): Change<V> {
  return { newValue, oldValue, isLatest }
}
