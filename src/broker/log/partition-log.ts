// The log of one partition. One thread, so that every method runs whole.
//
//   logStartOffset <= lastStableOffset <= highWatermark <= logEndOffset
//
// highWatermark is how far readers see. In mode 'always' it is what fdatasync has confirmed, so nobody ever acts on a record
// that a power failure could take back; else it is the end. Group commit: at most one sync in flight; what is appended meanwhile
// joins the next one. lastStableOffset stops at the first open transaction.
// A write error leaves the log as it was. After a sync error nothing is known of the file: the log takes no more writes until a restart.
import { type Disk, EMPTY_BYTES, TidemillError, crc32c, must } from '../../base/index.ts'
import { readBatchHeader, readMarker, recordCursor } from '../../protocol/index.ts'
import { AbortedTransactions } from './aborted-transactions.ts'
import { batch, placeBatch } from './batch-fields.ts'
import { LeaderEpochs } from './leader-epochs.ts'
import { snapshotFiles } from './producer-snapshot.ts'
import { type ProducedBatch, ProducerStates } from './producer-states.ts'
import { Segment, type SideFile, segmentFileName } from './segment.ts'
import { LogTail, type TailCache } from './tail-cache.ts'

/** What an acknowledgement promises; see {@link BrokerOptions.durability}. */
export type Durability = 'always' | 'interval' | 'never'

/** Limits of a topic that its log heeds; the object lives as long as the topic, its values change with the topic's config. */
export interface LogConfig {
  segmentBytes: number
  segmentMs: number
  indexIntervalBytes: number
}

/** What a log needs of the broker around it. */
export interface LogHost {
  readonly disk: Disk
  readonly cache: TailCache
  readonly durability: Durability
  /** The broker's epoch since this start. */
  readonly leaderEpoch: number
  /** Calls startSync() of the log when the requests at hand are through. */
  scheduleSync(log: PartitionLog): void
  /** Readers can see more now. */
  advanced(log: PartitionLog): void
  /** A segment was closed: the recovery point moved. */
  rolled(log: PartitionLog): void
  warn(message: string): void
}

/** How a log ended: enough to see at the next start that its files are the ones that were written then. */
export interface CleanEnd {
  readonly endOffset: number
  /** Of the last segment. */
  readonly sizeBytes: number
  /** Over the side files of the end. */
  readonly crc: number
}

export type DurableCallback = (isDurable: boolean) => void

const OFFSET_DELTA_MAX = 0x7fff_ffff
/** Producers that are silent for so long are forgotten (producer.id.expiration.ms). */
const PRODUCER_AGE_MS_MAX = 24 * 60 * 60 * 1000

export class PartitionLog {
  readonly topic: string
  readonly partition: number
  readonly topicId: string
  readonly directory: string
  readonly config: LogConfig
  readonly producers: ProducerStates = new ProducerStates()
  readonly aborted: AbortedTransactions = new AbortedTransactions()
  epochs: LeaderEpochs = new LeaderEpochs()
  /** Oldest first; the last one grows. Empty until something is appended. */
  segments: Segment[] = []
  logStartOffset = 0
  logEndOffset = 0
  /** Everything before it is synced for sure, in whole segments or since a clean close. */
  recoveryPoint = 0
  /** Set while nothing was appended since the last clean end. */
  cleanEnd: CleanEnd | undefined
  /** Why no more writes are taken. */
  failure: string | undefined
  isDeleted = false
  readonly #host: LogHost
  readonly #tail = new LogTail()
  #durableEnd = 0
  #isSyncing = false
  #isSyncScheduled = false
  readonly #waiters: { readonly offset: number; readonly callback: DurableCallback }[] = []

  constructor(host: LogHost, topic: string, partition: number, topicId: string, config: LogConfig) {
    this.#host = host
    this.topic = topic
    this.partition = partition
    this.topicId = topicId
    this.directory = `${topic}-${partition}`
    this.config = config
  }

  get highWatermark(): number {
    return this.#host.durability === 'always' ? this.#durableEnd : this.logEndOffset
  }

  get lastStableOffset(): number {
    return Math.min(this.highWatermark, this.producers.firstOpenOffset ?? Number.MAX_SAFE_INTEGER)
  }

  get sizeBytes(): number {
    return this.segments.reduce((sum, segment) => sum + segment.size, 0)
  }

  /** Set by recovery: all that is in the files now is safe. */
  opened(): void {
    this.#durableEnd = this.logEndOffset
  }

