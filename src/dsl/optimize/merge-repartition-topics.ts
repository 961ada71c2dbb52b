// merge.repartition.topics: the repartition topics below one key-changing step, with no step between that changes values, become
// one, right below the step that changes the key. Steps between (filters) then run after it. Java: mergeRepartitionTopics.
import { PlanNode } from '../plan.ts'
import type { RepartitionStep } from '../steps.ts'
import { findUpwards, inOrder } from './walk.ts'

type Groups = Map<PlanNode, Set<PlanNode>>

export function mergeRepartitionTopics(root: PlanNode, renamed: Map<string, string>): void {
  const groups = repartitionsByKeyChanger(root)
  moveGroupsToMerges(root, groups)
  for (const [keyChanger, repartitions] of groups) {
    if (repartitions.size > 0) mergeGroup(keyChanger, repartitions, renamed)
  }
}

function repartitionsByKeyChanger(root: PlanNode): Groups {
  const groups: Groups = new Map()
  for (const node of inOrder(root)) {
    if (node.options.changesKey === true) groups.set(node, new Set())
    else if (node.step.kind === 'repartition' && !node.step.isExplicit) {
      const changer = findUpwards(node, ({ options }) => options.changesKey === true || options.changesValue === true)
      if (changer?.options.changesKey === true) groups.get(changer)?.add(node)
    }
  }
  return groups
}

/**
 * Below a merge of streams whose keys changed, the one repartition topic stands below the merge, not below each changer; of merges
 * of merges below the last, which all of the records pass. (Java fails there.)
 */
function moveGroupsToMerges(root: PlanNode, groups: Groups): void {
  const moved: [PlanNode, PlanNode[]][] = []
  const taken = new Set<PlanNode>()
  for (const merge of inOrder(root).toReversed()) {
    if (merge.options.isMerge !== true) continue
    const changers = [...groups]
      .filter(([changer, repartitions]) => areAllBelow(repartitions, merge) && isBelow(merge, changer))
      .map(([changer]) => changer)
      .filter((changer) => !taken.has(changer))
    for (const changer of changers) taken.add(changer)
    moved.unshift([merge, changers])
  }
  for (const [merge, changers] of moved) {
    groups.set(merge, new Set(changers.flatMap((changer) => [...(groups.get(changer) ?? [])])))
  }
  for (const changer of taken) groups.delete(changer)
}

function areAllBelow(nodes: ReadonlySet<PlanNode>, above: PlanNode): boolean {
  return [...nodes].every((node) => isBelow(node, above))
}

function isBelow(node: PlanNode, above: PlanNode): boolean {
  return childOnTheWay(node, above) !== undefined
}

/** The child of `above` through which `node` hangs below it. */
function childOnTheWay(node: PlanNode, above: PlanNode): PlanNode | undefined {
  return findUpwards(node, (candidate) => candidate.parents.has(above))
}

function mergeGroup(keyChanger: PlanNode, repartitions: ReadonlySet<PlanNode>, renamed: Map<string, string>): void {
  const merged = mergedRepartition(keyChanger, [...repartitions])
  for (const replaced of repartitions) {
    const child = childOnTheWay(replaced, keyChanger)
    if (child === undefined) continue
    merged.addChild(child)
    keyChanger.removeChild(child)
    const parents = [...replaced.parents]
    for (const grandchild of replaced.children) for (const parent of parents) parent.addChild(grandchild)
    for (const parent of parents) parent.removeChild(replaced)
    for (const grandchild of replaced.children) replaced.removeChild(grandchild)
    renamed.set(replaced.name, merged.name)
  }
  keyChanger.addChild(merged)
}

/** Has the topic of the first, and the first serdes that are known. */
function mergedRepartition(keyChanger: PlanNode, repartitions: readonly PlanNode[]): PlanNode {
  const steps = repartitions.map((node) => node.step as RepartitionStep)
  const [first] = steps as [RepartitionStep]
  const step: RepartitionStep = {
    ...first,
    filterName: `${first.topic}-filter`,
    sinkName: `${first.topic}-sink`,
    key: steps.find(({ key }) => key.serde !== undefined)?.key ?? first.key,
    value: steps.find(({ value }) => value.serde !== undefined)?.value ?? first.value,
  }
  const node = new PlanNode(`${first.topic}-source`, step, { place: repartitions[0]?.options.place })
  // Right behind the step that changes the key, so that it is written before what hangs below it.
  node.priority = keyChanger.priority
  return node
}
