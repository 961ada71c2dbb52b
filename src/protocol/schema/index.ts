// The table of messages that the codecs in ../generated are made from (`npm run generate`). The facts are those of Kafka 4.3.
import type { ApiSchema } from './notation.ts'
import { brokerSideGroupApis } from './broker-side-groups.ts'
import { clusterApis } from './cluster.ts'
import { groupApis } from './groups.ts'
import { recordApis } from './records.ts'
import { transactionApis } from './transactions.ts'

export * from './notation.ts'
export { dataSchemas } from './data.ts'

/** By the file that their codecs go to. */
export const apiGroups: Readonly<Record<string, readonly ApiSchema[]>> = {
  records: recordApis,
  cluster: clusterApis,
  groups: groupApis,
  'broker-side-groups': brokerSideGroupApis,
  transactions: transactionApis,
}
