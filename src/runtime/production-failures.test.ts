import { describe, expect, test } from 'vitest'
import { RetriableError } from '../base/index.ts'
import type { FailedBatch, RecordProducer } from '../client/index.ts'
import { RecordBatchBuilder, readBatchHeader } from '../protocol/index.ts'
import { RecordHeaders, topicPartition } from '../record/index.ts'
import type { ErrorContext, ErrorHandlers } from './error-handling.ts'
import { settleProductionFailures } from './production-failures.ts'
import type { RecordCollector } from './record-collector.ts'
import { RefusedRecords } from './refused-records.ts'

const output = topicPartition('output', 0)
const bytes = (text: string): Buffer => Buffer.from(text)

const originOf = (offset: number): ErrorContext => ({
  node: 'sink',
  taskId: '0_0',
  record: { topic: 'input', partition: 2, offset, timestamp: 1_000, headers: RecordHeaders.empty },
  source: {
    topic: 'input',
    partition: 2,
    offset,
    timestamp: 1_000,
    key: bytes('source key'),
    value: bytes(`source value ${offset}`),
    headers: RecordHeaders.empty,
  },
})

function failedBatch(error: Error, ...values: readonly string[]): FailedBatch {
  const builder = new RecordBatchBuilder()
  for (const value of values) builder.appendRecord(5, bytes('k'), bytes(value), RecordHeaders.empty)
  const built = builder.build()
  return {
    tp: output,
    error,
    recordCount: values.length,
    origins: values.map((_, i) => originOf(i)),
    batch: readBatchHeader(built),
  }
}

/** A producer that has these failures one flush after another, and what was written because of them. */
function settle(
  handlers: Partial<ErrorHandlers>,
  failures: readonly FailedBatch[],
  { isInTransaction = false, internal = [] as readonly string[], retries = 0 } = {},
) {
  const rounds = [...failures]
  const sentAgain: string[] = []
  const letters: (readonly [topic: string, value: string | undefined])[] = []
  const leftOut: string[] = []
  const refused = new RefusedRecords(({ node, taskId }, topic) => leftOut.push(`${taskId} ${node} ${topic}`))
  refused.retries = retries
  const producer = {
    isInTransaction,
    flush: async () => undefined,
    failures: () => rounds.splice(0, 1),
    setOrigin: () => undefined,
    append: (_: unknown, __: unknown, value: Buffer) => sentAgain.push(value.toString()),
  }
  const collector: Pick<RecordCollector, 'topic'> = {
    topic: (topic) => ({
      topic,
      partitions: 1,
      send: (_, __, value) => letters.push([topic, value === null ? undefined : Buffer.from(value).toString()]),
      sendRange: () => undefined,
    }),
  }
  const done = settleProductionFailures({
    // As much of both as is asked.
    producer: producer as unknown as RecordProducer,
    collector: { ...collector, origins: undefined },
    handlers: { deadLetterTopic: 'dead', ...handlers } as ErrorHandlers,
    isInternal: (topic) => internal.includes(topic),
    refused,
  })
  return { done, sentAgain, letters, refused, leftOut, collector: { ...collector, origins: undefined } }
}

const refusal = new Error('too large')

describe('a refused batch', () => {
  test('ends the thread by default, and is sent again where its error may pass', async () => {
    await expect(settle({}, [failedBatch(refusal, 'a')]).done).rejects.toMatchObject({ code: 'production-failed' })
    const { done, sentAgain } = settle({}, [failedBatch(new RetriableError('request-timed-out', 'late'), 'a', 'b')])
    await done
    expect(sentAgain).toEqual(['a', 'b'])
  })

  test('is sent again ten times and no more', async () => {
    const { done, sentAgain } = settle(
      { onProductionError: 'retry' },
      Array.from({ length: 12 }, () => failedBatch(refusal, 'a')),
    )
    await expect(done).rejects.toThrow('sent again 10 times')
    expect(sentAgain).toHaveLength(10)
  })

  test('is asked of the handler record by record, each with what it came from', async () => {
    const { done, sentAgain, letters, leftOut } = settle(
      {
        onProductionError: (_, { record }) =>
          (['continue', 'retry', 'dead-letter'] as const)[record.offset] ?? {
            // oxlint-disable-next-line unicorn/no-thenable -- the name is the option's
            then: 'continue',
            deadLetters: [{ topic: 'own', key: null, value: bytes(`own ${record.offset}`) }],
          },
      },
      [failedBatch(refusal, 'a', 'b', 'c', 'd')],
    )
    await done
    expect(sentAgain).toEqual(['b'])
    expect(letters).toEqual([['dead', 'source value 2'], ['own', 'own 3']]) // prettier-ignore
    expect(leftOut).toEqual(['0_0 sink output', '0_0 sink output', '0_0 sink output'])
  })

  test('of an internal topic cannot be left out', async () => {
    const { done } = settle({ onProductionError: 'continue' }, [failedBatch(refusal, 'a')], { internal: ['output'] })
    await expect(done).rejects.toThrow('refused, and the topic is internal')
  })

  test('of dead letters makes no dead letters', async () => {
    const { done } = settle({ onProductionError: 'dead-letter', deadLetterTopic: 'output' }, [
      failedBatch(refusal, 'a'),
    ])
    await expect(done).rejects.toThrow('are dead letters themselves')
  })

  test('of a transaction is remembered, for when its input is processed again, and the transaction ends', async () => {
    const options = { isInTransaction: true }
    const failures = [failedBatch(refusal, 'a')]
    const { done, letters, refused, leftOut, collector } = settle(
      { onProductionError: 'dead-letter' },
      failures,
      options,
    )
    await expect(done).rejects.toMatchObject({ code: 'transaction-aborted' })
    expect(letters).toEqual([])
    expect(refused.find('output', bytes('k'), bytes('a'))).toMatchObject({ action: 'dead-letter', error: refusal })
    expect(refused.find('output', bytes('k'), bytes('b'))).toBeUndefined()
    expect(leftOut).toEqual([])
    const remembered = refused.find('output', bytes('k'), bytes('a'))
    if (remembered !== undefined) refused.leaveOut(collector, remembered, originOf(0), 'output')
    expect(letters).toEqual([['dead', 'source value 0']])
    expect(leftOut).toEqual(['0_0 sink output'])
    refused.clear()
    expect(refused.isEmpty).toBe(true)
  })

  test('of a transaction is tried ten times and no more, where a handler wants it sent again', async () => {
    const retried = (retries: number): ReturnType<typeof settle> =>
      settle({ onProductionError: 'retry' }, [failedBatch(refusal, 'a')], { isInTransaction: true, retries })
    const ninth = retried(9)
    await expect(ninth.done).rejects.toMatchObject({ code: 'transaction-aborted' })
    expect(ninth.refused.retries).toBe(10)
    await expect(retried(10).done).rejects.toThrow(/sent again 10 times/)
    ninth.refused.clear()
    expect(ninth.refused.retries).toBe(0)
  })
})
