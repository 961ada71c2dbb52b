// What becomes of batches that a broker refused for good, or that were not acknowledged in time: asked of onProductionError, record
// by record, before the offsets of their inputs are committed. Where dead letters are written, each record was sent with what it came
// from (RecordCollector.origins); of what came out of a cache, or without dead letters, only the error and the topic are known.
import { RetriableError, TidemillError } from '../base/index.ts'
import type { FailedBatch, RecordProducer } from '../client/index.ts'
import { type RecordCursor, recordCursor } from '../protocol/index.ts'
import { RecordHeaders, formatTopicPartition } from '../record/index.ts'
import { writeDeadLetter, writeOwnLetters } from './dead-letter.ts'
import type { ErrorAction, ErrorContext, ErrorHandlers } from './error-handling.ts'
import type { RecordCollector } from './record-collector.ts'

/** Times that a batch is sent again because a handler said so. */
const RETRIES_MAX = 10

const UNKNOWN_ORIGIN: ErrorContext = {
  node: '',
  taskId: '',
  record: { topic: null, partition: -1, offset: -1, timestamp: -1, headers: RecordHeaders.empty },
  source: undefined,
}

export interface ProductionFailureOptions {
  readonly producer: RecordProducer
  readonly collector: RecordCollector
  readonly handlers: ErrorHandlers
  readonly isInternal: (topic: string) => boolean
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
 * @throws TidemillError `production-failed` where the handler says 'fail', or 'retry' too often
 */
export async function settleProductionFailures(options: ProductionFailureOptions): Promise<void> {
  const { producer } = options
  for (let attempt = 0; ; attempt++) {
    await producer.flush()
    const failures = producer.failures()
    if (failures.length === 0) return
    for (const failed of failures) settleBatch(failed, options, attempt)
  }
}

function settleBatch(failed: FailedBatch, options: ProductionFailureOptions, attempt: number): void {
  const { producer, handlers, isInternal } = options
  const { tp } = failed
  const cursor = recordCursor(failed.batch)
  for (let i = 0; cursor.next(); i++) {
    // The collector was given nothing else.
    const origin = (failed.origins[i] as ErrorContext | undefined) ?? UNKNOWN_ORIGIN
    const action = actionFor(failed, handlers, origin)
    if (action === 'retry') {
      if (attempt >= RETRIES_MAX) throw productionFailed(failed, `sent again ${RETRIES_MAX} times`)
      sendAgain(producer, tp, cursor, failed.origins[i])
      // Without a record of a changelog or repartition topic, state and results would be wrong from then on.
    } else if (isInternal(tp.topic)) throw productionFailed(failed, 'refused, and the topic is internal')
    else leaveOut(failed, options, origin, action)
  }
}

function actionFor(failed: FailedBatch, { onProductionError }: ErrorHandlers, origin: ErrorContext): ErrorAction {
  const handler = onProductionError ?? (failed.error instanceof RetriableError ? 'retry' : 'fail')
  if (typeof handler !== 'function') return handler
  return handler(failed.error, { ...origin, cause: 'send', topic: failed.tp.topic })
}

/** Goes on without the record, where the handler does. */
function leaveOut(
  failed: FailedBatch,
  { collector, handlers }: ProductionFailureOptions,
  origin: ErrorContext,
  action: Exclude<ErrorAction, 'retry'>,
): void {
  if (action === 'continue') return
  if (action === 'fail') throw productionFailed(failed, 'refused')
  if (action !== 'dead-letter') {
    writeOwnLetters(collector, action.deadLetters, origin)
    if (action.then === 'fail') throw productionFailed(failed, 'refused')
    return
  }
  const { deadLetterTopic } = handlers
  if (deadLetterTopic === undefined)
    throw productionFailed(failed, 'refused and to be dead letters, but there is no deadLetterTopic')
  if (failed.tp.topic === deadLetterTopic) throw productionFailed(failed, 'refused, and are dead letters themselves')
  writeDeadLetter(collector, deadLetterTopic, failed.error, origin)
}

function sendAgain(
  producer: RecordProducer,
  tp: FailedBatch['tp'],
  cursor: RecordCursor,
  origin: object | undefined,
): void {
  const { buffer, keyStart, keyLength, valueStart, valueLength, timestamp } = cursor
  producer.setOrigin(origin)
  producer.append(
    tp,
    keyLength < 0 ? null : buffer.subarray(keyStart, keyStart + keyLength),
    valueLength < 0 ? null : buffer.subarray(valueStart, valueStart + valueLength),
    timestamp,
    cursor.headers(),
  )
  producer.setOrigin(undefined)
}

function productionFailed({ tp, recordCount, error }: FailedBatch, what: string): TidemillError {
  return new TidemillError(
    'production-failed',
    `${recordCount} records for ${formatTopicPartition(tp)} were ${what}: ${error.message}. ` +
      "To go on without such records set onProductionError to 'continue'",
    { cause: error },
  )
}
