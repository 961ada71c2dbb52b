// Where a record's event time comes from. Java: FailOnInvalidTimestamp, LogAndSkipOnInvalidTimestamp,
// UsePartitionTimeOnInvalidTimestamp, WallclockTimestampExtractor.
import { TidemillError } from '../base/index.ts'
import type { ExtractableRecord, TimestampExtractor } from '../topology/index.ts'
import { messageOf } from './error-handling.ts'
import type { RecordQueue } from './record-queue.ts'

/** Gives the event time of the queue's head; a negative one drops the record. */
export type ExtractTimestamp = (head: RecordQueue, recordTimestamp: number) => number

export function timestampExtractor(extractor: TimestampExtractor, now: () => number): ExtractTimestamp {
  if (typeof extractor === 'function') return (head, timestamp) => extract(extractor, head, timestamp)
  switch (extractor) {
    case 'fail-on-invalid':
      return (head, timestamp) => {
        if (timestamp < 0) throw invalidTimestamp(head, timestamp)
        return timestamp
      }
    case 'skip-invalid':
      return (_head, timestamp) => timestamp
    case 'partition-time-on-invalid':
      return (head, timestamp) => {
        if (timestamp >= 0) return timestamp
        if (head.partitionTime < 0) throw invalidTimestamp(head, timestamp)
        return head.partitionTime
      }
    case 'wall-clock':
      return () => now()
  }
}

type ExtractFunction = Exclude<TimestampExtractor, string>

function extract(extractor: ExtractFunction, head: RecordQueue, recordTimestamp: number): number {
  let timestamp: unknown
  try {
    timestamp = extractor(view(head, recordTimestamp), head.partitionTime)
  } catch (error) {
    throw new TidemillError(
      'invalid-timestamp',
      `the timestamp function threw for ${place(head)}: ${messageOf(error)}`,
      {
        cause: error,
      },
    )
  }
  if (typeof timestamp === 'number' && Number.isFinite(timestamp)) return Math.trunc(timestamp)
  throw new TidemillError(
    'invalid-timestamp',
    `the timestamp function gave ${String(timestamp)} for ${place(head)}: it must return milliseconds as a finite number`,
  )
}

function view(head: RecordQueue, timestamp: number): ExtractableRecord {
  return {
    topic: head.tp.topic,
    partition: head.tp.partition,
    offset: head.offset,
    timestamp,
    headers: head.headers,
    key: head.key,
    value: head.value,
  }
}

function invalidTimestamp(head: RecordQueue, timestamp: number): TidemillError {
  return new TidemillError(
    'invalid-timestamp',
    `${place(head)} has the timestamp ${timestamp}: give the source a 'timestamp' option such as 'skip-invalid' or 'partition-time-on-invalid'`,
  )
}

function place(head: RecordQueue): string {
  return `${head.tp.topic}-${head.tp.partition} at offset ${head.offset}`
}
