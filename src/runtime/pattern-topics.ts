// Sources that read all topics whose name matches: the topology as it is once the topics are known.
import type { Client } from '../client/index.ts'
import type { SubTopology, Topology } from '../topology/index.ts'
import { internalTopicNames } from './plan-topics.ts'

/** Anchored, as Java's Pattern.matches is; undefined where no source has a pattern. */
export function subscriptionPattern(topology: Topology): RegExp | undefined {
  const sources = patternsOf(topology.nodes).map(({ source }) => `(?:${source})`)
  return sources.length === 0 ? undefined : new RegExp(`^(?:${sources.join('|')})$`)
}

/** The topology with the topics that its patterns match now as source topics. */
export async function resolvePatterns(topology: Topology, client: Client, applicationId: string): Promise<Topology> {
  if (patternsOf(topology.nodes).length === 0) return topology
  const own = new Set(internalTopicNames(topology, applicationId))
  const topics = await client.cluster.refresh()
  const names = topics.filter(({ name, isInternal }) => !isInternal && !own.has(name)).map(({ name }) => name)
  return { ...topology, subTopologies: topology.subTopologies.map((each) => withMatches(each, names)) }
}

function withMatches(subTopology: SubTopology, names: readonly string[]): SubTopology {
  const patterns = patternsOf(subTopology.nodes).map(({ source, flags }) => new RegExp(`^(?:${source})$`, flags))
  if (patterns.length === 0) return subTopology
  const known = new Set(subTopology.sourceTopics.map(({ name }) => name))
  const matches = names.filter((name) => !known.has(name) && patterns.some((pattern) => pattern.test(name))).sort()
  const sourceTopics = [...subTopology.sourceTopics, ...matches.map((name) => ({ name, isInternal: false }))]
  return { ...subTopology, sourceTopics }
}

function patternsOf(nodes: Topology['nodes']): readonly RegExp[] {
  return nodes.flatMap((node) => (node.kind === 'source' && node.pattern !== undefined ? [node.pattern] : []))
}
