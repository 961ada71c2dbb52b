import type { Change } from '../../record/index.ts'
import type { Serde } from '../../serde/index.ts'

/** Bytes of the repartition topic of a grouped table. Java: ChangedSerializer. */
export function changeSerde(value: Serde<any>): Serde<Change<any>> {
  throw new Error(`not written yet ${String(value)}`)
}
