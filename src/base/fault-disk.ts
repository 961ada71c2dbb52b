// A disk for tests of durability. It passes everything on to an inner disk and remembers what power loss may still take:
// writes and truncations of a file until a sync of it that began later has ended; creations, renames and removals until
// the directory was synced. crashImage() is a disk as it may be found after a crash now. Failures can be planned.
//
// Pending names are lost from the end, per directory (file systems keep the order of their journal); replaceFile is atomic
// and durable, as its contract says.
import { EMPTY_BYTES } from './bytes.ts'
import { must } from './assert.ts'
import type { Disk, DiskFile } from './disk.ts'
import { TidemillError } from './errors.ts'
import { MemoryDisk } from './memory-disk.ts'
import type { Prng } from './prng.ts'

/**
 * What happens to writes that were not synced: all 'lost'; 'kept' (the process died, not the machine); 'torn': the first
 * ones arrived, the last of these in part; 'reordered': any of them arrived, each perhaps in part.
 */
export type CrashKind = 'kept' | 'lost' | 'torn' | 'reordered'

export type DiskOperation = 'write' | 'truncate' | 'sync' | 'open' | 'rename' | 'remove' | 'replace' | 'directory'

type DataChange =
  | { readonly kind: 'write'; readonly position: number; readonly bytes: Buffer }
  | { readonly kind: 'truncate'; readonly size: number }

/** A file apart from its names: what is on the medium for sure, and what is not. */
interface Inode {
  durable: Buffer
  /** Where `durable` lies at the beginning, with room to grow: logs are appended to. Crash images copy. */
  room?: Buffer | undefined
  pending: DataChange[]
  /** How many changes were settled before those that are pending. */
  settled: number
}

type NameChange =
  | { readonly kind: 'link'; readonly path: string; readonly inode: Inode }
  | { readonly kind: 'unlink'; readonly path: string }
  | { readonly kind: 'make-directory'; readonly path: string }
  | { readonly kind: 'remove-directory'; readonly path: string }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string }

interface PlannedFailure {
  readonly code: 'disk-full' | 'disk-failed'
  readonly operations: readonly DiskOperation[] | undefined
  countdown: number
  readonly isLasting: boolean
}

export interface FailurePlan {
  readonly code: 'disk-full' | 'disk-failed'
  /** Which operation of those that count fails; 0 is the next. */
  readonly after: number
  /** The operations that count and fail. @defaultValue all */
  readonly operations?: readonly DiskOperation[]
  /** All later ones fail too, until heal(). @defaultValue false */
  readonly isLasting?: boolean
}

export class FaultDisk implements Disk {
  readonly location: string
  readonly #inner: Disk
  readonly #inodes = new Map<string, Inode>()
  #durableNames = new Map<string, Inode | 'directory'>()
  #pendingNames: NameChange[] = []
  #failure: PlannedFailure | undefined
  #held: Promise<void> | undefined
  /** Called before each operation that changes something; a test takes its crash images here. */
  onOperation: ((operation: DiskOperation, path: string) => void) | undefined

  constructor(inner: Disk = new MemoryDisk()) {
    this.#inner = inner
    this.location = inner.location
    this.#adopt('')
  }

