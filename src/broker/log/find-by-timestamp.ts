// Finds records by their timestamps, at the level of records: the batch by index and header, then inside it.
import { must } from '../../base/index.ts'
import { readBatchHeader, recordCursor } from '../../protocol/index.ts'
import { batch } from './batch-fields.ts'
import type { PartitionLog } from './partition-log.ts'

export interface FoundRecord {
  readonly offset: number
  readonly timestamp: number
  readonly leaderEpoch: number
}

/** The first record with a timestamp at or after the given one, from the log's start up to `endOffset`. */
export function findByTimestamp(log: PartitionLog, timestamp: number, endOffset: number): FoundRecord | undefined {
  for (const segment of log.segments) {
    if (segment.max.timestamp < timestamp) continue
    let found: FoundRecord | undefined
    segment.scan(segment.positionOfTimestamp(timestamp), segment.size, 'headers', (buffer, at) => {
      if (batch.maxTimestamp(buffer, at) < timestamp || batch.lastOffset(buffer, at) < log.logStartOffset) return true
      found = firstRecord(buffer, at, (offset, time) => time >= timestamp && offset >= log.logStartOffset)
      return found === undefined
    })
    if (found !== undefined) return found.offset < endOffset ? found : undefined
  }
  return undefined
}

/** The first record that has the highest timestamp of the log. */
export function findMaxTimestamp(log: PartitionLog): FoundRecord | undefined {
  let highest = -1
  let index = -1
  log.segments.forEach((segment, i) => {
    if (segment.size > 0 && segment.max.timestamp > highest) {
      highest = segment.max.timestamp
      index = i
    }
  })
  if (index < 0) return undefined
  const segment = must(log.segments[index], 'segment')
  let found: FoundRecord | undefined
  segment.scan(segment.positionOf(segment.max.offset), segment.size, 'headers', (buffer, at) => {
    if (batch.maxTimestamp(buffer, at) < highest) return true
    found = firstRecord(buffer, at, (_, time) => time >= highest)
    return found === undefined
  })
  return found
}

function firstRecord(
  buffer: Buffer,
  at: number,
  isWanted: (offset: number, timestamp: number) => boolean,
): FoundRecord | undefined {
  const leaderEpoch = batch.leaderEpoch(buffer, at)
  const cursor = recordCursor(readBatchHeader(buffer, at))
  while (cursor.next()) {
    if (isWanted(cursor.offset, cursor.timestamp)) {
      return { offset: cursor.offset, timestamp: cursor.timestamp, leaderEpoch }
    }
  }
  return undefined
}
