// The state of a partition's producers at an offset, beside the log, so that recovery need not read all of it.
// `.snapshot` is Kafka's: version i16 (1), crc32c u32 over what follows, count i32, then for each producer
//   producerId i64, epoch i16, lastSequence i32, lastOffset i64, offsetDelta i32, timestamp i64, coordinatorEpoch i32, openTransaction i64
// It knows the last batch only. `.window` is ours and adds the batches before it, so that a client that sends five
// unacknowledged batches again after a restart is still recognised. FORMAT.md has both.
import { type Disk, crc32c } from '../../base/index.ts'
import { readInt64, writeInt64 } from './batch-fields.ts'
import type { KeptBatch, ProducerState, ProducerStates } from './producer-states.ts'
import { type SideFile, segmentFileName } from './segment.ts'

const SNAPSHOT_VERSION = 1
const WINDOW_VERSION = 1
const HEADER_BYTES = 10
const ENTRY_BYTES = 46
const WINDOW_ENTRY_BYTES = 40
const SEQUENCE_COUNT = 0x8000_0000

/** What the two files of a snapshot have to hold. */
export function snapshotFiles(directory: string, offset: number, states: ProducerStates): readonly SideFile[] {
  const all = [...states.all()]
  const snapshot = framed(SNAPSHOT_VERSION, all.length, ENTRY_BYTES, (bytes, i, to) => writeState(bytes, to, all[i]))
  const kept = all.flatMap((state) => state.batches.slice(0, -1).map((batch) => ({ state, batch })))
  const window = framed(WINDOW_VERSION, kept.length, WINDOW_ENTRY_BYTES, (bytes, i, to) => {
    const entry = kept[i]
    if (entry !== undefined) writeWindowEntry(bytes, to, entry.state.producerId, entry.batch)
  })
  return [
    { path: `${directory}/${segmentFileName(offset, 'snapshot')}`, bytes: snapshot },
    { path: `${directory}/${segmentFileName(offset, 'window')}`, bytes: kept.length > 0 ? window : undefined },
  ]
}

/** Fills the states; false when the file is missing or damaged, then the states are empty. */
export function loadSnapshot(disk: Disk, directory: string, offset: number, states: ProducerStates): boolean {
  states.clear()
  const bytes = disk.readFile(`${directory}/${segmentFileName(offset, 'snapshot')}`)
  if (bytes === undefined || !isIntact(bytes, SNAPSHOT_VERSION, ENTRY_BYTES)) return false
  const window = loadWindow(disk.readFile(`${directory}/${segmentFileName(offset, 'window')}`))
  for (let at = HEADER_BYTES; at < bytes.length; at += ENTRY_BYTES) states.restore(readState(bytes, at, window))
  states.sortOpen()
  return true
}

function framed(
  version: number,
  count: number,
  entryBytes: number,
  write: (bytes: Buffer, index: number, at: number) => void,
): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES + count * entryBytes)
  bytes.writeInt16BE(version, 0)
  bytes.writeInt32BE(count, 6)
  for (let i = 0; i < count; i++) write(bytes, i, HEADER_BYTES + i * entryBytes)
  bytes.writeUInt32BE(crc32c(bytes, 6), 2)
  return bytes
}

function isIntact(bytes: Buffer, version: number, entryBytes: number): boolean {
  if (bytes.length < HEADER_BYTES || bytes.readInt16BE(0) !== version) return false
  if (bytes.length !== HEADER_BYTES + bytes.readInt32BE(6) * entryBytes) return false
  return bytes.readUInt32BE(2) === crc32c(bytes, 6)
}

function writeState(bytes: Buffer, at: number, state: ProducerState | undefined): void {
  if (state === undefined) return
  const last = state.batches.at(-1)
  writeInt64(bytes, state.producerId, at)
  bytes.writeInt16BE(state.epoch, at + 8)
  bytes.writeInt32BE(last?.lastSequence ?? -1, at + 10)
  writeInt64(bytes, last?.lastOffset ?? -1, at + 14)
  bytes.writeInt32BE(last === undefined ? 0 : last.lastOffset - last.baseOffset, at + 22)
  writeInt64(bytes, state.lastTimestamp, at + 26)
  bytes.writeInt32BE(state.coordinatorEpoch, at + 34)
  writeInt64(bytes, state.openTransaction ?? -1, at + 38)
}

function readState(bytes: Buffer, at: number, window: ReadonlyMap<number, readonly KeptBatch[]>): ProducerState {
  const producerId = readInt64(bytes, at)
  const lastSequence = bytes.readInt32BE(at + 10)
  const lastOffset = readInt64(bytes, at + 14)
  const delta = bytes.readInt32BE(at + 22)
  const timestamp = readInt64(bytes, at + 26)
  const openTransaction = readInt64(bytes, at + 38)
  const firstSequence = (lastSequence - delta + SEQUENCE_COUNT) % SEQUENCE_COUNT
  const last: KeptBatch = { firstSequence, lastSequence, baseOffset: lastOffset - delta, lastOffset, timestamp }
  return {
    producerId,
    epoch: bytes.readInt16BE(at + 8),
    coordinatorEpoch: bytes.readInt32BE(at + 34),
    lastTimestamp: timestamp,
    batches: lastSequence < 0 ? [] : [...(window.get(producerId) ?? []), last],
    openTransaction: openTransaction < 0 ? undefined : openTransaction,
  }
}

function writeWindowEntry(bytes: Buffer, at: number, producerId: number, batch: KeptBatch): void {
  writeInt64(bytes, producerId, at)
  bytes.writeInt32BE(batch.firstSequence, at + 8)
  bytes.writeInt32BE(batch.lastSequence, at + 12)
  writeInt64(bytes, batch.baseOffset, at + 16)
  writeInt64(bytes, batch.lastOffset, at + 24)
  writeInt64(bytes, batch.timestamp, at + 32)
}

function loadWindow(bytes: Buffer | undefined): ReadonlyMap<number, readonly KeptBatch[]> {
  const window = new Map<number, KeptBatch[]>()
  if (bytes === undefined || !isIntact(bytes, WINDOW_VERSION, WINDOW_ENTRY_BYTES)) return window
  for (let at = HEADER_BYTES; at < bytes.length; at += WINDOW_ENTRY_BYTES) {
    const producerId = readInt64(bytes, at)
    const batches = window.get(producerId) ?? []
    batches.push({
      firstSequence: bytes.readInt32BE(at + 8),
      lastSequence: bytes.readInt32BE(at + 12),
      baseOffset: readInt64(bytes, at + 16),
      lastOffset: readInt64(bytes, at + 24),
      timestamp: readInt64(bytes, at + 32),
    })
    window.set(producerId, batches)
  }
  return window
}
