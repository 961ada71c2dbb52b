// Stores that cannot be gone on with are put out of the way, for people to look at: `<store>.set-aside-<n>` beside the store. The
// newest are kept.
import { type Disk, removeTree } from '../../base/index.ts'

const ASIDE = '.set-aside-'
/** Of one store; older ones make room. */
const ASIDE_MAX = 2

/** Moves the files of a store that is closed out of the way; returns where they are, undefined where there are none. */
export function setStoreAside(disk: Disk, task: string, store: string): string | undefined {
  const directory = `${task}/${store}`
  if (!disk.isDirectory(directory)) return undefined
  const numbers = asideNumbers(disk, task, store)
  for (const number of numbers.slice(0, Math.max(0, numbers.length - ASIDE_MAX + 1))) {
    removeTree(disk, `${directory}${ASIDE}${number}`)
  }
  const aside = `${directory}${ASIDE}${(numbers.at(-1) ?? 0) + 1}`
  disk.rename(directory, aside)
  return aside
}

/** Whether a directory of that name in a task's was put aside. */
export function isSetAside(name: string): boolean {
  return /\.set-aside-\d+$/.test(name)
}

function asideNumbers(disk: Disk, task: string, store: string): readonly number[] {
  const prefix = `${store}${ASIDE}`
  return disk
    .list(task)
    .filter((name) => name.startsWith(prefix))
    .map((name) => Number(name.slice(prefix.length)))
    .filter((number) => Number.isSafeInteger(number))
    .toSorted((a, b) => a - b)
}
