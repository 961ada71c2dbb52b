// Versioned tables stay versioned through operators that do not store their result.
import type { PlanNode } from '../plan.ts'

/** Whether what the node sends on has versions. */
export function hasVersions(node: PlanNode): boolean {
  return node.options.isVersioned ?? hasVersionedInput(node)
}

/** Whether what comes to the node has versions. */
export function hasVersionedInput(node: PlanNode): boolean {
  return node.parents.size > 0 && [...node.parents].every(hasVersions)
}
