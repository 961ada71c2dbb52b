import type { Topology } from './topology.ts'

/**
 * Whether the partition of a key's entry in a store follows from the key alone, by Kafka's default. Not where a topic that the
 * store's sub-topology reads is written by this topology with a partition function of the user's own.
 */
export function isPartitionedByKey({ subTopologies, nodes }: Topology, store: string): boolean {
  const home = subTopologies.find((each) => !each.isGlobal && each.stores.some(({ name }) => name === store))
  if (home === undefined) return true
  return !nodes.some((node) => {
    if (node.kind !== 'sink' || node.partition === undefined || typeof node.topic === 'function') return false
    const { name, isInternal } = node.topic
    return home.sourceTopics.some((topic) => topic.name === name && topic.isInternal === isInternal)
  })
}
