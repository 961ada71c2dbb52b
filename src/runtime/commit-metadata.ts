// The text that is committed beside an offset, as Kafka Streams writes it, so that stream time survives a restart: Base64 of
//
//   0x01 | int64 partition time
//   0x02 | int64 partition time | where there are pairs: int32 n | n x (int32 length, UTF-8 key, int64 value)
//
// The pairs are numbers that processors save (the close of the last window that was emitted), by store name.
import { TidemillError } from '../base/index.ts'

const VERSION_TIME_ONLY = 1
const VERSION_LATEST = 2

export interface CommitMetadata {
  /** Highest timestamp taken from the partition; -1: none. */
  readonly partitionTime: number
  readonly processorMetadata: ReadonlyMap<string, number>
}

export const NO_COMMIT_METADATA: CommitMetadata = { partitionTime: -1, processorMetadata: new Map() }

export function encodeCommitMetadata({ partitionTime, processorMetadata }: CommitMetadata): string {
  const keys = [...processorMetadata.keys()].map((key) => Buffer.from(key, 'utf8'))
  const values = [...processorMetadata.values()]
  const bytes = Buffer.alloc(keys.reduce((sum, key) => sum + 12 + key.length, keys.length === 0 ? 9 : 13))
  let at = bytes.writeInt8(VERSION_LATEST)
  at = bytes.writeBigInt64BE(BigInt(partitionTime), at)
  if (keys.length > 0) at = bytes.writeInt32BE(keys.length, at)
  for (const [i, key] of keys.entries()) {
    at = bytes.writeInt32BE(key.length, at)
    at += key.copy(bytes, at)
    at = bytes.writeBigInt64BE(BigInt(values[i] as number), at)
  }
  return bytes.toString('base64')
}

/** Empty text, as other consumers leave it, says nothing. */
export function decodeCommitMetadata(text: string): CommitMetadata {
  if (text === '') return NO_COMMIT_METADATA
  const bytes = Buffer.from(text, 'base64')
  const version = bytes[0]
  if ((version !== VERSION_TIME_ONLY && version !== VERSION_LATEST) || bytes.length < 9) return NO_COMMIT_METADATA
  const processorMetadata = bytes.length === 9 ? new Map<string, number>() : decodePairs(bytes, text)
  return { partitionTime: Number(bytes.readBigInt64BE(1)), processorMetadata }
}

function decodePairs(bytes: Buffer, text: string): ReadonlyMap<string, number> {
  const pairs = new Map<string, number>()
  try {
    let at = 13
    for (let n = bytes.readInt32BE(9); n > 0; n--) {
      const end = at + 4 + bytes.readInt32BE(at)
      pairs.set(bytes.toString('utf8', at + 4, end), Number(bytes.readBigInt64BE(end)))
      at = end + 8
    }
  } catch (error) {
    throw new TidemillError('invalid-wire-data', `the metadata of a committed offset is cut off: ${text}`, {
      cause: error,
    })
  }
  return pairs
}
