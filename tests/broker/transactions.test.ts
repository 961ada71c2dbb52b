import { describe, expect, it } from 'vitest'
import { FaultDisk, MemoryDisk, must, seededPrng } from '../../src/base/index.ts'
import {
  ERROR,
  addOffsetsToTxnApi,
  addPartitionsToTxnApi,
  deleteTopicsApi,
  endTxnApi,
  initProducerIdApi,
  offsetCommitApi,
  offsetFetchApi,
  readBatches,
  txnOffsetCommitApi,
} from '../../src/protocol/index.ts'
import { TestClient, makeBatch, settle, testBroker } from './test-client.ts'

interface Producer {
  readonly producerId: number
  readonly producerEpoch: number
}

/** One transactional producer of either kind, with its epochs and sequences. */
class TestProducer {
  readonly client: TestClient
  readonly id: string
  readonly isV2: boolean
  producerId = -1
  producerEpoch = -1
  readonly #sequences = new Map<string, number>()

  constructor(client: TestClient, id: string, isV2: boolean) {
    this.client = client
    this.id = id
    this.isV2 = isV2
  }

  async init(timeoutMs = 60_000): Promise<this> {
    const answer = await this.client.initProducer(this.id, { timeoutMs })
    expect(answer.errorCode).toBe(ERROR.NONE)
    this.take(answer)
    return this
  }

  take(answer: Producer): void {
    if (answer.producerEpoch !== this.producerEpoch || answer.producerId !== this.producerId) this.#sequences.clear()
    this.producerId = answer.producerId
    this.producerEpoch = answer.producerEpoch
  }

  async write(topic: string, value: string, partition = 0): Promise<number> {
    if (!this.isV2) await this.add([{ name: topic, partitions: [partition] }])
    const key = `${topic}-${partition}`
    const baseSequence = this.#sequences.get(key) ?? 0
    const { producerId, producerEpoch } = this
    const records = makeBatch([value], { producerId, producerEpoch, baseSequence, isTransactional: true })
    const version = this.isV2 ? 12 : 11
    const { errorCode } = await this.client.produce(topic, records, { partition, transactionalId: this.id, version })
    if (errorCode === ERROR.NONE) this.#sequences.set(key, baseSequence + 1)
    return errorCode
  }

  async add(topics: readonly { readonly name: string; readonly partitions: readonly number[] }[]): Promise<number[]> {
    const { resultsByTopicV3AndBelow } = await this.client.call(addPartitionsToTxnApi, 3, {
      v3AndBelowTransactionalId: this.id,
      v3AndBelowProducerId: this.producerId,
      v3AndBelowProducerEpoch: this.producerEpoch,
      v3AndBelowTopics: topics,
    })
    return resultsByTopicV3AndBelow.flatMap((topic) => topic.resultsByPartition.map((each) => each.partitionErrorCode))
  }

  async end(committed: boolean, as: Partial<Producer> = {}): Promise<number> {
    const { producerId = this.producerId, producerEpoch = this.producerEpoch } = as
    const request = { transactionalId: this.id, producerId, producerEpoch, committed }
    const answer = await this.client.call(endTxnApi, this.isV2 ? 5 : 4, request)
    if (this.isV2 && answer.errorCode === ERROR.NONE) this.take(answer)
    return answer.errorCode
  }
}

async function setUp(topics: readonly string[] = ['t'], disk = new MemoryDisk()) {
  const made = await testBroker({ disk })
  const client = new TestClient(made.broker)
  for (const topic of topics) await client.createTopic(topic, 2)
  return {
    ...made,
    client,
    disk,
    producer: (id: string, isV2: boolean) => new TestProducer(new TestClient(made.broker), id, isV2),
  }
}

