// npm run chaos -- [--minutes M] [--guarantee exactly-once | at-least-once] [--kafka | --embedded] [--threads N] [--seed S]
//
// Three instances of tests/kafka/chaos-app.ts over a repartition and a join, under load: killed, stopped in their tracks for longer than the
// session lasts, cut off from the brokers or not heard by them; meanwhile brokers are killed, restarted and stopped, and leaders moved, in a
// cluster of three (--kafka), or our broker is (--embedded, the default). Then everything is made whole, and what came out is compared with
// a recount of what went in: each key's outputs are 1, 2, ... n in order; at least once: no record is left out.
// What is done, and when, follows from the seed; where the processes are then does not.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Kafka, connect } from 'tidemill/client'
import { type Prng, seededPrng, sleep, systemClock } from '../src/base/index.ts'
import { counts, groups, left, pairs, right } from '../tests/kafka/chaos-topology.ts'
import { type Brokers, startKafka, startOurs } from './chaos/brokers.ts'
import { Instance } from './chaos/instance.ts'
import { type Verdict, judge } from './chaos/verdict.ts'

const INSTANCES = 3
const PARTITIONS = 4
const USERS = 40
const RATE_PER_S = 100
/** Longer than the session of the instances. */
const PAUSE_MS_MIN = 6_500
const START_MS_MAX = 90_000
const DRAIN_MS_MAX = 120_000

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    guarantee: { type: 'string', default: 'exactly-once' },
    kafka: { type: 'boolean', default: false },
    embedded: { type: 'boolean', default: false },
    threads: { type: 'string', default: '1' },
    seed: { type: 'string' },
  },
})
const isExact = options.guarantee === 'exactly-once'
const seed = options.seed === undefined ? systemClock.now() % 1_000_000 : Number(options.seed)
const startMs = systemClock.monotonicMs()
const wait = (ms: number): Promise<void> => sleep(systemClock, ms)
/** Numbers that went in, and counts that came out, as a reader sees them live. */
const seen = { sent: 0, counted: 0 }
const say = (text: string): void => {
  const seconds = ((systemClock.monotonicMs() - startMs) / 1_000).toFixed(1)
  console.log(`${seconds.padStart(7)} s  ${`${seen.counted}/${seen.sent}`.padStart(11)}  ${text}`)
}

const TOPICS = [left, right, counts, pairs, groups]
const scratch = mkdtempSync(join(tmpdir(), 'tidemill-chaos-'))

/** Sends each number to both inputs; returns those that were acknowledged. */
async function load(kafka: Kafka, end: AbortSignal): Promise<ReadonlySet<string>> {
  const producer = kafka.producer({ deliveryTimeout: '5m' })
  const sent = new Set<string>()
  const done: Promise<unknown>[] = []
  const beginMs = systemClock.monotonicMs()
  for (let n = 0; !end.aborted;) {
    for (; n < ((systemClock.monotonicMs() - beginMs) / 1_000) * RATE_PER_S; n++) {
      const id = String(n)
      done.push(
        Promise.all([
          producer.send(left, { key: `u${(n * 7) % USERS}`, value: id }),
          producer.send(right, { key: id, value: id }),
        ]).then(() => {
          sent.add(id)
          seen.sent++
        }),
      )
    }
    await wait(20)
  }
  await producer.flush()
  await Promise.all(done)
  await producer.close()
  return sent
}

async function watch(kafka: Kafka, end: AbortSignal): Promise<void> {
  for await (const _record of kafka.read(counts, { signal: end })) seen.counted++
}

const INSTANCE_FAULTS = ['kill', 'kill', 'pause', 'cut', 'stall'] as const

async function disturbInstance(instance: Instance, prng: Prng): Promise<void> {
  const tell = (what: string): void => say(`instance ${instance.number}: ${what}`)
  const fault = INSTANCE_FAULTS[prng.integer(INSTANCE_FAULTS.length)] ?? 'kill'
  const shortMs = prng.integer(3_000)
  const longMs = PAUSE_MS_MIN + prng.integer(3_000)
  switch (fault) {
    case 'kill':
      tell(`killed, back after ${shortMs} ms`)
      await instance.end('SIGKILL')
      await wait(shortMs)
      instance.run()
      return
    case 'pause':
      tell(`stopped in its tracks for ${longMs} ms`)
      instance.signal('SIGSTOP')
      await wait(longMs)
      instance.signal('SIGCONT')
      return
    case 'cut': {
      const ms = prng.integer(2) === 0 ? shortMs : longMs
      tell(`cut off for ${ms} ms`)
      instance.proxy.cut()
      await wait(ms)
      instance.proxy.open()
      return
    }
    case 'stall': {
      const ms = prng.integer(2) === 0 ? shortMs : longMs
      tell(`not heard for ${ms} ms`)
      instance.proxy.stall()
      await wait(ms)
      instance.proxy.open()
      return
    }
  }
}

/** Before that there is nothing to disturb. */
async function untilCounting(): Promise<void> {
  const deadlineMs = systemClock.monotonicMs() + START_MS_MAX
  while (seen.counted === 0) {
    if (systemClock.monotonicMs() > deadlineMs) throw new Error(`nothing was counted in ${START_MS_MAX / 1_000} s`)
    await wait(100)
  }
}

