// What becomes of batches that a broker refused for good, or that were not acknowledged in time: asked of onProductionError,
// batch by batch, before the offsets of their inputs are committed.
import { RetriableError, TidemillError } from '../base/index.ts'
import type { FailedBatch, RecordProducer } from '../client/index.ts'
import { recordCursor } from '../protocol/index.ts'
import { RecordHeaders, formatTopicPartition } from '../record/index.ts'
import type { ErrorAction, ErrorHandlers } from './error-handling.ts'

/** Times that a batch is sent again because a handler said so. */
const RETRIES_MAX = 10

/**
 * Waits until everything that was sent is acknowledged, or left out by the handler.
 *
 * @throws TidemillError `production-failed` where the handler says 'fail', or 'retry' too often
 */
export async function settleProductionFailures(
  producer: RecordProducer,
  handlers: ErrorHandlers,
  isInternal: (topic: string) => boolean,
): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    await producer.flush()
    const failures = producer.failures()
    if (failures.length === 0) return
    for (const failed of failures) {
      const action = actionFor(failed, handlers, isInternal)
      if (action !== 'retry') continue
      if (attempt >= RETRIES_MAX) throw productionFailed(failed, `sent again ${RETRIES_MAX} times`)
      sendAgain(producer, failed)
    }
  }
}

function actionFor(
  failed: FailedBatch,
  handlers: ErrorHandlers,
  isInternal: (topic: string) => boolean,
): 'continue' | 'retry' {
  const { onProductionError } = handlers
  const handler = onProductionError ?? (failed.error instanceof RetriableError ? 'retry' : 'fail')
  const action: ErrorAction =
    typeof handler === 'function'
      ? handler(failed.error, {
          cause: 'send',
          topic: failed.tp.topic,
          node: '',
          taskId: '',
          record: { topic: null, partition: -1, offset: -1, timestamp: -1, headers: RecordHeaders.empty },
          source: undefined,
        })
      : handler
  // Without a record of a changelog or repartition topic, state and results would be wrong from then on.
  if (action !== 'retry' && isInternal(failed.tp.topic))
    throw productionFailed(failed, 'refused, and the topic is internal')
  if (action === 'continue' || action === 'retry') return action
  // The records that led to the batch are gone by now: there is no source record that could be a dead letter.
  if (action === 'fail') throw productionFailed(failed, 'refused')
  if (action === 'dead-letter')
    throw productionFailed(failed, "refused, and a batch cannot be a dead letter: use 'continue' or 'fail'")
  if (action.then === 'fail') throw productionFailed(failed, 'refused')
  return 'continue'
}

function sendAgain(producer: RecordProducer, { tp, batch }: FailedBatch): void {
  const cursor = recordCursor(batch)
  while (cursor.next()) {
    const { buffer, keyStart, keyLength, valueStart, valueLength, timestamp } = cursor
    producer.append(
      tp,
      keyLength < 0 ? null : buffer.subarray(keyStart, keyStart + keyLength),
      valueLength < 0 ? null : buffer.subarray(valueStart, valueStart + valueLength),
      timestamp,
      cursor.headers(),
    )
  }
}

function productionFailed({ tp, recordCount, error }: FailedBatch, what: string): TidemillError {
  return new TidemillError(
    'production-failed',
    `${recordCount} records for ${formatTopicPartition(tp)} were ${what}: ${error.message}. ` +
      "To go on without such records set onProductionError to 'continue'",
    { cause: error },
  )
}
