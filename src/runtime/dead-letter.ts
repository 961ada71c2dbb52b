// A dead letter (KIP-1034): the bytes of the record that could not be dealt with, its headers, and behind them why and where.
import { type RecordContext, RecordHeaders } from '../record/index.ts'
import { type DeadLetter, type ErrorContext, messageOf } from './error-handling.ts'
import type { RecordCollector } from './record-collector.ts'

/** Writes the dead letter that Kafka Streams would write. */
export function writeDeadLetter(
  collector: RecordCollector,
  topic: string,
  error: unknown,
  { record, source }: ErrorContext,
): void {
  const headers = RecordHeaders.from([...record.headers, ...reasonHeaders(error, record)])
  const timestamp = Math.max(0, record.timestamp)
  collector.topic(topic).send(-1, source?.key ?? null, source?.value ?? null, timestamp, headers)
}

/** Writes dead letters that a handler made itself. */
export function writeOwnLetters(
  collector: RecordCollector,
  letters: readonly DeadLetter[],
  { record }: ErrorContext,
): void {
  for (const { topic, key, value, timestamp = record.timestamp, headers = record.headers } of letters)
    collector.topic(topic).send(-1, key, value, Math.max(0, timestamp), headers)
}

function reasonHeaders(error: unknown, record: RecordContext): [string, string | null][] {
  const isError = error instanceof Error
  return [
    ['__streams.errors.exception', isError ? error.name : typeof error],
    ['__streams.errors.message', messageOf(error)],
    ['__streams.errors.stacktrace', isError ? (error.stack ?? '') : ''],
    ['__streams.errors.topic', record.topic],
    ['__streams.errors.partition', String(record.partition)],
    ['__streams.errors.offset', String(record.offset)],
  ]
}
