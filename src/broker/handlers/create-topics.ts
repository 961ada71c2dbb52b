// CreateTopics (key 19), versions 2-7. All topics of a request are made with one durable change of the catalog.
// - numPartitions -1 and replicationFactor -1 are the broker's defaults; a replication factor above 1 is refused, as a cluster of one
//   node must. Manual assignments have to name this node and number the partitions from 0.
// - A name twice in a request is refused for both. validateOnly checks and makes nothing. From 5 on the answer has the configs.
import { TidemillError } from '../../base/index.ts'
import {
  type CreateTopicsRequest,
  type CreateTopicsResponseInput,
  ERROR,
  ZERO_UUID,
  createTopicsApi,
} from '../../protocol/index.ts'
import { TOPIC_CONFIGS, configProblem } from '../config-table.ts'
import { type BrokerCore, NODE_ID } from '../core.ts'
import { type Handler, defineHandler } from '../handler.ts'
import { createTopics as make, newEntry } from '../topic-creation.ts'
import { type TopicEntry, topicNameProblem } from '../topic.ts'
import { describeTopicConfigs } from './describe-configs.ts'

type Asked = CreateTopicsRequest['topics'][number]
type TopicAnswer = CreateTopicsResponseInput['topics'][number]

interface Problem {
  readonly errorCode: number
  readonly errorMessage: string
}

export const createTopics: Handler = defineHandler(createTopicsApi, { min: 2, max: 7 }, (core, request) => {
  const names = request.topics.map((topic) => topic.name)
  const plans = request.topics.map((asked) => {
    const isTwice = names.indexOf(asked.name) !== names.lastIndexOf(asked.name)
    const problem = isTwice
      ? { errorCode: ERROR.INVALID_REQUEST, errorMessage: 'Duplicate topic name.' }
      : problemOf(core, asked)
    return { asked, problem, entry: problem === undefined ? entryFor(core, asked) : undefined }
  })
  const entries = plans.map((plan) => plan.entry).filter((entry) => entry !== undefined)
  const failure = request.validateOnly || entries.length === 0 ? undefined : tryToMake(core, entries)
  return {
    topics: plans.map(({ asked, problem, entry }) => {
      const failed = problem ?? failure
      if (failed !== undefined || entry === undefined)
        return { name: asked.name, ...(failed ?? unknown), configs: null }
      return made(core, entry, request.validateOnly)
    }),
  }
})

const unknown: Problem = { errorCode: ERROR.UNKNOWN_SERVER_ERROR, errorMessage: 'The topic could not be made.' }

function tryToMake(core: BrokerCore, entries: readonly TopicEntry[]): Problem | undefined {
  try {
    make(core, entries)
    return undefined
  } catch (error) {
    if (!(error instanceof TidemillError)) throw error
    core.warn(error.message)
    return { errorCode: ERROR.KAFKA_STORAGE_ERROR, errorMessage: error.message }
  }
}

function entryFor(core: BrokerCore, asked: Asked): TopicEntry {
  const given = asked.assignments.length > 0 ? asked.assignments.length : asked.numPartitions
  const partitions = given === -1 ? core.configs.number('num.partitions') : given
  const configs: Record<string, string> = {}
  for (const { name, value } of asked.configs) if (value !== null) configs[name] = value
  return newEntry(core, asked.name, partitions, configs)
}

function problemOf(core: BrokerCore, asked: Asked): Problem | undefined {
  const illegal = topicNameProblem(asked.name)
  if (illegal !== undefined) return { errorCode: ERROR.INVALID_TOPIC_EXCEPTION, errorMessage: illegal }
  if (core.catalog.topics.has(asked.name)) {
    return { errorCode: ERROR.TOPIC_ALREADY_EXISTS, errorMessage: `Topic '${asked.name}' already exists.` }
  }
  return sizeProblem(asked) ?? configsProblem(asked)
}

function sizeProblem(asked: Asked): Problem | undefined {
  const { numPartitions, replicationFactor, assignments } = asked
  if (assignments.length > 0) return assignmentProblem(asked)
  if (numPartitions !== -1 && numPartitions <= 0) {
    const errorMessage = 'Number of partitions was set to an invalid non-positive value.'
    return { errorCode: ERROR.INVALID_PARTITIONS, errorMessage }
  }
  if (replicationFactor === -1 || replicationFactor === 1) return undefined
  const errorMessage =
    replicationFactor <= 0
      ? 'Replication factor must be larger than 0, or -1 to use the default value.'
      : `Unable to replicate the partition ${replicationFactor} time(s): The target replication factor of ${replicationFactor} cannot be reached because only 1 broker(s) are registered.`
  return { errorCode: ERROR.INVALID_REPLICATION_FACTOR, errorMessage }
}

function assignmentProblem(asked: Asked): Problem | undefined {
  const { numPartitions, replicationFactor, assignments } = asked
  if (numPartitions !== -1 || replicationFactor !== -1) {
    const errorMessage = 'Partitions and replication factor must be -1 where assignments are given.'
    return { errorCode: ERROR.INVALID_REQUEST, errorMessage }
  }
  const indexes = assignments.map((assignment) => assignment.partitionIndex).sort((a, b) => a - b)
  const isComplete = indexes.every((index, i) => index === i)
  const isOurs = assignments.every(({ brokerIds }) => brokerIds.length === 1 && brokerIds[0] === NODE_ID)
  if (isComplete && isOurs) return undefined
  const errorMessage = `Assignments must number the partitions from 0, each on broker ${NODE_ID}, the only one.`
  return { errorCode: ERROR.INVALID_REPLICA_ASSIGNMENT, errorMessage }
}

function configsProblem(asked: Asked): Problem | undefined {
  for (const { name, value } of asked.configs) {
    const definition = TOPIC_CONFIGS.get(name)
    if (definition === undefined)
      return { errorCode: ERROR.INVALID_CONFIG, errorMessage: `Unknown topic config name: ${name}` }
    if (value === null)
      return { errorCode: ERROR.INVALID_CONFIG, errorMessage: `Null value not supported for topic configs: ${name}` }
    const problem = configProblem(definition, value)
    if (problem !== undefined) return { errorCode: ERROR.INVALID_CONFIG, errorMessage: problem }
  }
  return undefined
}

function made(core: BrokerCore, entry: TopicEntry, isOnlyValidated: boolean): TopicAnswer {
  return {
    name: entry.name,
    topicId: isOnlyValidated ? ZERO_UUID : entry.id,
    errorCode: ERROR.NONE,
    errorMessage: null,
    numPartitions: entry.partitions,
    replicationFactor: 1,
    configs: describeTopicConfigs(core, entry.configs).map(({ name, value, configSource }) => {
      return { name, value, readOnly: false, configSource, isSensitive: false }
    }),
  }
}
