// Opens a partition's log from its files. After a clean close they are trusted. Else everything from the recovery point on is read
// and checked: the log ends before the first batch that is short, fails its CRC or goes back in offsets (a torn write), and
// what follows is cut off. Where whole batches lie behind the damage, it was no torn write alone: the rest is then kept in a file beside
// the log, and the warning names it. Index, producer states, aborted transactions and epochs are made anew for what was read.
import { type Disk, must } from '../../base/index.ts'
import { BATCH_HEADER_BYTES, batch } from './batch-fields.ts'
import { LeaderEpochs } from './leader-epochs.ts'
import { type CleanEnd, type LogHost, type PartitionLog, cleanEndOf } from './partition-log.ts'
import { loadSnapshot } from './producer-snapshot.ts'
import { Segment, type ScanResult, crcProblem } from './segment.ts'

const SEGMENT_NAME = /^(\d{20})\.log$/
const SNAPSHOT_NAME = /^(\d{20})\.snapshot$/

export interface LogCheckpoint {
  readonly recoveryPoint: number
  readonly logStartOffset: number
  /** How the log ended when it was closed; undefined after a crash. */
  readonly cleanEnd: CleanEnd | undefined
}

export function recoverLog(log: PartitionLog, host: LogHost, checkpoint: LogCheckpoint): void {
  const { disk } = host
  log.segments = basesOf(disk, log.directory, SEGMENT_NAME).map(
    (base) => new Segment(disk, log.directory, base, log.config.indexIntervalBytes),
  )
  const last = log.segments.at(-1)
  if (last === undefined) return
  const isClean = isAsItEnded(log, disk, last, checkpoint.cleanEnd)
  const epochs = LeaderEpochs.load(disk, log.directory)
  log.epochs = epochs ?? new LeaderEpochs()
  for (const segment of log.segments) log.aborted.load(disk.readFile(segment.path('txnindex')) ?? Buffer.alloc(0))
  const recoveryPoint = isClean ? Number.MAX_SAFE_INTEGER : checkpoint.recoveryPoint
  const scanned = new Recovery(log, host, recoveryPoint, epochs !== undefined).run(isClean)
  log.logStartOffset = Math.max(checkpoint.logStartOffset, must(log.segments[0], 'segment').baseOffset)
  log.logStartOffset = Math.min(log.logStartOffset, log.logEndOffset)
  log.recoveryPoint = Math.min(checkpoint.recoveryPoint, log.logEndOffset)
  if (isClean && !scanned) log.cleanEnd = checkpoint.cleanEnd
  if (scanned && host.durability !== 'never') must(log.segments.at(-1), 'segment').file.syncNow()
  log.opened()
}

/** The files of a clean end are not synced one by one: after a power failure soon afterwards some may be missing. */
function isAsItEnded(log: PartitionLog, disk: Disk, last: Segment, cleanEnd: CleanEnd | undefined): boolean {
  if (cleanEnd === undefined || last.size !== cleanEnd.sizeBytes) return false
  return cleanEndOf(disk, log.directory, last, cleanEnd.endOffset).crc === cleanEnd.crc
}

class Recovery {
  readonly #log: PartitionLog
  readonly #host: LogHost
  readonly #recoveryPoint: number
  /** Else the epochs have to be gathered from all batches. */
  readonly #hasEpochs: boolean

  constructor(log: PartitionLog, host: LogHost, recoveryPoint: number, hasEpochs: boolean) {
    this.#log = log
    this.#host = host
    this.#recoveryPoint = recoveryPoint
    this.#hasEpochs = hasEpochs
  }

  /** True when something beyond the recovery point was read. */
  run(isClean: boolean): boolean {
    const log = this.#log
    const firstUnsafe = isClean ? log.segments.length : this.#firstUnsafe()
    for (const segment of log.segments.slice(0, firstUnsafe)) segment.loadIndex()
    if (isClean) log.logEndOffset = endOf(must(log.segments.at(-1), 'segment'))
    // After a crash only what was synced when a segment was closed counts; the files of a clean end were not.
    let limit = isClean ? log.logEndOffset : must(log.segments[firstUnsafe], 'segment').baseOffset
    for (;;) {
      const snapshotOffset = this.#loadSnapshot(limit)
      if (isClean && snapshotOffset === log.logEndOffset) return false
      const first = Math.min(firstUnsafe, log.segmentIndexOf(snapshotOffset))
      log.aborted.dropFrom(snapshotOffset)
      this.#scanFrom(first, snapshotOffset)
      // Damage below the snapshot: it says more than the log does now.
      if (snapshotOffset <= log.logEndOffset) return true
      limit = log.logEndOffset
    }
  }

