// The stamp that a store's user gives, or not.
import { RecordHeaders } from '../record/index.ts'
import type { Stamp } from './faces.ts'

/** A stamp without headers has none. */
export function headersOf(stamp: Stamp): RecordHeaders {
  return stamp.headers ?? RecordHeaders.empty
}
