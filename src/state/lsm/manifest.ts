// What a store consists of: replaced as a whole, atomically and durably, whenever that changes. Layout: FORMAT.md.
import { type Disk, TidemillError, crc32c } from '../../base/index.ts'
import type { StorePosition } from '../byte-store.ts'
import { decodePosition, encodePosition } from './position-codec.ts'
import { storeCorrupt } from './store-corrupt.ts'

export interface Manifest {
  /** Ids of the runs, newest first. */
  readonly runs: readonly number[]
  /** Id of the log of what is not in a run yet. */
  readonly walId: number
  /** No file has this id or a higher one. */
  readonly nextId: number
  /** Of what is in the runs; undefined: nothing was committed. */
  readonly position: StorePosition | undefined
  /** Keys below are gone. */
  readonly floor: Buffer
}

export const EMPTY_MANIFEST: Manifest = {
  runs: [],
  walId: 0,
  nextId: 1,
  position: undefined,
  floor: Buffer.alloc(0),
}

const NAME = 'MANIFEST'
const MAGIC = 'TMillMan'
const VERSION = 1
const HEAD_BYTES = 16
const CRC_BYTES = 4

/** undefined where the store is new. */
export function readManifest(disk: Disk, directory: string): Manifest | undefined {
  const path = `${directory}/${NAME}`
  const bytes = disk.readFile(path)
  if (bytes === undefined) return undefined
  const end = bytes.length - CRC_BYTES
  if (end < HEAD_BYTES || crc32c(bytes, 0, end) !== bytes.readUInt32LE(end))
    throw storeCorrupt(path, 'its checksum is wrong')
  if (bytes.toString('latin1', 0, 8) !== MAGIC) throw storeCorrupt(path, 'it is no manifest')
  const version = bytes.readUInt32LE(8)
  if (version > VERSION) {
    throw new TidemillError(
      'store-too-new',
      `${path} has format ${version}, this version of Tidemill reads up to ${VERSION}: upgrade, or remove the store to restore it`,
    )
  }
  const content = JSON.parse(bytes.toString('utf8', HEAD_BYTES, end))
  const position = content.position === null ? undefined : decodePosition(content.position)
  return { ...content, position, floor: Buffer.from(content.floor, 'hex') }
}

export function writeManifest(disk: Disk, directory: string, manifest: Manifest): void {
  const position = manifest.position === undefined ? null : encodePosition(manifest.position)
  const content = Buffer.from(JSON.stringify({ ...manifest, position, floor: manifest.floor.toString('hex') }))
  const bytes = Buffer.alloc(HEAD_BYTES + content.length + CRC_BYTES)
  bytes.write(MAGIC, 0, 'latin1')
  bytes.writeUInt32LE(VERSION, 8)
  bytes.writeUInt32LE(content.length, 12)
  content.copy(bytes, HEAD_BYTES)
  const end = bytes.length - CRC_BYTES
  bytes.writeUInt32LE(crc32c(bytes, 0, end), end)
  disk.replaceFile(`${directory}/${NAME}`, bytes)
}
