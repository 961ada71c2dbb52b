// CreatePartitions (key 37), versions 0-3. `count` is the new total; it can only grow. Every topic of the request is in the answer.
import { TidemillError } from '../../base/index.ts'
import { type CreatePartitionsRequest, ERROR, createPartitionsApi } from '../../protocol/index.ts'
import { type BrokerCore, NODE_ID } from '../core.ts'
import { type Handler, defineHandler } from '../handler.ts'
import type { Topic } from '../topic.ts'

type Asked = CreatePartitionsRequest['topics'][number]

interface Result {
  readonly name: string
  readonly errorCode: number
  readonly errorMessage: string | null
}

export const createPartitions: Handler = defineHandler(createPartitionsApi, { min: 0, max: 3 }, (core, request) => {
  const names = request.topics.map((topic) => topic.name)
  return {
    results: request.topics.map((asked) => {
      const isTwice = names.indexOf(asked.name) !== names.lastIndexOf(asked.name)
      if (isTwice) return refuse(asked, ERROR.INVALID_REQUEST, 'Duplicate topic name.')
      return grow(core, asked, request.validateOnly)
    }),
  }
})

function refuse({ name }: Asked, errorCode: number, errorMessage: string): Result {
  return { name, errorCode, errorMessage }
}

function grow(core: BrokerCore, asked: Asked, isOnlyValidated: boolean): Result {
  const topic = core.catalog.topics.get(asked.name)
  if (topic === undefined) return refuse(asked, ERROR.UNKNOWN_TOPIC_OR_PARTITION, `There is no topic ${asked.name}.`)
  const problem = problemOf(topic, asked)
  if (problem !== undefined) return problem
  try {
    if (!isOnlyValidated) {
      core.catalog.update((entries) => void entries.set(topic.name, { ...topic.entry, partitions: asked.count }))
    }
  } catch (error) {
    if (!(error instanceof TidemillError)) throw error
    return refuse(asked, ERROR.KAFKA_STORAGE_ERROR, error.message)
  }
  return { name: asked.name, errorCode: ERROR.NONE, errorMessage: null }
}

function problemOf(topic: Topic, asked: Asked): Result | undefined {
  const current = topic.logs.length
  if (topic.isInternal)
    return refuse(asked, ERROR.INVALID_PARTITIONS, `${topic.name} is internal and keeps its partitions.`)
  if (asked.count <= current) {
    const relation = asked.count === current ? 'already has' : 'currently has'
    const why = `Topic ${relation} ${current} partition(s)${asked.count < current ? `, which is higher than the requested ${asked.count}` : ''}.`
    return refuse(asked, ERROR.INVALID_PARTITIONS, why)
  }
  const { assignments } = asked
  if (assignments === null) return undefined
  const isOurs = assignments.every(({ brokerIds }) => brokerIds.length === 1 && brokerIds[0] === NODE_ID)
  if (isOurs && assignments.length === asked.count - current) return undefined
  const why = `Assignments must be given for each of the ${asked.count - current} new partitions, each on broker ${NODE_ID}.`
  return refuse(asked, ERROR.INVALID_REPLICA_ASSIGNMENT, why)
}
