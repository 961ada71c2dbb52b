/**
 * Names of the nodes of a split's branches: the split's name and the branch's. Java gives numbers to branches without a name (from
 * 1, and 0 to the one that takes what is left); `numbered` says which branches get those.
 */
export function branchNames(
  splitName: string,
  entries: readonly (readonly [name: string, predicate: unknown])[],
  numbered: true | readonly string[] | undefined,
): Readonly<Record<string, string>> {
  let number = 0
  const named = entries.map(([name, predicate]) => {
    const index = predicate === 'otherwise' ? 0 : ++number
    const isNumbered = numbered === true || numbered?.includes(name) === true
    return [name, `${splitName}${isNumbered ? index : name}`] as const
  })
  return Object.fromEntries(named)
}