  planFailure(plan: FailurePlan): void {
    this.#failure = {
      code: plan.code,
      operations: plan.operations,
      countdown: plan.after,
      isLasting: plan.isLasting ?? false,
    }
  }

  /** Has syncs of files wait from now on; call what it returns to let them end. */
  holdSyncs(): () => void {
    let release = (): void => {}
    this.#held = new Promise((resolve) => (release = resolve))
    return () => {
      this.#held = undefined
      release()
    }
  }

  heal(): void {
    this.#failure = undefined
  }

  /** A disk as it may be found when power is lost now. Same generator state, same image. */
  crashImage(kind: CrashKind, prng: Prng): MemoryDisk {
    const names = this.#survivingNames(kind, prng)
    const image = new MemoryDisk()
    for (const path of [...names.keys()].sort()) {
      const entry = must(names.get(path), 'name')
      if (path.includes('/')) image.makeDirectory(path.slice(0, path.lastIndexOf('/')))
      if (entry === 'directory') image.makeDirectory(path)
      else image.replaceFile(path, survivingBytes(entry, kind, prng))
    }
    return image
  }

  exists(path: string): boolean {
    return this.#inner.exists(path)
  }

  list(directory: string): readonly string[] {
    return this.#inner.list(directory)
  }

  isDirectory(path: string): boolean {
    return this.#inner.isDirectory(path)
  }

  makeDirectory(path: string): void {
    if (this.#inner.isDirectory(path)) return
    this.#step('directory', path)
    // Its parents come with it, each a name of its own.
    const parts = path.split('/')
    const made = parts.map((_, i) => parts.slice(0, i + 1).join('/')).filter((each) => !this.#inner.isDirectory(each))
    this.#inner.makeDirectory(path)
    for (const each of made) this.#pendingNames.push({ kind: 'make-directory', path: each })
  }

  open(path: string, mode: 'create' | 'create-new' | 'read-write' | 'read'): DiskFile {
    const isNew = (mode === 'create' || mode === 'create-new') && !this.#inner.exists(path)
    if (isNew) this.#step('open', path)
    const file = this.#inner.open(path, mode)
    if (isNew) this.#link(path, { durable: EMPTY_BYTES, pending: [], settled: 0 })
    return new FaultFile(file, must(this.#inodes.get(path), path), {
      step: (operation) => this.#step(operation, path),
      held: () => this.#held,
    })
  }

  readFile(path: string): Buffer | undefined {
    return this.#inner.readFile(path)
  }

  replaceFile(path: string, content: Uint8Array): void {
    this.#step('replace', path)
    this.#inner.replaceFile(path, content)
    this.#link(path, { durable: Buffer.from(content), pending: [], settled: 0 })
    this.#settleNames(directoryOf(path))
  }

  rename(from: string, to: string): void {
    this.#step('rename', from)
    this.#inner.rename(from, to)
    this.#pendingNames.push({ kind: 'rename', from, to })
    for (const [path, inode] of Array.from(this.#inodes)) {
      if (path !== from && !path.startsWith(`${from}/`)) continue
      this.#inodes.delete(path)
      this.#inodes.set(to + path.slice(from.length), inode)
    }
  }

  remove(path: string): void {
    this.#step('remove', path)
    this.#inner.remove(path)
    this.#inodes.delete(path)
    this.#pendingNames.push({ kind: 'unlink', path })
  }

  removeDirectory(path: string): void {
    this.#step('directory', path)
    this.#inner.removeDirectory(path)
    this.#pendingNames.push({ kind: 'remove-directory', path })
  }

  syncDirectory(path: string): void {
    this.#step('sync', path)
    this.#inner.syncDirectory(path)
    this.#settleNames(path)
  }

  freeBytes(): number {
    return this.#inner.freeBytes()
  }

  #step(operation: DiskOperation, path: string): void {
    this.onOperation?.(operation, path)
    const failure = this.#failure
    if (failure === undefined) return
    if (failure.operations !== undefined && !failure.operations.includes(operation)) return
    if (failure.countdown > 0) {
      failure.countdown--
      return
    }
    if (!failure.isLasting) this.#failure = undefined
    throw new TidemillError(failure.code, `cannot ${operation} ${path} on ${this.location}: a planned failure`)
  }

  #adopt(directory: string): void {
    for (const name of this.#inner.list(directory)) {
      const path = directory === '' ? name : `${directory}/${name}`
      if (this.#inner.isDirectory(path)) {
        this.#durableNames.set(path, 'directory')
        this.#adopt(path)
      } else {
        const inode: Inode = { durable: this.#inner.readFile(path) ?? EMPTY_BYTES, pending: [], settled: 0 }
        this.#inodes.set(path, inode)
        this.#durableNames.set(path, inode)
      }
    }
  }

  #link(path: string, inode: Inode): void {
    this.#inodes.set(path, inode)
    this.#pendingNames.push({ kind: 'link', path, inode })
  }

  /** A directory's sync settles all its changes so far; those of other directories stay pending. */
  #settleNames(directory: string): void {
    const rest: NameChange[] = []
    for (const change of this.#pendingNames) {
      if (directoriesOf(change).every((affected) => affected === directory)) applyName(this.#durableNames, change)
      else rest.push(change)
    }
    this.#pendingNames = rest
  }

  #survivingNames(kind: CrashKind, prng: Prng): ReadonlyMap<string, Inode | 'directory'> {
    const names = new Map(this.#durableNames)
    const cut = new Set<string>()
    for (const change of this.#pendingNames) {
      const directories = directoriesOf(change)
      const isLost = kind === 'lost' || (kind !== 'kept' && prng.integer(2) === 0)
      if (isLost) for (const directory of directories) cut.add(directory)
      if (!directories.some((directory) => cut.has(directory))) applyName(names, change)
    }
    for (const path of names.keys()) if (!hasParents(names, path)) names.delete(path)
    return names
  }
}

interface FaultHost {
  step(operation: DiskOperation): void
  /** Settles when syncs may end. */
  held(): Promise<void> | undefined
}

class FaultFile implements DiskFile {
  readonly path: string
  readonly #file: DiskFile
  readonly #inode: Inode
  readonly #host: FaultHost

  constructor(file: DiskFile, inode: Inode, host: FaultHost) {
    this.path = file.path
    this.#file = file
    this.#inode = inode
    this.#host = host
  }

