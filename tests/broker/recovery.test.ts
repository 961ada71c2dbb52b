import { describe, expect, it } from 'vitest'
import { FaultDisk, MemoryDisk, must, seededPrng } from '../../src/base/index.ts'
import { ERROR, deleteRecordsApi, deleteTopicsApi, readBatches } from '../../src/protocol/index.ts'
import { START_MS, TestClient, makeBatch, settle, testBroker } from './test-client.ts'

const LOG = 't-0/00000000000000000000.log'

/** The disk as it is when the process dies now. */
function killed(disk: FaultDisk): MemoryDisk {
  return disk.crashImage('kept', seededPrng(1))
}

async function written(values: readonly string[], configs: Readonly<Record<string, string>> = {}): Promise<FaultDisk> {
  const disk = new FaultDisk(new MemoryDisk())
  const client = new TestClient((await testBroker({ disk })).broker)
  await client.createTopic('t', 1, configs)
  for (const value of values) await client.produce('t', makeBatch([value]))
  return disk
}

describe('recovery', () => {
  it('cuts a torn tail at every byte of the last batch, and keeps what is before it', async () => {
    const disk = await written(['a', 'b', 'c'])
    const whole = must(killed(disk).readFile(LOG), LOG)
    const lastStart = must(readBatches(whole).at(-1), 'batch').start
    for (let size = lastStart; size < whole.length; size++) {
      const torn = killed(disk)
      torn.replaceFile(LOG, whole.subarray(0, size))
      const { broker, warnings } = await testBroker({ disk: torn })
      const client = new TestClient(broker)
      expect(await client.values('t')).toEqual(['a', 'b'])
      expect(warnings.length).toBe(size === lastStart ? 0 : 1)
      expect(must(torn.readFile(LOG), LOG)).toHaveLength(lastStart)
      expect((await client.produce('t', makeBatch(['d']))).baseOffset).toBe(2)
      expect(await client.values('t')).toEqual(['a', 'b', 'd'])
    }
  })

  it('cuts at every byte of a small log without losing a whole batch before it', async () => {
    const disk = await written(['a', 'b', 'c', 'd'])
    const whole = must(killed(disk).readFile(LOG), LOG)
    const batches = readBatches(whole)
    for (let size = 0; size <= whole.length; size++) {
      const torn = killed(disk)
      torn.replaceFile(LOG, whole.subarray(0, size))
      const client = new TestClient((await testBroker({ disk: torn })).broker)
      expect(await client.offset('t', -1)).toBe(batches.filter((batch) => batch.end <= size).length)
    }
  })

  it('takes zeros and garbage at the end for a torn write', async () => {
    for (const tail of [
      Buffer.alloc(500),
      Buffer.alloc(500, 0xff),
      Buffer.from('not a batch, but bytes all the same'.repeat(5)),
    ]) {
      const disk = killed(await written(['a']))
      disk.replaceFile(LOG, Buffer.concat([must(disk.readFile(LOG), LOG), tail]))
      const { broker, warnings } = await testBroker({ disk })
      expect(await new TestClient(broker).values('t')).toEqual(['a'])
      expect(warnings[0]).toContain(`${tail.length} bytes of an unfinished write were cut off`)
    }
  })

  it('keeps the rest beside the log when whole batches lie behind the damage, and says so', async () => {
    const disk = killed(await written(['a', 'b', 'c']))
    const bytes = must(disk.readFile(LOG), LOG)
    const second = must(readBatches(bytes)[1], 'batch')
    bytes[second.start + 65] = (bytes[second.start + 65] ?? 0) ^ 0xff
    disk.replaceFile(LOG, bytes)
    const { broker, warnings } = await testBroker({ disk })
    expect(await new TestClient(broker).values('t')).toEqual(['a'])
    const kept = `${LOG}.damaged-at-${second.start}`
    expect(warnings[0]).toContain(kept)
    expect(disk.readFile(kept)).toEqual(bytes.subarray(second.start))
  })

  it('serves all but a damaged batch after a clean end, and names the place', async () => {
    const disk = new MemoryDisk()
    const first = await testBroker({ disk })
    const writer = new TestClient(first.broker)
    await writer.createTopic('t')
    for (const value of ['a', 'b', 'c']) await writer.produce('t', makeBatch([value]))
    await first.broker.close()
    const bytes = must(disk.readFile(LOG), LOG)
    const second = must(readBatches(bytes)[1], 'batch')
    bytes[second.end - 2] = (bytes[second.end - 2] ?? 0) ^ 0xff
    disk.replaceFile(LOG, bytes)
    const { broker, warnings } = await testBroker({ disk })
    const client = new TestClient(broker)
    expect((await client.fetch('t', 1)).errorCode).toBe(ERROR.CORRUPT_MESSAGE)
    expect(warnings.join()).toMatch(/t-0\/0{20}\.log on memory is damaged at byte \d+: the batch at offset 1 has CRC/)
    expect((await client.fetch('t', 2)).errorCode).toBe(ERROR.NONE)
    expect((await client.produce('t', makeBatch(['d']))).baseOffset).toBe(3)
  })

  it('reads index, producers and aborted transactions back after a clean end, over many segments', async () => {
    const configs = { 'segment.bytes': '1024', 'index.interval.bytes': '100' }
    const disk = new MemoryDisk()
    const first = await testBroker({ disk })
    const writer = new TestClient(first.broker)
    await writer.createTopic('t', 1, configs)
    const producer = { producerId: 5, producerEpoch: 0 }
    const batch = (i: number): Buffer =>
      makeBatch([{ value: `v${i}`.padEnd(90, '.'), timestamp: START_MS + i }], { ...producer, baseSequence: i })
    for (let i = 0; i < 50; i++) await writer.produce('t', batch(i))
    await first.broker.close()
    expect(disk.list('t-0').filter((name) => name.endsWith('.log')).length).toBeGreaterThan(5)
    expect(disk.exists('.kafka_cleanshutdown')).toBe(true)
    const { broker, warnings } = await testBroker({ disk })
    const client = new TestClient(broker)
    expect(warnings).toEqual([])
    expect(disk.exists('.kafka_cleanshutdown')).toBe(false)
    for (let i = 0; i < 50; i++) expect(await client.offset('t', START_MS + i)).toBe(i)
    expect(await client.values('t')).toHaveLength(50)
    for (let i = 45; i < 50; i++)
      expect(await client.produce('t', batch(i))).toMatchObject({ errorCode: 0, baseOffset: i })
    expect((await client.produce('t', batch(50))).baseOffset).toBe(50)
  })

  it('keeps the records of a topic that was made anew, when it crashed before the checkpoints of the one before were gone', async () => {
    const disk = await written(['a', 'b', 'c'])
    const client = new TestClient((await testBroker({ disk })).broker)
    const partitions = [{ partitionIndex: 0, offset: 2 }]
    await client.call(deleteRecordsApi, 2, { topics: [{ name: 't', partitions }], timeoutMs: 1_000 })
    const topics = [{ name: 't', topicId: '0'.repeat(32) }]
    await client.call(deleteTopicsApi, 6, { topics, topicNames: [], timeoutMs: 1_000 })
    let crashed: MemoryDisk | undefined
    disk.onOperation = (operation, path) => {
      if (operation === 'replace' && path.endsWith('checkpoint')) crashed ??= killed(disk)
    }
    await client.createTopic('t')
    const again = new FaultDisk(must(crashed, 'a checkpoint was written'))
    const writer = new TestClient((await testBroker({ disk: again })).broker)
    await writer.produce('t', makeBatch(['x']))
    const { broker } = await testBroker({ disk: killed(again) })
    expect(await new TestClient(broker).values('t')).toEqual(['x'])
  })

  it('recognises retries of the last five batches after a crash too, across the roll of a segment', async () => {
    const disk = new FaultDisk(new MemoryDisk())
    const client = new TestClient((await testBroker({ disk })).broker)
    await client.createTopic('t', 1, { 'segment.bytes': '1024' })
    const batch = (i: number): Buffer =>
      makeBatch(['x'.repeat(90)], { producerId: 5, producerEpoch: 0, baseSequence: i })
    for (let i = 0; i < 40; i++) {
      await client.produce('t', batch(i))
      const again = new TestClient((await testBroker({ disk: killed(disk) })).broker)
      for (let k = Math.max(0, i - 4); k <= i; k++)
        expect(await again.produce('t', batch(k))).toMatchObject({ errorCode: 0, baseOffset: k })
    }
  })

  it('makes index and producer states anew when their files are lost or damaged', async () => {
    const disk = new MemoryDisk()
    const first = await testBroker({ disk })
    const writer = new TestClient(first.broker)
    await writer.createTopic('t', 1, { 'segment.bytes': '1024', 'index.interval.bytes': '100' })
    for (let i = 0; i < 30; i++) {
      await writer.produce(
        't',
        makeBatch([{ value: 'x'.repeat(90), timestamp: START_MS + i }], {
          producerId: 5,
          producerEpoch: 0,
          baseSequence: i,
        }),
      )
    }
    await first.broker.close()
    for (const name of disk.list('t-0')) {
      if (name.endsWith('.index')) disk.remove(`t-0/${name}`)
      if (name.endsWith('.snapshot')) disk.replaceFile(`t-0/${name}`, Buffer.from('broken'))
      if (name.endsWith('.timeindex')) disk.replaceFile(`t-0/${name}`, Buffer.alloc(7))
    }
    const client = new TestClient((await testBroker({ disk })).broker)
    for (let i = 0; i < 30; i++) expect(await client.offset('t', START_MS + i)).toBe(i)
    const retry = makeBatch([{ value: 'x'.repeat(90), timestamp: START_MS + 29 }], {
      producerId: 5,
      producerEpoch: 0,
      baseSequence: 29,
    })
    expect(await client.produce('t', retry)).toMatchObject({ errorCode: 0, baseOffset: 29 })
  })

  it('keeps the log start and topic ids over restarts, and gives a topic that is made again a new id', async () => {
    const disk = new FaultDisk(new MemoryDisk())
    const client = new TestClient((await testBroker({ disk })).broker)
    const topicId = await client.createTopic('t', 1, { 'segment.bytes': '1024' })
    for (let i = 0; i < 30; i++) await client.produce('t', makeBatch(['x'.repeat(90)]))
    const { topics } = await client.call(deleteRecordsApi, 2, {
      topics: [{ name: 't', partitions: [{ partitionIndex: 0, offset: 20 }] }],
      timeoutMs: 1000,
    })
    expect(topics[0]?.partitions[0]).toMatchObject({ errorCode: 0, lowWatermark: 20 })
    expect((await client.fetch('t', 19)).errorCode).toBe(ERROR.OFFSET_OUT_OF_RANGE)
    for (const kind of ['lost', 'kept', 'torn'] as const) {
      const again = new TestClient((await testBroker({ disk: disk.crashImage(kind, seededPrng(2)) })).broker)
      expect(await again.offset('t', -2)).toBe(20)
      expect(await again.topicId('t')).toBe(topicId)
      expect(await again.values('t')).toHaveLength(10)
    }
  })

  it('does not hand the start of a deleted log on to a topic that is made again under its name', async () => {
    for (const deletesBeforeRestart of [true, false]) {
      const disk = new FaultDisk(new MemoryDisk())
      const first = await testBroker({ disk })
      const client = new TestClient(first.broker)
      await client.createTopic('t', 1, { 'segment.bytes': '1024' })
      for (let i = 0; i < 30; i++) await client.produce('t', makeBatch(['x'.repeat(90)]))
      await client.call(deleteRecordsApi, 2, {
        topics: [{ name: 't', partitions: [{ partitionIndex: 0, offset: 20 }] }],
        timeoutMs: 1000,
      })
      const remake = async (by: TestClient): Promise<void> => {
        await by.call(deleteTopicsApi, 5, { topicNames: ['t'], timeoutMs: 1000 })
        await by.createTopic('t')
        for (const value of ['a', 'b', 'c']) await by.produce('t', makeBatch([value]))
      }
      let image = disk
      if (deletesBeforeRestart) await remake(client)
      else {
        image = new FaultDisk(killed(disk))
        await remake(new TestClient((await testBroker({ disk: image })).broker))
      }
      const again = new TestClient((await testBroker({ disk: image.crashImage('lost', seededPrng(5)) })).broker)
      expect(await again.values('t')).toEqual(['a', 'b', 'c'])
    }
  })

  it('ends with one sync whatever the number of partitions, and leaves logs alone that did not change', async () => {
    const disk = new FaultDisk(new MemoryDisk())
    const first = await testBroker({ disk })
    const client = new TestClient(first.broker)
    await client.createTopic('t', 30)
    for (let partition = 0; partition < 30; partition++) await client.produce('t', makeBatch(['x']), { partition })
    const count = async (close: () => Promise<void>): Promise<{ syncs: number; writes: number }> => {
      const counts = { syncs: 0, writes: 0 }
      disk.onOperation = (operation) => {
        if (operation === 'sync' || operation === 'replace') counts.syncs++
        if (operation === 'write') counts.writes++
      }
      await close()
      disk.onOperation = undefined
      return counts
    }
    expect((await count(() => first.broker.close())).syncs).toBeLessThanOrEqual(2)
    const second = await testBroker({ disk })
    await new TestClient(second.broker).produce('t', makeBatch(['y']))
    expect((await count(() => second.broker.close())).writes).toBeLessThanOrEqual(5)
  })

  it('refuses a catalog that it cannot read, and one that a newer version wrote', async () => {
    const disk = killed(await written(['a']))
    const good = must(disk.readFile('cluster.json'), 'catalog')
    disk.replaceFile('cluster.json', Buffer.from('{"vers'))
    await expect(testBroker({ disk })).rejects.toMatchObject({ code: 'corrupt-log' })
    disk.replaceFile('cluster.json', Buffer.from(good.toString().replace('"version": 1', '"version": 2')))
    await expect(testBroker({ disk })).rejects.toMatchObject({
      code: 'invalid-config',
      message: expect.stringContaining('has version 2'),
    })
  })
})

