// Plan -> plan: the rewrites that are always made, and those that the user switched on. They work on a copy.
import { type CopartitionSet, type Plan, type PlanNode, copyGraph } from '../plan.ts'
import { mergeDuplicateSources } from './merge-duplicate-sources.ts'
import { mergeRepartitionTopics } from './merge-repartition-topics.ts'
import { passNullKeys } from './pass-null-keys.ts'
import { reuseSourceTopics } from './reuse-source-topics.ts'
import { joinWithOneStore } from './self-join.ts'

export interface OptimizedPlan {
  readonly root: PlanNode
  readonly copartition: readonly CopartitionSet[]
}

export function optimize(plan: Plan, problem: (message: string, place: string | undefined) => void): OptimizedPlan {
  const root = copyGraph(plan.root)
  const { optimizations, isByHand } = plan.options
  if (isByHand) return { root, copartition: plan.copartition }
  const renamed = new Map<string, string>()
  mergeDuplicateSources(root, renamed, problem)
  if (optimizations.has('reuse.ktable.source.topics')) reuseSourceTopics(root)
  if (optimizations.has('merge.repartition.topics')) mergeRepartitionTopics(root, renamed)
  if (optimizations.has('single.store.self.join')) joinWithOneStore(root)
  passNullKeys(root)
  return { root, copartition: plan.copartition.map((set) => renameSources(set, renamed)) }
}

function renameSources({ sources, place }: CopartitionSet, renamed: ReadonlyMap<string, string>): CopartitionSet {
  return { sources: new Set([...sources].map((name) => renamed.get(name) ?? name)), place }
}
