// What is thrown where a file of a store is not what was written.
import { TaskCorruptedError } from '../../base/index.ts'

/** The store is to be set aside and restored from its changelog. */
export function storeCorrupt(path: string, offset: number, problem: string): TaskCorruptedError {
  return new TaskCorruptedError(
    'store-corrupt',
    `${path} is damaged at offset ${offset}: ${problem}; the store is set aside and restored from its changelog (check the disk)`,
    { path },
  )
}
