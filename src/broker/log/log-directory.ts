// All logs of a broker, and what is known of them together. Beside the partitions' directories lie, in Kafka's formats,
//   recovery-point-offset-checkpoint, log-start-offset-checkpoint   "0\n<count>\n" and a line "<topic> <partition> <offset>" each
//   .kafka_cleanshutdown                                            there only after a clean close; also says how each log ended
// The clean mark is removed, durably, before the first append of a run. It is the only file that a close syncs: it tells whether the
// others are whole.
import type { Disk } from '../../base/index.ts'
import { type CleanEnd, type LogConfig, type LogHost, PartitionLog, removeDirectoryOf } from './partition-log.ts'
import { recoverLog } from './recover-log.ts'

const RECOVERY_POINTS = 'recovery-point-offset-checkpoint'
const LOG_STARTS = 'log-start-offset-checkpoint'
const CLEAN_MARK = '.kafka_cleanshutdown'

export class LogDirectory {
  readonly #host: LogHost
  readonly #logs = new Set<PartitionLog>()
  readonly #recoveryPoints: Map<string, number>
  readonly #logStarts: Map<string, number>
  readonly #cleanEnds: ReadonlyMap<string, CleanEnd>
  /** Checkpoints on disk that belong to no log of now: they must not meet a later topic of the same name. */
  readonly #strayKeys: Set<string>
  /** Checkpoints on disk are of an earlier topic of a name that is in use. */
  #hasStaleCheckpoints = false

  constructor(host: LogHost) {
    this.#host = host
    const { disk } = host
    this.#recoveryPoints = readCheckpoint(disk, RECOVERY_POINTS)
    this.#logStarts = readCheckpoint(disk, LOG_STARTS)
    this.#strayKeys = new Set([...this.#recoveryPoints.keys(), ...this.#logStarts.keys()])
    this.#cleanEnds = readCleanMark(disk)
    if (!disk.exists(CLEAN_MARK)) return
    disk.remove(CLEAN_MARK)
    disk.syncDirectory('')
  }

  get logs(): ReadonlySet<PartitionLog> {
    return this.#logs
  }

  /** Opens a log that may have files, recovering it when the last run did not end cleanly. */
  open(topic: string, partition: number, topicId: string, config: LogConfig): PartitionLog {
    const log = new PartitionLog(this.#host, topic, partition, topicId, config)
    const key = keyOf(log)
    this.#strayKeys.delete(key)
    if (topicIdOf(this.#host.disk, log.directory) !== topicId) {
      // Left behind by a deleted topic of the same name.
      removeDirectoryOf(this.#host.disk, log.directory)
      this.#hasStaleCheckpoints ||= this.#recoveryPoints.has(key) || this.#logStarts.has(key)
    } else {
      const checkpoint = {
        recoveryPoint: this.#recoveryPoints.get(key) ?? 0,
        logStartOffset: this.#logStarts.get(key) ?? 0,
        cleanEnd: this.#cleanEnds.get(log.directory),
      }
      recoverLog(log, this.#host, checkpoint)
    }
    this.#logs.add(log)
    return log
  }

  /** Call it when all logs are open, before the first append: what an earlier topic of a name left must not meet this one's records. */
  opened(): void {
    if (!this.#hasStaleCheckpoints) return
    this.#saveCheckpoints()
    this.#hasStaleCheckpoints = false
  }

  /** Makes the log of a new partition; there are no files before the first append. */
  create(topic: string, partition: number, topicId: string, config: LogConfig): PartitionLog {
    const log = new PartitionLog(this.#host, topic, partition, topicId, config)
    removeDirectoryOf(this.#host.disk, log.directory)
    if (this.#strayKeys.has(keyOf(log))) {
      this.#saveCheckpoints()
      this.#strayKeys.clear()
    }
    this.#logs.add(log)
    return log
  }

  remove(log: PartitionLog): void {
    this.#logs.delete(log)
    this.#strayKeys.add(keyOf(log))
    log.remove()
  }

  saveRecoveryPoints(): void {
    writeCheckpoint(this.#host.disk, RECOVERY_POINTS, this.#logs, (log) => log.recoveryPoint)
  }

  /** Makes a new start of a log durable, then drops what lies before it. */
  moveStart(log: PartitionLog, offset: number): void {
    this.#saveLogStarts((each) => (each === log ? offset : each.logStartOffset))
    log.dropBefore(offset)
  }

  /** Closes all logs; leaves the clean mark unless something could not be written. */
  async close(): Promise<void> {
    await Promise.all([...this.#logs].map((log) => log.flush()))
    try {
      const ends: [string, CleanEnd][] = []
      for (const log of this.#logs) {
        const end = log.close()
        if (end !== undefined) ends.push([log.directory, end])
      }
      this.saveRecoveryPoints()
      // The fields of Kafka's own mark, and ours.
      const mark = { version: 0, brokerEpoch: -1, logs: Object.fromEntries(ends) }
      this.#host.disk.replaceFile(CLEAN_MARK, Buffer.from(JSON.stringify(mark)))
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      this.#host.warn(`the end could not be noted, so the next start reads the logs: ${reason}`)
    }
  }

  #saveCheckpoints(): void {
    this.saveRecoveryPoints()
    this.#saveLogStarts((each) => each.logStartOffset)
  }

  #saveLogStarts(valueOf: (log: PartitionLog) => number): void {
    writeCheckpoint(this.#host.disk, LOG_STARTS, this.#logs, valueOf)
  }
}

function keyOf(log: PartitionLog): string {
  return `${log.topic} ${log.partition}`
}

function readCleanMark(disk: Disk): ReadonlyMap<string, CleanEnd> {
  try {
    const mark = JSON.parse(disk.readFile(CLEAN_MARK)?.toString() ?? '{}') as { logs?: Record<string, CleanEnd> }
    return new Map(Object.entries(mark.logs ?? {}))
  } catch {
    // Not ours, or damaged: then every log is read.
    return new Map()
  }
}

function topicIdOf(disk: Disk, directory: string): string | undefined {
  const text = disk.readFile(`${directory}/partition.metadata`)?.toString()
  const id = text === undefined ? undefined : /^topic_id: (\S+)$/m.exec(text)?.[1]
  return id === undefined ? undefined : Buffer.from(id, 'base64url').toString('hex')
}

function readCheckpoint(disk: Disk, path: string): Map<string, number> {
  const values = new Map<string, number>()
  for (const line of (disk.readFile(path)?.toString() ?? '').split('\n').slice(2)) {
    const [topic, partition, offset] = line.split(' ')
    if (offset !== undefined && Number.isSafeInteger(Number(offset))) {
      values.set(`${topic} ${partition}`, Number(offset))
    }
  }
  return values
}

function writeCheckpoint(
  disk: Disk,
  path: string,
  logs: ReadonlySet<PartitionLog>,
  valueOf: (log: PartitionLog) => number,
): void {
  const lines = [...logs]
    .filter((log) => valueOf(log) > 0)
    .map((log) => `${log.topic} ${log.partition} ${valueOf(log)}`)
  disk.replaceFile(path, Buffer.from(['0', String(lines.length), ...lines].join('\n') + '\n'))
}