  size(): number {
    return this.#file.size()
  }

  read(target: Uint8Array, offset: number, length: number, position: number): number {
    return this.#file.read(target, offset, length, position)
  }

  /** A write that fails has written its first half: the caller has to cut it off. */
  write(chunks: readonly Uint8Array[], position: number): void {
    const bytes = Buffer.concat(chunks)
    try {
      this.#host.step('write')
    } catch (error) {
      this.#put(bytes.subarray(0, bytes.length >> 1), position)
      throw error
    }
    this.#put(bytes, position)
  }

  async sync(): Promise<void> {
    this.#host.step('sync')
    const covered = this.#inode.settled + this.#inode.pending.length
    await this.#file.sync()
    await this.#host.held()
    this.#settle(covered)
  }

  syncNow(): void {
    this.#host.step('sync')
    this.#file.syncNow()
    this.#settle(this.#inode.settled + this.#inode.pending.length)
  }

  truncate(size: number): void {
    this.#host.step('truncate')
    this.#file.truncate(size)
    this.#inode.pending.push({ kind: 'truncate', size })
  }

  close(): void {
    this.#file.close()
  }

  #put(bytes: Buffer, position: number): void {
    this.#file.write([bytes], position)
    this.#inode.pending.push({ kind: 'write', position, bytes })
  }

  /** Makes the first `covered` changes of the file's life durable; another sync may have settled some of them meanwhile. */
  #settle(covered: number): void {
    const inode = this.#inode
    const count = covered - inode.settled
    if (count <= 0) return
    for (const change of inode.pending.slice(0, count)) settle(inode, change)
    inode.pending = inode.pending.slice(count)
    inode.settled = covered
  }
}

function directoryOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : ''
}

function directoriesOf(change: NameChange): readonly string[] {
  return change.kind === 'rename' ? [directoryOf(change.from), directoryOf(change.to)] : [directoryOf(change.path)]
}

function hasParents(names: ReadonlyMap<string, Inode | 'directory'>, path: string): boolean {
  const parent = directoryOf(path)
  return parent === '' || (names.get(parent) === 'directory' && hasParents(names, parent))
}

function applyName(names: Map<string, Inode | 'directory'>, change: NameChange): void {
  switch (change.kind) {
    case 'link':
      names.set(change.path, change.inode)
      return
    case 'unlink':
    case 'remove-directory':
      names.delete(change.path)
      return
    case 'make-directory':
      names.set(change.path, 'directory')
      return
    case 'rename':
      for (const [path, entry] of Array.from(names)) {
        if (path !== change.from && !path.startsWith(`${change.from}/`)) continue
        names.delete(path)
        names.set(change.to + path.slice(change.from.length), entry)
      }
  }
}

function survivingBytes(inode: Inode, kind: CrashKind, prng: Prng): Buffer {
  if (kind === 'lost') return inode.durable
  let bytes = inode.durable
  const arrived = kind === 'torn' ? prng.integer(inode.pending.length + 1) : inode.pending.length
  inode.pending.slice(0, arrived).forEach((change, i) => {
    if (kind === 'kept') bytes = applyData(bytes, change)
    else if (kind === 'torn') bytes = applyData(bytes, i === arrived - 1 ? tear(change, prng) : change)
    else if (prng.integer(2) === 0) bytes = applyData(bytes, prng.integer(2) === 0 ? tear(change, prng) : change)
  })
  return bytes
}

/** Some first bytes of a write; a truncation happens or not, but never in part. */
function tear(change: DataChange, prng: Prng): DataChange {
  if (change.kind === 'truncate') return change
  return { ...change, bytes: change.bytes.subarray(0, prng.integer(change.bytes.length + 1)) }
}

function settle(inode: Inode, change: DataChange): void {
  if (change.kind === 'truncate') {
    inode.durable = applyData(inode.durable, change)
    inode.room = undefined
    return
  }
  const { position, bytes } = change
  const before = inode.durable.length
  const size = Math.max(before, position + bytes.length)
  if (inode.room === undefined || inode.room.length < size) {
    const room = Buffer.alloc(2 * size)
    inode.durable.copy(room)
    inode.room = room
  }
  bytes.copy(inode.room, position)
  inode.durable = inode.room.subarray(0, size)
}

function applyData(bytes: Buffer, change: DataChange): Buffer {
  if (change.kind === 'truncate') {
    if (change.size <= bytes.length) return bytes.subarray(0, change.size)
    return Buffer.concat([bytes], change.size)
  }
  if (change.bytes.length === 0) return bytes
  const result = Buffer.alloc(Math.max(bytes.length, change.position + change.bytes.length))
  bytes.copy(result)
  change.bytes.copy(result, change.position)
  return result
}
