// Which runs of a segment are merged next: sizes are tiered; four of one size class become one of the next, together with all that
// is newer, so that a backlog is merged in one go.

/** So many of one size class are merged. */
const FAN_IN = 4

interface Sized {
  readonly byteCount: number
}

/** How many of the newest runs are to be merged; 0: none. The first size class ends at about the size of a full table. */
export function runsToMerge(newestFirst: readonly Sized[], firstClassBytes: number): number {
  let found = 0
  let byteCount = 0
  let count = 0
  for (let sizeClass = 0; count < newestFirst.length; sizeClass++) {
    // What is found so far is one run by then.
    let ofClass = found > 0 && classOf(byteCount, firstClassBytes) >= sizeClass ? 1 : 0
    while (count < newestFirst.length) {
      const run = newestFirst[count] as Sized
      const itsClass = classOf(run.byteCount, firstClassBytes)
      if (itsClass > sizeClass) break
      if (itsClass === sizeClass) ofClass++
      byteCount += run.byteCount
      count++
    }
    if (ofClass >= FAN_IN) found = count
  }
  return found
}

function classOf(byteCount: number, firstClassBytes: number): number {
  return Math.max(0, Math.floor(Math.log(byteCount / firstClassBytes) / Math.log(FAN_IN)) + 1)
}
