// Metadata (key 3), versions 0-13. The one node, and topics by name or id.
// - Topics null means all; in version 0 an empty list does too, later it means none.
// - Topics that are missing are made when client and broker both allow it (below version 4 the client always does), and are in
//   the answer at once: Kafka makes them a moment later.
// - Look-ups by id are valid from version 12 on; an id with a name beside it is refused.
import {
  ERROR,
  type MetadataRequest,
  type MetadataResponseInput,
  ZERO_UUID,
  metadataApi,
} from '../../protocol/index.ts'
import { type BrokerCore, NODE_ID } from '../core.ts'
import { type Handler, defineHandler } from '../handler.ts'
import { type Topic, topicNameProblem } from '../topic.ts'
import { autoCreate } from '../topic-creation.ts'

type TopicAnswer = MetadataResponseInput['topics'][number]

export const metadata: Handler = defineHandler(metadataApi, { min: 0, max: 13 }, (core, request, { version }) => ({
  brokers: [{ nodeId: NODE_ID, ...core.advertised }],
  clusterId: core.catalog.clusterId,
  controllerId: NODE_ID,
  topics: wanted(core, request, version),
}))

function wanted(core: BrokerCore, request: MetadataRequest, version: number): TopicAnswer[] {
  const { topics } = request
  if (topics === null || (version === 0 && topics.length === 0)) {
    return [...core.catalog.topics.values()].map((topic) => describeTopic(core, topic))
  }
  const mayCreate = request.allowAutoTopicCreation && core.configs.isOn('auto.create.topics.enable')
  const names = topics.map((topic) => topic.name).filter((name) => name !== null)
  const problems = mayCreate ? autoCreate(core, names) : new Map<string, number>()
  return topics.map(({ name, topicId }) => {
    if (name === null || topicId !== ZERO_UUID) return byId(core, topicId, name)
    const topic = core.catalog.topics.get(name)
    if (topic !== undefined) return describeTopic(core, topic)
    const illegal = topicNameProblem(name) === undefined ? undefined : ERROR.INVALID_TOPIC_EXCEPTION
    return missing(name, ZERO_UUID, illegal ?? problems.get(name) ?? ERROR.UNKNOWN_TOPIC_OR_PARTITION)
  })
}

function byId(core: BrokerCore, topicId: string, name: string | null): TopicAnswer {
  if (name !== null) return missing(name, topicId, ERROR.INVALID_REQUEST)
  const topic = core.catalog.topicsById.get(topicId)
  return topic === undefined ? missing(null, topicId, ERROR.UNKNOWN_TOPIC_ID) : describeTopic(core, topic)
}

function missing(name: string | null, topicId: string, errorCode: number): TopicAnswer {
  return { errorCode, name, topicId, isInternal: false, partitions: [] }
}

function describeTopic(core: BrokerCore, topic: Topic): TopicAnswer {
  return {
    errorCode: ERROR.NONE,
    name: topic.name,
    topicId: topic.id,
    isInternal: topic.isInternal,
    partitions: topic.logs.map((_, partitionIndex) => ({
      errorCode: ERROR.NONE,
      partitionIndex,
      leaderId: NODE_ID,
      leaderEpoch: core.leaderEpoch,
      replicaNodes: [NODE_ID],
      isrNodes: [NODE_ID],
    })),
  }
}
