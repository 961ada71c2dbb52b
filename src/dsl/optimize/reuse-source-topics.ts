// reuse.ktable.source.topics: the topic that a table is made of serves as changelog of its store, instead of a copy of it.
import type { PlanNode } from '../plan.ts'
import { descendants } from './walk.ts'

export function reuseSourceTopics(root: PlanNode): void {
  for (const node of descendants(root)) {
    if (node.step.kind === 'table-source') node.step = { ...node.step, reusesTopic: true }
  }
}
