// AddOffsetsToTxn (key 25), versions 0-4. Puts the partition of the groups' offsets into the transaction. TV2 clients leave it out.
import { ERROR, addOffsetsToTxnApi } from '../../protocol/index.ts'
import { type Handler, PARKED, defineHandler } from '../handler.ts'
import { OFFSETS_TOPIC } from '../topic.ts'
import { fencedCode } from './init-producer-id.ts'

export const addOffsetsToTxn: Handler = defineHandler(addOffsetsToTxnApi, { min: 0, max: 4 }, (core, request, call) => {
  if (request.groupId === '') return { errorCode: ERROR.INVALID_GROUP_ID }
  const partition = [{ name: OFFSETS_TOPIC, partitions: [0] }]
  core.transactions.addPartitions(request.transactionalId, request, partition, (errorCode) => {
    call.respond({ errorCode: fencedCode(errorCode, call.version >= 2) })
  })
  return PARKED
})
