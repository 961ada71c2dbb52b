// The stores of applications that do not run, as the command line looks at them: found by the layout of the state directory, opened
// for reading only.
import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type Disk, NodeDisk, TidemillError } from '../base/index.ts'
import {
  type StoreReader,
  type StoreReport,
  isSetAside,
  isStoreDirectory,
  readStore,
  verifyStore,
} from '../state/index.ts'
import { readOwner } from './directory-lock.ts'
import { isAlive } from './process-identity.ts'
import { LOCK } from './state-directory.ts'
import { storesOf, storesSetAside, taskDirectories } from './task-stores.ts'

/** A store of a task in a state directory. */
export interface OfflineStore {
  /** `<applicationId>`, or `<applicationId>@<n>` of a second instance on the directory. */
  readonly instance: string
  readonly task: string
  readonly name: string
  /** It was put aside: the application went on without it. */
  readonly isSetAside: boolean
  /** Opens it for reading; nothing is changed. */
  read(): StoreReader
  /** Reads every byte. */
  verify(): StoreReport
}

/**
 * Finds the stores in a state directory, or in the directory of one application in it. Where a process has them open it refuses,
 * unless `force` says that what is read may be half-written.
 *
 * @throws TidemillError `invalid-argument` there is no such directory, `directory-locked` a process uses it
 */
export function findStores(dir: string, force: boolean = false): readonly OfflineStore[] {
  if (!existsSync(dir) || !statSync(dir).isDirectory()) {
    throw new TidemillError('invalid-argument', `${dir} is no directory: name the stateDir of an application`)
  }
  return instancesIn(dir).flatMap((path) => {
    const disk = new NodeDisk(path)
    if (!force) checkFree(disk)
    return taskDirectories(disk).flatMap((task) => storesIn(disk, basename(path), task))
  })
}

function instancesIn(dir: string): readonly string[] {
  const isInstance = (path: string): boolean =>
    statSync(path).isDirectory() && taskDirectories(new NodeDisk(path)).length > 0
  if (isInstance(dir)) return [dir]
  return readdirSync(dir)
    .map((name) => join(dir, name))
    .filter(isInstance)
    .sort()
}

function checkFree(disk: Disk): void {
  const owner = readOwner(disk, LOCK)
  if (owner === undefined || !isAlive(owner)) return
  throw new TidemillError(
    'directory-locked',
    `${disk.location} is in use by process ${owner.pid}: stop it first, or read all the same with --force (what it is writing may look damaged)`,
  )
}

function storesIn(disk: Disk, instance: string, task: string): readonly OfflineStore[] {
  const names = [...storesOf(disk, task), ...storesSetAside(disk, task)]
  return names.flatMap((name) => {
    const directory = `${task}/${name}`
    if (!isStoreDirectory(disk, directory)) return []
    const read = (): StoreReader => readStore(disk, directory)
    return [{ instance, task, name, isSetAside: isSetAside(name), read, verify: () => verifyStore(disk, directory) }]
  })
}
