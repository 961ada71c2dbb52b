// A topic that stream() is called for twice has one source node, the first; what hangs below the others moves there. Always on.
import type { PlanNode } from '../plan.ts'
import type { SourceStep } from '../steps.ts'

export function mergeDuplicateSources(
  root: PlanNode,
  renamed: Map<string, string>,
  problem: (message: string, place: string | undefined) => void,
): void {
  const byTopic = new Map<string, PlanNode>()
  for (const node of root.children) {
    if (node.step.kind !== 'source') continue
    const { step } = node
    const keys =
      step.pattern === undefined ? step.topics.map((topic) => `topic ${topic}`) : [`pattern ${String(step.pattern)}`]
    const first = keys.map((key) => byTopic.get(key)).find((known) => known !== undefined)
    if (first === undefined) for (const key of keys) byTopic.set(key, node)
    else if (isSame(first.step as SourceStep, step)) merge(root, first, node, renamed, problem)
    else overlap(first, node, problem)
  }
}

function isSame(first: SourceStep, second: SourceStep): boolean {
  const topics = new Set(first.topics)
  return topics.size === new Set(second.topics).size && second.topics.every((topic) => topics.has(topic))
}

function merge(
  root: PlanNode,
  first: PlanNode,
  second: PlanNode,
  renamed: Map<string, string>,
  problem: (message: string, place: string | undefined) => void,
): void {
  const start = JSON.stringify((first.step as SourceStep).startFrom)
  const otherStart = JSON.stringify((second.step as SourceStep).startFrom)
  if (start !== otherStart) {
    problem(
      `${describe(second)} is read twice, with different startFrom (${start ?? 'default'} at ${first.options.place}, ` +
        `${otherStart ?? 'default'} here): give both the same`,
      second.options.place,
    )
  }
  for (const child of second.children) {
    second.removeChild(child)
    first.addChild(child)
  }
  root.removeChild(second)
  renamed.set(second.name, first.name)
}

function overlap(
  first: PlanNode,
  second: PlanNode,
  problem: (message: string, place: string | undefined) => void,
): void {
  problem(
    `${describe(first)}${first.options.place === undefined ? '' : ` (at ${first.options.place})`} and ${describe(second)} overlap, ` +
      'but are not the same: read each topic in one place, and merge() the streams',
    second.options.place,
  )
}

function describe({ step }: PlanNode): string {
  const { topics, pattern } = step as SourceStep
  if (pattern !== undefined) return `pattern ${String(pattern)}`
  return `${topics.length === 1 ? 'topic' : 'topics'} ${topics.map((topic) => `'${topic}'`).join(', ')}`
}
