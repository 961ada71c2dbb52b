// What a store consists of: replaced as a whole, atomically and durably, whenever that changes. Layout: FORMAT.md.
import { type Disk, crc32c } from '../../base/index.ts'
import type { StorePosition } from '../byte-store.ts'
import { decodePosition, encodePosition } from './position-codec.ts'
import { storeCorrupt } from './store-corrupt.ts'
import { tooNew } from './wal-format.ts'

export interface Manifest {
  /** Ids of the runs; of one segment the newest first. */
  readonly runs: readonly number[]
  /** Id of the first log of what is not in a run yet; the others name the one that they go on from. */
  readonly walId: number
  /** No file that this manifest names has this id or a higher one. */
  readonly nextId: number
  /** Of what is in the runs; undefined: nothing was committed. */
  readonly position: StorePosition | undefined
  /** Keys below are gone. */
  readonly floor: Buffer
  /** How many first bytes of a key are its segment; its runs hold no other. */
  readonly segmentBytes: number
}

export const MANIFEST_NAME = 'MANIFEST'
const MAGIC = 'TMillMan'
const VERSION = 1
const HEAD_BYTES = 16
const CRC_BYTES = 4

/** undefined where the store is new. */
export function readManifest(disk: Disk, directory: string): Manifest | undefined {
  const path = `${directory}/${MANIFEST_NAME}`
  const bytes = disk.readFile(path)
  if (bytes === undefined) return undefined
  const end = bytes.length - CRC_BYTES
  if (end < HEAD_BYTES || crc32c(bytes, 0, end) !== bytes.readUInt32LE(end))
    throw storeCorrupt(path, 0, 'its checksum is wrong')
  if (bytes.toString('latin1', 0, 8) !== MAGIC) throw storeCorrupt(path, 0, 'it is no manifest')
  const version = bytes.readUInt32LE(8)
  if (version > VERSION) throw tooNew(path, version, VERSION)
  const content = JSON.parse(bytes.toString('utf8', HEAD_BYTES, end))
  const position = content.position === null ? undefined : decodePosition(content.position)
  return { ...content, position, floor: Buffer.from(content.floor, 'hex') }
}

export function encodeManifest(manifest: Manifest): Buffer {
  const position = manifest.position === undefined ? null : encodePosition(manifest.position)
  const content = Buffer.from(JSON.stringify({ ...manifest, position, floor: manifest.floor.toString('hex') }))
  const bytes = Buffer.alloc(HEAD_BYTES + content.length + CRC_BYTES)
  bytes.write(MAGIC, 0, 'latin1')
  bytes.writeUInt32LE(VERSION, 8)
  bytes.writeUInt32LE(content.length, 12)
  content.copy(bytes, HEAD_BYTES)
  const end = bytes.length - CRC_BYTES
  bytes.writeUInt32LE(crc32c(bytes, 0, end), end)
  return bytes
}