describe('crash images', () => {
  it('open, and hold every acknowledged record in order, at every write, sync and rename of a run', async () => {
    const images: { readonly disk: MemoryDisk; readonly acknowledged: readonly string[][] }[] = []
    const disk = new FaultDisk(new MemoryDisk())
    const prng = seededPrng(11)
    const acknowledged: string[][] = [[], []]
    disk.onOperation = () => {
      const kind = (['lost', 'torn', 'reordered', 'kept'] as const)[prng.integer(4)] ?? 'lost'
      images.push({ disk: disk.crashImage(kind, prng), acknowledged: acknowledged.map((values) => [...values]) })
    }
    const { broker } = await testBroker({ disk })
    const client = new TestClient(broker)
    await client.createTopic('t', 2, { 'segment.bytes': '1024' })
    const other = new TestClient(broker)
    const write = async (partition: number, value: string): Promise<void> => {
      const { errorCode } = await (partition === 0 ? client : other).produce('t', makeBatch([value]), { partition })
      if (errorCode === ERROR.NONE) acknowledged[partition]?.push(value)
    }
    for (let i = 0; i < 40; i++)
      await Promise.all([write(0, `a${i}`.padEnd(60, '.')), write(1, `b${i}`), write(0, `c${i}`.padEnd(40 + i, '.'))])
    await settle()
    await broker.close()
    for (const kind of ['lost', 'torn', 'reordered', 'kept'] as const) {
      for (let i = 0; i < 5; i++) images.push({ disk: disk.crashImage(kind, prng), acknowledged })
    }
    expect(images.length).toBeGreaterThan(200)
    for (const image of images) {
      const crashing = new FaultDisk(image.disk)
      // A crash during recovery must do no harm either.
      crashing.planFailure({ code: 'disk-failed', after: prng.integer(12) })
      await testBroker({ disk: crashing }).catch(() => undefined)
      const again = await testBroker({ disk: crashing.crashImage('reordered', prng) })
      const reader = new TestClient(again.broker)
      for (const partition of [0, 1]) {
        const wanted = image.acknowledged[partition] ?? []
        if (wanted.length === 0) continue
        expect((await reader.values('t', { partition })).slice(0, wanted.length)).toEqual(wanted)
      }
    }
  })
})
