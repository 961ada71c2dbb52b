// Where a thread is, in memory that another thread can read while this one is blocked: a counter, the node at work, its partition.
// Three stores a record and one a node, 6 ns in all for five nodes: no time is read. Whoever watches sees that the counter stands still (app/step-watch.ts).
import type { Topology } from '../topology/index.ts'

/** Places in the cells. */
export const STEP_COUNT = 0
export const STEP_NODE = 1
export const STEP_PARTITION = 2
export const STEP_CELLS = 3

/** The node at work where it is none of the topology. */
export const NO_STEP = 0
export const READING_STEP = -1
export const FLUSHING_STEP = -2

export interface StepMark {
  readonly cells: Int32Array
  /** From 1, in the order of the sub-topologies and their nodes. */
  numberOf(node: string): number
}

/** A node as a watcher names it. */
export interface MarkedNode {
  readonly name: string
  readonly subTopology: number
}

/** For a task that nobody watches. */
export function unwatchedMark(): StepMark {
  return { cells: new Int32Array(STEP_CELLS), numberOf: () => NO_STEP }
}

/** For the tasks of one thread; the cells can be shared with another. */
export function sharedMark(topology: Topology): StepMark {
  const numbers = new Map(markedNodes(topology).map(({ name }, i) => [name, i + 1]))
  return {
    cells: new Int32Array(new SharedArrayBuffer(STEP_CELLS * Int32Array.BYTES_PER_ELEMENT)),
    numberOf: (node) => numbers.get(node) ?? NO_STEP,
  }
}

/** The nodes in the order of their numbers. */
export function markedNodes(topology: Topology): readonly MarkedNode[] {
  return topology.subTopologies.flatMap(({ id, nodes }) => nodes.map(({ name }) => ({ name, subTopology: id })))
}
