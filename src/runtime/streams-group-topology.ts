// The topology as the coordinator of a streams group is told of it (KIP-1071).
import type { StreamsGroupSubtopology, StreamsGroupTopic } from '../client/index.ts'
import type { InternalTopic, SubTopology, Topology } from '../topology/index.ts'
import { topicName } from './names.ts'
import { changelogConfigs, internalTopicConfig } from './plan-topics.ts'
import type { ThreadConfig } from './thread-config.ts'

export function streamsGroupTopology(topology: Topology, config: ThreadConfig): readonly StreamsGroupSubtopology[] {
  const storeConfigs = changelogConfigs(topology)
  const info = (topic: InternalTopic): StreamsGroupTopic => ({
    name: `${config.applicationId}-${topic.name}`,
    partitions: topic.partitions ?? 0,
    replicationFactor: config.replicationFactor,
    config: internalTopicConfig(topic, config, storeConfigs.get(topic.name)),
  })
  return topology.subTopologies.filter(({ isGlobal }) => !isGlobal).map((each) => subtopology(each, config, info))
}

function subtopology(
  each: SubTopology,
  { applicationId }: ThreadConfig,
  info: (topic: InternalTopic) => StreamsGroupTopic,
): StreamsGroupSubtopology {
  const repartitionNames = new Set(each.repartitionTopics.map(({ name }) => name))
  const sources = each.sourceTopics.filter((ref) => !(ref.isInternal && repartitionNames.has(ref.name)))
  return {
    id: String(each.id),
    sourceTopics: sources.map((ref) => topicName(applicationId, ref)),
    repartitionSourceTopics: each.repartitionTopics.map(info),
    repartitionSinkTopics: each.sinkTopics
      .filter(({ isInternal }) => isInternal)
      .map((ref) => topicName(applicationId, ref)),
    changelogTopics: each.changelogTopics.map(info),
    copartitionGroups: each.copartitionGroups.map((group) => group.map((ref) => topicName(applicationId, ref))),
  }
}