for (const isV2 of [false, true]) {
  describe(isV2 ? 'transactions (TV2)' : 'transactions (TV1)', () => {
    it('shows committed records, hides aborted ones, and holds readers back while one is open', async () => {
      const { client, producer } = await setUp()
      const p = await producer('p', isV2).init()
      await p.write('t', 'a')
      expect(await client.values('t')).toEqual(['a'])
      expect(await client.values('t', { committed: true })).toEqual([])
      expect(await p.end(true)).toBe(ERROR.NONE)
      await p.write('t', 'b')
      expect(await p.end(false)).toBe(ERROR.NONE)
      await p.write('t', 'c')
      await p.write('t', 'c2', 1)
      expect(await p.end(true)).toBe(ERROR.NONE)
      expect(await client.values('t')).toEqual(['a', 'b', 'c'])
      expect(await client.values('t', { committed: true })).toEqual(['a', 'c'])
      expect(await client.values('t', { committed: true, partition: 1 })).toEqual(['c2'])
    })

    it('is complete only when its markers are on disk', async () => {
      const disk = new FaultDisk(new MemoryDisk())
      const client = new TestClient((await testBroker({ disk })).broker)
      await client.createTopic('t', 2)
      const p = await new TestProducer(client, 'p', isV2).init()
      await p.write('t', 'committed')
      disk.onOperation = (operation, path) => {
        if (operation === 'sync' && path.includes('t-0/'))
          disk.planFailure({ code: 'disk-failed', after: 0, operations: ['sync'] })
      }
      void p.end(true)
      await settle()
      const again = new TestClient((await testBroker({ disk: disk.crashImage('lost', seededPrng(1)) })).broker)
      await settle()
      const next = await new TestProducer(again, 'p', isV2).init()
      await next.write('t', 'aborted')
      await next.end(false)
      expect(await again.values('t', { committed: true })).toEqual(['committed'])
    })

    it('names the aborted transactions of the range that is read, by first offset', async () => {
      const { client, producer } = await setUp()
      const [p, q, r] = [
        await producer('p', isV2).init(),
        await producer('q', isV2).init(),
        await producer('r', isV2).init(),
      ]
      await p.write('t', 'p0')
      await q.write('t', 'q1')
      await r.write('t', 'r2')
      await q.end(false)
      await p.end(false)
      await r.end(true)
      const { aborted, lastStableOffset } = await client.fetch('t', 0, { committed: true })
      expect(aborted).toEqual([
        { producerId: p.producerId, firstOffset: 0 },
        { producerId: q.producerId, firstOffset: 1 },
      ])
      expect(lastStableOffset).toBe(6)
      expect((await client.fetch('t', 5, { committed: true })).aborted).toEqual([])
      expect((await client.fetch('t', 0)).aborted).toBeNull()
    })

    it('stops readers at the first open transaction, though later ones are committed', async () => {
      const { client, producer } = await setUp()
      const p = await producer('p', isV2).init()
      const q = await producer('q', isV2).init()
      await client.produce('t', makeBatch(['plain']))
      await p.write('t', 'open')
      await q.write('t', 'done')
      await q.end(true)
      expect(await client.values('t', { committed: true })).toEqual(['plain'])
      expect(await client.offset('t', -1, { committed: true })).toBe(1)
      await p.end(true)
      expect(await client.values('t', { committed: true })).toEqual(['plain', 'open', 'done'])
    })

    it('fences the older producer, and aborts what it left open before it answers the newer', async () => {
      const { client, producer } = await setUp()
      const old = await producer('p', isV2).init()
      await old.write('t', 'zombie')
      const young = await producer('p', isV2).init()
      expect(young.producerId).toBe(old.producerId)
      expect(young.producerEpoch).toBeGreaterThan(old.producerEpoch + 1)
      expect(await client.values('t', { committed: true })).toEqual([])
      expect(await client.offset('t', -1, { committed: true })).toBe(2)
      expect(await old.write('t', 'late')).not.toBe(ERROR.NONE)
      expect(await old.end(true)).toBe(ERROR.PRODUCER_FENCED)
      await young.write('t', 'new')
      expect(await young.end(true)).toBe(ERROR.NONE)
      expect(await client.values('t', { committed: true })).toEqual(['new'])
    })

    it('does not let a zombie fence its successor by giving what it has', async () => {
      const { client, producer } = await setUp()
      const old = await producer('p', isV2).init()
      const young = await producer('p', isV2).init()
      await producer('p', isV2).init()
      const answer = await client.initProducer('p', old)
      expect(answer.errorCode).toBe(ERROR.PRODUCER_FENCED)
      expect((await client.initProducer('p', young)).errorCode).toBe(ERROR.PRODUCER_FENCED)
    })

    it('aborts a transaction that is open for too long, and fences its producer', async () => {
      const { client, clock, warnings, producer } = await setUp()
      const p = await producer('p', isV2).init(10_000)
      await p.write('t', 'slow')
      clock.advance(9_999)
      await settle()
      expect(await client.offset('t', -1, { committed: true })).toBe(0)
      clock.advance(1)
      await settle()
      expect(await client.offset('t', -1, { committed: true })).toBe(2)
      expect(await client.values('t', { committed: true })).toEqual([])
      expect(await p.end(true)).toBe(ERROR.PRODUCER_FENCED)
      expect(warnings.join()).toContain('open for longer than its timeout of 10000 ms')
    })

    it('commits offsets with the transaction, and says that they are unstable until then', async () => {
      const { client, producer } = await setUp()
      const p = await producer('p', isV2).init()
      const fetchOffsets = async (requireStable: boolean) => {
        const groups = [{ groupId: 'g', topics: [{ name: 't', partitionIndexes: [0, 1] }] }]
        const answer = await client.call(offsetFetchApi, 9, { groups, requireStable })
        return must(answer.groups[0]?.topics[0], 't').partitions.map((each) => [each.committedOffset, each.errorCode])
      }
      const commit = async (committedOffset: number): Promise<number> => {
        if (!isV2) await client.call(addOffsetsToTxnApi, 3, { transactionalId: 'p', ...identity(p), groupId: 'g' })
        const topics = [{ name: 't', partitions: [{ partitionIndex: 0, committedOffset, committedMetadata: 'meta' }] }]
        const answer = await client.call(txnOffsetCommitApi, isV2 ? 5 : 3, {
          transactionalId: 'p',
          groupId: 'g',
          ...identity(p),
          topics,
        })
        return must(answer.topics[0]?.partitions[0], 'p').errorCode
      }
      expect(await commit(5)).toBe(ERROR.NONE)
      expect(await fetchOffsets(true)).toEqual([
        [-1, ERROR.UNSTABLE_OFFSET_COMMIT],
        [-1, ERROR.NONE],
      ])
      expect(await fetchOffsets(false)).toEqual([
        [-1, ERROR.NONE],
        [-1, ERROR.NONE],
      ])
      await p.end(true)
      expect(await fetchOffsets(true)).toEqual([
        [5, ERROR.NONE],
        [-1, ERROR.NONE],
      ])
      expect(await commit(9)).toBe(ERROR.NONE)
      await p.end(false)
      expect(await fetchOffsets(true)).toEqual([
        [5, ERROR.NONE],
        [-1, ERROR.NONE],
      ])
    })

    it('goes on after a clean restart, a power failure right after a clean end, and a crash: open transactions stay open, ended ones stay ended', async () => {
      for (const end of ['clean', 'clean, then power lost', 'crash']) {
        const disk = new FaultDisk(new MemoryDisk())
        const first = await testBroker({ disk })
        const client = new TestClient(first.broker)
        await client.createTopic('t', 2)
        const done = await new TestProducer(client, 'done', isV2).init()
        await done.write('t', 'aborted')
        await done.end(false)
        await done.write('t', 'committed')
        await done.end(true)
        const open = await new TestProducer(client, 'open', isV2).init()
        await open.write('t', 'open')
        if (end !== 'crash') await first.broker.close()
        const image = end === 'clean' ? disk : disk.crashImage('lost', seededPrng(1))
        const second = await testBroker({ disk: image })
        const again = new TestClient(second.broker)
        expect(await again.values('t', { committed: true })).toEqual(['committed'])
        const survivor = new TestProducer(again, 'open', isV2)
        survivor.take(open)
        expect(await survivor.end(true)).toBe(ERROR.NONE)
        expect(await again.values('t', { committed: true })).toEqual(['committed', 'open'])
        const known = new TestProducer(again, 'done', isV2)
        known.take(done)
        await known.init()
        expect(known.producerId).toBe(done.producerId)
        expect(known.producerEpoch).toBe(done.producerEpoch + 1)
      }
    })

    it('keeps markers away from a topic that was made again under the same name', async () => {
      const { client, producer } = await setUp()
      const p = await producer('p', isV2).init()
      await p.write('t', 'old')
      await client.call(deleteTopicsApi, 5, { topicNames: ['t'], timeoutMs: 1000 })
      await client.createTopic('t', 2)
      expect(await p.end(true)).toBe(ERROR.NONE)
      expect(await client.offset('t', -1)).toBe(0)
    })

    it('refuses plain batches of a producer inside its own transaction, and transactional ones outside', async () => {
      const { client, producer } = await setUp()
      const p = await producer('p', isV2).init()
      const batch = (isTransactional: boolean, baseSequence: number): Buffer =>
        makeBatch(['x'], { ...identity(p), baseSequence, isTransactional })
      const outside = await client.produce('t', batch(true, 0), { transactionalId: 'p', version: 11 })
      expect(outside.errorCode).toBe(ERROR.INVALID_TXN_STATE)
      await p.write('t', 'in')
      expect((await client.produce('t', batch(false, 1))).errorCode).toBe(ERROR.INVALID_TXN_STATE)
    })

    it('takes a new producer id when the epochs are used up', async () => {
      const { client, disk, broker } = await setUp()
      const p = await new TestProducer(client, 'p', isV2).init()
      await broker.close()
      const { setEpoch } = await import('./transaction-log.ts')
      await setEpoch(disk, 'p', p.producerId, isV2 ? 32_765 : 32_766)
      const again = new TestClient((await testBroker({ disk })).broker)
      await again.createTopic('u', 1)
      const q = new TestProducer(again, 'p', isV2)
      if (isV2) {
        q.take({ producerId: p.producerId, producerEpoch: 32_765 })
        await q.write('u', 'a')
        expect(await q.end(true)).toBe(ERROR.NONE)
        expect(q.producerEpoch).toBe(32_766)
        await q.write('u', 'b')
        const before = { ...identity(q) }
        expect(await q.end(true)).toBe(ERROR.NONE)
        expect(q.producerId).not.toBe(p.producerId)
        expect(q.producerEpoch).toBe(0)
        expect(await q.end(true, before)).toBe(ERROR.NONE)
      } else {
        await q.init()
        expect(q.producerId).not.toBe(p.producerId)
        expect(q.producerEpoch).toBe(0)
      }
      await q.write('u', 'c')
      expect(await q.end(true)).toBe(ERROR.NONE)
      expect(await again.values('u', { committed: true })).toEqual(isV2 ? ['a', 'b', 'c'] : ['c'])
    })
  })
}

