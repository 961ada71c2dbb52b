// Reads a store's layers as one: the table that takes commits, complete tables, runs; of a key the newest entry counts.
import type { ByteCursor, ByteRange, ByteView } from '../byte-store.ts'
import { compareKeys, compareRanges, hashRange } from '../byte-order.ts'
import { ChainedCursor } from './chained-cursor.ts'
import { LayeredCursor } from './layered-cursor.ts'
import type { LogTable } from './log-table.ts'
import type { Run } from './run.ts'
import { RunCursor } from './run-cursor.ts'
import type { RunGroups } from './run-groups.ts'

export interface StoreLayers {
  readonly table: LogTable
  /** Oldest first. */
  readonly waiting: readonly LogTable[]
  readonly groups: RunGroups
  /** Keys below are gone. */
  readonly floor: Buffer
}

export function getFrom(layers: StoreLayers, key: Uint8Array, start: number, end: number): ByteView | undefined {
  const { table, waiting, groups, floor } = layers
  if (floor.length > 0 && compareRanges(key, start, end, floor, 0, floor.length) < 0) return undefined
  const hash = hashRange(key, start, end)
  if (table.find(key, start, end, hash)) return table.valueEnd < 0 ? undefined : table
  for (let i = waiting.length - 1; i >= 0; i--) {
    const older = waiting[i] as LogTable
    if (older.find(key, start, end, hash)) return older.valueEnd < 0 ? undefined : older
  }
  const runs = groups.of(key, start, end)
  for (let i = 0; i < runs.length; i++) {
    const view = (runs[i] as Run).find(key, start, end, hash)
    if (view !== undefined) return view.valueEnd < 0 ? undefined : view
  }
  return undefined
}

export function cursorOver(layers: StoreLayers, { gte, lt, reverse = false }: ByteRange): ByteCursor {
  const { table, waiting, floor } = layers
  const from = gte === undefined || compareKeys(gte, floor) < 0 ? floor : gte
  const cursors: ByteCursor[] = []
  for (const each of [table, ...waiting.toReversed()]) if (!each.isEmpty) cursors.push(each.cursor(from, lt, reverse))
  const groups = layers.groups.groups
    .map(({ runs }) => runs.filter((run) => overlaps(run, from, lt)))
    .filter((runs) => runs.length > 0)
  const cursorsOf = (runs: readonly Run[]): ByteCursor[] => runs.map((run) => new RunCursor(run, from, lt, reverse))
  if (groups.length === 1) cursors.push(...cursorsOf(groups[0] as Run[]))
  else if (groups.length > 1) {
    const chain = groups.map((runs) => new LayeredCursor(cursorsOf(runs), reverse, true))
    cursors.push(new ChainedCursor(reverse ? chain.reverse() : chain))
  }
  return new LayeredCursor(cursors, reverse, false)
}

export function countOf({ table, waiting, groups }: StoreLayers): number {
  let count = table.keyCountMax
  for (const each of waiting) count += each.keyCountMax
  for (const run of groups.all()) count += run.entryCount - 2 * run.deletionCount
  return Math.max(0, count)
}

function overlaps(run: Run, gte: Uint8Array, lt: Uint8Array | undefined): boolean {
  return compareKeys(run.lastKey, gte) >= 0 && (lt === undefined || compareKeys(run.firstKey, lt) < 0)
}
