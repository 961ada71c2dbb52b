// The client on a real Apache Kafka, and the same on our broker over TCP: both must give the same.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ClientRecord, type Kafka, connect } from 'tidemill/client'
import { type Topic, serdes, topic } from 'tidemill'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type ServedDirectory, serveDirectory } from '../../src/app/index.ts'
import { kafkaServers, until } from './harness.ts'

const COMPRESSIONS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
const START_MS = Date.UTC(2026, 0, 1)

const scratch = mkdtempSync(join(tmpdir(), 'tidemill-client-'))
let ours: ServedDirectory
beforeAll(async () => {
  ours = await serveDirectory({
    dir: join(scratch, 'broker'),
    listen: { host: '127.0.0.1', port: 0 },
    durability: 'always',
    partitions: 1,
    // As a Kafka does by default; our client must not make use of it.
    autoCreateTopics: true,
  })
})
afterAll(async () => {
  await ours.close()
  rmSync(scratch, { recursive: true, force: true })
})

let names = 0
/** A name that no other run has used: topics and groups outlive a test on another's cluster. */
const fresh = (what: string): string => `${what}-${process.pid}-${names++}`

async function all<T>(records: AsyncIterable<T>): Promise<readonly T[]> {
  const list: T[] = []
  for await (const record of records) list.push(record)
  return list
}

const valuesOf = (records: readonly ClientRecord[]): readonly unknown[] => records.map(({ value }) => value)
const numbers = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => String(i))

