// The directory of one instance: `<stateDir>/<applicationId>/` with a lock and the id of the process, as Kafka Streams names them.
//
//   .lock                             who has it (directory-lock.ts)
//   version                           of the layout: what a newer one has made is refused by name
//   kafka-streams-process-metadata    {"processId": "<uuid>"}: kept over restarts, so that the group knows who comes back
//
// A second instance on the same directory takes `<applicationId>@2/`, and so on: it is another process to the group.
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Disk, NodeDisk, type Prng, TidemillError } from '../base/index.ts'
import { DirectoryLock, type LockOwner } from './directory-lock.ts'

export const LOCK = '.lock'
const VERSION_FILE = 'version'
const LAYOUT_VERSION = 1
const PROCESS_FILE = 'kafka-streams-process-metadata'
const INSTANCES_MAX = 64

export class StateDirectory {
  readonly path: string
  readonly disk: Disk
  readonly processId: string
  readonly #lock: DirectoryLock

  private constructor(path: string, disk: Disk, processId: string, lock: DirectoryLock) {
    this.path = path
    this.disk = disk
    this.processId = processId
    this.#lock = lock
  }

  static open(stateDir: string, applicationId: string, prng: Prng): StateDirectory {
    let owner: LockOwner | undefined
    for (let instance = 1; instance <= INSTANCES_MAX; instance++) {
      const path = join(stateDir, instance === 1 ? applicationId : `${applicationId}@${instance}`)
      const disk = new NodeDisk(path)
      const taken = DirectoryLock.take(disk, LOCK, prng)
      if (taken instanceof DirectoryLock) return StateDirectory.#taken(path, disk, prng, taken)
      owner = taken
    }
    throw new TidemillError(
      'directory-locked',
      `${stateDir} has ${INSTANCES_MAX} instances of '${applicationId}' at work already (the last is process ${owner?.pid}): ` +
        'give this one another stateDir',
    )
  }

  static #taken(path: string, disk: Disk, prng: Prng, lock: DirectoryLock): StateDirectory {
    try {
      checkVersion(disk)
      return new StateDirectory(path, disk, processIdIn(disk, prng), lock)
    } catch (error) {
      lock.release()
      throw error
    }
  }

  /** What a question to this instance must carry: it is in the lock, for whoever may read the directory. */
  get token(): string {
    return this.#lock.owner.nonce
  }

  /** Says in the lock where the instance answers questions. */
  publish(host: string, port: number): void {
    this.#lock.setAddress(host, port)
  }

  /** Deletes what is in it; the lock must not be held by anybody who runs. */
  removeState(): void {
    for (const name of this.disk.list('')) {
      if (name !== LOCK) rmSync(join(this.path, name), { recursive: true, force: true })
    }
  }

  close(): void {
    this.#lock.release()
  }
}

/** Where instances on this state directory have theirs, running or not. */
export function instanceDirectories(stateDir: string, applicationId?: string): readonly string[] {
  // A look leaves no trace.
  const names = existsSync(stateDir) ? readdirSync(stateDir) : []
  const isWanted = (name: string): boolean =>
    applicationId === undefined ||
    (name.startsWith(applicationId) && /^(@\d+)?$/.test(name.slice(applicationId.length)))
  return names
    .filter(isWanted)
    .map((name) => join(stateDir, name))
    .sort()
}

/** Older layouts are read as they are; there is none that differs. */
function checkVersion(disk: Disk): void {
  const text = disk.readFile(VERSION_FILE)?.toString('utf8').trim()
  if (text === String(LAYOUT_VERSION)) return
  if (Number(text) > LAYOUT_VERSION) {
    throw new TidemillError(
      'store-too-new',
      `${disk.location} has layout ${text}, this version of Tidemill reads up to ${LAYOUT_VERSION}: upgrade, or give another stateDir (its changelogs have everything)`,
    )
  }
  disk.replaceFile(VERSION_FILE, Buffer.from(`${LAYOUT_VERSION}\n`))
}

function processIdIn(disk: Disk, prng: Prng): string {
  const text = disk.readFile(PROCESS_FILE)?.toString('utf8')
  if (text !== undefined) {
    const match = /"processId"\s*:\s*"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"/i.exec(text)
    if (match?.[1] !== undefined) return match[1].toLowerCase()
  }
  const processId = prng.uuid()
  disk.replaceFile(PROCESS_FILE, Buffer.from(JSON.stringify({ processId }), 'utf8'))
  return processId
}
