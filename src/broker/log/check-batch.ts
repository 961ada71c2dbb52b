// What a client's records must be before they are taken: one good batch, as the protocol wants it, and what the topic allows. Records
// inside are looked at only where Kafka's answer depends on them: null keys on a compacted topic.
import { ERROR, type RecordBatch, checkProducedBatch, findRecordFault } from '../../protocol/index.ts'

export interface BatchRules {
  readonly batchBytesMax: number
  readonly isCompacted: boolean
  readonly isLogAppendTime: boolean
  readonly timestampAheadMsMax: number
  readonly timestampBehindMsMax: number
}

export interface BatchProblem {
  readonly error: number
  readonly message: string
  /** Records that are at fault on their own. */
  readonly records?: readonly { readonly batchIndex: number; readonly batchIndexErrorMessage: string }[]
}

export type Checked = { readonly batch: RecordBatch } | { readonly problem: BatchProblem }

export function checkBatch(records: Buffer | null, rules: BatchRules, now: number): Checked {
  if (records === null || records.length === 0) {
    return {
      problem: { error: ERROR.INVALID_RECORD, message: 'A produce request must hold one record batch a partition.' },
    }
  }
  if (records.length > rules.batchBytesMax) {
    const message = `The batch has ${records.length} bytes, max.message.bytes of the topic is ${rules.batchBytesMax}.`
    return { problem: { error: ERROR.MESSAGE_TOO_LARGE, message } }
  }
  const checked = checkProducedBatch(records)
  if ('fault' in checked) return { problem: { error: checked.fault.errorCode, message: checked.fault.message } }
  const problem = timestampProblem(checked.batch, rules, now) ?? keyProblem(checked.batch, rules)
  return problem === undefined ? checked : { problem }
}

function timestampProblem(batch: RecordBatch, rules: BatchRules, now: number): BatchProblem | undefined {
  if (rules.isLogAppendTime) return undefined
  const ahead = batch.maxTimestamp - now
  if (ahead > rules.timestampAheadMsMax) {
    const message = `A timestamp is ${ahead} ms ahead of the broker's clock, message.timestamp.after.max.ms is ${rules.timestampAheadMsMax}.`
    return { error: ERROR.INVALID_TIMESTAMP, message }
  }
  const behind = now - batch.baseTimestamp
  if (batch.baseTimestamp >= 0 && behind > rules.timestampBehindMsMax) {
    const message = `A timestamp is ${behind} ms behind the broker's clock, message.timestamp.before.max.ms is ${rules.timestampBehindMsMax}.`
    return { error: ERROR.INVALID_TIMESTAMP, message }
  }
  return undefined
}

function keyProblem(batch: RecordBatch, rules: BatchRules): BatchProblem | undefined {
  if (!rules.isCompacted) return undefined
  const fault = findRecordFault(batch, { keysRequired: true })
  if (fault === undefined) return undefined
  const records = (fault.records ?? []).map(({ index, message }) => ({
    batchIndex: index,
    batchIndexErrorMessage: message,
  }))
  return { error: fault.errorCode, message: fault.message, records }
}
