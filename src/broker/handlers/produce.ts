// Produce (key 0), versions 3-13, advertised from 0 (KAFKA-18659, see api-versions). One batch a partition.
// - acks 0: no answer; an error closes the connection. acks 1: answered when written. acks all: when it is durable (group commit).
// - A retry of one of the last five batches is answered with its first offsets, when these are durable; nothing is appended.
// - Transactional batches: up to version 11 the partition must be in the transaction; from 12 on (KIP-890) it is added here.
// - From 13 on topics come by id. Clients may not write to the internal topics.
// - A disk error: KAFKA_STORAGE_ERROR, nothing of the batch stays, the next attempt may succeed.
import { TidemillError } from '../../base/index.ts'
import { ERROR, type ProduceRequest, type ProduceResponseInput, produceApi } from '../../protocol/index.ts'
import type { BrokerCore } from '../core.ts'
import { type Call, type Handler, PARKED, defineHandler } from '../handler.ts'
import { stampAppendTime } from '../log/batch-fields.ts'
import { type BatchProblem, checkBatch } from '../log/check-batch.ts'
import { type PartitionLog, producedBatch } from '../log/partition-log.ts'
import type { Topic } from '../topic.ts'

interface PartitionAnswer {
  index: number
  errorCode: number
  baseOffset: number
  logAppendTimeMs: number
  logStartOffset: number
  recordErrors: NonNullable<BatchProblem['records']>
  errorMessage: string | null
}
interface TopicAnswer {
  readonly name: string
  readonly topicId: string
  readonly partitionResponses: readonly PartitionAnswer[]
}

const ZSTD_FROM_VERSION = 7
const IMPLICIT_PARTITIONS_FROM_VERSION = 12

export const produce: Handler = defineHandler(
  produceApi,
  { min: 3, max: 13, advertisedMin: 0 },
  (core, request, call) => {
    const production = new Production(core, request, call)
    const responses = request.topicData.map((topic) => production.topic(topic))
    if (request.acks === 0) return production.endWithoutAnswer(responses)
    if (request.acks === 1) return { responses, throttleTimeMs: 0 }
    return production.answerWhenDurable(responses)
  },
)

class Production {
  readonly #core: BrokerCore
  readonly #request: ProduceRequest
  readonly #call: Call<ProduceResponseInput>
  /** What has to be durable before the answer. */
  readonly #taken: { readonly log: PartitionLog; readonly answer: PartitionAnswer }[] = []

  constructor(core: BrokerCore, request: ProduceRequest, call: Call<ProduceResponseInput>) {
    this.#core = core
    this.#request = request
    this.#call = call
  }

  topic(data: ProduceRequest['topicData'][number]): TopicAnswer {
    const byId = this.#call.version >= 13
    const { topics, topicsById } = this.#core.catalog
    const topic = byId ? topicsById.get(data.topicId) : topics.get(data.name)
    const missing = byId ? ERROR.UNKNOWN_TOPIC_ID : ERROR.UNKNOWN_TOPIC_OR_PARTITION
    return {
      name: data.name,
      topicId: data.topicId,
      partitionResponses: data.partitionData.map(({ index, records }) => {
        if (topic === undefined) return refused(index, { error: missing, message: 'There is no such topic.' })
        return this.#partition(topic, index, records)
      }),
    }
  }

  endWithoutAnswer(responses: readonly TopicAnswer[]): typeof PARKED {
    const failed = responses.flatMap((topic) => topic.partitionResponses).find((partition) => partition.errorCode !== 0)
    if (failed === undefined) this.#call.respondNothing()
    else this.#call.closeConnection(`a produce request with acks=0 failed: ${failed.errorMessage ?? failed.errorCode}`)
    return PARKED
  }

  answerWhenDurable(responses: TopicAnswer[]): ProduceResponseInput | typeof PARKED {
    let waiting = 1
    let isParked = false
    const settle = (): void => {
      if (--waiting === 0 && isParked) this.#call.respond({ responses, throttleTimeMs: 0 })
    }
    const afterWait =
      (answer: PartitionAnswer) =>
      (isDurable: boolean): void => {
        if (!isDurable) Object.assign(answer, notDurable(answer.index))
        settle()
      }
    for (const { log, answer } of this.#taken) {
      waiting++
      log.whenDurable(afterWait(answer))
    }
    if (--waiting === 0) return { responses, throttleTimeMs: 0 }
    isParked = true
    return PARKED
  }