  /** The first segment of which something may be missing. */
  #firstUnsafe(): number {
    return this.#hasEpochs ? this.#log.segmentIndexOf(this.#recoveryPoint) : 0
  }

  /** Loads the newest usable snapshot at or below the offset; 0 where there is none. */
  #loadSnapshot(limit: number): number {
    const { producers, directory, segments } = this.#log
    for (const offset of basesOf(this.#host.disk, directory, SNAPSHOT_NAME).reverse()) {
      if (offset <= limit && loadSnapshot(this.#host.disk, directory, offset, producers)) return offset
    }
    producers.clear()
    return must(segments[0], 'segment').baseOffset
  }

  #scanFrom(first: number, snapshotOffset: number): void {
    const log = this.#log
    const start = must(log.segments[first], 'segment').baseOffset
    log.epochs.truncate(start + 1)
    log.logEndOffset = start
    for (let i = first; i < log.segments.length; i++) {
      const segment = must(log.segments[i], 'segment')
      const size = segment.size
      log.logEndOffset = Math.max(log.logEndOffset, segment.baseOffset)
      const { position, problem } = this.#scan(segment, size, snapshotOffset)
      if (problem === undefined) continue
      this.#cut(segment, i, { position, problem }, size)
      return
    }
  }

  /** Below the recovery point headers are enough: a damaged batch there is found when it is read, and its neighbours stay. */
  #scan(segment: Segment, size: number, snapshotOffset: number): ScanResult {
    const log = this.#log
    segment.reset()
    let problem: string | undefined
    const take = (buffer: Buffer, at: number, position: number): boolean => {
      const baseOffset = batch.baseOffset(buffer, at)
      if (baseOffset < log.logEndOffset) {
        problem = `a batch at offset ${baseOffset} after offset ${log.logEndOffset - 1}`
        return false
      }
      segment.note(buffer, at, position)
      log.epochs.assign(batch.leaderEpoch(buffer, at), baseOffset)
      if (baseOffset >= snapshotOffset) log.track(buffer, at)
      log.logEndOffset = batch.lastOffset(buffer, at) + 1
      return true
    }
    const safe = segment.scan(0, size, 'headers', (buffer, at, position) => {
      return batch.baseOffset(buffer, at) < this.#recoveryPoint && take(buffer, at, position)
    })
    if (safe.problem !== undefined || problem !== undefined) return { ...safe, problem: safe.problem ?? problem }
    const rest = segment.scan(safe.position, size, 'crc', take)
    return { ...rest, problem: rest.problem ?? problem }
  }

  #cut(segment: Segment, index: number, damage: ScanResult, size: number): void {
    const log = this.#log
    const { disk } = this.#host
    const tail = Buffer.alloc(size - damage.position)
    segment.file.read(tail, 0, tail.length, damage.position)
    const later = log.segments.splice(index + 1)
    const isTorn = later.every((each) => each.size === 0) && !holdsBatches(tail, log.logEndOffset)
    let kept = ''
    if (!isTorn) {
      kept = `${segment.path('log')}.damaged-at-${damage.position}`
      disk.replaceFile(kept, tail)
      for (const each of later) {
        each.close()
        if (each.size > 0) disk.rename(each.path('log'), `${each.path('log')}.damaged`)
      }
    }
    for (const each of later) each.remove()
    segment.truncateTo(damage.position)
    disk.syncDirectory(log.directory)
    this.#host.warn(describeCut(log, segment, damage, tail.length, kept))
  }
}

function describeCut(log: PartitionLog, segment: Segment, damage: ScanResult, bytes: number, kept: string): string {
  const where = `${segment.path('log')}: found ${damage.problem} at byte ${damage.position}. The log ends before offset ${log.logEndOffset} now`
  if (kept === '')
    return `${where}; ${bytes} bytes of an unfinished write were cut off (nothing acknowledged as durable is among them).`
  return `${where}. Whole batches lie behind the damage, so it was not only an unfinished write: ${bytes} bytes from there on are kept in ${kept}.`
}

/** Whether a later batch lies whole somewhere in the bytes. */
function holdsBatches(tail: Buffer, fromOffset: number): boolean {
  for (let at = 1; at + BATCH_HEADER_BYTES <= tail.length; at++) {
    if (tail[at + 16] !== 2 || batch.baseOffset(tail, at) < fromOffset) continue
    const size = batch.size(tail, at)
    if (size < BATCH_HEADER_BYTES || size > tail.length - at) continue
    if (crcProblem(tail, at) === undefined) return true
  }
  return false
}

/** The offset after a segment's last batch. */
function endOf(segment: Segment): number {
  let end = segment.baseOffset
  segment.scan(segment.lastIndexedPosition, segment.size, 'headers', (buffer, at) => {
    end = batch.lastOffset(buffer, at) + 1
    return true
  })
  return end
}

function basesOf(disk: Disk, directory: string, pattern: RegExp): number[] {
  return disk
    .list(directory)
    .map((name) => pattern.exec(name)?.[1])
    .filter((digits) => digits !== undefined)
    .map(Number)
}