/** One fault after the other, each on an instance of its own choice, until the time is over. */
async function disturbInstances(instances: readonly Instance[], prng: Prng, endMs: number): Promise<number> {
  let faults = 0
  while (systemClock.monotonicMs() < endMs) {
    await wait(1_000 + prng.integer(4_000))
    const instance = instances[prng.integer(instances.length)] as Instance // the index is below the length
    await disturbInstance(instance, prng)
    faults++
  }
  return faults
}

async function disturbBrokers(brokers: Brokers, prng: Prng, endMs: number): Promise<number> {
  let faults = 0
  while (systemClock.monotonicMs() < endMs) {
    await wait(5_000 + prng.integer(8_000))
    const fault = brokers.faults[prng.integer(brokers.faults.length)] ?? 'kill'
    const moved = [left, right, counts, pairs, groups].map(({ name }) => name)
    await brokers.disturb(fault, prng, moved, say)
    faults++
  }
  return faults
}

const isGood = ({ missing, wrong }: Verdict): boolean => missing === 0 && (wrong === 0 || !isExact)

/** Waits until the outputs are complete and nothing comes any more. */
async function drain(
  kafka: Kafka,
  sent: ReadonlySet<string>,
  instances: readonly Instance[],
): Promise<readonly Verdict[]> {
  const deadlineMs = systemClock.monotonicMs() + DRAIN_MS_MAX
  for (;;) {
    const verdicts = await judge(kafka, sent, isExact)
    if (verdicts.every(({ missing }) => missing === 0)) {
      await wait(3_000)
      return judge(kafka, sent, isExact)
    }
    say(`waiting for ${verdicts.map(({ what, missing }) => `${what.split(':')[0]} ${missing}`).join(', ')}`)
    const areGone = instances.every(({ isRunning }) => !isRunning)
    if (areGone || systemClock.monotonicMs() > deadlineMs) return verdicts
    await wait(2_000)
  }
}

async function run(brokers: Brokers): Promise<boolean> {
  await using kafka = await connect(brokers.servers)
  const { replicationFactor } = brokers
  await kafka.createTopics(TOPICS, { partitions: PARTITIONS, replicationFactor })
  const instances = await Promise.all(
    Array.from({ length: INSTANCES }, (_, i) =>
      Instance.start({
        number: i + 1,
        dir: scratch,
        brokerPorts: brokers.ports,
        guarantee: options.guarantee,
        threads: options.threads,
      }),
    ),
  )
  try {
    const loadEnd = new AbortController()
    const loading = load(kafka, loadEnd.signal)
    const watchEnd = new AbortController()
    const watching = watch(kafka, watchEnd.signal)
    await untilCounting()
    say('the application counts')
    const endMs = systemClock.monotonicMs() + Number(options.minutes) * 60_000
    const [onInstances, onBrokers] = await Promise.all([
      disturbInstances(instances, seededPrng(seed), endMs),
      disturbBrokers(brokers, seededPrng(seed + 1), endMs),
    ])
    loadEnd.abort()
    say('no more faults; the last records go out')
    const sent = await loading
    say(
      `${sent.size} numbers sent; ${onInstances} faults of instances, ${onBrokers} of brokers; everything is whole again`,
    )
    const verdicts = await drain(kafka, sent, instances)
    say('drained')
    watchEnd.abort()
    await watching
    return report(verdicts, instances)
  } finally {
    await Promise.all(instances.map((instance) => instance.end('SIGKILL')))
    for (const { proxy } of instances) proxy.close()
  }
}

function report(verdicts: readonly Verdict[], instances: readonly Instance[]): boolean {
  const surprises = instances.flatMap((instance) => instance.surprises)
  for (const verdict of verdicts) {
    const { what, missing, wrong, total, example } = verdict
    const detail = example === undefined ? '' : `: ${example}`
    console.log(
      `${isGood(verdict) ? 'PASS' : 'FAIL'} ${what}: ${total} expected, ${missing} missing, ${wrong} too many or out of order${detail}`,
    )
  }
  for (const surprise of surprises) console.log(`FAIL ${surprise}`)
  const failed = verdicts.filter((verdict) => !isGood(verdict)).length + surprises.length
  if (failed > 0) {
    for (const { number, logFile } of instances) {
      const lines = readFileSync(logFile, 'utf8').trimEnd().split('\n')
      console.log(`--- instance ${number}, the last of ${lines.length} lines\n${lines.slice(-25).join('\n')}`)
    }
    console.log(`kept: ${scratch}; seed ${seed}`)
  }
  console.log(`${verdicts.length + surprises.length - failed} passed, ${failed} failed`)
  return failed === 0
}

console.log(
  `seed ${seed}, ${options.guarantee}, ${options.kafka ? 'three brokers of Apache Kafka' : 'our broker'}, ${INSTANCES} instances of ${options.threads} threads`,
)
const brokers = options.kafka ? await startKafka() : await startOurs(join(scratch, 'broker'))
say('the brokers run')
let isFine = false
try {
  isFine = await run(brokers)
} finally {
  await brokers.stop()
  if (isFine) rmSync(scratch, { recursive: true, force: true })
}
process.exit(isFine ? 0 : 1)