  #partition(topic: Topic, index: number, records: Buffer | null): PartitionAnswer {
    const log = topic.logs[index]
    if (log === undefined) {
      return refused(index, {
        error: ERROR.UNKNOWN_TOPIC_OR_PARTITION,
        message: `${topic.name} has ${topic.logs.length} partitions.`,
      })
    }
    const refusal = this.#refusal(topic)
    if (refusal !== undefined) return refused(index, refusal)
    const checked = checkBatch(records, topic.settings, this.#core.clock.now())
    if ('problem' in checked) return refused(index, checked.problem)
    if (checked.batch.compression === 'zstd' && this.#call.version < ZSTD_FROM_VERSION) {
      const message = `zstd needs version ${ZSTD_FROM_VERSION} of Produce.`
      return refused(index, { error: ERROR.UNSUPPORTED_COMPRESSION_TYPE, message })
    }
    return this.#append(topic, log, checked.batch.buffer)
  }

  #refusal(topic: Topic): BatchProblem | undefined {
    const { acks } = this.#request
    if (acks < -1 || acks > 1)
      return { error: ERROR.INVALID_REQUIRED_ACKS, message: `acks must be -1, 0 or 1, not ${acks}.` }
    if (!topic.isInternal) return undefined
    return { error: ERROR.INVALID_TOPIC_EXCEPTION, message: `${topic.name} is internal: clients may not write to it.` }
  }

  #append(topic: Topic, log: PartitionLog, records: Buffer): PartitionAnswer {
    const index = log.partition
    const produced = producedBatch(records, 0)
    const isImplicit = produced.isTransactional && this.#call.version >= IMPLICIT_PARTITIONS_FROM_VERSION
    if (produced.producerId >= 0) {
      const check = log.producers.check(produced, isImplicit)
      if (check.kind === 'refused') return refused(index, { error: check.error, message: check.reason })
      if (check.kind === 'duplicate') {
        const { baseOffset, timestamp } = check.batch
        return this.#take(log, baseOffset, topic.settings.isLogAppendTime ? timestamp : -1)
      }
    }
    if (produced.isTransactional) {
      const error = this.#core.transactions.admit(this.#request.transactionalId, produced, log, isImplicit)
      if (error !== ERROR.NONE)
        return refused(index, { error, message: 'The partition is not part of an open transaction of this producer.' })
    }
    const now = this.#core.clock.now()
    const { isLogAppendTime } = topic.settings
    // The client's bytes are not ours to stamp: it may send them again.
    const bytes = isLogAppendTime ? Buffer.from(records) : records
    if (isLogAppendTime) stampAppendTime(bytes, now)
    try {
      const answer = this.#take(log, log.append(bytes, now), isLogAppendTime ? now : -1)
      const transactionLog = this.#core.transactions.log.existing
      if (isImplicit && transactionLog !== undefined) this.#taken.push({ log: transactionLog, answer })
      return answer
    } catch (error) {
      if (!(error instanceof TidemillError)) throw error
      this.#core.warn(error.message)
      return refused(index, { error: ERROR.KAFKA_STORAGE_ERROR, message: error.message })
    }
  }

  #take(log: PartitionLog, baseOffset: number, logAppendTimeMs: number): PartitionAnswer {
    const answer: PartitionAnswer = {
      index: log.partition,
      errorCode: ERROR.NONE,
      baseOffset,
      logAppendTimeMs,
      logStartOffset: log.logStartOffset,
      recordErrors: [],
      errorMessage: null,
    }
    this.#taken.push({ log, answer })
    return answer
  }
}

function refused(index: number, problem: BatchProblem): PartitionAnswer {
  return {
    index,
    errorCode: problem.error,
    baseOffset: -1,
    logAppendTimeMs: -1,
    logStartOffset: -1,
    recordErrors: problem.records ?? [],
    errorMessage: problem.message,
  }
}

function notDurable(index: number): PartitionAnswer {
  return refused(index, { error: ERROR.KAFKA_STORAGE_ERROR, message: 'The records could not be made durable.' })
}
