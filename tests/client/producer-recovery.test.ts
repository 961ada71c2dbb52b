import { describe, expect, test } from 'vitest'
import { ManualClock, TaskMigratedError, must, seededPrng } from '../../src/base/index.ts'
import { type RecordProducer, createClient } from '../../src/client/index.ts'
import { ERROR, type ProduceRequest, initProducerIdApi, produceApi, readBatchHeader } from '../../src/protocol/index.ts'
import { RecordHeaders, topicPartition } from '../../src/record/index.ts'
import { type Received, ScriptedTransport, settle } from './scripted-transport.ts'

const tp = topicPartition('a', 0)

interface Scene {
  readonly clock: ManualClock
  readonly transport: ScriptedTransport
  readonly producer: RecordProducer
  /** Appends one record, which is a batch of its own, and lets it be sent. */
  readonly send: (value: string) => Promise<void>
  /** Moves time in small steps, so that answers and timers take turns. */
  readonly pass: (ms: number) => Promise<void>
}

function scene(deliveryTimeoutMs = 10_000, writesUntilMs?: () => number): Scene {
  const clock = new ManualClock()
  const transport = new ScriptedTransport()
  transport.topics = { a: 1 }
  const client = createClient({ clientId: 'test', transport, clock, prng: seededPrng(1), requestTimeoutMs: 4_000 })
  const producer = client.producer({ lingerMs: 0, deliveryTimeoutMs, ...(writesUntilMs && { writesUntilMs }) })
  const send = async (value: string): Promise<void> => {
    producer.append(tp, null, Buffer.from(value), 1, RecordHeaders.empty)
    await settle()
  }
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 50) {
      clock.advance(50)
      await settle()
    }
  }
  return { clock, transport, producer, send, pass }
}

interface Sent {
  readonly producerEpoch: number
  readonly baseSequence: number
  readonly producerId: number
}

function sentBatch({ request }: Received): Sent {
  const { topicData } = request as ProduceRequest
  const { producerId, producerEpoch, baseSequence } = readBatchHeader(
    must(topicData[0]?.partitionData[0]?.records, 'records'),
  )
  return { producerId, producerEpoch, baseSequence }
}

const produced = (transport: ScriptedTransport): readonly Sent[] =>
  transport.received.filter(({ api }) => api.key === produceApi.key).map(sentBatch)

function answerProduce(received: Received, errorCode: number, baseOffset = -1): void {
  const { topicData } = received.request as ProduceRequest
  received.answer({
    responses: topicData.map(({ topicId }) => ({ topicId, partitionResponses: [{ index: 0, errorCode, baseOffset }] })),
    throttleTimeMs: 0,
  })
}

/** Gives producer ids, and answers produce requests as told. */
function scripted(transport: ScriptedTransport, onProduce: (received: Received, nth: number) => void): void {
  let nth = 0
  let producerId = 100
  transport.script = (received) => {
    if (received.api.key === initProducerIdApi.key)
      return received.answer({ errorCode: 0, producerId: producerId++, producerEpoch: 0 })
    return onProduce(received, nth++)
  }
}

