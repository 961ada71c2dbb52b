import type { Disk } from './disk.ts'

/** Removes a directory with all that is in it. */
export function removeTree(disk: Disk, directory: string): void {
  for (const name of disk.list(directory)) {
    const path = `${directory}/${name}`
    if (disk.isDirectory(path)) removeTree(disk, path)
    else disk.remove(path)
  }
  disk.removeDirectory(directory)
}
