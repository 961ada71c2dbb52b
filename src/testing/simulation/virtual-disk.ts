// A disk of a simulated process: slow, failing, and lost with the process that it belongs to. What survives a crash is FaultDisk's to say.
import { type Disk, type DiskFile, FaultDisk, type MemoryDisk, TidemillError } from '../../base/index.ts'
import type { VirtualProcess } from './virtual-process.ts'

/** Of a healthy disk. */
const SYNC_MS_MIN = 0.2
const SYNC_MS_MAX = 3

export class VirtualDisk {
  /** Takes its crash images and plans failures. */
  readonly faults: FaultDisk
  readonly #process: VirtualProcess
  /** Each sync takes so much longer. */
  slowMs = 0

  constructor(process: VirtualProcess, content: MemoryDisk) {
    this.#process = process
    this.faults = new FaultDisk(delayed(content, () => this.#sync()))
    this.faults.onOperation = (operation, path) => {
      if (!process.call('disk'))
        throw new TidemillError('disk-failed', `cannot ${operation} ${path}: the process is dead`)
    }
  }

  #sync(): Promise<void> {
    const { prng } = this.#process
    return this.#process.wait(SYNC_MS_MIN + (SYNC_MS_MAX - SYNC_MS_MIN) * prng.next() + this.slowMs * prng.next())
  }
}

/** The disk, with syncs that take their time. */
function delayed(disk: MemoryDisk, sync: () => Promise<void>): Disk {
  return {
    location: disk.location,
    exists: (path) => disk.exists(path),
    list: (directory) => disk.list(directory),
    isDirectory: (path) => disk.isDirectory(path),
    makeDirectory: (path) => disk.makeDirectory(path),
    open: (path, mode) => delayedFile(disk.open(path, mode), sync),
    readFile: (path) => disk.readFile(path),
    replaceFile: (path, content) => disk.replaceFile(path, content),
    rename: (from, to) => disk.rename(from, to),
    remove: (path) => disk.remove(path),
    removeDirectory: (path) => disk.removeDirectory(path),
    syncDirectory: (path) => disk.syncDirectory(path),
    freeBytes: () => disk.freeBytes(),
  }
}

function delayedFile(file: DiskFile, sync: () => Promise<void>): DiskFile {
  return {
    path: file.path,
    size: () => file.size(),
    read: (target, offset, length, position) => file.read(target, offset, length, position),
    write: (chunks, position) => file.write(chunks, position),
    sync,
    syncNow: () => file.syncNow(),
    truncate: (size) => file.truncate(size),
    close: () => file.close(),
  }
}
