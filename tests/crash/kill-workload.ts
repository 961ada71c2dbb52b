// What the process that is killed commits: each commit changes those keys that its number selects, so that the content after any
// number of commits is known without a record of it.

export const CHANGES = { keys: 4_000, every: 40 } as const

export function keyOf(key: number): Buffer {
  return Buffer.from(`key-${String(key * 7_919).padStart(9, '0')}`)
}

/** undefined: the commit does not touch the key. A null value deletes it. */
export function changeOf(key: number, commit: number): { readonly value: string | null } | undefined {
  if ((key + commit) % CHANGES.every !== 0) return undefined
  return { value: (key + commit * 31) % 7 === 0 ? null : `${commit}.${key}.`.padEnd(60, 'x') }
}
