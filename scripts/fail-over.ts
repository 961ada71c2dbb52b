// npm run fail-over -- [--keys N] [--kafka | --embedded]
//
// How long a task stands still when its instance dies, and what a rolling restart moves.
// 1. Two instances, one standby of each task, N keys of state. One is killed: the first record of one of its tasks must come out no later
//    than the session time-out and 2 s after the kill, and next to nothing may be restored.
// 2. Three instances with static members are stopped and started again, one after the other: no task may move, and none may
//    restore from the beginning of its changelog.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { RestoreProgress } from 'tidemill'
import { type Kafka, connect } from 'tidemill/client'
import { sleep, systemClock } from '../src/base/index.ts'
import { input, output } from '../tests/kafka/fail-over-topology.ts'
import { type Brokers, startKafka, startOurs } from './chaos/brokers.ts'

const APP = fileURLToPath(new URL('../tests/kafka/fail-over-app.ts', import.meta.url))
const PARTITIONS = 6
const SESSION_MS = 6_000
const EXTRA_MS = 2_000
const STATIC_SESSION_MS = 30_000
const WAIT_MS_MAX = 180_000
/** Of what a take-over may restore. */
const RESTORED_SHARE_MAX = 0.05

interface TaskReport {
  readonly taskId: string
  readonly role: 'active' | 'standby'
  readonly state: string
  readonly behind: number
}

type Told =
  | { readonly kind: 'tasks'; readonly tasks: readonly TaskReport[] }
  | ({ readonly kind: 'restore' } & RestoreProgress)

const { values: options } = parseArgs({
  options: {
    keys: { type: 'string', default: '100000' },
    kafka: { type: 'boolean', default: false },
    embedded: { type: 'boolean', default: false },
  },
})
const keys = Number(options.keys)
const scratch = mkdtempSync(join(tmpdir(), 'tidemill-fail-over-'))
const startMs = systemClock.monotonicMs()
const say = (text: string): void =>
  console.log(`${((systemClock.monotonicMs() - startMs) / 1_000).toFixed(1).padStart(7)} s  ${text}`)
let passed = 0
let failed = 0
function check(isGood: boolean, what: string): void {
  if (isGood) passed++
  else failed++
  say(`${isGood ? 'PASS' : 'FAIL'} ${what}`)
}

class Instance {
  readonly name: string
  tasks: readonly TaskReport[] = []
  restores: RestoreProgress[] = []
  readonly #env: Readonly<Record<string, string>>
  #process: ChildProcess | undefined

  constructor(name: string, servers: string, env: Readonly<Record<string, string>>) {
    this.name = name
    this.#env = { BOOTSTRAP: servers, STATE_DIR: join(scratch, name), ...env }
  }

  get activeTasks(): readonly string[] {
    return this.tasks.filter(({ role }) => role === 'active').map(({ taskId }) => taskId)
  }

  start(): void {
    this.tasks = []
    // From outside of the checkout, where `tidemill` is the compiled package as its users have it.
    const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), APP], {
      cwd: scratch,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...this.#env },
    })
    this.#process = child
    createInterface({ input: child.stdout }).on('line', (line) => this.#hear(JSON.parse(line) as Told))
  }

  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#process
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill(signal)
    await ended
    this.tasks = []
  }

  #hear(told: Told): void {
    if (told.kind === 'tasks') this.tasks = told.tasks
    else this.restores.push(told)
  }
}

async function until(what: string, isSo: () => Promise<boolean> | boolean): Promise<void> {
  const deadlineMs = systemClock.monotonicMs() + WAIT_MS_MAX
  while (!(await isSo())) {
    if (systemClock.monotonicMs() > deadlineMs) throw new Error(`not within ${WAIT_MS_MAX / 1_000} s: ${what}`)
    await sleep(systemClock, 100)
  }
}

/** All tasks run, and all standbys have what there is. */
function areSettled(instances: readonly Instance[], standbys: number): boolean {
  const all = instances.flatMap(({ tasks }) => tasks)
  const active = all.filter(({ role }) => role === 'active')
  const waiting = all.filter(({ role }) => role === 'standby')
  return (
    active.length === PARTITIONS &&
    active.every(({ state }) => state === 'running') &&
    waiting.length === PARTITIONS * standbys &&
    waiting.every(({ behind }) => behind <= 1_000) &&
    instances.every(({ activeTasks }) => activeTasks.length > 0)
  )
}

async function feed(kafka: Kafka): Promise<void> {
  await using producer = kafka.producer({ unsentBytesMax: 1_073_741_824 })
  for (let i = 0; i < keys; i++) void producer.send(input, { key: `key ${i}`, value: 'x' })
  await producer.flush()
}

async function endOf(kafka: Kafka, name: string): Promise<number> {
  return (await kafka.offsets(name)).reduce((sum, { offset }) => sum + offset, 0)
}

/** Records that tasks in use had to read before they ran, and of how many. */
function restoredBy({ restores }: Instance): { readonly records: number; readonly fromZero: number } {
  const finished = restores.filter(({ phase, isStandby }) => phase === 'finished' && !isStandby)
  return {
    records: finished.reduce((sum, { records }) => sum + records, 0),
    fromZero: finished.filter(({ startOffset, records }) => startOffset === 0 && records > 0).length,
  }
}

