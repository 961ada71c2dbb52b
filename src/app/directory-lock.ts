// Who owns a directory: a file with the process id, its start time, an address and a nonce. It is stale when no such process
// lives, never by age.
//
// Taking it: create the file exclusively; where it exists and its process is gone, rename it away under the name of its nonce
// (so that of several who find it stale one wins), create again, and read the nonce back.
import type { Disk, Prng } from '../base/index.ts'
import { TidemillError } from '../base/index.ts'
import { type ProcessIdentity, isAlive, ownIdentity } from './process-identity.ts'

export interface LockOwner extends ProcessIdentity {
  readonly host: string
  /** 0: it does not listen (yet). */
  readonly port: number
  readonly nonce: string
}

/** Times that a stale file is cleared away or a half-written one read again before it is given up. */
const ATTEMPTS_MAX = 20
/** A file that cannot be read is looked at so often, with a pause, before it counts as left behind. */
const UNREADABLE_ATTEMPTS = 10
const UNREADABLE_PAUSE_MS = 10

export class DirectoryLock {
  readonly #disk: Disk
  readonly #path: string
  #owner: LockOwner

  private constructor(disk: Disk, path: string, owner: LockOwner) {
    this.#disk = disk
    this.#path = path
    this.#owner = owner
  }

  /** Takes the lock, or tells who has it. */
  static take(disk: Disk, path: string, prng: Prng): DirectoryLock | LockOwner {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const owner: LockOwner = { ...ownIdentity(), host: '127.0.0.1', port: 0, nonce: prng.uuid() }
      if (createExclusively(disk, path, encode(owner))) {
        if (readOwner(disk, path)?.nonce === owner.nonce) return new DirectoryLock(disk, path, owner)
        continue
      }
      const other = readOwner(disk, path)
      if (other === undefined) {
        // Half-written by somebody who is at it, or who died at it: only time tells which.
        if (attempt < UNREADABLE_ATTEMPTS) blockFor(UNREADABLE_PAUSE_MS)
        else clearAway(disk, path, 'unreadable')
        continue
      }
      if (isAlive(other)) return other
      clearAway(disk, path, other.nonce)
    }
    throw new TidemillError(
      'directory-locked',
      `${disk.location}/${path} could not be taken in ${ATTEMPTS_MAX} attempts: do many processes start on this directory at once? Start again`,
    )
  }

  get owner(): LockOwner {
    return this.#owner
  }

  /** Tells others where to find the owner. */
  setAddress(host: string, port: number): void {
    this.#owner = { ...this.#owner, host, port }
    this.#disk.replaceFile(this.#path, encode(this.#owner))
  }

  /** Somebody else may have taken it, if this process was thought dead. */
  isHeld(): boolean {
    return readOwner(this.#disk, this.#path)?.nonce === this.#owner.nonce
  }

  release(): void {
    if (this.isHeld()) this.#disk.remove(this.#path)
  }
}

/** Who has the lock; undefined: nobody, or it cannot be read. */
export function readOwner(disk: Disk, path: string): LockOwner | undefined {
  const text = disk.readFile(path)?.toString('utf8')
  if (text === undefined || text === '') return undefined
  try {
    const value = JSON.parse(text) as Partial<LockOwner>
    const { pid, startTime, host, port, nonce } = value
    if (typeof pid !== 'number' || typeof startTime !== 'string' || typeof nonce !== 'string') return undefined
    return { pid, startTime, host: host ?? '127.0.0.1', port: port ?? 0, nonce }
  } catch {
    return undefined
  }
}

/** Writes a file that must not be there yet; false where it is. */
export function createExclusively(disk: Disk, path: string, content: Buffer): boolean {
  try {
    const file = disk.open(path, 'create-new')
    try {
      file.write([content], 0)
    } finally {
      file.close()
    }
    return true
  } catch (error) {
    if (error instanceof TidemillError && error.code === 'file-exists') return false
    throw error
  }
}

function clearAway(disk: Disk, path: string, nonce: string): void {
  const aside = `${path}.${nonce}.stale`
  // Another is clearing it away right now, or has: look again.
  if (disk.exists(aside)) disk.remove(aside)
  const found = readOwner(disk, path)
  if (found !== undefined && found.nonce !== nonce) return
  try {
    disk.rename(path, aside)
  } catch {
    // Renamed by another in between.
    return
  }
  const moved = readOwner(disk, aside)
  if (moved !== undefined && moved.nonce !== nonce && !disk.exists(path)) disk.rename(aside, path)
  else disk.remove(aside)
}

/** Blocks the thread: it has nothing else to do before it knows whose the directory is. */
function blockFor(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

function encode(owner: LockOwner): Buffer {
  return Buffer.from(`${JSON.stringify(owner)}\n`, 'utf8')
}
