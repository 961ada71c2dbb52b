// The Disk port over node:fs, the only place that uses it. Every open file holds its own descriptor (there is no pool of
// them yet). A close waits for a sync that is under way: the number of a closed descriptor is given out again at once.
import * as fs from 'node:fs'
import { join } from 'node:path'
import type { Disk, DiskFile } from './disk.ts'
import { TidemillError } from './errors.ts'

const FLAGS: Readonly<Record<'create' | 'create-new' | 'read-write' | 'read', number>> = {
  create: fs.constants.O_RDWR | fs.constants.O_CREAT,
  'create-new': fs.constants.O_RDWR | fs.constants.O_CREAT | fs.constants.O_EXCL,
  'read-write': fs.constants.O_RDWR,
  read: fs.constants.O_RDONLY,
}

/** writev takes at most 1,024 chunks on Linux. */
const CHUNKS_MAX = 1024

/** Opens a directory as a disk; the directory is made where it is missing. */
export class NodeDisk implements Disk {
  readonly location: string

  constructor(directory: string) {
    this.location = directory
    attempt(`make the directory ${directory}`, () => fs.mkdirSync(directory, { recursive: true }))
  }

  exists(path: string): boolean {
    return fs.existsSync(this.#at(path))
  }

  list(directory: string): readonly string[] {
    const at = this.#at(directory)
    return attempt(`list ${at}`, () => (fs.existsSync(at) ? fs.readdirSync(at).sort() : []))
  }

  isDirectory(path: string): boolean {
    return fs.statSync(this.#at(path), { throwIfNoEntry: false })?.isDirectory() === true
  }

  makeDirectory(path: string): void {
    attempt(`make the directory ${this.#at(path)}`, () => fs.mkdirSync(this.#at(path), { recursive: true }))
  }

  open(path: string, mode: 'create' | 'create-new' | 'read-write' | 'read'): DiskFile {
    const at = this.#at(path)
    return new NodeFile(
      path,
      at,
      attempt(`open ${at}`, () => fs.openSync(at, FLAGS[mode], 0o644)),
    )
  }

  readFile(path: string): Buffer | undefined {
    const at = this.#at(path)
    return attempt(`read ${at}`, () => (fs.existsSync(at) ? fs.readFileSync(at) : undefined))
  }

  replaceFile(path: string, content: Uint8Array): void {
    const temporary = `${path}.tmp`
    const file = this.open(temporary, 'create')
    try {
      file.truncate(0)
      file.write([content], 0)
      file.syncNow()
    } finally {
      file.close()
    }
    this.rename(temporary, path)
    this.syncDirectory(path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '')
  }

  rename(from: string, to: string): void {
    attempt(`rename ${this.#at(from)} to ${to}`, () => fs.renameSync(this.#at(from), this.#at(to)))
  }

  remove(path: string): void {
    attempt(`remove ${this.#at(path)}`, () => fs.rmSync(this.#at(path), { force: true }))
  }

  removeDirectory(path: string): void {
    attempt(`remove the directory ${this.#at(path)}`, () => fs.rmdirSync(this.#at(path)))
  }

  syncDirectory(path: string): void {
    // Windows cannot open directories, and keeps its names in a journal.
    if (process.platform === 'win32') return
    const at = this.#at(path)
    attempt(`sync the directory ${at}`, () => {
      const descriptor = fs.openSync(at, fs.constants.O_RDONLY)
      try {
        fs.fsyncSync(descriptor)
      } finally {
        fs.closeSync(descriptor)
      }
    })
  }

  freeBytes(): number {
    const stats = attempt(`look at ${this.location}`, () => fs.statfsSync(this.location))
    return stats.bavail * stats.bsize
  }

  #at(path: string): string {
    return path === '' ? this.location : join(this.location, path)
  }
}

class NodeFile implements DiskFile {
  readonly path: string
  readonly #at: string
  readonly #descriptor: number
  #syncs = 0
  #isClosed = false

  constructor(path: string, at: string, descriptor: number) {
    this.path = path
    this.#at = at
    this.#descriptor = descriptor
  }

  size(): number {
    return attempt(`look at ${this.#at}`, () => fs.fstatSync(this.#descriptor).size)
  }

  read(target: Uint8Array, offset: number, length: number, position: number): number {
    return attempt(`read ${this.#at}`, () => {
      let done = 0
      while (done < length) {
        const count = fs.readSync(this.#descriptor, target, offset + done, length - done, position + done)
        if (count === 0) break
        done += count
      }
      return done
    })
  }

  write(chunks: readonly Uint8Array[], position: number): void {
    attempt(`write ${this.#at}`, () => {
      const first = chunks[0]
      if (chunks.length === 1 && first !== undefined) return this.#writeOne(first, position)
      let at = position
      for (let i = 0; i < chunks.length; i += CHUNKS_MAX) at = this.#writeMany(chunks.slice(i, i + CHUNKS_MAX), at)
    })
  }

  sync(): Promise<void> {
    this.#syncs++
    return new Promise((resolve, reject) => {
      fs.fdatasync(this.#descriptor, (error) => {
        this.#syncs--
        if (this.#isClosed && this.#syncs === 0) fs.closeSync(this.#descriptor)
        if (error === null) resolve()
        else reject(translate(`sync ${this.#at}`, error))
      })
    })
  }

  syncNow(): void {
    attempt(`sync ${this.#at}`, () => fs.fdatasyncSync(this.#descriptor))
  }

  truncate(size: number): void {
    attempt(`truncate ${this.#at}`, () => fs.ftruncateSync(this.#descriptor, size))
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    if (this.#syncs === 0) attempt(`close ${this.#at}`, () => fs.closeSync(this.#descriptor))
  }

  #writeOne(chunk: Uint8Array, position: number): void {
    let done = 0
    while (done < chunk.length) {
      done += fs.writeSync(this.#descriptor, chunk, done, chunk.length - done, position + done)
    }
  }

  /** Returns the position after them. A short writev goes on chunk by chunk. */
  #writeMany(chunks: readonly Uint8Array[], position: number): number {
    let done = fs.writevSync(this.#descriptor, chunks, position)
    let at = position
    for (const chunk of chunks) {
      const written = Math.min(done, chunk.length)
      done -= written
      if (written < chunk.length) this.#writeOne(chunk.subarray(written), at + written)
      at += chunk.length
    }
    return at
  }
}

function attempt<T>(what: string, action: () => T): T {
  try {
    return action()
  } catch (error) {
    throw translate(what, error)
  }
}

function translate(what: string, error: unknown): TidemillError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const reason = error instanceof Error ? error.message : String(error)
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new TidemillError('disk-full', `cannot ${what}: no space left on the disk. Free some space, then go on.`, {
      cause: error,
    })
  }
  if (code === 'EEXIST') return new TidemillError('file-exists', `cannot ${what}: it exists already`, { cause: error })
  return new TidemillError('disk-failed', `cannot ${what}: ${reason}`, { cause: error })
}
