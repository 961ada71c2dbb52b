// The runs of a store by segment, segments in the order of their keys, the runs of each newest first. No run has keys of two.
import { compareKeys } from '../byte-order.ts'
import type { Run } from './run.ts'
import { isInSegment, segmentOf } from './segment.ts'

export interface RunGroup {
  readonly segment: Buffer
  readonly runs: Run[]
}

export class RunGroups {
  readonly #segmentBytes: number
  readonly #groups: RunGroup[] = []

  constructor(segmentBytes: number) {
    this.#segmentBytes = segmentBytes
  }

  get groups(): readonly RunGroup[] {
    return this.#groups
  }

  /** Of one segment the newest first. */
  all(): Run[] {
    return this.#groups.flatMap(({ runs }) => runs)
  }

  /** The runs that may have the key, newest first. */
  of(key: Uint8Array, start: number, end: number): readonly Run[] {
    const groups = this.#groups
    // Most look-ups are of late segments.
    for (let i = groups.length - 1; i >= 0; i--) {
      const { segment, runs } = groups[i] as RunGroup
      if (isInSegment(segment, key, start, end, this.#segmentBytes)) return runs
    }
    return NO_RUNS
  }

  /** Of runs that are newer than all others of their segments. */
  addNewest(run: Run): void {
    this.#groupOf(run).runs.unshift(run)
  }

  addOldest(run: Run): void {
    this.#groupOf(run).runs.push(run)
  }

  /** Puts a run in the place of neighbours; undefined: nothing is left of them. */
  replace(inputs: readonly Run[], merged: Run | undefined): void {
    const group = this.#groupOf(inputs[0] as Run)
    const at = group.runs.indexOf(inputs[0] as Run)
    group.runs.splice(at, inputs.length, ...(merged === undefined ? [] : [merged]))
    this.#dropEmpty()
  }

  /** Takes out what is below the key as a whole. */
  removeBelow(key: Uint8Array): readonly Run[] {
    const dead: Run[] = []
    for (const group of this.#groups) {
      const isDead = (run: Run): boolean => compareKeys(run.lastKey, key) < 0
      dead.push(...group.runs.filter(isDead))
      const live = group.runs.filter((run) => !isDead(run))
      group.runs.splice(0, group.runs.length, ...live)
    }
    this.#dropEmpty()
    return dead
  }

  clear(): void {
    this.#groups.length = 0
  }

  #groupOf({ firstKey }: Run): RunGroup {
    const segment = segmentOf(firstKey, 0, firstKey.length, this.#segmentBytes)
    let at = 0
    while (at < this.#groups.length && compareKeys((this.#groups[at] as RunGroup).segment, segment) < 0) at++
    const found = this.#groups[at]
    if (found !== undefined && compareKeys(found.segment, segment) === 0) return found
    const group: RunGroup = { segment, runs: [] }
    this.#groups.splice(at, 0, group)
    return group
  }

  #dropEmpty(): void {
    for (let i = this.#groups.length - 1; i >= 0; i--) {
      if ((this.#groups[i] as RunGroup).runs.length === 0) this.#groups.splice(i, 1)
    }
  }
}

const NO_RUNS: readonly Run[] = []
