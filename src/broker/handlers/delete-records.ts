// DeleteRecords (key 21), versions 0-2. Moves the start of a log up, durably; -1 stands for the high watermark. Whole segments below go
// at once. Beyond the high watermark: OFFSET_OUT_OF_RANGE. Below the start: nothing happens. Kafka Streams purges repartition topics with it.
import { TidemillError } from '../../base/index.ts'
import { ERROR, deleteRecordsApi } from '../../protocol/index.ts'
import type { BrokerCore } from '../core.ts'
import { type Handler, defineHandler } from '../handler.ts'
import type { PartitionLog } from '../log/partition-log.ts'

export const deleteRecords: Handler = defineHandler(deleteRecordsApi, { min: 0, max: 2 }, (core, request) => ({
  topics: request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex, offset }) => {
      const log = core.catalog.log(name, partitionIndex)
      if (log === undefined) return { partitionIndex, lowWatermark: -1, errorCode: ERROR.UNKNOWN_TOPIC_OR_PARTITION }
      const errorCode = deleteUpTo(core, log, offset)
      return { partitionIndex, lowWatermark: errorCode === ERROR.NONE ? log.logStartOffset : -1, errorCode }
    }),
  })),
}))

function deleteUpTo(core: BrokerCore, log: PartitionLog, asked: number): number {
  const offset = asked === -1 ? log.highWatermark : asked
  if (offset < 0 || offset > log.highWatermark) return ERROR.OFFSET_OUT_OF_RANGE
  if (offset <= log.logStartOffset) return ERROR.NONE
  try {
    core.logs.moveStart(log, offset)
  } catch (error) {
    if (!(error instanceof TidemillError)) throw error
    core.warn(error.message)
    return ERROR.KAFKA_STORAGE_ERROR
  }
  return ERROR.NONE
}
