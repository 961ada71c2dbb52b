// EndTxn (key 26), versions 0-5. Commits or aborts; answered when the markers are durable and the coordinator is ready for the next
// transaction. From 5 on (TV2) the answer has the producer's next epoch. The table of states is in coordinators/end-decision.ts.
import { endTxnApi } from '../../protocol/index.ts'
import { type Handler, PARKED, defineHandler } from '../handler.ts'
import { fencedCode } from './init-producer-id.ts'

const V2_FROM_VERSION = 5

export const endTxn: Handler = defineHandler(endTxnApi, { min: 0, max: 5 }, (core, request, call) => {
  const end = { isCommit: request.committed, isV2: call.version >= V2_FROM_VERSION }
  core.transactions.end(request.transactionalId, request, end, (answer) => {
    call.respond({ ...answer, errorCode: fencedCode(answer.errorCode, call.version >= 2) })
  })
  return PARKED
})
