// The door to files. Appends and reads are synchronous (a pool hop costs ten times a small write), durability is
// asynchronous and grouped by the caller. Paths are relative to the disk's root, with '/'. A write error throws a
// TidemillError with code disk-full or disk-failed; what was written before stays.

export interface DiskFile {
  readonly path: string
  size(): number
  /** Reads up to `length` bytes at `position` into `target` from `offset`; returns how many there were. */
  read(target: Uint8Array, offset: number, length: number, position: number): number
  /** Writes all chunks one after another at `position`, whole or not at all as far as the caller can tell (throws otherwise). */
  write(chunks: readonly Uint8Array[], position: number): void
  /** Makes everything written so far survive power loss (fdatasync). After a failure the file must not be trusted again. */
  sync(): Promise<void>
  syncNow(): void
  truncate(size: number): void
  close(): void
}

export interface Disk {
  /** A sentence for messages: where this disk is. */
  readonly location: string
  exists(path: string): boolean
  /** Names in the directory, sorted; empty where it does not exist. */
  list(directory: string): readonly string[]
  isDirectory(path: string): boolean
  makeDirectory(path: string): void
  /** 'create' makes it when it is missing; 'create-new' fails where it exists; 'read' is read-only. */
  open(path: string, mode: 'create' | 'create-new' | 'read-write' | 'read'): DiskFile
  readFile(path: string): Buffer | undefined
  /** Replaces a file atomically and durably: temporary file, sync, rename, sync of the directory. */
  replaceFile(path: string, content: Uint8Array): void
  rename(from: string, to: string): void
  remove(path: string): void
  removeDirectory(path: string): void
  /** Makes creations, renames and removals in the directory survive power loss. */
  syncDirectory(path: string): void
  freeBytes(): number
}
