// A simulated world: one broker, instances of one application, a producer of its input and an observer, on one virtual time. It runs
// one list of inputs under one list of faults, heals, waits until all is done, shows what came of it, and ends.
//
//   early input -> load and faults (durationMs) -> healed, until nothing is left to do (at most SETTLE_MS) -> late input, the same
//   -> checked -> closed
import { TidemillError, seededPrng } from '../../base/index.ts'
import type { StreamsOptions } from '../../app/index.ts'
import { type Client, createClient } from '../../client/index.ts'
import { RecordHeaders, topicPartition } from '../../record/index.ts'
import type { Topology } from '../../topology/index.ts'
import { type Fault, describeFault, requestKey } from './faults.ts'
import {
  type LogRecord,
  inputTopicsOf,
  isAllVisible,
  partitionsOf,
  readAllLogs,
  readLogs,
  userTopicsOf,
} from './read-logs.ts'
import { Trace } from './trace.ts'
import { VirtualBroker } from './virtual-broker.ts'
import { VirtualInstance, isGlobalTask } from './virtual-instance.ts'
import { VirtualNetwork } from './virtual-network.ts'
import { type CrashPoint, VirtualProcess } from './virtual-process.ts'
import { VirtualTime } from './virtual-time.ts'

/** A record that the world's producer sends. */
export interface WorldInput {
  /** When it is sent, since the beginning: negative: before the instances start; from `durationMs` on: when all else is done. */
  readonly atMs: number
  readonly topic: string
  readonly partition: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly timestamp: number
}

export interface WorldOptions {
  readonly seed: number
  readonly topology: Topology
  readonly options: StreamsOptions
  readonly inputs: readonly WorldInput[]
  readonly partitions: number
  readonly instances: number
  readonly faults: readonly Fault[]
  readonly durationMs: number
  readonly segmentBytes: number
  /** Lines of what happens are kept. */
  readonly isTraced: boolean
}

/** What is found when all is done. */
export interface Outcome {
  /** By topic, without what was aborted. */
  readonly logs: ReadonlyMap<string, readonly LogRecord[]>
  /** By topic, with what was aborted. */
  readonly allLogs: ReadonlyMap<string, readonly LogRecord[]>
  readonly instances: readonly VirtualInstance[]
}

/** After the faults the application has so long to be done. */
const SETTLE_MS = 60_000
const CLOSE_MS = 45_000
const LOOK_MS = 500
const DISK_SLOW_MS = 800
const INSTANCES_MAX = 4
const THREADS_MAX = 3

export class World {
  readonly violations: string[] = []
  readonly trace: Trace
  readonly time: VirtualTime = new VirtualTime()
  readonly #options: WorldOptions
  readonly #network: VirtualNetwork
  readonly #broker: VirtualBroker
  readonly #instances: VirtualInstance[] = []
  readonly #driver: VirtualProcess
  readonly #observer: VirtualProcess
  #hasDiskFailed = false

  constructor(options: WorldOptions) {
    const { seed, partitions, segmentBytes, isTraced } = options
    const { time } = this
    this.#options = options
    this.trace = new Trace(isTraced)
    const { trace } = this
    const onDeath = (process: VirtualProcess): void => this.#network.serverDied(process)
    this.#broker = new VirtualBroker({ time, trace, seed: seed * 1_000, partitions, segmentBytes, onDeath })
    const prng = seededPrng(seed * 1_000 + 901)
    this.#network = new VirtualNetwork({ time, prng, trace, server: () => this.#broker.server })
    this.#driver = new VirtualProcess('driver', time, seed * 1_000 + 902)
    this.#observer = new VirtualProcess('observer', time, seed * 1_000 + 903)
  }