describe.each([
  ['Apache Kafka', () => kafkaServers],
  ['our broker over TCP', () => `${ours.address.host}:${ours.address.port}`],
])('on %s', (_name, servers) => {
  let kafka: Kafka
  const opened: Kafka[] = []
  const another = async (): Promise<Kafka> => {
    const client = await connect(servers())
    opened.push(client)
    return client
  }
  beforeEach(async () => {
    kafka = await another()
  })
  afterEach(async () => {
    for (const client of opened.splice(0)) await client.close()
  })

  async function newTopic(partitions = 1): Promise<Topic<string | null, string>> {
    const made = topic(fresh('lines'), {
      key: serdes.nullable(serdes.string),
      value: serdes.string,
      partitions,
    })
    await kafka.createTopics([made])
    return made
  }

  async function write(to: Topic<string | null, string>, values: readonly string[]): Promise<void> {
    await using producer = kafka.producer()
    for (const [i, value] of values.entries()) void producer.send(to, { value, timestamp: START_MS + i })
    await producer.flush()
  }

  describe('topics', () => {
    test('are created once with their settings, listed, and deleted', async () => {
      const wanted = topic(fresh('wanted'), { partitions: 3, config: { 'cleanup.policy': 'compact' } })
      expect(await kafka.createTopics([wanted])).toEqual({ created: [wanted.name], existing: [] })
      expect(await kafka.createTopics([wanted])).toEqual({ created: [], existing: [wanted.name] })
      const mine = async (): Promise<readonly number[]> =>
        (await kafka.topics()).filter(({ name }) => name === wanted.name).map(({ partitions }) => partitions)
      await until('the topic is listed', async () => (await mine()).length === 1)
      expect(await mine()).toEqual([3])
      await kafka.deleteTopics([wanted])
      await until('the topic is gone', async () => (await mine()).length === 0)
    })

    test('with wrong settings are refused with the reason', async () => {
      const wrong = topic(fresh('wrong'), { config: { 'cleanup.policy': 'burn' } })
      await expect(kafka.createTopics([wrong])).rejects.toMatchObject({
        message: expect.stringMatching(/cleanup\.policy/) as string,
      })
    })

    test('that are missing are named, with those that are similar, and not created', async () => {
      const present = await newTopic()
      const missing = topic(`${present.name}x`, { value: serdes.string })
      const expected = {
        code: 'topic-not-found',
        message: expect.stringContaining(`topic '${missing.name}' does not exist: did you mean`) as string,
      }
      await expect(all(kafka.read(missing))).rejects.toMatchObject(expected)
      await expect(kafka.producer().send(missing, { value: 'x' })).rejects.toMatchObject(expected)
      await expect(kafka.deleteTopics([missing])).rejects.toMatchObject({ code: 'topic-not-found' })
      expect((await kafka.topics()).map(({ name }) => name)).not.toContain(missing.name)
    })
  })

  describe('a producer', () => {
    test.each(COMPRESSIONS)(
      'writes keys, values, nulls, headers and times with compression %s',
      async (compression) => {
        const bytes = serdes.nullable(serdes.bytes)
        const raw = topic(fresh(compression), { key: bytes, value: bytes })
        await kafka.createTopics([raw])
        const sent = Array.from({ length: 500 }, (_, i) => ({
          key: i % 5 === 0 ? null : Buffer.from(i % 5 === 1 ? '' : `key ${i}`),
          value: i % 7 === 0 ? null : Buffer.from(i % 7 === 1 ? '' : `value ${i} `.repeat(i)),
          headers: i % 3 === 0 ? {} : { number: String(i), empty: '', nothing: null },
          timestamp: START_MS + i,
          partition: 0,
        }))
        await using producer = kafka.producer({ compression, linger: 20 })
        const acknowledged = await Promise.all(sent.map((record) => producer.send(raw, record)))
        expect(acknowledged.map(({ offset }) => offset)).toEqual(sent.map((_, i) => i))
        const read = await all(kafka.read(raw, { until: 'end', partitions: [0] }))
        expect(read.map(({ key, value, timestamp }) => [key?.toString(), value?.toString(), timestamp])).toEqual(
          sent.map(({ key, value, timestamp }) => [key?.toString(), value?.toString(), timestamp]),
        )
        expect(read[4]?.headers.get('number')).toBe('4')
        expect(read[4]?.headers.get('empty')).toBe('')
        expect(read[4]?.headers.getBytes('nothing')).toBe(null)
        expect(read[3]?.headers.size).toBe(0)
      },
    )

    test('keeps the order of each partition while many batches are under way', async () => {
      const many = await newTopic(3)
      await using producer = kafka.producer({ linger: 0, batchBytesMax: 1_000 })
      for (let i = 0; i < 5_000; i++) {
        void producer.send(many, { key: `k${i % 17}`, value: String(i) })
        if (i % 100 === 0) await new Promise((resolve) => setImmediate(resolve))
      }
      await producer.flush()
      const read = await all(kafka.read(many, { until: 'end' }))
      expect(read.length).toBe(5_000)
      const last = new Map<string | null, number>()
      for (const { key, value } of read) {
        expect(Number(value)).toBeGreaterThan(last.get(key) ?? -1)
        last.set(key, Number(value))
      }
    })

    test('writes large records, and says which are too large', async () => {
      const large = await newTopic()
      await using producer = kafka.producer()
      await producer.send(large, { value: 'x'.repeat(1_000_000) })
      await expect(producer.send(large, { value: 'x'.repeat(1_100_000) })).rejects.toMatchObject({
        code: 'record-too-large',
        message: expect.stringContaining(large.name) as string,
      })
      expect((await producer.send(large, { value: 'small' })).offset).toBe(1)
      expect((await all(kafka.read(large, { until: 'end' }))).map(({ value }) => value.length)).toEqual([1_000_000, 5])
    })
  })

  describe('reading', () => {
    test('begins at an end, at an offset and at a time', async () => {
      const ten = await newTopic()
      await write(ten, numbers(10))
      const from = async (start: Parameters<Kafka['read']>[1]): Promise<readonly unknown[]> =>
        valuesOf(await all(kafka.read(ten, { until: 'end', ...start })))
      expect(await from({})).toEqual(numbers(10))
      expect(await from({ from: { offset: 8 } })).toEqual(['8', '9'])
      expect(await from({ from: { time: START_MS + 7 } })).toEqual(['7', '8', '9'])
      expect(await from({ from: { time: START_MS + 99 } })).toEqual([])
      expect(await from({ from: 'latest' })).toEqual([])
      const offsets = (at?: Parameters<Kafka['offsets']>[1]): Promise<unknown> => kafka.offsets(ten, at)
      expect(await offsets()).toEqual([{ partition: 0, offset: 10 }])
      expect(await offsets('earliest')).toEqual([{ partition: 0, offset: 0 }])
      expect(await offsets({ time: START_MS + 3 })).toEqual([{ partition: 0, offset: 3 }])
      expect(await offsets({ time: START_MS + 99 })).toEqual([{ partition: 0, offset: -1 }])
    })

    test('goes on with what is written later, and says when an offset is not there', async () => {
      const live = await newTopic(2)
      const seen: string[] = []
      const stop = new AbortController()
      const reading = (async () => {
        for await (const { value } of kafka.read(live, { signal: stop.signal }))
          if (seen.push(value) === 6) stop.abort()
      })()
      for (const value of numbers(6)) await write(live, [value])
      await reading
      expect(seen.toSorted()).toEqual(numbers(6))
      await expect(all(kafka.read(live, { from: { offset: 1_000 } }))).rejects.toMatchObject({
        code: 'offset-out-of-range',
      })
    })
  })

  describe('a group', () => {
    test('goes on behind what it committed', async () => {
      const input = await newTopic(2)
      await write(input, numbers(20))
      const groupId = fresh('group')
      const seen: string[] = []
      const take = async (count: number): Promise<void> => {
        const subscription = kafka.subscribe(input, { groupId, commitInterval: 'manual' })
        for await (const { value } of subscription) {
          seen.push(value)
          if (--count > 0) continue
          await subscription.commit()
          break
        }
      }
      await take(7)
      await take(13)
      expect(seen.map(Number).toSorted((a, b) => a - b)).toEqual(numbers(20).map(Number))
      const group = (await kafka.groups()).find((each) => each.groupId === groupId)
      expect(group).toMatchObject({ state: 'Empty', protocolType: 'consumer', members: [] })
      expect(group?.offsets.reduce((sum, { offset }) => sum + offset, 0)).toBe(20)
    })

    test('shares the partitions among two members, and gives all to the one that stays', async () => {
      const input = await newTopic(4)
      const groupId = fresh('group')
      const seen = new Map<string, number>()
      const member = async (client: Kafka) => {
        const stop = new AbortController()
        const subscription = client.subscribe(input, { groupId, heartbeatInterval: 100, signal: stop.signal })
        const reading = (async () => {
          for await (const { value } of subscription) seen.set(value, (seen.get(value) ?? 0) + 1)
        })()
        return { subscription, end: () => (stop.abort(), reading) }
      }
      const shares = (...members: readonly Awaited<ReturnType<typeof member>>[]): readonly number[] =>
        members.map(({ subscription }) => subscription.assignment.length)
      const first = await member(kafka)
      await until('one member has all', () => shares(first)[0] === 4)
      const second = await member(await another())
      await until('two members share', () => shares(first, second).join() === '2,2')
      const both = [...first.subscription.assignment, ...second.subscription.assignment]
      expect(new Set(both.map(({ partition }) => partition)).size).toBe(4)
      await write(input, numbers(50))
      await until('all is read', () => seen.size === 50)
      await first.end()
      await until('the second has all', () => shares(second)[0] === 4)
      await write(
        input,
        numbers(50).map((n) => `again ${n}`),
      )
      await until('all is read', () => seen.size === 100)
      await second.end()
      expect([...seen.values()].every((times) => times === 1)).toBe(true)
    })

    test('lets a static member come back without a rebalance', async () => {
      const input = await newTopic(2)
      const groupId = fresh('group')
      const join = async (): Promise<string | undefined> => {
        const subscription = (await another()).subscribe(input, { groupId, groupInstanceId: 'one' })
        const reading = all(subscription)
        await until('it is assigned', () => subscription.assignment.length === 2)
        const group = (await kafka.groups()).find((each) => each.groupId === groupId)
        await subscription.close()
        await reading
        return group?.members[0]?.memberId
      }
      const before = await join()
      expect((await kafka.groups()).find((each) => each.groupId === groupId)?.members.length).toBe(1)
      expect(await join()).not.toBe(before)
    })
  })

  describe('a transactional producer', () => {
    const read = async (
      from: Topic<string | null, string>,
      isolation: 'read-committed' | 'read-uncommitted',
    ): Promise<readonly unknown[]> => valuesOf(await all(kafka.read(from, { until: 'end', isolation })))

    test('shows what is committed, and hides what is open or aborted', async () => {
      const output = await newTopic()
      const producer = kafka.producer({ transactionalId: fresh('txn') })
      await producer.transaction((scope) => void scope.send(output, { value: 'kept' }))
      const oops = new Error('oops')
      const aborted = producer.transaction(async (scope) => {
        await scope.send(output, { value: 'dropped' })
        expect(await read(output, 'read-committed')).toEqual(['kept'])
        expect(await read(output, 'read-uncommitted')).toEqual(['kept', 'dropped'])
        throw oops
      })
      await expect(aborted).rejects.toBe(oops)
      await producer.transaction((scope) => void scope.send(output, { value: 'kept too' }))
      await until('the end is stable', async () => (await read(output, 'read-committed')).length > 1)
      expect(await read(output, 'read-committed')).toEqual(['kept', 'kept too'])
      expect(await read(output, 'read-uncommitted')).toEqual(['kept', 'dropped', 'kept too'])
    })

    test('keeps many transactions of two producers apart', async () => {
      const output = await newTopic(2)
      const run = async (id: string): Promise<void> => {
        await using producer = kafka.producer({ transactionalId: fresh(id), linger: 0, batchBytesMax: 300 })
        for (let i = 0; i < 20; i++) {
          const attempt = producer.transaction(async (scope) => {
            for (let j = 0; j < 10; j++) {
              void scope.send(output, { key: String(j), value: `${id} ${i}.${j}` })
              if (j % 4 === 0) await new Promise((resolve) => setImmediate(resolve))
            }
            if (i % 3 === 0) throw new Error('no')
          })
          await attempt.catch((error: Error) => expect(error.message).toBe('no'))
        }
      }
      await Promise.all([run('a'), run('b')])
      const expected = ['a', 'b'].flatMap((id) =>
        Array.from({ length: 200 }, (_, n) => ({ i: Math.floor(n / 10), j: n % 10 }))
          .filter(({ i }) => i % 3 !== 0)
          .map(({ i, j }) => `${id} ${i}.${j}`),
      )
      await until('the end is stable', async () => (await read(output, 'read-committed')).length >= expected.length)
      expect((await read(output, 'read-committed')).map(String).toSorted()).toEqual(expected.toSorted())
    })

    test('moves records exactly once, with the offsets in the transaction', async () => {
      const [input, output] = [await newTopic(2), await newTopic()]
      await write(input, numbers(12))
      const groupId = fresh('group')
      const producer = kafka.producer({ transactionalId: fresh('txn') })
      const move = async (count: number, isFailing: boolean): Promise<void> => {
        const subscription = kafka.subscribe(input, { groupId, commitInterval: 'manual' })
        for await (const { value } of subscription) {
          const isLast = --count === 0
          const moved = producer.transaction(async (scope) => {
            void scope.send(output, { value })
            await scope.sendOffsets(subscription)
            if (isFailing && isLast) throw new Error('crash')
          })
          if (isFailing && isLast) await expect(moved).rejects.toThrow('crash')
          else await moved
          if (isLast) break
        }
      }
      await move(5, true)
      await move(8, false)
      await until('the end is stable', async () => (await read(output, 'read-committed')).length >= 12)
      expect((await read(output, 'read-committed')).map(Number).toSorted((a, b) => a - b)).toEqual(
        numbers(12).map(Number),
      )
    })

    test('is fenced by a newer one with its id, which aborts what the old one left open', async () => {
      const output = await newTopic()
      const transactionalId = fresh('txn')
      const old = kafka.producer({ transactionalId })
      const late = old.transaction(async (scope) => {
        await scope.send(output, { value: 'zombie' })
        const producer = (await another()).producer({ transactionalId })
        await producer.transaction((inner) => void inner.send(output, { value: 'new' }))
      })
      await expect(late).rejects.toMatchObject({ code: 'producer-fenced' })
      await expect(old.transaction((scope) => void scope.send(output, { value: 'late' }))).rejects.toMatchObject({
        code: 'producer-fenced',
      })
      await until('the end is stable', async () => (await read(output, 'read-committed')).length > 0)
      expect(await read(output, 'read-committed')).toEqual(['new'])
    })
  })
})
