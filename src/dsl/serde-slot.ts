// A serde on its way through the operators. One that keeps a type keeps its serde; one that changes it loses the serde unless the
// user gives another. Whether one is missing shows at build(): only a repartition topic, a store or a sink needs it.
import type { Serde } from '../serde/index.ts'

export interface SerdeSlot {
  readonly serde: Serde<any> | undefined
  /** Whose result has no serde, for the message: `selectKey (src/app.ts:12)`. */
  readonly lostBy: string | undefined
}

export const NO_SERDE: SerdeSlot = { serde: undefined, lostBy: undefined }

/** What users give; the types of the API have checked that it fits. */
export type SerdeOption = { readonly encode: unknown; readonly decode: unknown } | undefined

export function slotOf(serde: unknown): SerdeSlot {
  // Decoders without an encoder (custom sources) are fine until something is to be written.
  const { encode } = serde as { readonly encode?: unknown }
  return typeof encode === 'function'
    ? { serde: serde as Serde<any>, lostBy: undefined }
    : { serde: undefined, lostBy: 'its topic, which can only read' }
}

/** The serde of a value that an operator made: what the user gave, or nothing. */
export function newSlot(serde: SerdeOption, operator: string, place: string | undefined): SerdeSlot {
  if (serde !== undefined) return slotOf(serde)
  return { serde: undefined, lostBy: place === undefined ? operator : `${operator} (${place})` }
}

/** The serde of a value that an operator kept: the one before unless the user gave another. */
export function keptSlot(serde: SerdeOption, before: SerdeSlot): SerdeSlot {
  return serde === undefined ? before : slotOf(serde)
}

/** Of two streams that become one: what both have. */
export function sharedSlot(first: SerdeSlot, second: SerdeSlot, place: string | undefined): SerdeSlot {
  return first.serde === second.serde && first.serde !== undefined ? first : newSlot(undefined, 'merge', place)
}
