import { formatDuration } from '../record/index.ts'
import type { Serde } from '../serde/index.ts'
import type { GraceBufferDefinition } from '../state/index.ts'
import type { Lowering } from './lower.ts'

/** Where records of a stream wait for the table that they are joined with. */
export function graceBuffer(name: string, key: Serde<any>, value: Serde<any>, graceMs: number): GraceBufferDefinition {
  return Object.freeze({
    kind: 'grace-buffer',
    name,
    key,
    value,
    type: 'disk',
    format: 'plain',
    caching: false,
    logging: true,
    changelogConfig: {},
    sourceTopic: undefined,
    isGlobal: false,
    graceMs,
  })
}

/** A record that waited is joined with the version of its own time: the table must have versions, and keep them long enough. */
export function checkGrace(
  lowering: Lowering,
  stores: readonly string[],
  graceMs: number,
  place: string | undefined,
): void {
  for (const name of stores) {
    const store = lowering.store(name)
    if (store === undefined) continue
    if (store.kind !== 'versioned') {
      lowering.problem(
        `the join has grace ${formatDuration(graceMs)}, but table store '${name}' keeps no versions: ` +
          `give the table's store versioned: { historyRetention: '${formatDuration(graceMs)}' } or more`,
        place,
      )
    } else if (graceMs > store.historyRetentionMs) {
      lowering.problem(
        `grace ${formatDuration(graceMs)} of the join is longer than the history of table store '${name}' ` +
          `(${formatDuration(store.historyRetentionMs)}): make historyRetention at least as long`,
        place,
      )
    }
  }
}