describe('an idempotent producer', () => {
  test('sends again from the oldest on, with the same numbers, when the one in front fails', async () => {
    const { transport, producer, send, pass } = scene()
    const held: Received[] = []
    scripted(transport, (received, nth) => (nth > 0 && nth < 4 ? held.push(received) : answerProduce(received, 0, nth)))
    for (const value of ['w', 'x', 'y', 'z']) await send(value)
    expect(produced(transport).map(({ baseSequence }) => baseSequence)).toEqual([0, 1, 2, 3])
    const [x, y, z] = held as [Received, Received, Received]
    answerProduce(x, ERROR.NOT_LEADER_OR_FOLLOWER)
    await settle()
    answerProduce(y, ERROR.OUT_OF_ORDER_SEQUENCE_NUMBER)
    answerProduce(z, ERROR.OUT_OF_ORDER_SEQUENCE_NUMBER)
    await pass(500)
    expect(produced(transport).map(({ baseSequence }) => baseSequence)).toEqual([0, 1, 2, 3, 1, 2, 3])
    expect(new Set(produced(transport).map(({ producerEpoch }) => producerEpoch))).toEqual(new Set([0]))
    await producer.flush()
    expect(producer.failures()).toEqual([])
  })

  test('never has more than five requests in flight', async () => {
    const { transport, send } = scene()
    scripted(transport, (received, nth) => (nth === 0 ? answerProduce(received, 0, 0) : undefined))
    for (let i = 0; i < 9; i++) await send(String(i))
    expect(produced(transport)).toHaveLength(1 + 5)
  })

  test('sends one batch alone until a broker has taken one: it holds nobody to an order that it does not know', async () => {
    const { transport, producer, send, pass } = scene()
    const held: Received[] = []
    scripted(transport, (received, nth) => (nth < 2 ? held.push(received) : answerProduce(received, 0, nth)))
    for (const value of ['x', 'y', 'z']) await send(value)
    const sequences = (): readonly number[] => produced(transport).map(({ baseSequence }) => baseSequence)
    expect(sequences()).toEqual([0])
    // A leader that is one only a moment later would take sequence 1 here.
    answerProduce(must(held[0], 'the first request'), ERROR.NOT_LEADER_OR_FOLLOWER)
    await pass(500)
    expect(sequences()).toEqual([0, 0])
    answerProduce(must(held[1], 'the second request'), 0, 0)
    await pass(500)
    expect(sequences()).toEqual([0, 0, 1, 2])
    await producer.flush()
    expect(producer.failures()).toEqual([])
  })

  test('begins a new epoch when the broker has lost its place', async () => {
    const { transport, producer, send, pass } = scene()
    scripted(transport, (received, nth) =>
      answerProduce(received, nth === 1 ? ERROR.OUT_OF_ORDER_SEQUENCE_NUMBER : 0, nth),
    )
    await send('x')
    await send('y')
    await pass(500)
    expect(produced(transport)).toEqual([
      { producerId: 100, producerEpoch: 0, baseSequence: 0 },
      { producerId: 100, producerEpoch: 0, baseSequence: 1 },
      { producerId: 100, producerEpoch: 1, baseSequence: 0 },
    ])
    await producer.flush()
    expect(producer.acknowledged(tp)).toEqual({ offset: 2, leaderEpoch: 0 })
  })

  test('takes a duplicate for written', async () => {
    const { transport, producer, send } = scene()
    scripted(transport, (received) => answerProduce(received, ERROR.DUPLICATE_SEQUENCE_NUMBER))
    await send('x')
    await producer.flush()
    expect(producer.failures()).toEqual([])
  })

  test('gives up a batch after the delivery time-out, says why, and numbers the next from 0 in a new epoch', async () => {
    const { transport, producer, send, pass } = scene(2_000)
    let isUp = false
    scripted(transport, (received) => answerProduce(received, isUp ? 0 : ERROR.NOT_ENOUGH_REPLICAS, 7))
    await send('x')
    await pass(2_500)
    const [failure] = producer.failures()
    expect(failure).toMatchObject({ tp, recordCount: 1, error: { code: 'delivery-timed-out' } })
    expect(failure?.error.message).toMatch(
      /1 records? for a-0 were not acknowledged within 2000 ms: writing to a-0 at broker 1 \(scripted:1\): NOT_ENOUGH_REPLICAS/,
    )
    isUp = true
    await send('y')
    await pass(200)
    expect(produced(transport).at(-1)).toEqual({ producerId: 100, producerEpoch: 1, baseSequence: 0 })
    expect(producer.unsentBytes).toBe(0)
  })

  test('sends again on a new connection what a broker has not answered in time', async () => {
    const { transport, producer, send, pass } = scene(20_000)
    scripted(transport, (received, nth) => (nth === 0 ? undefined : answerProduce(received, 0, 0)))
    await send('x')
    await pass(5_000)
    expect(produced(transport)).toEqual([
      { producerId: 100, producerEpoch: 0, baseSequence: 0 },
      { producerId: 100, producerEpoch: 0, baseSequence: 0 },
    ])
    await producer.flush()
    expect(producer.failures()).toEqual([])
  })

  test('fails the refused batch alone: the next ones go on', async () => {
    const { transport, producer, send, pass } = scene()
    scripted(transport, (received, nth) => answerProduce(received, nth === 0 ? ERROR.INVALID_RECORD : 0, nth))
    await send('x')
    await send('y')
    await pass(500)
    expect(producer.failures().map(({ error }) => error.message)).toEqual([
      expect.stringContaining('writing to a-0 at broker 1 (scripted:1): INVALID_RECORD'),
    ])
    expect(produced(transport).at(-1)).toEqual({ producerId: 100, producerEpoch: 1, baseSequence: 0 })
  })

  test('writes nothing from the time on that it is given, not even what waits for another try', async () => {
    const { clock, transport, producer, send, pass } = scene(10_000, () => 1_000)
    let isUp = true
    scripted(transport, (received) => answerProduce(received, isUp ? 0 : ERROR.NOT_ENOUGH_REPLICAS, 0))
    await send('x')
    isUp = false
    await send('y')
    await pass(900 - clock.monotonicMs())
    isUp = true
    clock.advance(100)
    await settle()
    const count = produced(transport).length
    await expect(producer.flush()).rejects.toThrow(TaskMigratedError)
    expect(() => producer.append(tp, null, Buffer.from('z'), 1, RecordHeaders.empty)).toThrow(
      'the group has not heard of its member',
    )
    await pass(2_000)
    expect(produced(transport)).toHaveLength(count)
    // They are no failures to be handled: whoever has the task now writes them.
    expect(producer.failures()).toEqual([])
  })

  test('lets nobody wait for an answer longer than it may write', async () => {
    const { transport, producer, send, pass } = scene(10_000, () => 1_000)
    scripted(transport, () => undefined)
    await send('x')
    const flushed = producer.flush().catch((error: unknown) => error)
    await pass(1_100)
    expect(await flushed).toBeInstanceOf(TaskMigratedError)
    expect(producer.failures()).toEqual([])
  })

  test('loses nothing quietly when it is closed: what was not sent has failed', async () => {
    const { transport, producer, send, pass } = scene()
    scripted(transport, () => undefined)
    await send('x')
    const closing = producer.close({ timeoutMs: 1_000 })
    await pass(1_500)
    await closing
    expect(producer.failures()).toMatchObject([{ recordCount: 1, error: { code: 'client-closed' } }])
    expect(() => producer.append(tp, null, null, 1, RecordHeaders.empty)).toThrow(/the producer is closed/)
  })
})
