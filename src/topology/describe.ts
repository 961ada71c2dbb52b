// The text of a topology, in the layout of Java's Topology.describe(), which visualisers read. Java prints the nodes of a
// sub-topology and the names after its arrows in the order of its hash maps; here both are in order of falling size (how many
// nodes follow), then by name.
import type { SubTopology } from './topology.ts'
import type { ProcessorNode, SinkNode, SourceNode, TopologyNode } from './node.ts'

export function describeTopology(subTopologies: readonly SubTopology[]): string {
  return `Topologies:\n ${subTopologies.map((subTopology) => `  ${describeSubTopology(subTopology)}`).join('')}`
}

function describeSubTopology(subTopology: SubTopology): string {
  const family = familyOf(subTopology.nodes)
  if (subTopology.isGlobal) {
    const lines = subTopology.nodes.map((node) => `    ${describeNode(node, family)}\n`)
    return `Sub-topology: ${subTopology.id} for global store (will not generate tasks)\n${lines.join('')}`
  }
  const nodes = [...subTopology.nodes].sort((a, b) => family.compare(a.name, b.name))
  const lines = nodes.map((node) => `    ${describeNode(node, family)}\n`)
  return `Sub-topology: ${subTopology.id}\n${lines.join('')}\n`
}

interface Family {
  children(name: string): readonly string[]
  compare(first: string, second: string): number
}

function familyOf(nodes: readonly TopologyNode[]): Family {
  const children = new Map<string, string[]>(nodes.map((node) => [node.name, []]))
  for (const node of nodes) for (const parent of node.parents) children.get(parent)?.push(node.name)
  const sizes = new Map<string, number>()
  // Children stand behind their parents: from the end, each node's children are counted before it.
  for (const { name } of [...nodes].reverse()) {
    sizes.set(
      name,
      (children.get(name) ?? []).reduce((sum, child) => sum + (sizes.get(child) ?? 0), 1),
    )
  }
  return {
    children: (name) => children.get(name) ?? [],
    compare: (first, second) => (sizes.get(second) ?? 0) - (sizes.get(first) ?? 0) || (first < second ? -1 : 1),
  }
}

function describeNode(node: TopologyNode, family: Family): string {
  const before = names(node.parents, family)
  const after = names(family.children(node.name), family)
  switch (node.kind) {
    case 'source':
      return `Source: ${node.name} (topics: ${sourceTopics(node)})\n      --> ${after}`
    case 'processor':
      return `Processor: ${node.name} (stores: [${stores(node)}])\n      --> ${after}\n      <-- ${before}`
    case 'sink':
      return `Sink: ${node.name} (${sinkTopic(node)})\n      <-- ${before}`
  }
}

function names(list: readonly string[], family: Family): string {
  if (list.length === 0) return 'none'
  return [...new Set(list)].sort((a, b) => family.compare(a, b)).join(', ')
}

function sourceTopics(node: SourceNode): string {
  return node.pattern === undefined
    ? `[${node.topics.map((topic) => topic.name).join(', ')}]`
    : patternText(node.pattern)
}

/** topicPattern() anchors what the user wrote, for it is the whole name that must match; Java prints it bare. */
function patternText(pattern: RegExp): string {
  const anchored = /^\^\(\?:(.*)\)\$$/s.exec(pattern.source)
  return anchored?.[1] ?? pattern.source
}

function stores(node: ProcessorNode): string {
  return [...node.stores].sort().join(', ')
}

function sinkTopic({ topic }: SinkNode): string {
  return typeof topic === 'function'
    ? `extractor class: ${topic.name === '' ? 'function' : topic.name}`
    : `topic: ${topic.name}`
}
