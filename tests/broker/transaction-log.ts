// Writes a record into the transaction coordinator's topic of a closed broker: for states that take 32,766 transactions to reach.
import { type Disk, must } from '../../src/base/index.ts'
import {
  RecordBatchBuilder,
  encodeRecordKey,
  encodeVersioned,
  readBatches,
  transactionLogKeyFormat,
  transactionLogValueFormat,
} from '../../src/protocol/index.ts'
import { START_MS } from './test-client.ts'

const LOG = '__transaction_state-0/00000000000000000000.log'

export async function setEpoch(
  disk: Disk,
  transactionalId: string,
  producerId: number,
  producerEpoch: number,
): Promise<void> {
  const log = must(disk.readFile(LOG), LOG)
  const end = must(readBatches(log).at(-1), 'batch').lastOffset + 1
  const builder = new RecordBatchBuilder()
  const value = {
    producerId,
    producerEpoch,
    transactionTimeoutMs: 60_000,
    transactionStatus: 0,
    transactionPartitions: null,
    transactionLastUpdateTimestampMs: START_MS,
    transactionStartTimestampMs: -1,
  }
  builder.appendRecord(
    START_MS,
    encodeRecordKey(transactionLogKeyFormat, { transactionalId }),
    encodeVersioned(transactionLogValueFormat, value, 1),
  )
  disk.replaceFile(LOG, Buffer.concat([log, builder.build({ baseOffset: end, leaderEpoch: 0 })]))
  // So that the next start reads the log.
  disk.remove('.kafka_cleanshutdown')
}
