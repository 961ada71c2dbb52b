// Ways through the graph that optimisations share.
import type { PlanNode } from '../plan.ts'

/** All nodes below, each once. */
export function descendants(root: PlanNode): readonly PlanNode[] {
  const seen = new Set<PlanNode>()
  const visit = (node: PlanNode): void => {
    if (seen.has(node)) return
    seen.add(node)
    for (const child of node.children) visit(child)
  }
  for (const child of root.children) visit(child)
  return [...seen]
}

/** The same in the order in which the user added them. */
export function inOrder(root: PlanNode): readonly PlanNode[] {
  return [...descendants(root)].sort((first, second) => first.priority - second.priority)
}

/** The node itself or the nearest one above it that is asked for, depth first through the parents. */
export function findUpwards(start: PlanNode, isWanted: (node: PlanNode) => boolean): PlanNode | undefined {
  if (isWanted(start)) return start
  for (const parent of start.parents) {
    const found = findUpwards(parent, isWanted)
    if (found !== undefined) return found
  }
  return undefined
}
