// single.store.self.join: a stream that is joined with itself keeps its records once. Where both sides of a join have the same
// parent, the node that keeps the right side goes; lowering sees that it is gone and writes the self-join.
import type { PlanNode } from '../plan.ts'
import { descendants } from './walk.ts'

export function joinWithOneStore(root: PlanNode): void {
  for (const node of descendants(root)) {
    const { step } = node
    const [parent] = node.parents
    if (step.kind !== 'stream-join' || node.parents.size !== 1 || parent === undefined) continue
    const right = [...parent.children].find((child) => child.name === step.rightWindowName)
    if (right !== undefined) parent.removeChild(right)
  }
}
