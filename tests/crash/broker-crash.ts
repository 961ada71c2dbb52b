// Crash-point enumeration for the embedded broker: a random workload of clients on a disk that remembers what power loss may still
// take. Before each operation that changes the disk, images are taken as they may be found after a crash; a broker must start on each,
// hold all that was acknowledged, in order, and nothing that was never sent, and go on from there. Some images crash again while the
// broker starts.
import { FaultDisk, type ManualClock, type MemoryDisk, type Prng, seededPrng } from '../../src/base/index.ts'
import { ERROR, deleteRecordsApi, deleteTopicsApi, metadataApi } from '../../src/protocol/index.ts'
import { TestClient, makeBatch, settle, testBroker } from '../broker/test-client.ts'
import type { CrashOptions, CrashReport } from './lsm-crash.ts'

const NO_ID = '0'.repeat(32)
const STEPS = 50
const KINDS = ['kept', 'lost', 'torn', 'reordered'] as const
const TOPICS = ['a', 'b', 'c'] as const
const CONFIGS = { 'segment.bytes': '1024', 'index.interval.bytes': '200' }
/** What is written after a crash: no producer of the workload begins so. */
const GO_ON = 'y'

/** What a topic of one life was told and what it answered. */
interface TopicHistory {
  readonly name: string
  /** In the order of their sending. */
  readonly sent: string[]
  /** Where in it each batch begins. */
  readonly batchStarts: number[]
  /** So many of them are acknowledged. */
  acked: number
  /** Records before were deleted, for sure or perhaps. */
  startAcked: number
  startAsked: number
  isCreated: boolean
  isDeleteAsked: boolean
  isDeleted: boolean
}

/** A history as it was when an image was taken. */
type Moment = readonly TopicHistory[]

interface Image {
  readonly disk: MemoryDisk
  readonly moment: Moment
  readonly where: string
}

interface Workload {
  readonly disk: FaultDisk
  readonly prng: Prng
  readonly topics: TopicHistory[]
  client: TestClient
  clock: ManualClock
  close: () => Promise<void>
  nextValue: number
}

export async function crashBroker({ images, seed, failuresMax = 10 }: CrashOptions): Promise<CrashReport> {
  const report = { images: 0, workloads: 0, failures: [] as string[] }
  while (report.images < images && report.failures.length < failuresMax) {
    const workloadSeed = seed + report.workloads++
    const fail = (message: string): void => void report.failures.push(`seed ${workloadSeed}: ${message}`)
    report.images += await playWorkload(workloadSeed, images - report.images, fail)
  }
  return report
}

async function playWorkload(seed: number, imagesMax: number, fail: (message: string) => void): Promise<number> {
  const prng = seededPrng(seed)
  const disk = new FaultDisk()
  const topics: TopicHistory[] = []
  const taken: Image[] = []
  const counter = { images: 0 }
  disk.onOperation = (operation, path) => {
    for (let i = 0; i < 2 && counter.images < imagesMax; i++) {
      counter.images++
      const kind = KINDS[prng.integer(KINDS.length)] as (typeof KINDS)[number]
      const moment = topics.map((topic) => ({ ...topic, sent: [...topic.sent], batchStarts: [...topic.batchStarts] }))
      taken.push({ disk: disk.crashImage(kind, prng), moment, where: `${kind} before ${operation} of ${path}` })
    }
  }
  const workload: Workload = { disk, prng, topics, ...(await start(disk, prng)), nextValue: 0 }
  for (let step = 0; step < STEPS && counter.images < imagesMax; step++) {
    await playStep(workload)
    for (const image of taken.splice(0)) await check(image, prng, fail)
  }
  await workload.close()
  for (const image of taken.splice(0)) await check(image, prng, fail)
  return counter.images
}

/** Each start draws its own ids: those of one topic must not come again. */
async function start(disk: FaultDisk, prng: Prng): Promise<Pick<Workload, 'client' | 'clock' | 'close'>> {
  const { broker, clock } = await testBroker({ disk, prng: seededPrng(prng.integer(0x7fff_ffff)) })
  return { client: new TestClient(broker), clock, close: () => broker.close() }
}