describe('EndTxn of version 5, without an open transaction', () => {
  const PF = ERROR.PRODUCER_FENCED
  const ITS = ERROR.INVALID_TXN_STATE
  /** [state, abort as a retry, abort, commit as a retry, commit]; 'bump' is an answer with a new epoch. */
  const table: readonly (readonly [string, number, number | 'bump', number, number])[] = [
    ['Empty', PF, 'bump', PF, ITS],
    ['CompleteAbort', ERROR.NONE, 'bump', ITS, ITS],
    ['CompleteCommit', ITS, 'bump', ERROR.NONE, ITS],
  ]
  for (const [state, ...expected] of table) {
    it(`answers by the table in ${state}`, async () => {
      const cases = [
        [false, true],
        [false, false],
        [true, true],
        [true, false],
      ] as const
      for (const [i, [committed, isRetry]] of cases.entries()) {
        const { producer } = await setUp()
        const p = await producer('p', true).init()
        if (state !== 'Empty') {
          await p.write('t', 'x')
          await p.end(state === 'CompleteCommit')
        } else await p.init()
        const current = identity(p)
        const as = isRetry ? { producerEpoch: current.producerEpoch - 1 } : {}
        const errorCode = await p.end(committed, as)
        const wanted = must(expected[i], 'case')
        expect([committed, isRetry, errorCode]).toEqual([committed, isRetry, wanted === 'bump' ? ERROR.NONE : wanted])
        expect(p.producerEpoch).toBe(current.producerEpoch + (wanted === 'bump' ? 1 : 0))
      }
    })
  }

  it('cannot end the next transaction with a request that was delayed', async () => {
    const { client, producer } = await setUp()
    const p = await producer('p', true).init()
    await p.write('t', 'first')
    const delayed = identity(p)
    await p.end(true)
    await p.write('t', 'second')
    expect(await p.end(false, delayed)).toBe(ERROR.PRODUCER_FENCED)
    expect(await p.end(true)).toBe(ERROR.NONE)
    expect(await client.values('t', { committed: true })).toEqual(['first', 'second'])
  })
})

