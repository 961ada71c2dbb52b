// DeleteTopics (key 20), versions 1-6. By name, from 6 on also by id. The catalog is changed durably first, then the files go.
// What reads the topic is woken and told that it is gone; producers' states and markers never reach a later topic of the same name.
import { TidemillError } from '../../base/index.ts'
import { type DeleteTopicsRequest, ERROR, ZERO_UUID, deleteTopicsApi } from '../../protocol/index.ts'
import type { BrokerCore } from '../core.ts'
import { type Handler, defineHandler } from '../handler.ts'
import type { Topic } from '../topic.ts'

interface Target {
  readonly name: string | null
  readonly topicId: string
  readonly topic: Topic | undefined
  readonly errorCode: number
}

export const deleteTopics: Handler = defineHandler(
  deleteTopicsApi,
  { min: 1, max: 6 },
  (core, request, { version }) => {
    const targets = asked(request, version).map(({ name, topicId }) => find(core, name, topicId))
    const failure = remove(core, targets)
    return {
      responses: targets.map(({ name, topicId, topic, errorCode }) => ({
        name: topic?.name ?? name,
        topicId: topic?.id ?? topicId,
        errorCode: errorCode === ERROR.NONE ? failure : errorCode,
      })),
    }
  },
)

function asked(request: DeleteTopicsRequest, version: number): readonly { name: string | null; topicId: string }[] {
  return version >= 6 ? request.topics : request.topicNames.map((name) => ({ name, topicId: ZERO_UUID }))
}

function find(core: BrokerCore, name: string | null, topicId: string): Target {
  const byId = name === null
  const topic = byId ? core.catalog.topicsById.get(topicId) : core.catalog.topics.get(name)
  const missing = byId ? ERROR.UNKNOWN_TOPIC_ID : ERROR.UNKNOWN_TOPIC_OR_PARTITION
  if (!byId && topicId !== ZERO_UUID) return { name, topicId, topic: undefined, errorCode: ERROR.INVALID_REQUEST }
  if (topic?.isInternal === true) return { name, topicId, topic: undefined, errorCode: ERROR.INVALID_TOPIC_EXCEPTION }
  return { name, topicId, topic, errorCode: topic === undefined ? missing : ERROR.NONE }
}

function remove(core: BrokerCore, targets: readonly Target[]): number {
  const topics = new Set(targets.map((target) => target.topic).filter((topic) => topic !== undefined))
  if (topics.size === 0) return ERROR.NONE
  try {
    core.catalog.update((entries) => {
      for (const topic of topics) entries.delete(topic.name)
    })
  } catch (error) {
    if (!(error instanceof TidemillError)) throw error
    core.warn(error.message)
    return ERROR.KAFKA_STORAGE_ERROR
  }
  for (const topic of topics) {
    core.transactions.forget(topic)
    core.groups.forget(topic)
    for (const log of topic.logs) core.wake(log)
  }
  return ERROR.NONE
}
