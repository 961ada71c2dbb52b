// How far a store on disk is, without opening it.
import type { Disk } from '../../base/index.ts'
import type { StorePosition } from '../byte-store.ts'
import { readManifest } from './manifest.ts'
import { readLogs } from './open-files.ts'

/** The position of the store in a directory; undefined where there is none, or it is empty. Changes nothing. */
export function readStoredPosition(disk: Disk, directory: string): StorePosition | undefined {
  const manifest = readManifest(disk, directory)
  const logs = readLogs(disk, directory, disk.list(directory), manifest?.walId ?? 0)
  return logs.findLast(({ position }) => position !== undefined)?.position ?? manifest?.position
}
