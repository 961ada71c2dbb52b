// A disk that lives in memory: for tests, the test driver, simulation and the broker's memory mode. Syncs settle in a
// microtask and do nothing; FaultDisk adds what power loss does. A removed file stays readable through open handles.
import { must } from './assert.ts'
import { EMPTY_BYTES } from './bytes.ts'
import type { Disk, DiskFile } from './disk.ts'
import { TidemillError } from './errors.ts'

const FIRST_CAPACITY = 256
const CHUNK_BYTES = 256 * 1_024

/** The bytes behind a name; several handles may share them. */
class Content {
  size = 0
  /** Each of CHUNK_BYTES; where there is only one, it may be shorter and grow. What lies behind the size is anything. */
  readonly #chunks: Buffer[] = []

  /** Copies out bytes that are there. */
  read(target: Uint8Array, offset: number, start: number, end: number): void {
    for (let at = start; at < end;) {
      const from = at % CHUNK_BYTES
      const count = Math.min(CHUNK_BYTES - from, end - at)
      this.#chunkAt(at).copy(target, offset + at - start, from, from + count)
      at += count
    }
  }

  write(bytes: Uint8Array, position: number): void {
    for (let at = 0; at < bytes.length;) {
      const to = (position + at) % CHUNK_BYTES
      const count = Math.min(CHUNK_BYTES - to, bytes.length - at)
      this.#chunkAt(position + at).set(count === bytes.length ? bytes : bytes.subarray(at, at + count), to)
      at += count
    }
  }

  zero(start: number, end: number): void {
    for (let at = start; at < end;) {
      const from = at % CHUNK_BYTES
      const count = Math.min(CHUNK_BYTES - from, end - at)
      this.#chunkAt(at).fill(0, from, from + count)
      at += count
    }
  }

  /** Makes room up to `end`; the size stays. */
  reserve(end: number): void {
    const chunks = this.#chunks
    const [first] = chunks
    if ((first?.length ?? 0) < Math.min(end, CHUNK_BYTES)) {
      const doubled = Math.max(FIRST_CAPACITY, end, (first?.length ?? 0) * 2)
      const grown = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, doubled))
      first?.copy(grown, 0, 0, this.size)
      chunks[0] = grown
    }
    while (chunks.length * CHUNK_BYTES < end) chunks.push(Buffer.allocUnsafeSlow(CHUNK_BYTES))
  }

  #chunkAt(position: number): Buffer {
    return must(this.#chunks[Math.floor(position / CHUNK_BYTES)], 'a chunk of a file in memory')
  }
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
      content = new Content()
      this.#files.set(key, content)
    }
    return new MemoryFile(path, content, (count) => this.#reserve(count))
  }

  readFile(path: string): Buffer | undefined {
    const content = this.#files.get(normalise(path))
    if (content === undefined) return undefined
    const bytes = Buffer.allocUnsafe(content.size)
    content.read(bytes, 0, 0, content.size)
    return bytes
  }

  replaceFile(path: string, bytes: Uint8Array): void {
    const key = normalise(path)
    this.#requireParent(key)
    this.#reserve(bytes.length - (this.#files.get(key)?.size ?? 0))
    const content = new Content()
    content.reserve(bytes.length)
    content.write(bytes, 0)
    content.size = bytes.length
    this.#files.set(key, content)
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
    this.#content.read(target, offset, position, end)
    return end - position
  }

  write(chunks: readonly Uint8Array[], position: number): void {
    let end = position
    for (const chunk of chunks) end += chunk.length
    this.#grow(position, end)
    let at = position
    for (const chunk of chunks) {
      this.#content.write(chunk, at)
      at += chunk.length
    }
  }

  sync(): Promise<void> {
    return Promise.resolve()
  }

  syncNow(): void {}

  truncate(size: number): void {
    if (size > this.#content.size) return this.#grow(size, size)
    this.#reserve(size - this.#content.size)
    this.#content.size = size
  }

  close(): void {}

  /** Makes room up to `end`; what lies between the old size and `written` reads as zeros. */
  #grow(written: number, end: number): void {
    const content = this.#content
    if (end <= content.size) return
    this.#reserve(end - content.size)
    content.reserve(end)
    content.zero(content.size, written)
    content.size = end
  }
}

function normalise(path: string): string {
  return path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/')
}