describe('EndTxn of version 4', () => {
  it('answers a retry in the same direction, and refuses the other', async () => {
    const { producer } = await setUp()
    const p = await producer('p', false).init()
    expect(await p.end(true)).toBe(ERROR.INVALID_TXN_STATE)
    await p.write('t', 'x')
    expect(await p.end(true)).toBe(ERROR.NONE)
    expect(await p.end(true)).toBe(ERROR.NONE)
    expect(await p.end(false)).toBe(ERROR.INVALID_TXN_STATE)
    expect(await p.end(true, { producerId: p.producerId + 1 })).toBe(ERROR.INVALID_PRODUCER_ID_MAPPING)
    expect(await p.end(true, { producerEpoch: p.producerEpoch - 1 })).toBe(ERROR.PRODUCER_FENCED)
  })
})

describe('the transaction coordinator', () => {
  it('checks ids and time-outs', async () => {
    const { client } = await setUp()
    expect((await client.initProducer('p', { timeoutMs: 0 })).errorCode).toBe(ERROR.INVALID_TRANSACTION_TIMEOUT)
    expect((await client.initProducer('p', { timeoutMs: 900_001 })).errorCode).toBe(ERROR.INVALID_TRANSACTION_TIMEOUT)
    expect((await client.initProducer('')).errorCode).toBe(ERROR.INVALID_REQUEST)
  })

  it('answers a retry of InitProducerId with what is held the same again', async () => {
    const { client, producer } = await setUp()
    const p = await producer('p', false).init()
    const first = await client.initProducer('p', identity(p))
    const retry = await client.initProducer('p', identity(p))
    expect(retry).toEqual(first)
    expect(first.producerEpoch).toBe(p.producerEpoch + 1)
  })

  it('never gives a producer id twice, not even after a crash', async () => {
    const disk = new FaultDisk(new MemoryDisk())
    let image = disk as FaultDisk
    const seen = new Set<number>()
    for (let round = 0; round < 4; round++) {
      const client = new TestClient((await testBroker({ disk: image })).broker)
      for (let i = 0; i < 3; i++) {
        const { producerId } = await client.initProducer()
        expect(seen.has(producerId)).toBe(false)
        seen.add(producerId)
      }
      image = new FaultDisk(image.crashImage('lost', seededPrng(round)))
    }
  })

  it('adds all partitions or none', async () => {
    const { producer } = await setUp()
    const p = await producer('p', false).init()
    expect(
      await p.add([
        { name: 't', partitions: [0] },
        { name: 'missing', partitions: [0] },
      ]),
    ).toEqual([ERROR.OPERATION_NOT_ATTEMPTED, ERROR.UNKNOWN_TOPIC_OR_PARTITION])
    expect(await p.end(true)).toBe(ERROR.INVALID_TXN_STATE)
  })

  it('tells others to come back while a transaction ends', async () => {
    const disk = new FaultDisk(new MemoryDisk())
    const { broker } = await testBroker({ disk })
    const client = new TestClient(broker)
    await client.createTopic('t')
    const p = await new TestProducer(new TestClient(broker), 'p', false).init()
    await p.write('t', 'x')
    const release = disk.holdSyncs()
    const end = p.end(true)
    await settle()
    const init = await client.call(initProducerIdApi, 4, { transactionalId: 'p', transactionTimeoutMs: 1000 })
    expect(init.errorCode).toBe(ERROR.CONCURRENT_TRANSACTIONS)
    expect(await client.values('t', { committed: true })).toEqual([])
    release()
    expect(await end).toBe(ERROR.NONE)
  })

  it('writes the markers later when the disk is full, and answers then', async () => {
    const disk = new FaultDisk(new MemoryDisk())
    const { broker, clock } = await testBroker({ disk })
    const client = new TestClient(broker)
    await client.createTopic('t')
    const p = await new TestProducer(new TestClient(broker), 'p', true).init()
    await p.write('t', 'x')
    // The record of the decision goes through, the marker does not.
    disk.planFailure({ code: 'disk-full', after: 1, operations: ['write'], isLasting: true })
    const end = p.end(true)
    await settle()
    expect(await client.offset('t', -1, { committed: true })).toBe(0)
    disk.heal()
    clock.advance(1000)
    expect(await end).toBe(ERROR.NONE)
    expect(await client.values('t', { committed: true })).toEqual(['x'])
  })

  it('finishes after a crash what was decided, in every crash image of the end of a transaction', async () => {
    const images: { readonly disk: MemoryDisk; readonly wasAnswered: boolean }[] = []
    const disk = new FaultDisk(new MemoryDisk())
    const { broker } = await testBroker({ disk })
    const client = new TestClient(broker)
    await client.createTopic('t', 2)
    const p = await new TestProducer(client, 'p', true).init()
    await p.write('t', 'a', 0)
    await p.write('t', 'b', 1)
    let wasAnswered = false
    const prng = seededPrng(3)
    disk.onOperation = () => {
      for (const kind of ['lost', 'torn', 'reordered', 'kept'] as const)
        images.push({ disk: disk.crashImage(kind, prng), wasAnswered })
    }
    expect(await p.end(true)).toBe(ERROR.NONE)
    wasAnswered = true
    await client.produce('t', makeBatch(['after']))
    expect(images.length).toBeGreaterThan(20)
    for (const image of images) {
      const again = await testBroker({ disk: image.disk })
      const reader = new TestClient(again.broker)
      await settle()
      const seen = [
        await reader.values('t', { committed: true }),
        await reader.values('t', { committed: true, partition: 1 }),
      ]
      const isOpen = seen[0]?.includes('a') === false
      expect(isOpen).toBe(seen[1]?.includes('b') === false)
      if (image.wasAnswered) expect(isOpen).toBe(false)
      await again.broker.close()
    }
  })

  it('does not trust the files of a clean end that power loss tore', async () => {
    const disk = new FaultDisk(new MemoryDisk())
    const { broker } = await testBroker({ disk })
    const client = new TestClient(broker)
    await client.createTopic('t', 2)
    const p = await new TestProducer(client, 'p', true).init()
    await p.write('t', 'aborted')
    await p.end(false)
    await client.produce('t', makeBatch(['plain']))
    await broker.close()
    // The names arrived, the bytes not all.
    for (const directory of disk.list('')) if (disk.isDirectory(directory)) disk.syncDirectory(directory)
    for (let seed = 0; seed < 60; seed++) {
      const reader = new TestClient((await testBroker({ disk: disk.crashImage('reordered', seededPrng(seed)) })).broker)
      expect(await reader.values('t', { committed: true })).toEqual(['plain'])
    }
  })

  it('lets a producer go on when its batch survived a crash but the record that adds the partition did not', async () => {
    const disk = new FaultDisk(new MemoryDisk())
    const { broker } = await testBroker({ disk })
    const client = new TestClient(broker)
    await client.createTopic('t')
    const p = await new TestProducer(client, 'p', true).init()
    const release = disk.holdSyncs()
    const write = p.write('t', 'unacknowledged').catch(() => -1)
    await settle()
    const kept = disk.crashImage('kept', seededPrng(1))
    const log = must(kept.readFile('__transaction_state-0/00000000000000000000.log'), 'log')
    const last = must(readBatches(log).at(-1), 'batch')
    kept.replaceFile('__transaction_state-0/00000000000000000000.log', log.subarray(0, last.start))
    release()
    await write
    const again = new TestClient((await testBroker({ disk: kept })).broker)
    const survivor = new TestProducer(again, 'p', true)
    survivor.take(p)
    expect(await survivor.write('t', 'unacknowledged')).toBe(ERROR.NONE)
    expect(await survivor.end(true)).toBe(ERROR.NONE)
    expect(await again.values('t', { committed: true })).toEqual(['unacknowledged'])
  })

  it('refuses offsets of a member of an older generation', async () => {
    const { client, producer } = await setUp()
    const p = await producer('p', true).init()
    const topics = [{ name: 't', partitions: [{ partitionIndex: 0, committedOffset: 1, committedMetadata: '' }] }]
    const commit = await client.call(txnOffsetCommitApi, 5, {
      transactionalId: 'p',
      groupId: 'g',
      ...identity(p),
      generationId: 3,
      memberId: 'm',
      topics,
    })
    expect(commit.topics[0]?.partitions[0]?.errorCode).toBe(ERROR.ILLEGAL_GENERATION)
    const plain = {
      groupId: 'g',
      generationIdOrMemberEpoch: -1,
      memberId: '',
      topics: [{ name: 't', partitions: [{ partitionIndex: 0, committedOffset: 7, committedMetadata: 'kept' }] }],
    }
    await client.call(offsetCommitApi, 8, plain)
    const { groups } = await client.call(offsetFetchApi, 8, {
      groups: [{ groupId: 'g', topics: null }],
      requireStable: true,
    })
    expect(groups[0]?.topics[0]?.partitions[0]).toMatchObject({ committedOffset: 7, metadata: 'kept' })
  })
})

function identity(producer: Producer): Producer {
  return { producerId: producer.producerId, producerEpoch: producer.producerEpoch }
}
