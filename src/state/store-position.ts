import { TidemillError } from '../base/index.ts'
import type { StorePosition } from './byte-store.ts'
import { decodePosition, encodePosition } from './lsm/position-codec.ts'

/**
 * Writes the position of a store as text, for an engine of one's own to keep with the data.
 *
 * @example
 * const text = formatStorePosition({ changelogs: new Map(), streamTimeMs: 5 })
 */
export function formatStorePosition(position: StorePosition): string {
  return JSON.stringify(encodePosition(position))
}

/**
 * Reads what {@link formatStorePosition} wrote.
 *
 * @throws TidemillError `store-corrupt` it wrote something else
 * @example
 * const position = parseStorePosition('{"streamTimeMs":5,"changelogs":[]}')
 */
export function parseStorePosition(text: string): StorePosition {
  try {
    return decodePosition(JSON.parse(text))
  } catch (error) {
    const problem = `the position of a store is not readable: ${text.slice(0, 80)}`
    throw new TidemillError('store-corrupt', problem, { cause: error })
  }
}
