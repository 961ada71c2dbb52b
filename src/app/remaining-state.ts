// What an application keeps on this machine, and whether somebody uses it.
import { NodeDisk } from '../base/index.ts'
import { readOwner } from './directory-lock.ts'
import { isAlive } from './process-identity.ts'
import { LOCK, instanceDirectories } from './state-directory.ts'

export interface RemainingState {
  readonly directory: string
  /** Of the process that runs on it; undefined: nobody. */
  readonly pid: number | undefined
}

/** The directories of all instances of an application under a state directory. */
export function remainingState(stateDir: string, applicationId: string): readonly RemainingState[] {
  return instanceDirectories(stateDir, applicationId).map((directory) => {
    const owner = readOwner(new NodeDisk(directory), LOCK)
    return { directory, pid: owner !== undefined && isAlive(owner) ? owner.pid : undefined }
  })
}
