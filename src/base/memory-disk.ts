// A disk that lives in memory: for tests, the test driver, simulation and the broker's memory mode. Syncs settle in a
// microtask and do nothing; FaultDisk adds what power loss does. A removed file stays readable through open handles.
import { EMPTY_BYTES } from './bytes.ts'
import type { Disk, DiskFile } from './disk.ts'
import { TidemillError } from './errors.ts'

const FIRST_CAPACITY = 256

/** The bytes behind a name; several handles may share them. */
interface Content {
  bytes: Buffer
  size: number
}

export interface MemoryDiskOptions {
  /** Writes beyond it fail with disk-full. @defaultValue no limit */
  readonly bytesMax?: number
}

export class MemoryDisk implements Disk {
  readonly location: string = 'memory'
  readonly #bytesMax: number
  readonly #files = new Map<string, Content>()
  readonly #directories = new Set<string>([''])
  #bytes = 0

  constructor(options: MemoryDiskOptions = {}) {
    this.#bytesMax = options.bytesMax ?? Number.MAX_SAFE_INTEGER
  }

  exists(path: string): boolean {
    const key = normalise(path)
    return this.#files.has(key) || this.#directories.has(key)
  }

  list(directory: string): readonly string[] {
    const parent = normalise(directory)
    const prefix = parent === '' ? '' : `${parent}/`
    const names: string[] = []
    for (const path of [...this.#files.keys(), ...this.#directories]) {
      if (path === '' || !path.startsWith(prefix)) continue
      const name = path.slice(prefix.length)
      if (name !== '' && !name.includes('/')) names.push(name)
    }
    return names.sort()
  }

  isDirectory(path: string): boolean {
    return this.#directories.has(normalise(path))
  }

  makeDirectory(path: string): void {
    const parts = normalise(path).split('/')
    for (let i = 1; i <= parts.length; i++) this.#directories.add(parts.slice(0, i).join('/'))
  }

  open(path: string, mode: 'create' | 'create-new' | 'read-write' | 'read'): DiskFile {
    const key = normalise(path)
    let content = this.#files.get(key)
    if (content !== undefined && mode === 'create-new') {
      throw new TidemillError('file-exists', `${path} exists already on ${this.location}`)
    }
    if (content === undefined) {
      if (mode === 'read' || mode === 'read-write') {
        throw new TidemillError('disk-failed', `${path} does not exist on ${this.location}`)
      }
      this.#requireParent(key)
      content = { bytes: EMPTY_BYTES, size: 0 }
      this.#files.set(key, content)
    }
    return new MemoryFile(path, content, (count) => this.#reserve(count))
  }

  readFile(path: string): Buffer | undefined {
    const content = this.#files.get(normalise(path))
    return content === undefined ? undefined : Buffer.from(content.bytes.subarray(0, content.size))
  }

  replaceFile(path: string, bytes: Uint8Array): void {
    const key = normalise(path)
    this.#requireParent(key)
    this.#reserve(bytes.length - (this.#files.get(key)?.size ?? 0))
    this.#files.set(key, { bytes: Buffer.from(bytes), size: bytes.length })
  }

  rename(from: string, to: string): void {
    const source = normalise(from)
    const target = normalise(to)
    this.#requireParent(target)
    const content = this.#files.get(source)
    if (content !== undefined) {
      this.#reserve(-(this.#files.get(target)?.size ?? 0))
      this.#files.delete(source)
      this.#files.set(target, content)
      return
    }
    if (!this.#directories.has(source)) {
      throw new TidemillError('disk-failed', `cannot rename ${from} on ${this.location}: it does not exist`)
    }
    this.#renameDirectory(source, target)
  }

  remove(path: string): void {
    const key = normalise(path)
    this.#reserve(-(this.#files.get(key)?.size ?? 0))
    this.#files.delete(key)
  }

  removeDirectory(path: string): void {
    const key = normalise(path)
    if (this.list(key).length > 0) {
      throw new TidemillError('disk-failed', `cannot remove the directory ${path} on ${this.location}: it is not empty`)
    }
    this.#directories.delete(key)
  }

  syncDirectory(_path: string): void {}

  freeBytes(): number {
    return this.#bytesMax - this.#bytes
  }

  /** All files with their content, sorted by path: for tests that compare disks. */
  snapshot(): ReadonlyMap<string, Buffer> {
    const paths = [...this.#files.keys()].sort()
    return new Map(paths.map((path) => [path, this.readFile(path) ?? EMPTY_BYTES]))
  }

  #reserve(count: number): void {
    if (count > 0 && this.#bytes + count > this.#bytesMax) {
      throw new TidemillError('disk-full', `no space left on ${this.location}: ${this.#bytesMax} bytes are in use`)
    }
    this.#bytes += count
  }

  #requireParent(key: string): void {
    const parent = key.includes('/') ? key.slice(0, key.lastIndexOf('/')) : ''
    if (!this.#directories.has(parent)) {
      throw new TidemillError('disk-failed', `the directory ${parent} does not exist on ${this.location}`)
    }
  }

  #renameDirectory(source: string, target: string): void {
    for (const path of Array.from(this.#directories)) {
      if (path !== source && !path.startsWith(`${source}/`)) continue
      this.#directories.delete(path)
      this.#directories.add(target + path.slice(source.length))
    }
    for (const [path, content] of Array.from(this.#files)) {
      if (!path.startsWith(`${source}/`)) continue
      this.#files.delete(path)
      this.#files.set(target + path.slice(source.length), content)
    }
  }
}

class MemoryFile implements DiskFile {
  readonly path: string
  readonly #content: Content
  readonly #reserve: (bytes: number) => void

  constructor(path: string, content: Content, reserve: (bytes: number) => void) {
    this.path = path
    this.#content = content
    this.#reserve = reserve
  }

  size(): number {
    return this.#content.size
  }

  read(target: Uint8Array, offset: number, length: number, position: number): number {
    const end = Math.min(position + length, this.#content.size)
    if (end <= position) return 0
    return this.#content.bytes.copy(target, offset, position, end)
  }

  write(chunks: readonly Uint8Array[], position: number): void {
    let end = position
    for (const chunk of chunks) end += chunk.length
    this.#grow(end)
    let at = position
    for (const chunk of chunks) {
      this.#content.bytes.set(chunk, at)
      at += chunk.length
    }
  }

  sync(): Promise<void> {
    return Promise.resolve()
  }

  syncNow(): void {}

  truncate(size: number): void {
    if (size > this.#content.size) return this.#grow(size)
    this.#reserve(size - this.#content.size)
    this.#content.size = size
  }

  close(): void {}

  /** Makes room up to `end`; what lies between the old size and `end` reads as zeros until written. */
  #grow(end: number): void {
    const content = this.#content
    if (end <= content.size) return
    this.#reserve(end - content.size)
    if (end > content.bytes.length) {
      const bytes = Buffer.allocUnsafeSlow(Math.max(FIRST_CAPACITY, end, content.bytes.length * 2))
      content.bytes.copy(bytes, 0, 0, content.size)
      content.bytes = bytes
    }
    content.bytes.fill(0, content.size, end)
    content.size = end
  }
}

function normalise(path: string): string {
  return path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/')
}
