// How often each property is tried, and input that all of them take.
import fc from 'fast-check'

/** PROPERTY_RUNS, or few, so that `npm test` stays quick. */
export const NUM_RUNS: number = Number(process.env['PROPERTY_RUNS'] ?? 50)

/** What every property is tried with. */
export const RUNS: { readonly numRuns: number } = { numRuns: NUM_RUNS }

/** How long a property may take: a run costs a driver or two. */
export const PROPERTY_TIMEOUT_MS: number = 30_000 + NUM_RUNS * 300

/** A change of a table: null deletes. */
export interface Change {
  readonly key: string
  readonly value: string | null
  readonly timestamp: number
}

/** Changes in the order of their timestamps, so that the last of a key is its newest. Values are told apart. */
export const someChanges = (
  keys: readonly string[],
  values: readonly (string | null)[] = ['x', 'y', null],
): fc.Arbitrary<Change[]> =>
  fc
    .array(fc.record({ key: fc.constantFrom(...keys), value: fc.constantFrom(...values) }), { maxLength: 20 })
    .map((all) =>
      all.map(({ key, value }, i) => ({ key, value: value === null ? null : `${value}${i}`, timestamp: i * 10 })),
    )

/** The table that changes make. */
export function tableOf(changes: readonly Pick<Change, 'key' | 'value'>[]): Record<string, string> {
  const table: Record<string, string> = {}
  for (const { key, value } of changes) {
    if (value === null) delete table[key]
    else table[key] = value
  }
  return table
}

/** Entries that are there, by key. */
export const withoutDeleted = <V>(entries: Iterable<readonly [key: string, value: V | null]>): Record<string, V> =>
  Object.fromEntries([...entries].filter((entry): entry is [string, V] => entry[1] !== null))
