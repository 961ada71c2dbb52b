// AddPartitionsToTxn (key 24), versions 0-5. Up to 3 from clients; from 4 on in the form that brokers use among themselves (several
// transactions, verifyOnly), which some clients send too. All partitions of a transaction are added, or none: where one does not exist
// the others are OPERATION_NOT_ATTEMPTED. PRODUCER_FENCED is known from version 2 on.
import {
  type AddPartitionsToTxnRequest,
  type AddPartitionsToTxnResponseInput,
  ERROR,
  addPartitionsToTxnApi,
} from '../../protocol/index.ts'
import type { TopicPartitions } from '../coordinators/transaction-coordinator.ts'
import type { BrokerCore } from '../core.ts'
import { type Handler, PARKED, defineHandler } from '../handler.ts'
import { fencedCode } from './init-producer-id.ts'

type Asked = Omit<AddPartitionsToTxnRequest['transactions'][number], 'verifyOnly'>
type TopicResult = NonNullable<AddPartitionsToTxnResponseInput['resultsByTopicV3AndBelow']>[number]

const BATCHES_FROM_VERSION = 4

export const addPartitionsToTxn: Handler = defineHandler(
  addPartitionsToTxnApi,
  { min: 0, max: 5 },
  (core, request, call) => {
    if (call.version < BATCHES_FROM_VERSION) {
      const asked: Asked = {
        transactionalId: request.v3AndBelowTransactionalId,
        producerId: request.v3AndBelowProducerId,
        producerEpoch: request.v3AndBelowProducerEpoch,
        topics: request.v3AndBelowTopics,
      }
      add(core, asked, (results) => call.respond({ resultsByTopicV3AndBelow: withKnownCodes(results, call.version) }))
      return PARKED
    }
    let left = request.transactions.length
    const all: { transactionalId: string; topicResults: readonly TopicResult[] }[] = []
    const settle = (transactionalId: string, topicResults: readonly TopicResult[]): void => {
      all.push({ transactionalId, topicResults })
      if (--left === 0) call.respond({ errorCode: ERROR.NONE, resultsByTransaction: all })
    }
    if (left === 0) return { errorCode: ERROR.NONE, resultsByTransaction: [] }
    for (const asked of request.transactions) {
      if (asked.verifyOnly) settle(asked.transactionalId, verify(core, asked))
      else add(core, asked, (results) => settle(asked.transactionalId, results))
    }
    return PARKED
  },
)

function add(core: BrokerCore, asked: Asked, answer: (results: readonly TopicResult[]) => void): void {
  const isKnown = (name: string, index: number): boolean => core.catalog.log(name, index) !== undefined
  const isComplete = asked.topics.every(({ name, partitions }) => partitions.every((index) => isKnown(name, index)))
  if (!isComplete) {
    const codeOf = (name: string, index: number): number => {
      return isKnown(name, index) ? ERROR.OPERATION_NOT_ATTEMPTED : ERROR.UNKNOWN_TOPIC_OR_PARTITION
    }
    return answer(resultsOf(asked.topics, codeOf))
  }
  core.transactions.addPartitions(asked.transactionalId, asked, asked.topics, (errorCode) => {
    answer(resultsOf(asked.topics, () => errorCode))
  })
}

function verify(core: BrokerCore, asked: Asked): readonly TopicResult[] {
  return resultsOf(asked.topics, (name, index) => core.transactions.verify(asked.transactionalId, asked, name, index))
}

function resultsOf(
  topics: readonly TopicPartitions[],
  codeOf: (name: string, index: number) => number,
): readonly TopicResult[] {
  return topics.map(({ name, partitions }) => ({
    name,
    resultsByPartition: partitions.map((partitionIndex) => {
      return { partitionIndex, partitionErrorCode: codeOf(name, partitionIndex) }
    }),
  }))
}

function withKnownCodes(results: readonly TopicResult[], version: number): readonly TopicResult[] {
  return results.map(({ name, resultsByPartition }) => ({
    name,
    resultsByPartition: resultsByPartition.map(({ partitionIndex, partitionErrorCode }) => {
      return { partitionIndex, partitionErrorCode: fencedCode(partitionErrorCode, version >= 2) }
    }),
  }))
}
