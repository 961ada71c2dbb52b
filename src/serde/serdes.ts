// The built-in serdes under one name.
import { bytes } from './bytes.ts'
import { json } from './json.ts'
import { list } from './list.ts'
import { mapped } from './mapped.ts'
import { none, nullable } from './nullable.ts'
import { bigint64, boolean, float32, float64, int16, int32, int64, uuid } from './numbers.ts'
import { string } from './string.ts'
import { windowed } from './windowed.ts'

/**
 * The built-in serdes; all write the bytes that Java's Serdes write.
 *
 * @example
 * const orders = topic('orders', { key: serdes.string, value: serdes.json<Order>() })
 */
export const serdes: {
  readonly string: typeof string
  readonly bytes: typeof bytes
  readonly int16: typeof int16
  readonly int32: typeof int32
  readonly int64: typeof int64
  readonly bigint64: typeof bigint64
  readonly float32: typeof float32
  readonly float64: typeof float64
  readonly boolean: typeof boolean
  readonly uuid: typeof uuid
  readonly none: typeof none
  readonly json: typeof json
  readonly list: typeof list
  readonly nullable: typeof nullable
  readonly windowed: typeof windowed
  readonly mapped: typeof mapped
} = Object.freeze({
  string,
  bytes,
  int16,
  int32,
  int64,
  bigint64,
  float32,
  float64,
  boolean,
  uuid,
  none,
  json,
  list,
  nullable,
  windowed,
  mapped,
})
