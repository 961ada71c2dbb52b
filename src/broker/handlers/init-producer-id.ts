// InitProducerId (key 22), versions 0-5 (6, two-phase commit, is unstable). Without a transactional id: a fresh producer id. With one: the next
// epoch, which fences whoever has the one before; an open transaction is aborted first, and the answer waits for that.
// - From 3 on the client may give what it has (KIP-360): anything but the current or the last epoch is fenced.
// - PRODUCER_FENCED is known from version 4 on, INVALID_PRODUCER_EPOCH before.
import { TidemillError } from '../../base/index.ts'
import { ERROR, initProducerIdApi } from '../../protocol/index.ts'
import type { BrokerCore } from '../core.ts'
import { type Handler, PARKED, defineHandler } from '../handler.ts'

export const initProducerId: Handler = defineHandler(initProducerIdApi, { min: 0, max: 5 }, (core, request, call) => {
  const { transactionalId, transactionTimeoutMs, producerId, producerEpoch } = request
  if (transactionalId === null) return freshId(core)
  core.transactions.init(transactionalId, transactionTimeoutMs, { producerId, producerEpoch }, (answer) => {
    call.respond({ ...answer, errorCode: fencedCode(answer.errorCode, call.version >= 4) })
  })
  return PARKED
})

/** PRODUCER_FENCED for clients that know it. */
export function fencedCode(errorCode: number, isKnown: boolean): number {
  return errorCode === ERROR.PRODUCER_FENCED && !isKnown ? ERROR.INVALID_PRODUCER_EPOCH : errorCode
}

function freshId(core: BrokerCore): { errorCode: number; producerId: number; producerEpoch: number } {
  try {
    return { errorCode: ERROR.NONE, producerId: core.catalog.nextProducerId(), producerEpoch: 0 }
  } catch (error) {
    if (!(error instanceof TidemillError)) throw error
    core.warn(error.message)
    return { errorCode: ERROR.COORDINATOR_NOT_AVAILABLE, producerId: -1, producerEpoch: -1 }
  }
}