  /** Runs it all; what is wrong is in `violations` afterwards. */
  async run(check: (outcome: Outcome) => Promise<readonly string[]>): Promise<void> {
    const { durationMs, instances, faults } = this.#options
    this.#broker.start()
    const driver = this.#client(this.#driver)
    if (!(await this.#complete('the topics were not created', this.#createTopics(driver)))) return
    const { inputs } = this.#options
    const early = this.#send(
      driver,
      inputs.filter(({ atMs }) => atMs < 0),
    )
    if (!(await this.#complete('the early input was not taken', early))) return
    for (let i = 0; i < instances; i++) this.#addInstance()
    const startMs = this.time.nowMs
    const sent = this.#send(
      driver,
      inputs.filter(({ atMs }) => atMs >= 0 && atMs < durationMs),
    )
    for (const fault of faults) this.time.after(fault.atMs, () => this.#strike(fault))
    await this.time.run(startMs + durationMs, () => false)
    this.#heal()
    if (!(await this.#complete('the producer of the input did not end', sent))) return
    const observer = this.#client(this.#observer)
    if (!(await this.#complete('lag did not fall to 0', this.#settled(observer)))) return
    const late = inputs
      .filter(({ atMs }) => atMs >= durationMs)
      .map((each) => ({ ...each, atMs: each.atMs - durationMs }))
    if (late.length > 0) {
      const done = this.#send(driver, late).then(() => this.#settled(observer))
      if (!(await this.#complete('lag did not fall to 0 after the late input', done))) return
    }
    const checked = this.#look(observer)
      .then(check)
      .then((problems) => void this.violations.push(...problems))
    if (!(await this.#complete('the logs could not be read', checked))) return
    await this.#closeAll()
  }

  // ---- its people ----

  #client(process: VirtualProcess): Client {
    const { clock, prng, name } = process
    return createClient({ clientId: name, transport: this.#network.transport(process), clock, prng })
  }

  async #createTopics(client: Client): Promise<void> {
    const { partitions, topology } = this.#options
    const names = userTopicsOf(topology)
    await client.admin().createTopics(names.map((name) => ({ name, partitions, replicationFactor: -1, config: {} })))
  }

  /** Sends each input at its time from now on; all must be acknowledged in the end. */
  async #send(client: Client, inputs: readonly WorldInput[]): Promise<void> {
    if (inputs.length === 0) return
    const startMs = this.time.nowMs
    const producer = client.producer({ lingerMs: 5, deliveryTimeoutMs: 600_000 })
    for (const { atMs, topic, partition, key, value, timestamp } of inputs) {
      const waitMs = startMs + atMs - this.time.nowMs
      if (waitMs > 0) await this.#driver.wait(waitMs)
      producer.append(topicPartition(topic, partition), key, value, timestamp, RecordHeaders.empty)
    }
    await producer.flush()
    for (const { tp, error } of producer.failures()) {
      this.violations.push(`input for ${tp.topic}-${tp.partition} could not be sent: ${error.message}`)
    }
  }

  /** Waits until all tasks run, no transaction is open, and what was committed is all that there is to read. */
  async #settled(client: Client): Promise<void> {
    const { topology, partitions, options } = this.#options
    const { applicationId } = options
    const topics = inputTopicsOf(topology, applicationId)
    const inputs = topics.flatMap((name) => partitionsOf(name, partitions))
    for (let before = ''; ;) {
      await this.#observer.wait(LOOK_MS)
      if (!this.#areRunning()) continue
      const committed = await client.admin().groupOffsets(applicationId)
      const from = new Map(inputs.map((tp) => [tp, committed.get(tp)?.offset ?? 0]))
      const now = [...from.values()].join()
      // A transaction that its owner took to the grave hides what others have written, until its time is up.
      const isQuiet = now === before && (await isAllVisible(client)) && (await this.#areGlobalsThere(client))
      if (isQuiet && (await readLogs(client, from, 'read-committed')).length === 0) return
      before = now
    }
  }

  /** Global stores have all that their topics have. */
  async #areGlobalsThere(client: Client): Promise<boolean> {
    const names = this.#options.topology.globalStores.flatMap(({ sourceTopic }) => sourceTopic ?? [])
    if (names.length === 0) return true
    const all = names.flatMap((name) => partitionsOf(name, this.#options.partitions))
    const ends = await client.admin().listOffsets(all, 'latest')
    const stores = this.#instances.filter(({ isWanted }) => isWanted).flatMap((instance) => instance.stores)
    return stores
      .filter(({ taskId }) => isGlobalTask(taskId))
      .every(({ store }) =>
        all.every((tp) => (store.position()?.changelogs.get(tp)?.nextOffset ?? 0) >= (ends.get(tp)?.offset ?? 0)),
      )
  }

  async #look(client: Client): Promise<Outcome> {
    const logs = await readAllLogs(client, 'read-committed')
    const allLogs = await readAllLogs(client, 'read-uncommitted')
    return { logs, allLogs, instances: this.#instances.filter(({ isWanted }) => isWanted) }
  }

  #areRunning(): boolean {
    const wanted = this.#instances.filter(({ isWanted }) => isWanted)
    return wanted.every(({ app }) => app?.state === 'running')
  }

  /** Runs the world until the promise settles; says what is wrong where it does not in time. */
  async #complete(problem: string, promise: Promise<void>, timeoutMs: number = SETTLE_MS): Promise<boolean> {
    let state: 'open' | 'done' | 'failed' = 'open'
    promise.then(
      () => (state = 'done'),
      (error: unknown) => {
        state = 'failed'
        this.violations.push(`${problem}: ${describe(error)}`)
      },
    )
    const isSettled = await this.time.run(this.time.nowMs + timeoutMs, () => state !== 'open')
    if (!isSettled) this.violations.push(`${problem} within ${timeoutMs / 1_000} s: ${this.#describeInstances()}`)
    return isSettled && (state as string) === 'done'
  }

  #describeInstances(): string {
    const instances = this.#instances.filter(({ isWanted }) => isWanted)
    return instances
      .map(({ name, app, threads }) => {
        const tasks = threads.flatMap((thread) =>
          thread
            .report()
            .tasks.map(({ taskId, role, state, waits }) => `${taskId} ${role} ${state} ${JSON.stringify(waits)}`),
        )
        return `${name} is ${app?.state ?? 'down'} (${threads.map(({ state }) => state).join()}) with [${tasks.join(', ')}]`
      })
      .join('; ')
  }

  // ---- instances and faults ----

  #addInstance(): void {
    const { seed, topology, options } = this.#options
    const { time, trace } = this
    const number = this.#instances.length
    const instance = new VirtualInstance({
      name: `instance-${number}`,
      seed: seed * 1_000 + 300 + number * 50,
      time,
      trace,
      network: this.#network,
      topology,
      options,
      onError: (error) => this.#onError(`instance-${number}`, error),
    })
    this.#instances.push(instance)
    instance.start()
  }

  /** An application may give up where its disk fails, or where it cannot begin; nothing else stops it. */
  #onError(name: string, error: unknown): void {
    const code = error instanceof TidemillError ? error.code : undefined
    if (code === 'not-running' || code === 'client-closed') return
    if (this.#hasDiskFailed && (code === 'disk-failed' || code === 'disk-full')) return
    if (code === 'broker-not-reachable' || code === 'request-timed-out') return
    const violation = `${name} failed: ${describe(error)}`
    // Who looks after it starts it again and again.
    if (!this.violations.includes(violation)) this.violations.push(violation)
  }

  #strike(fault: Fault): void {
    const { time, trace } = this
    const instance = this.#instances[fault.target % this.#instances.length]
    trace.note(time.nowMs, 'fault', describeFault(fault))
    const { forMs, calls, writes, lateMs, request } = fault
    switch (fault.kind) {
      case 'crash-broker': {
        const crash = (): void =>
          this.#broker.crashAt({ calls, isAtSend: fault.isAtSend && request === undefined }, writes, () =>
            time.after(forMs, () => this.#broker.start()),
          )
        if (request === undefined) crash()
        else this.#network.atArrival(requestKey(request), crash)
        return
      }
      case 'pause-broker': {
        const process = this.#broker.server?.process
        process?.pause()
        time.after(forMs, () => process?.resume())
        return
      }
      case 'add-instance':
        if (this.#instances.length < INSTANCES_MAX) this.#addInstance()
        return
      case 'slow-disk':
      case 'fail-disk':
        return this.#strikeDisk(fault)
      case 'crash-instance':
        instance?.crashAt(crashPoint(fault), writes, lateMs, () =>
          time.after(forMs, () => {
            if (fault.losesDisk) instance.loseDisk()
            if (instance.isWanted) instance.start()
          }),
        )
        return
      case 'pause-instance': {
        const process = instance?.process
        process?.pause()
        time.after(forMs, () => process?.resume())
        return
      }
      case 'drop-connections':
        if (request === undefined) return this.#network.drop(instance?.name ?? '', 0.7, lateMs)
        return this.#network.dropAt(instance?.name ?? '', requestKey(request), lateMs)
      case 'stall-network':
        return this.#network.stall(instance?.name ?? '', forMs)
      case 'cut-network':
        return this.#network.cut(instance?.name ?? '', forMs)
      case 'stop-instance':
        instance?.stop(calls % 4 > 0)
        time.after(forMs, () => instance?.start())
        return
      case 'add-thread':
        if (instance?.app?.state === 'running' && instance.app.threads.length < THREADS_MAX) instance.app.addThread()
        return
      case 'remove-thread':
        if (instance?.app?.state === 'running' && instance.app.threads.length > 1) {
          instance.app.removeThread().catch((error: unknown) => this.#onError(instance.name, error))
        }
    }
  }

  #strikeDisk(fault: Fault): void {
    const { kind, target, forMs, calls } = fault
    const instance = this.#instances[target % this.#instances.length]
    const disk = target < 0 ? this.#broker.disk : instance?.disk
    if (disk === undefined) return
    if (kind === 'slow-disk') {
      disk.slowMs = DISK_SLOW_MS
      this.time.after(forMs, () => (disk.slowMs = 0))
      return
    }
    this.#hasDiskFailed = true
    const operations = (['write', 'sync', 'open', 'replace'] as const).slice(calls % 4, (calls % 4) + 1)
    const plan = { code: calls % 3 === 0 ? 'disk-full' : 'disk-failed', after: calls >> 2, operations } as const
    if (target >= 0) disk.faults.planFailure(plan)
    else this.#broker.planFailure(plan)
    this.time.after(forMs, () => (target < 0 ? this.#broker.heal() : disk.faults.heal()))
  }

  #heal(): void {
    this.trace.note(this.time.nowMs, 'world', 'heals')
    this.#network.heal()
    this.#broker.heal()
    for (const instance of this.#instances) instance.heal()
  }

  /** Closes all in turn; each must end by itself. */
  async #closeAll(): Promise<void> {
    const closing = Promise.all(this.#instances.map(async ({ app }) => app?.close())).then(() => undefined)
    await this.#complete('the instances did not close', closing, CLOSE_MS)
  }
}

function crashPoint({ calls, isAtSend, request, isAfterSend }: Fault): CrashPoint {
  return request === undefined
    ? { calls, isAtSend }
    : { calls: Infinity, isAtSend: false, requestKey: requestKey(request), isAfterSend }
}

function describe(error: unknown): string {
  if (error instanceof TidemillError) return `${error.code}: ${error.message}`
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
