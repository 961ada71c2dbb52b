// From the bytes of a fetch answer to the batches that a reader may see: whole, undamaged, at or after the position, and under
// read-committed without those of aborted transactions. Control batches are never seen, but move the position.
import {
  AT,
  type FetchResponsePartition,
  type RecordBatch,
  batchChecksum,
  readBatches,
  readMarker,
  recordCursor,
} from '../protocol/index.ts'

export interface FetchedBatches {
  readonly batches: readonly RecordBatch[]
  /** After everything that was looked at. */
  readonly nextOffset: number
  /** Of the last batch looked at; -1: none was. */
  readonly leaderEpoch: number
  readonly sizeBytes: number
  /** What came after is damaged. */
  readonly damage: { readonly offset: number; readonly error: string } | undefined
}

/** Looks at what came for one partition. */
export function fetchedBatches(
  part: FetchResponsePartition,
  position: number,
  isCommittedOnly: boolean,
): FetchedBatches {
  const { records } = part
  let nextOffset = position
  let leaderEpoch = -1
  let damage: FetchedBatches['damage']
  const batches: RecordBatch[] = []
  const aborted = isCommittedOnly ? new AbortedProducers(part) : undefined
  for (const batch of records === null ? [] : readBatches(records)) {
    if (!isIntact(batch)) {
      damage = {
        offset: nextOffset,
        error: `the batch at offset ${batch.baseOffset} is damaged (its CRC-32C is wrong)`,
      }
      break
    }
    const isAborted = aborted?.sees(batch) ?? false
    if (batch.lastOffset < nextOffset) continue
    nextOffset = batch.lastOffset + 1
    leaderEpoch = batch.leaderEpoch
    if (!isAborted && !batch.isControl && batch.recordCount > 0) batches.push(batch)
  }
  return { batches, nextOffset, leaderEpoch, sizeBytes: records?.length ?? 0, damage }
}

function isIntact({ buffer, start, end }: RecordBatch): boolean {
  return buffer.readUInt32BE(start + AT.crc) === batchChecksum(buffer, start, end)
}

/** Which producers' transactional batches are aborted ones, from the broker's list, while batches go by in order. */
class AbortedProducers {
  readonly #upcoming: { readonly producerId: number; readonly firstOffset: number }[]
  readonly #producerIds = new Set<number>()
  #next = 0

  constructor(part: FetchResponsePartition) {
    // Not every broker sends the list in order.
    this.#upcoming = [...(part.abortedTransactions ?? [])].sort((a, b) => a.firstOffset - b.firstOffset)
  }

  /** Takes the next batch into account; true where it belongs to an aborted transaction. */
  sees(batch: RecordBatch): boolean {
    for (let each = this.#upcoming[this.#next]; each !== undefined; each = this.#upcoming[++this.#next]) {
      if (each.firstOffset > batch.lastOffset) break
      this.#producerIds.add(each.producerId)
    }
    if (!batch.isControl) return batch.isTransactional && this.#producerIds.has(batch.producerId)
    if (isAbortMarker(batch)) this.#producerIds.delete(batch.producerId)
    return false
  }
}

function isAbortMarker(batch: RecordBatch): boolean {
  const cursor = recordCursor(batch)
  return cursor.next() && readMarker(cursor)?.kind === 'abort'
}
