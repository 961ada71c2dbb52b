// Whether two serdes write the same format: found out by trying, for a serde has no name. Two that share no sample (those that check
// a schema refuse all of them) cannot be told apart.
import { asBuffer } from '../base/index.ts'
import { RecordHeaders } from '../record/index.ts'
import type { Serde } from '../serde/index.ts'

const SAMPLES: readonly unknown[] = [
  'a',
  1,
  1.5,
  true,
  12n,
  { a: 1 },
  ['b'],
  Buffer.from([1, 2, 3]),
  '00000000-0000-4000-8000-000000000000',
]
const context = { topic: 'sample', headers: RecordHeaders.empty, isKey: false }

export function compareFormats(before: Serde<any>, after: Serde<any>): 'same' | 'different' | 'unknown' {
  if (before === after) return 'same'
  const old = SAMPLES.map((sample) => encoded(before, sample))
  const now = SAMPLES.map((sample) => encoded(after, sample))
  const both = old.flatMap((bytes, i) =>
    bytes === undefined || now[i] === undefined ? [] : [[bytes, now[i]] as const],
  )
  if (both.length > 0) return both.every(([a, b]) => a.equals(b)) ? 'same' : 'different'
  const areTelling = [old, now].every((all) => all.some((bytes) => bytes !== undefined))
  return areTelling ? 'different' : 'unknown'
}

/** undefined: the serde does not take such a value, or not back again. */
function encoded(serde: Serde<any>, sample: unknown): Buffer | undefined {
  try {
    const bytes = asBuffer(serde.encode(sample, context))
    serde.decode(bytes, context)
    return Buffer.from(bytes)
  } catch {
    return undefined
  }
}