async function playStep(workload: Workload): Promise<void> {
  const { prng, topics, client, clock } = workload
  const dice = prng.integer(100)
  const alive = topics.filter(({ isCreated, isDeleteAsked }) => isCreated && !isDeleteAsked)
  const topic = alive[prng.integer(Math.max(1, alive.length))]
  if (topic === undefined || (dice < 4 && alive.length < TOPICS.length)) return create(workload)
  if (dice < 6) return remove(client, topic)
  if (dice < 12) return deleteRecords(client, topic, prng)
  if (dice < 18) {
    clock.advance(1 + prng.integer(10_000))
    return settle()
  }
  if (dice < 22) {
    await workload.close()
    Object.assign(workload, await start(workload.disk, prng))
    return
  }
  // Several at once share a sync; or syncs take their time, and what comes next is written while they are under way.
  const { disk } = workload
  let release = prng.integer(2) === 0 ? disk.holdSyncs() : undefined
  const sends: Promise<void>[] = []
  for (let left = 1 + prng.integer(4); left > 0; left--) {
    sends.push(produce(workload, alive[prng.integer(alive.length)] as TopicHistory))
    if (release === undefined) continue
    await settle()
    if (prng.integer(2) === 0) continue
    // The sync under way ends, and the next one waits.
    release()
    release = disk.holdSyncs()
    await settle()
  }
  release?.()
  await Promise.all(sends)
}

async function create({ client, topics, prng }: Workload): Promise<void> {
  const free = TOPICS.filter((name) => topics.every((topic) => topic.name !== name || topic.isDeleted))
  const name = free[prng.integer(free.length)]
  if (name === undefined) return
  const numbers = { acked: 0, startAcked: 0, startAsked: 0 }
  const topic = {
    name,
    sent: [],
    batchStarts: [],
    ...numbers,
    isCreated: false,
    isDeleteAsked: false,
    isDeleted: false,
  }
  topics.push(topic)
  await client.createTopic(name, 1, CONFIGS)
  topic.isCreated = true
}

async function remove(client: TestClient, topic: TopicHistory): Promise<void> {
  topic.isDeleteAsked = true
  const topics = [{ name: topic.name, topicId: NO_ID }]
  const { responses } = await client.call(deleteTopicsApi, 6, { topics, topicNames: [], timeoutMs: 1_000 })
  if (responses[0]?.errorCode !== ERROR.NONE) throw new Error(`cannot delete ${topic.name}`)
  topic.isDeleted = true
}

async function deleteRecords(client: TestClient, topic: TopicHistory, prng: Prng): Promise<void> {
  if (topic.acked === topic.startAcked) return
  const offset = topic.startAcked + prng.integer(topic.acked - topic.startAcked + 1)
  topic.startAsked = offset
  const partitions = [{ partitionIndex: 0, offset }]
  await client.call(deleteRecordsApi, 2, { topics: [{ name: topic.name, partitions }], timeoutMs: 1_000 })
  topic.startAcked = offset
}

async function produce(workload: Workload, topic: TopicHistory): Promise<void> {
  const { prng, client } = workload
  const values = Array.from(
    { length: 1 + prng.integer(3) },
    () => `${workload.nextValue++}.${'x'.repeat(prng.integer(60))}`,
  )
  topic.batchStarts.push(topic.sent.length)
  topic.sent.push(...values)
  const end = topic.sent.length
  const { errorCode, baseOffset } = await client.produce(topic.name, makeBatch(values))
  if (errorCode !== ERROR.NONE || baseOffset !== end - values.length)
    throw new Error(`produce to ${topic.name}: error ${errorCode}, offset ${baseOffset}`)
  topic.acked = Math.max(topic.acked, end)
}

async function check(image: Image, prng: Prng, fail: (message: string) => void): Promise<void> {
  try {
    const crashed = prng.integer(5) === 0 ? await crashDuringStart(image.disk, prng) : image.disk
    const disk = new FaultDisk(crashed)
    const client = (await start(disk, prng)).client
    for (const topic of image.moment) {
      const problem = await topicProblem(client, topic, image.moment)
      if (problem !== undefined) return fail(`${image.where}: ${problem}`)
    }
    if (prng.integer(4) > 0) return
    const problem = await goOn(client, disk, image.moment, prng)
    if (problem !== undefined) fail(`${image.where}: ${problem}`)
  } catch (error) {
    fail(`${image.where}: ${(error as Error).stack}`)
  }
}

