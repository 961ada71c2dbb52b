// The stores of one thread's tasks on the disk of the state directory, as Kafka Streams lays tasks out:
//
//   <task>/.lock            which thread of the process has the task open
//   <task>/<store>/         the files of a store (state/lsm/FORMAT.md)
//   <task>/<store>.set-aside-<n>/   what could not be gone on with
//
// Invariants: the directory as a whole is the process's (state-directory.ts), so a lock in it is a living thread's of this process,
// or of a thread that ended and whose locks the main thread then clears (releaseTasks). A task's stores are opened only by who holds
// its lock.
import { type Disk, NodeDisk } from '../base/index.ts'
import type { TaskDirectories } from '../runtime/index.ts'
import type { CompactionWorker } from './compaction-worker.ts'
import { createExclusively } from './directory-lock.ts'
import {
  type ByteStoreEngine,
  LsmEngine,
  type LsmMemory,
  MemoryEngine,
  type StoreDefinition,
  type StoreEngine,
  isSetAside,
  readStoredPosition,
  setStoreAside,
} from '../state/index.ts'

export interface TaskStoresOptions {
  readonly disk: Disk
  /** Number of the thread. */
  readonly thread: number
  readonly memory: LsmMemory
  /** Writes and merges in the background. @defaultValue within the commits */
  readonly compactor?: CompactionWorker | undefined
  /** Of blocks. @defaultValue 'none' */
  readonly compression?: 'none' | 'lz4' | 'zstd'
  readonly onWarning: (message: string) => void
}

/** In the directory of a task. */
export const LOCK_NAME = '.lock'
const TASK_DIRECTORY = /^(?:\d+_\d+|global(?:-\d+)?)$/

export class TaskStores implements TaskDirectories {
  readonly #options: TaskStoresOptions
  readonly #memoryEngine = new MemoryEngine()
  readonly #open = new Set<string>()

  constructor(options: TaskStoresOptions) {
    this.#options = options
  }

  engine(task: string, { name, type, engine }: StoreDefinition): ByteStoreEngine {
    const { disk, memory, compactor, compression = 'none', onWarning } = this.#options
    // A user's engine has files of its own: not where ours are on a disk that is none of the machine's.
    if (engine !== undefined && disk instanceof NodeDisk)
      return ownEngine(engine, task, `${disk.location}/${task}/${name}`)
    if (type === 'memory') return this.#memoryEngine
    const shared = { disk, memory, compression, onWarning, ...(compactor !== undefined && { compactor }) }
    return new LsmEngine({ ...shared, directory: task })
  }

  tryOpen(task: string): boolean {
    if (this.#open.has(task)) return true
    const { disk, thread } = this.#options
    if (!disk.isDirectory(task)) disk.makeDirectory(task)
    if (!tryLock(disk, task, thread)) return false
    this.#open.add(task)
    return true
  }

  close(task: string): void {
    if (this.#open.delete(task)) this.#options.disk.remove(`${task}/${LOCK_NAME}`)
  }

  /** Call it when all stores are closed. */
  async end(): Promise<void> {
    await this.#options.compactor?.close()
  }

  setAside(task: string, store: string): string | undefined {
    const { disk } = this.#options
    const aside = setStoreAside(disk, task, store)
    return aside === undefined ? undefined : `${disk.location}/${aside}`
  }

  dormant(): ReadonlyMap<string, number> {
    const { disk } = this.#options
    const sums = new Map<string, number>()
    for (const task of taskDirectories(disk)) {
      if (disk.exists(`${task}/${LOCK_NAME}`)) continue
      const sum = offsetSum(disk, task)
      if (sum !== undefined) sums.set(task, sum)
    }
    return sums
  }
}

function ownEngine(engine: StoreEngine, taskId: string, directory: string): ByteStoreEngine {
  return {
    type: engine.type,
    open: (name, { segmentBytes = 0 } = {}) => engine.open(name, { taskId, directory, segmentBytes }),
  }
}

/** The directories of tasks in a state directory. */
export function taskDirectories(disk: Disk): readonly string[] {
  return disk.list('').filter((name) => TASK_DIRECTORY.test(name) && disk.isDirectory(name))
}

/** Names of the stores of a task that are in use, without what was set aside. */
export function storesOf(disk: Disk, task: string): readonly string[] {
  return disk.list(task).filter((name) => disk.isDirectory(`${task}/${name}`) && !isSetAside(name))
}

/** Names of directories of stores of a task that were put aside. */
export function storesSetAside(disk: Disk, task: string): readonly string[] {
  return disk.list(task).filter((name) => disk.isDirectory(`${task}/${name}`) && isSetAside(name))
}

/** Frees what threads that ended have left locked: those with that number, or all. */
export function releaseTasks(disk: Disk, thread?: number): void {
  for (const task of taskDirectories(disk)) {
    const owner = disk.readFile(`${task}/${LOCK_NAME}`)?.toString('utf8')
    if (owner === undefined || (thread !== undefined && owner !== String(thread))) continue
    disk.remove(`${task}/${LOCK_NAME}`)
  }
}

/** Takes a task's directory; false where somebody has it. */
export function tryLock(disk: Disk, task: string, thread: number): boolean {
  return createExclusively(disk, `${task}/${LOCK_NAME}`, Buffer.from(String(thread)))
}

/** How far the stores of a task are, all changelogs together; undefined: nothing is there. */
function offsetSum(disk: Disk, task: string): number | undefined {
  let sum: number | undefined
  for (const store of storesOf(disk, task)) {
    for (const { nextOffset } of positionOf(disk, `${task}/${store}`)) sum = (sum ?? 0) + nextOffset
  }
  return sum
}

function positionOf(disk: Disk, directory: string): Iterable<{ readonly nextOffset: number }> {
  try {
    return readStoredPosition(disk, directory)?.changelogs.values() ?? []
  } catch {
    // Whoever opens it says what is wrong.
    return []
  }
}
