// Shares out the memory of a thread's state: caches and pending writes have limits of their own; what is left of the whole is for
// the stores on disk, one half for their tables in memory, the other for blocks that were read.
import { type Disk, NodeDisk } from '../base/index.ts'
import type { ThreadConfig } from '../runtime/index.ts'
import { LsmMemory } from '../state/index.ts'
import { CompactionWorker } from './compaction-worker.ts'
import { TaskStores } from './task-stores.ts'

const KIB = 1_024
const MIB = 1_024 * KIB
/** Of one store. */
const TABLE_BYTES_MAX = 4 * MIB
/** Less would write runs of next to nothing. */
const TABLES_BYTES_MIN = 256 * KIB

export function openTaskStores(
  disk: Disk,
  thread: number,
  config: ThreadConfig,
  onWarning: (message: string) => void,
): TaskStores {
  const { stateMemoryBytesMax, cacheBytesMax, uncommittedBytesMax, stateCompression } = config
  const rest = Math.max(2 * TABLES_BYTES_MIN, stateMemoryBytesMax - cacheBytesMax - uncommittedBytesMax)
  const half = Math.floor(rest / 2)
  const memory = new LsmMemory({
    blockBytesMax: half,
    tablesBytesMax: half,
    tableBytesMax: Math.min(TABLE_BYTES_MAX, half),
  })
  // A disk that is none of the machine's cannot be shared with a worker.
  const compactor = disk instanceof NodeDisk ? new CompactionWorker({ directory: disk.location, onWarning }) : undefined
  return new TaskStores({ disk, thread, memory, compactor, compression: stateCompression, onWarning })
}
