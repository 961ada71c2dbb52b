// Keys with their windows, in Java's bytes:
//   time windows (tumbling, hopping, sliding, unlimited, custom): key | int64 start; the end follows from the definition
//   sessions:                                                    key | int64 end | int64 start
import { type ByteWriter, asBuffer, readInt64 } from '../base/index.ts'
import type { Window, Windowed, Windows } from '../record/index.ts'
import { encodeBy } from './encode.ts'
import { decodeError } from './serde-error.ts'
import type { FastSerde, RangeReader, Serde, SerdeContext } from './serde.ts'
import { rangeReader, valueWriter } from './serde.ts'

/** A serde of windowed keys that tells its parts. */
export interface WindowedSerde<in out K> extends FastSerde<Windowed<K>> {
  readonly inner: Serde<K>
  readonly windows: Windows
}

/**
 * Reads and writes keys with their windows. Java: TimeWindowedSerde, SessionWindowedSerde.
 *
 * @param windows The definition that the keys were made with: it says how long a window is.
 * @example
 * const counts = topic('counts', { key: serdes.windowed(serdes.string, tumbling({ size: '5m' })), value: serdes.int64 })
 */
export function windowed<K>(inner: Serde<K>, windows: Windows): Serde<Windowed<K>> {
  const writeKey = valueWriter(inner)
  const isSession = windows.kind === 'session'
  const encodeInto = ({ key, window }: Windowed<K>, writer: ByteWriter, context: SerdeContext): void => {
    writeKey(key, writer, context)
    if (isSession) writer.int64(window.end)
    writer.int64(window.start)
  }
  const decodeRange = isSession ? sessionReader(inner) : timeReader(inner, windowLengthMs(windows))
  const serde: WindowedSerde<K> = {
    inner,
    windows,
    encode: encodeBy(encodeInto),
    decode: (bytes, context) => decodeRange(asBuffer(bytes), 0, bytes.length, context),
    decodeRange,
    encodeInto,
  }
  return serde
}

/**
 * The serde of the key inside a windowed key, or undefined where it is no serde of windowed keys.
 *
 * @internal
 */
export function innerKeySerde(serde: object): Serde<any> | undefined {
  return 'windows' in serde ? (serde as WindowedSerde<any>).inner : undefined
}

/**
 * Last ms of a window minus its first, or its length where the end is exclusive: what end - start is.
 *
 * @internal
 */
export function windowLengthMs(windows: Exclude<Windows, { kind: 'session' }>): number {
  switch (windows.kind) {
    case 'time':
    case 'custom':
      return windows.sizeMs
    case 'sliding':
      return windows.timeDifferenceMs
    case 'unlimited':
      return Infinity
  }
}

function timeReader<K>(inner: Serde<K>, lengthMs: number): RangeReader<Windowed<K>> {
  const readKey = rangeReader(inner)
  return (buffer, start, end, context) => {
    if (end - start < 8) throw shortError(context, end - start, 8)
    const key = readKey(buffer, start, end - 8, context)
    const windowStart = readInt64(buffer, end - 8)
    const window: Window = { start: windowStart, end: windowStart + lengthMs }
    return { key, window }
  }
}

function sessionReader<K>(inner: Serde<K>): RangeReader<Windowed<K>> {
  const readKey = rangeReader(inner)
  return (buffer, start, end, context) => {
    if (end - start < 16) throw shortError(context, end - start, 16)
    const key = readKey(buffer, start, end - 16, context)
    const window: Window = { start: readInt64(buffer, end - 8), end: readInt64(buffer, end - 16) }
    return { key, window }
  }
}

function shortError(context: SerdeContext, actual: number, atLeast: number): Error {
  return decodeError(
    context,
    'windowed key',
    `it has ${actual} bytes, at least ${atLeast} are its window; check that it was written with serdes.windowed`,
  )
}