async function crashDuringStart(image: MemoryDisk, prng: Prng): Promise<MemoryDisk> {
  const crash = new Error('crash')
  const disk = new FaultDisk(image)
  let left = prng.integer(8)
  disk.onOperation = () => {
    if (left-- <= 0) throw crash
  }
  await start(disk, prng).catch((error: unknown) => {
    if (error !== crash) throw error
  })
  disk.onOperation = undefined
  return disk.crashImage(KINDS[prng.integer(KINDS.length)] as (typeof KINDS)[number], prng)
}

/** Asks without making it. */
async function exists(client: TestClient, name: string): Promise<boolean> {
  const { topics } = await client.call(metadataApi, 12, {
    topics: [{ name, topicId: NO_ID }],
    allowAutoTopicCreation: false,
    includeTopicAuthorizedOperations: false,
  })
  return topics[0]?.errorCode === ERROR.NONE
}

/** A topic of one name may have several lives; only the last can be there. */
function isLastLife(topic: TopicHistory, moment: Moment): boolean {
  return moment.findLast(({ name }) => name === topic.name) === topic
}

async function topicProblem(client: TestClient, topic: TopicHistory, moment: Moment): Promise<string | undefined> {
  if (!isLastLife(topic, moment)) return undefined
  if (!(await exists(client, topic.name)))
    return topic.isCreated && !topic.isDeleteAsked ? `topic ${topic.name} is lost` : undefined
  if (topic.isDeleted) return `topic ${topic.name} is back`
  // It may be the life before, whose deletion was acknowledged before this one began: then it has what was never sent to this one.
  const from = await client.offset(topic.name, -2)
  const end = await client.offset(topic.name, -1)
  const values = await client.values(topic.name)
  if (end < topic.acked) return `topic ${topic.name} ends at ${end}, ${topic.acked} were acknowledged`
  if (end > topic.sent.length) return `topic ${topic.name} ends at ${end}, ${topic.sent.length} were sent`
  if (from < topic.startAcked) return `topic ${topic.name} begins at ${from}, ${topic.startAcked} were deleted`
  if (from > topic.startAsked)
    return `topic ${topic.name} begins at ${from}, only ${topic.startAsked} were to be deleted`
  const expected = topic.sent.slice(from, end)
  if (values.join() === expected.join()) return undefined
  return `topic ${topic.name} has ${values.join().slice(0, 300)}, not ${expected.join().slice(0, 300)}`
}

/**
 * As many bytes as the batch had that a crash may have torn: what was written behind that one, and is whole, follows the new one then, and
 * would be taken for a batch of the log if it had not been cut off.
 */
function valuesInPlaceOf({ sent, batchStarts }: TopicHistory, end: number): readonly string[] {
  const batch = batchStarts.indexOf(end)
  if (batch < 0) return [GO_ON]
  return sent.slice(end, batchStarts[batch + 1]).map((value) => GO_ON.repeat(value.length))
}

/** What was recovered can be written to, and is there after another crash. */
async function goOn(client: TestClient, disk: FaultDisk, moment: Moment, prng: Prng): Promise<string | undefined> {
  const before = new Map<string, readonly string[]>()
  for (const topic of moment) {
    if (!isLastLife(topic, moment) || !(await exists(client, topic.name))) continue
    const values = valuesInPlaceOf(topic, await client.offset(topic.name, -1))
    await client.produce(topic.name, makeBatch(values))
    const found = await client.values(topic.name)
    before.set(topic.name, found)
    if (found.slice(-values.length).join() !== values.join()) return `what was put to ${topic.name} is not there`
  }
  const kind = KINDS[prng.integer(KINDS.length)] as (typeof KINDS)[number]
  const again = (await start(new FaultDisk(disk.crashImage(kind, prng)), prng)).client
  for (const [name, values] of before) {
    const found = await again.values(name)
    if (found.join() !== values.join())
      return `after recovery and another crash ${name} has ${found.join()}, not ${values.join()}`
  }
  return undefined
}
