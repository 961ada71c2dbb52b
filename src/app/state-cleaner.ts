// Keeps the state directory of an application small and its disk watched, by looks at an interval: a task's directory that no thread
// has had open for the delay is removed (its changelog has everything), and space that runs short is said before it has run out.
//
// Invariant: a directory is removed under its lock and after a rename, so that no thread opens it meanwhile and a crash in the middle
// leaves no half of it.
import { type Clock, type Disk, type Timer, removeTree } from '../base/index.ts'
import { LOCK_NAME, taskDirectories, tryLock } from './task-stores.ts'

export interface StateCleanerOptions {
  readonly disk: Disk
  readonly clock: Clock
  readonly delayMs: number
  /** At the start, what was not used for so long is removed; undefined: nothing. */
  readonly maxAgeMs: number | undefined
  readonly onWarning: (message: string) => void
}

const LOOK_INTERVAL_MS_MAX = 60_000
const FREE_BYTES_MIN = 256 * 1_024 * 1_024
const DELETED = 'deleted-'
const USED_NAME = '.used'
/** In a lock, in place of a thread's number. */
const CLEANER = 0

export class StateCleaner {
  readonly #options: StateCleanerOptions
  readonly #unusedSinceMs = new Map<string, number>()
  #timer: Timer | undefined
  #isShort = false

  constructor(options: StateCleanerOptions) {
    this.#options = options
  }

  /** Removes what is too old, and begins to look. */
  start(): void {
    const { disk } = this.#options
    for (const name of disk.list('')) if (name.startsWith(DELETED)) removeTree(disk, name)
    this.#removeOld()
    this.#arm()
  }

  /** One look: at the space, and at directories that nobody uses. */
  look(): void {
    const { disk, clock, delayMs } = this.#options
    this.#watchSpace()
    const nowMs = clock.monotonicMs()
    const tasks = taskDirectories(disk)
    for (const task of tasks) {
      if (disk.exists(`${task}/${LOCK_NAME}`)) {
        this.#unusedSinceMs.delete(task)
        this.#noteUse(task)
        continue
      }
      const sinceMs = this.#unusedSinceMs.get(task) ?? nowMs
      this.#unusedSinceMs.set(task, sinceMs)
      if (nowMs - sinceMs >= delayMs) this.#remove(task)
    }
  }

  close(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #arm(): void {
    const { clock, delayMs, onWarning } = this.#options
    const intervalMs = Math.max(1, Math.min(delayMs, LOOK_INTERVAL_MS_MAX))
    const look = (): void => {
      try {
        this.look()
      } catch (error) {
        onWarning(`the state directory could not be cleaned up: ${String(error)}`)
      }
      this.#timer = clock.setTimer(intervalMs, look, { unref: true })
    }
    look()
  }

  #watchSpace(): void {
    const { disk, onWarning } = this.#options
    const freeBytes = disk.freeBytes()
    const isShort = freeBytes < FREE_BYTES_MIN
    if (isShort && !this.#isShort) {
      onWarning(
        `${disk.location} has ${Math.floor(freeBytes / 1_048_576)} MiB of space left, less than ${FREE_BYTES_MIN / 1_048_576} MiB: ` +
          'free some; when it is full the application stops, and nothing that was committed is lost',
      )
    }
    this.#isShort = isShort
  }

  #removeOld(): void {
    const { disk, clock, maxAgeMs } = this.#options
    if (maxAgeMs === undefined) return
    for (const task of taskDirectories(disk)) {
      const usedMs = Number(disk.readFile(`${task}/${USED_NAME}`)?.toString('latin1') ?? Number.NaN)
      if (clock.now() - usedMs > maxAgeMs) this.#remove(task)
    }
  }

  /** For the next start; nobody else asks. */
  #noteUse(task: string): void {
    const { disk, clock, maxAgeMs } = this.#options
    if (maxAgeMs === undefined) return
    const file = disk.open(`${task}/${USED_NAME}`, 'create')
    try {
      file.write([Buffer.from(String(clock.now()), 'latin1')], 0)
    } finally {
      file.close()
    }
  }

  #remove(task: string): void {
    const { disk } = this.#options
    this.#unusedSinceMs.delete(task)
    if (!tryLock(disk, task, CLEANER)) return
    disk.rename(task, `${DELETED}${task}`)
    removeTree(disk, `${DELETED}${task}`)
  }
}
