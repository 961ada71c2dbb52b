// Bytes of the repartition topic of a grouped table (Java: ChangedSerializer). The last byte says what stands before it:
//
//   0: old | 0        1: new | 1        2: varint length of new | new | old | 2
//   3, 4, 5: the same with one byte, isLatest, before the flag (read, never written)
import { TidemillError } from '../../base/index.ts'
import type { Change } from '../../record/index.ts'
import type { Serde, SerdeContext } from '../../serde/index.ts'
import { decodeVarint, encodeVarint } from '../byte-frame.ts'
import { makeChange } from '../stream-records.ts'

const OLD_ONLY = 0
const NEW_ONLY = 1
const BOTH = 2
const WITH_IS_LATEST = 3

export function changeSerde(value: Serde<any>): Serde<Change<any>> {
  return {
    encode: (change, context) => encodeChange(change, value, context),
    decode: (bytes, context) => decodeChange(bytes, value, context),
  }
}

function encodeChange(change: Change<any>, value: Serde<any>, context: SerdeContext): Buffer {
  const { newValue, oldValue } = change
  if (newValue === null && oldValue === null) {
    throw new TidemillError('serialization-failed', `a change for ${context.topic} has neither a new nor an old value`)
  }
  if (newValue === null) return Buffer.concat([value.encode(oldValue, context), Buffer.of(OLD_ONLY)])
  const newBytes = value.encode(newValue, context)
  if (oldValue === null) return Buffer.concat([newBytes, Buffer.of(NEW_ONLY)])
  return Buffer.concat([encodeVarint(newBytes.length), newBytes, value.encode(oldValue, context), Buffer.of(BOTH)])
}

function decodeChange(bytes: Uint8Array, value: Serde<any>, context: SerdeContext): Change<any> {
  const flag = bytes[bytes.length - 1]
  if (flag === undefined || flag > BOTH + WITH_IS_LATEST) throw unreadable(bytes, context)
  const hasIsLatest = flag >= WITH_IS_LATEST
  const end = bytes.length - (hasIsLatest ? 2 : 1)
  if (end < 0) throw unreadable(bytes, context)
  const isLatest = !hasIsLatest || bytes[end] !== 0
  const kind = hasIsLatest ? flag - WITH_IS_LATEST : flag
  if (kind === OLD_ONLY) return makeChange(null, value.decode(bytes.subarray(0, end), context), isLatest)
  if (kind === NEW_ONLY) return makeChange(value.decode(bytes.subarray(0, end), context), null, isLatest)
  const length = decodeVarint(bytes, 0)
  if (length === undefined || length.value < 0 || length.end + length.value > end) throw unreadable(bytes, context)
  const split = length.end + length.value
  const newValue = value.decode(bytes.subarray(length.end, split), context)
  return makeChange(newValue, value.decode(bytes.subarray(split, end), context), isLatest)
}

function unreadable(bytes: Uint8Array, context: SerdeContext): TidemillError {
  return new TidemillError(
    'deserialization-failed',
    `${bytes.length} bytes from ${context.topic} are not a change of a table: the topic was written by something else`,
  )
}