  /**
   * Appends one batch that was checked: places it (offset, epoch) in the given bytes and keeps them for readers.
   * Returns its base offset. Throws disk-full or disk-failed with nothing changed.
   */
  append(bytes: Buffer, now: number): number {
    if (this.failure !== undefined) throw new TidemillError('disk-failed', this.failure)
    const segment = this.#segmentFor(bytes, now)
    const baseOffset = this.logEndOffset
    placeBatch(bytes, baseOffset, this.#host.leaderEpoch)
    this.cleanEnd = undefined
    this.#write(segment, bytes)
    this.epochs.assign(this.#host.leaderEpoch, baseOffset)
    this.logEndOffset = baseOffset + batch.lastOffsetDelta(bytes, 0) + 1
    this.track(bytes, 0)
    this.#host.cache.add(this.#tail, bytes)
    if (this.#host.durability === 'always') this.#requestSync()
    else {
      if (this.#host.durability === 'interval') this.#requestSync()
      this.#host.advanced(this)
    }
    return baseOffset
  }

  /** Calls back when all that is in the log now is as durable as the mode promises: at once, or after a sync. */
  whenDurable(callback: DurableCallback): void {
    if (this.failure !== undefined) return callback(false)
    if (this.#host.durability !== 'always' || this.#durableEnd >= this.logEndOffset) return callback(true)
    this.#waiters.push({ offset: this.logEndOffset, callback })
  }

  /** Takes a placed batch into the producers' states; in the log's order, also at recovery. */
  track(buffer: Buffer, at: number): void {
    const producerId = batch.producerId(buffer, at)
    if (producerId < 0) return
    const epoch = batch.producerEpoch(buffer, at)
    const timestamp = batch.maxTimestamp(buffer, at)
    if (!batch.isControl(buffer, at)) {
      this.producers.append(producedBatch(buffer, at), batch.baseOffset(buffer, at), timestamp)
      return
    }
    const cursor = recordCursor(readBatchHeader(buffer, at))
    const marker = cursor.next() ? readMarker(cursor) : undefined
    if (marker === undefined) return
    const firstOffset = this.producers.end(producerId, epoch, marker.coordinatorEpoch, timestamp)
    if (firstOffset === undefined || marker.kind === 'commit') return
    const lastOffset = batch.lastOffset(buffer, at)
    const lastStableOffset = this.producers.firstOpenOffset ?? lastOffset + 1
    this.aborted.add({ producerId, firstOffset, lastOffset, lastStableOffset })
  }

  /**
   * Whole batches from the one that holds the offset, up to `endOffset`; the first one whatever its size. Throws corrupt-log.
   * The caller has checked that the offset is in the log.
   */
  read(fromOffset: number, endOffset: number, bytesMax: number): readonly Buffer[] {
    if (fromOffset >= endOffset) return []
    const cachedFrom = this.#tail.startOffset
    if (cachedFrom !== undefined && fromOffset >= cachedFrom) return this.#tail.read(fromOffset, endOffset, bytesMax)
    for (let i = this.segmentIndexOf(fromOffset); i < this.segments.length; i++) {
      const records = must(this.segments[i], 'segment').read(fromOffset, endOffset, bytesMax)
      if (records.length > 0) return [records]
    }
    return []
  }

  /** Moves the start up; whole segments below it are removed. The caller makes the new start durable first. */
  dropBefore(offset: number): void {
    this.logStartOffset = offset
    this.aborted.dropBefore(offset)
    while (this.segments.length > 1 && must(this.segments[1], 'segment').baseOffset <= offset) {
      must(this.segments.shift(), 'segment').remove()
    }
  }

  /** The segment that would hold the offset. */
  segmentIndexOf(offset: number): number {
    let low = 0
    let high = this.segments.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (must(this.segments[middle], 'segment').baseOffset <= offset) low = middle + 1
      else high = middle
    }
    return Math.max(0, low - 1)
  }

  /** Begins a sync unless one is under way; called by the host when the requests at hand are through. */
  startSync(): void {
    this.#isSyncScheduled = false
    const segment = this.segments.at(-1)
    if (this.#isSyncing || segment === undefined || this.failure !== undefined || this.isDeleted) return
    if (this.#durableEnd >= this.logEndOffset) return
    const target = this.logEndOffset
    this.#isSyncing = true
    segment.file.sync().then(
      () => this.#synced(target),
      (error: unknown) => this.#syncFailed(error),
    )
  }

  /** Syncs what the mode wants synced and is not: a last one may be under way. */
  async flush(): Promise<void> {
    const segment = this.segments.at(-1)
    if (segment === undefined || this.#host.durability === 'never') return
    while (this.failure === undefined && !this.isDeleted && this.#durableEnd < this.logEndOffset) {
      const target = this.logEndOffset
      await segment.file.sync().then(
        () => this.#synced(target),
        (error: unknown) => this.#syncFailed(error),
      )
    }
  }

  /**
   * Writes, unsynced, what a clean start reads, and says how to recognise it; undefined when there is nothing to be recognised.
   * A log that did not change since the last clean end is left alone.
   */
  close(): CleanEnd | undefined {
    const segment = this.segments.at(-1)
    if (segment !== undefined && this.failure === undefined && !this.isDeleted && this.cleanEnd === undefined) {
      this.#writeSideFiles(segment, 'unsynced')
      if (this.#host.durability !== 'never') this.recoveryPoint = this.logEndOffset
      this.cleanEnd = cleanEndOf(this.#host.disk, this.directory, segment, this.logEndOffset)
    }
    for (const each of this.segments) each.close()
    this.#settleWaiters(Number.MAX_SAFE_INTEGER, false)
    return this.cleanEnd
  }

  /** Closes and removes all files. */
  remove(): void {
    this.isDeleted = true
    this.#host.cache.forget(this.#tail)
    this.#settleWaiters(Number.MAX_SAFE_INTEGER, false)
    for (const segment of this.segments) segment.close()
    removeDirectoryOf(this.#host.disk, this.directory)
  }

  #segmentFor(bytes: Buffer, now: number): Segment {
    const active = this.segments.at(-1)
    if (active === undefined) return this.#firstSegment()
    if (!this.#mustRoll(active, bytes)) return active
    if (this.#host.durability !== 'never') active.file.syncNow()
    this.#writeSideFiles(active, 'synced')
    this.producers.expire(now - PRODUCER_AGE_MS_MAX)
    const next = this.#newSegment(this.logEndOffset)
    if (this.#host.durability === 'never') this.#syncBehind(active, this.logEndOffset)
    else this.#rolledAt(this.logEndOffset)
    return next
  }

  /** Closed segments are synced in every mode, so that recovery need not read them; where nobody waits for it, later. */
  #syncBehind(segment: Segment, endOffset: number): void {
    segment.file.sync().then(
      () => this.#rolledAt(endOffset),
      (error: unknown) => this.#syncFailed(error),
    )
  }

  #rolledAt(endOffset: number): void {
    if (this.isDeleted || this.failure !== undefined) return
    this.#durableEnd = Math.max(this.#durableEnd, endOffset)
    this.recoveryPoint = Math.max(this.recoveryPoint, endOffset)
    this.#host.rolled(this)
    this.#host.advanced(this)
    this.#settleWaiters(this.#durableEnd, true)
  }

  #mustRoll(active: Segment, bytes: Buffer): boolean {
    if (active.size === 0) return false
    if (active.size + bytes.length > this.config.segmentBytes) return true
    if (batch.maxTimestamp(bytes, 0) - active.firstTimestamp > this.config.segmentMs) return true
    return this.logEndOffset + batch.lastOffsetDelta(bytes, 0) - active.baseOffset > OFFSET_DELTA_MAX
  }

  #firstSegment(): Segment {
    const { disk } = this.#host
    disk.makeDirectory(this.directory)
    const id = Buffer.from(this.topicId, 'hex').toString('base64url')
    disk.replaceFile(`${this.directory}/partition.metadata`, Buffer.from(`version: 0\ntopic_id: ${id}\n`))
    if (this.#host.durability !== 'never') disk.syncDirectory('')
    return this.#newSegment(this.logEndOffset)
  }

  #newSegment(baseOffset: number): Segment {
    const segment = new Segment(this.#host.disk, this.directory, baseOffset, this.config.indexIntervalBytes)
    // A file of that name can only be what a failed roll left behind.
    segment.file.truncate(0)
    segment.reset()
    if (this.#host.durability !== 'never') this.#host.disk.syncDirectory(this.directory)
    this.segments.push(segment)
    return segment
  }

  #write(segment: Segment, bytes: Buffer): void {
    try {
      segment.append(bytes)
    } catch (error) {
      if (error instanceof TidemillError && error.code === 'log-not-cut') this.#fail(error.message)
      throw error
    }
  }

  /** The files that spare a start the reading of the log up to its end. */
  #writeSideFiles(segment: Segment, how: 'synced' | 'unsynced'): void {
    const { disk } = this.#host
    const files: readonly SideFile[] = [
      ...segment.indexFiles(),
      { path: segment.path('txnindex'), bytes: this.aborted.encode(segment.baseOffset, this.logEndOffset) },
      { path: `${this.directory}/leader-epoch-checkpoint`, bytes: this.epochs.encode() },
      ...snapshotFiles(this.directory, this.logEndOffset, this.producers),
    ]
    for (const { path, bytes } of files) {
      if (bytes === undefined) {
        if (disk.exists(path)) disk.remove(path)
      } else if (how === 'synced') disk.replaceFile(path, bytes)
      else writeUnsynced(disk, path, bytes)
    }
    this.#dropStraySnapshots()
  }

  /** Snapshots are kept at the beginnings of segments and at the end of the log. */
  #dropStraySnapshots(): void {
    const wanted = new Set([...this.segments.map((segment) => segment.baseOffset), this.logEndOffset])
    for (const name of this.#host.disk.list(this.directory)) {
      if (!name.endsWith('.snapshot') && !name.endsWith('.window')) continue
      if (!wanted.has(Number.parseInt(name, 10))) this.#host.disk.remove(`${this.directory}/${name}`)
    }
  }

  #requestSync(): void {
    if (this.#isSyncScheduled || this.#isSyncing) return
    this.#isSyncScheduled = true
    this.#host.scheduleSync(this)
  }

  #synced(target: number): void {
    this.#isSyncing = false
    if (this.failure !== undefined || this.isDeleted) return
    if (target > this.#durableEnd) {
      this.#durableEnd = target
      this.#host.advanced(this)
    }
    this.#settleWaiters(this.#durableEnd, true)
    if (this.#durableEnd < this.logEndOffset) this.#requestSync()
  }

  #syncFailed(error: unknown): void {
    this.#isSyncing = false
    if (this.isDeleted) return
    const reason = error instanceof Error ? error.message : String(error)
    this.#fail(
      `${this.directory} takes no more writes: a sync failed and what is on the disk is not known (${reason}). ` +
        `Nothing after offset ${this.#durableEnd} was acknowledged. Check the disk and restart the broker.`,
    )
  }

  #fail(message: string): void {
    this.failure = message
    this.#host.warn(message)
    this.#settleWaiters(Number.MAX_SAFE_INTEGER, false)
  }

  #settleWaiters(upTo: number, isDurable: boolean): void {
    let count = 0
    while (count < this.#waiters.length && must(this.#waiters[count], 'waiter').offset <= upTo) count++
    if (count === 0) return
    for (const waiter of this.#waiters.splice(0, count)) waiter.callback(isDurable)
  }
}

export function producedBatch(buffer: Buffer, at: number): ProducedBatch {
  return {
    producerId: batch.producerId(buffer, at),
    producerEpoch: batch.producerEpoch(buffer, at),
    baseSequence: batch.baseSequence(buffer, at),
    lastOffsetDelta: batch.lastOffsetDelta(buffer, at),
    isTransactional: batch.isTransactional(buffer, at),
  }
}

/** What a clean end of the log with these files looks like; the same at the end and at the next start, if nothing was lost. */
export function cleanEndOf(disk: Disk, directory: string, last: Segment, endOffset: number): CleanEnd {
  const paths = [
    ...['index', 'timeindex', 'txnindex'].map((extension) => last.path(extension)),
    `${directory}/leader-epoch-checkpoint`,
    ...['snapshot', 'window'].map((extension) => `${directory}/${segmentFileName(endOffset, extension)}`),
  ]
  const parts: Buffer[] = []
  for (const path of paths) {
    const bytes = disk.readFile(path)
    const length = Buffer.alloc(4)
    length.writeInt32BE(bytes?.length ?? -1)
    parts.push(length, bytes ?? EMPTY_BYTES)
  }
  return { endOffset, sizeBytes: last.size, crc: crc32c(Buffer.concat(parts)) }
}

function writeUnsynced(disk: Disk, path: string, bytes: Buffer): void {
  const file = disk.open(path, 'create')
  try {
    file.truncate(0)
    file.write([bytes], 0)
  } finally {
    file.close()
  }
}

export function removeDirectoryOf(disk: Disk, directory: string): void {
  if (!disk.isDirectory(directory)) return
  for (const name of disk.list(directory)) disk.remove(`${directory}/${name}`)
  disk.removeDirectory(directory)
}