/** Sends to every partition again and again; gives when each partition's next output came. */
async function firstOutputs(kafka: Kafka, partitions: ReadonlySet<number>, sinceMs: number): Promise<number> {
  const producer = kafka.producer()
  const done = new AbortController()
  const sending = (async () => {
    for (let i = 0; !done.signal.aborted; i = (i + 1) % keys) {
      void producer.send(input, { key: `key ${i}`, value: 'x' }).catch(() => undefined)
      if (i % 20 === 0) await sleep(systemClock, 20)
    }
  })()
  const from = new Map((await kafka.offsets(output)).map(({ partition, offset }) => [partition, offset]))
  let firstMs = Number.NaN
  for await (const { partition, offset } of kafka.read(output, { signal: AbortSignal.any([done.signal]) })) {
    if (!partitions.has(partition) || offset < (from.get(partition) ?? 0)) continue
    firstMs = systemClock.monotonicMs() - sinceMs
    break
  }
  done.abort()
  await sending
  await producer.close()
  return firstMs
}

async function failOver(kafka: Kafka, servers: string): Promise<void> {
  const env = { STANDBYS: '1', SESSION_MS: String(SESSION_MS) }
  const instances = [new Instance('one', servers, env), new Instance('two', servers, env)]
  const [one, two] = instances as [Instance, Instance]
  try {
    for (const instance of instances) instance.start()
    await until('both instances have tasks', () => areSettled(instances, 1))
    const fedMs = systemClock.monotonicMs()
    await feed(kafka)
    await until('all keys are counted', async () => (await endOf(kafka, output.name)) >= keys)
    say(`${keys} keys counted in ${((systemClock.monotonicMs() - fedMs) / 1_000).toFixed(1)} s`)
    await sleep(systemClock, 2_000)
    await until('the standbys have them', () => areSettled(instances, 1))
    const lost = new Set(one.activeTasks.map((taskId) => Number(taskId.split('_')[1])))
    two.restores = []
    const killedMs = systemClock.monotonicMs()
    await one.end('SIGKILL')
    const tookMs = await firstOutputs(kafka, lost, killedMs)
    const bestMs = SESSION_MS + EXTRA_MS
    check(
      tookMs <= bestMs,
      `first record of a lost task ${Math.round(tookMs)} ms after the kill (at most ${bestMs} ms)`,
    )
    await until('all tasks run', () => two.activeTasks.length === PARTITIONS)
    const { records } = restoredBy(two)
    const most = Math.round(keys * RESTORED_SHARE_MAX)
    check(records <= most, `${records} records restored for ${lost.size} tasks (at most ${most}; ${keys} keys)`)
  } finally {
    await Promise.all(instances.map((instance) => instance.end('SIGKILL')))
  }
}

async function rollingRestart(servers: string): Promise<void> {
  const names = ['alpha', 'beta', 'gamma']
  const instances = names.map(
    (name) =>
      new Instance(name, servers, {
        STANDBYS: '0',
        SESSION_MS: String(STATIC_SESSION_MS),
        INSTANCE_ID: name,
        // They start without state: their tasks are spread at once, not when each is warm.
        RECOVERY_LAG: String(10 * keys),
      }),
  )
  try {
    for (const instance of instances) instance.start()
    await until('all three have tasks', () => areSettled(instances, 0))
    const before = new Map(instances.map((instance) => [instance.name, instance.activeTasks.join(' ')]))
    say(`tasks: ${[...before].map(([name, tasks]) => `${name} ${tasks}`).join('; ')}`)
    let moves = 0
    for (const instance of instances) {
      instance.restores = []
      const stoppedMs = systemClock.monotonicMs()
      await instance.end('SIGTERM')
      instance.start()
      await until(`${instance.name} is back`, () => areSettled(instances, 0))
      const backMs = Math.round(systemClock.monotonicMs() - stoppedMs)
      const { records, fromZero } = restoredBy(instance)
      for (const each of instances) if (each.activeTasks.join(' ') !== before.get(each.name)) moves++
      say(`${instance.name} was back after ${backMs} ms, ${records} records restored`)
      check(fromZero === 0, `${instance.name}: no store restored from the beginning (${fromZero})`)
    }
    check(moves === 0, `no task moved in the rolling restart (${moves})`)
  } finally {
    await Promise.all(instances.map((instance) => instance.end('SIGKILL')))
  }
}

async function run(brokers: Brokers): Promise<void> {
  await using kafka = await connect(brokers.servers)
  await kafka.createTopics([input, output], { partitions: PARTITIONS, replicationFactor: brokers.replicationFactor })
  await failOver(kafka, brokers.servers)
  await rollingRestart(brokers.servers)
}

const brokers = options.kafka ? await startKafka() : await startOurs(join(scratch, 'broker'))
say(`${options.kafka ? 'three brokers of Apache Kafka' : 'our broker'}, ${keys} keys, ${PARTITIONS} partitions`)
try {
  await run(brokers)
} catch (error) {
  failed++
  say(`FAIL ${error instanceof Error ? error.message : String(error)}`)
} finally {
  await brokers.stop()
  rmSync(scratch, { recursive: true, force: true })
}
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
