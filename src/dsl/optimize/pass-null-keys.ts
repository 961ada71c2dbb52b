// Repartitioning drops records without a key, unless a left or outer join further down wants them. Always on.
import type { PlanNode } from '../plan.ts'

export function passNullKeys(root: PlanNode): void {
  const wanted = new Map<PlanNode, boolean>()
  const wantsNullKeys = (node: PlanNode): boolean => {
    const known = wanted.get(node)
    if (known !== undefined) return known
    wanted.set(node, false)
    let result = false
    for (const child of node.children) {
      const childWants = wantsNullKeys(child)
      if (childWants || child.options.takesNullKeys === true) result = true
    }
    wanted.set(node, result)
    return result
  }
  wantsNullKeys(root)
  for (const [node, isWanted] of wanted) {
    if (isWanted && node.step.kind === 'repartition') node.options = { ...node.options, takesNullKeys: true }
  }
}
