// TxnOffsetCommit (key 28), versions 0-5. Holds offsets inside the producer's transaction until it ends. From 3 on with the member's
// generation, which is checked when it is given; from 5 on (TV2) it adds the offsets' partition to the transaction itself.
import {
  ERROR,
  type TxnOffsetCommitRequest,
  type TxnOffsetCommitResponseInput,
  txnOffsetCommitApi,
} from '../../protocol/index.ts'
import type { OffsetToCommit } from '../coordinators/group-coordinator.ts'
import type { BrokerCore } from '../core.ts'
import { type Handler, PARKED, defineHandler } from '../handler.ts'
import { partitionError, toCommit } from './offset-commit.ts'

const IMPLICIT_FROM_VERSION = 5

export const txnOffsetCommit: Handler = defineHandler(txnOffsetCommitApi, { min: 0, max: 5 }, (core, request, call) => {
  const { producerId, producerEpoch } = request
  const error = requestError(core, request, call.version >= IMPLICIT_FROM_VERSION)
  const accepted: OffsetToCommit[] = []
  const topics = request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map((asked) => {
      const errorCode = error === ERROR.NONE ? partitionError(core.catalog.topics.get(name), asked, false) : error
      if (errorCode === ERROR.NONE) accepted.push(toCommit(name, asked))
      return { partitionIndex: asked.partitionIndex, errorCode }
    }),
  }))
  const answer = (errorCode: number): TxnOffsetCommitResponseInput => ({
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map((each) => (each.errorCode === ERROR.NONE ? { ...each, errorCode } : each)),
    })),
  })
  core.groups.commit(request.groupId, accepted, { producerId, producerEpoch }, (errorCode) => {
    core.transactions.log.whenDurable((isDurable) => {
      call.respond(answer(isDurable ? errorCode : ERROR.COORDINATOR_NOT_AVAILABLE))
    })
  })
  return PARKED
})

function requestError(core: BrokerCore, request: TxnOffsetCommitRequest, isImplicit: boolean): number {
  if (request.groupId === '') return ERROR.INVALID_GROUP_ID
  const { memberId, groupInstanceId, generationId } = request
  const error = core.groups.commitError(request.groupId, { memberId, instanceId: groupInstanceId, generationId }, true)
  if (error !== ERROR.NONE) return error
  return core.transactions.admitOffsets(request.transactionalId, request, isImplicit)
}
