// What becomes of batches that a broker refused for good, or that were not acknowledged in time: asked of onProductionError, record
// by record, before the offsets of their inputs are committed. Where dead letters are written, each record was sent with what it came
// from (RecordCollector.origins); of what came out of a cache, or without dead letters, only the error and the topic are known.
import { RetriableError, TidemillError, must } from '../base/index.ts'
import type { FailedBatch, RecordProducer } from '../client/index.ts'
import { type RecordCursor, recordCursor } from '../protocol/index.ts'
import { formatTopicPartition } from '../record/index.ts'
import { type ErrorAction, type ErrorContext, type ErrorHandlers, UNKNOWN_ORIGIN } from './error-handling.ts'
import type { RecordCollector } from './record-collector.ts'
import type { Refusal, RefusedRecords } from './refused-records.ts'

/** Times that a batch is sent again, or that transactions are aborted and made again, because a handler said so. */
const RETRIES_MAX = 10

export interface ProductionFailureOptions {
  readonly producer: RecordProducer
  readonly collector: RecordCollector
  readonly handlers: ErrorHandlers
  readonly isInternal: (topic: string) => boolean
  /** Of a thread with transactions. */
  readonly refused: RefusedRecords
}

/** Whether what is sent must be kept with what it came from: a dead letter may be asked for. */
export function needsOrigins({ onProductionError, deadLetterTopic }: ErrorHandlers): boolean {
  return (
    deadLetterTopic !== undefined && (onProductionError === 'dead-letter' || typeof onProductionError === 'function')
  )
}

/**
 * Waits until everything that was sent is acknowledged, left out by the handler, or a dead letter that is acknowledged.
 *
 * @throws TidemillError `production-failed` where the handler says 'fail', or 'retry' too often; `transaction-aborted` where records of
 *   a transaction were refused that are to be left out, or sent again: it must be aborted, and its input processed again
 */
export async function settleProductionFailures(options: ProductionFailureOptions): Promise<void> {
  const { producer, refused } = options
  for (let attempt = 0; ; attempt++) {
    await producer.flush()
    const failures = producer.failures()
    if (failures.length === 0) return
    const tries = producer.isInTransaction ? refused.retries : attempt
    const retried = failures.filter((failed) => settleBatch(failed, options, tries))
    if (!producer.isInTransaction) continue
    if (retried.length > 0) refused.retries++
    throw transactionAborted(must(failures[0], 'a failure'))
  }
}

/** Returns whether some of its records are to be sent again. */
function settleBatch(failed: FailedBatch, options: ProductionFailureOptions, tries: number): boolean {
  const { producer, collector, handlers, isInternal, refused } = options
  const { topic } = failed.tp
  const cursor = recordCursor(failed.batch)
  let isRetried = false
  for (let i = 0; cursor.next(); i++) {
    // The collector was given nothing else.
    const origin = (failed.origins[i] as ErrorContext | undefined) ?? UNKNOWN_ORIGIN
    const action = actionFor(failed, handlers, origin)
    if (action === 'retry') {
      isRetried = true
      if (tries >= RETRIES_MAX) throw productionFailed(failed, `sent again ${RETRIES_MAX} times`)
      if (!producer.isInTransaction) sendAgain(producer, failed.tp, cursor, failed.origins[i])
      continue
    }
    // Without a record of a changelog or repartition topic, state and results would be wrong from then on.
    if (isInternal(topic)) throw productionFailed(failed, 'refused, and the topic is internal')
    checkLeftOut(failed, handlers, action)
    const refusal = { action, error: failed.error, deadLetterTopic: handlers.deadLetterTopic }
    if (producer.isInTransaction) refused.remember(topic, keyOf(cursor), valueOf(cursor), refusal)
    else refused.leaveOut(collector, refusal, origin, topic)
  }
  return isRetried
}

function actionFor(failed: FailedBatch, { onProductionError }: ErrorHandlers, origin: ErrorContext): ErrorAction {
  const handler = onProductionError ?? (failed.error instanceof RetriableError ? 'retry' : 'fail')
  if (typeof handler !== 'function') return handler
  return handler(failed.error, { ...origin, cause: 'send', topic: failed.tp.topic })
}

/** Throws where the handler does not go on without the record, or cannot. */
function checkLeftOut(
  failed: FailedBatch,
  { deadLetterTopic }: ErrorHandlers,
  action: Exclude<ErrorAction, 'retry'>,
): asserts action is Refusal['action'] {
  if (action === 'fail' || (typeof action === 'object' && action.then === 'fail'))
    throw productionFailed(failed, 'refused')
  if (action !== 'dead-letter') return
  if (deadLetterTopic === undefined)
    throw productionFailed(failed, 'refused and to be dead letters, but there is no deadLetterTopic')
  if (failed.tp.topic === deadLetterTopic) throw productionFailed(failed, 'refused, and are dead letters themselves')
}

function sendAgain(
  producer: RecordProducer,
  tp: FailedBatch['tp'],
  cursor: RecordCursor,
  origin: object | undefined,
): void {
  producer.setOrigin(origin)
  producer.append(tp, keyOf(cursor), valueOf(cursor), cursor.timestamp, cursor.headers())
  producer.setOrigin(undefined)
}

function keyOf({ buffer, keyStart, keyLength }: RecordCursor): Buffer | null {
  return keyLength < 0 ? null : buffer.subarray(keyStart, keyStart + keyLength)
}

function valueOf({ buffer, valueStart, valueLength }: RecordCursor): Buffer | null {
  return valueLength < 0 ? null : buffer.subarray(valueStart, valueStart + valueLength)
}

function transactionAborted({ tp, recordCount, error }: FailedBatch): TidemillError {
  return new TidemillError(
    'transaction-aborted',
    `${recordCount} records for ${formatTopicPartition(tp)} were refused: ${error.message}`,
    { cause: error },
  )
}

function productionFailed({ tp, recordCount, error }: FailedBatch, what: string): TidemillError {
  return new TidemillError(
    'production-failed',
    `${recordCount} records for ${formatTopicPartition(tp)} were ${what}: ${error.message}. ` +
      "To go on without such records set onProductionError to 'continue'",
    { cause: error },
  )
}
