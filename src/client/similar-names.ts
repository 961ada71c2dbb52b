// Names that somebody may have meant who wrote another.

const NAMES_MAX = 3

/** The nearest of the names, at most three, nearest first: those within a third of the length in edits, or of which one contains the other. */
export function similarNames(wanted: string, names: readonly string[]): readonly string[] {
  const editsMax = Math.max(2, Math.floor(wanted.length / 3))
  const lower = wanted.toLowerCase()
  return names
    .map((name) => ({ name, edits: distance(lower, name.toLowerCase()) }))
    .filter(({ name, edits }) => edits <= editsMax || contains(lower, name.toLowerCase()))
    .sort((a, b) => a.edits - b.edits || (a.name < b.name ? -1 : 1))
    .slice(0, NAMES_MAX)
    .map(({ name }) => name)
}

function contains(a: string, b: string): boolean {
  const [short, long] = a.length < b.length ? [a, b] : [b, a]
  return short.length >= 3 && long.includes(short)
}

// Levenshtein's distance, one row at a time.
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1) // within the row by the loop's bounds
      next.push(Math.min(replaced, (row[j] as number) + 1, (next[j - 1] as number) + 1))
    }
    row = next
  }
  return row[b.length] as number // the row always has b.length + 1 entries
}
