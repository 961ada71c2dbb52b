// A stream application: its threads, its state, its life.
//
// Invariants: `closed` settles once, when everything is closed; a fatal error rejects it. The state changes only along the
// arrows of StreamsState. start() settles when the application runs for the first time, or with what is wrong.
import { isMainThread, workerData } from 'node:worker_threads'
import { TidemillError, type Timer, sleep } from '../base/index.ts'
import { type Client, createClient } from '../client/index.ts'
import type { MetricValue } from '../metrics/index.ts'
import { type Duration, durationMs } from '../record/index.ts'
import {
  type RestoreProgress,
  type ThreadConfig,
  type ThreadListener,
  type UncaughtErrorAction,
} from '../runtime/index.ts'
import type { StoreHandle } from '../processors/index.ts'
import type { Topology } from '../topology/index.ts'
import {
  type HandleKey,
  type KeyLocation,
  type LocalQueryAnswer,
  locateKey,
  type Position,
  type QueryOf,
  type QueryOptions,
  mergePositions,
  storeQuery,
} from '../query/index.ts'
import { AppQueries } from './app-queries.ts'
import type { AppStatus, InstanceInfo, Lags } from './app-status.ts'
import type { BrokerAccess } from './broker-access.ts'
import type { Endpoint } from './http-endpoint.ts'
import { MODULE_OPTIONS } from './load-topology.ts'
import { InlineThread } from './inline-thread.ts'
import { type AppConfig, parseConfig } from './parse-config.ts'
import { type AppPorts, type InstanceDirectory, systemPorts } from './ports.ts'
import { PEER_PASS, isLoopback, parseServer } from './peers.ts'
import { removeOldMembers } from './remove-old-members.ts'
import { openTaskStores } from './open-task-stores.ts'
import { StateCleaner } from './state-cleaner.ts'
import { releaseTasks } from './task-stores.ts'
import type { Watchdog, Watched } from './step-watchdog.ts'
import type { StreamsOptions, StreamsState } from './streams-options.ts'
import type { ThreadHost, ThreadInfo } from './thread-host.ts'
import type { WorkerStart } from './worker-messages.ts'
import { WorkerThread } from './worker-thread.ts'

/** Options of {@link Streams.close}. Java: CloseOptions. */
export interface CloseOptions {
  /** How long to wait for the threads. @defaultValue 30s */
  readonly timeout?: Duration
  /** False keeps the membership for a quick return. @defaultValue true, unless the member is static */
  readonly leaveGroup?: boolean
}

const ALLOWED: Readonly<Record<StreamsState, readonly StreamsState[]>> = {
  created: ['rebalancing', 'pending-shutdown', 'pending-error'],
  rebalancing: ['running', 'pending-shutdown', 'pending-error'],
  running: ['rebalancing', 'pending-shutdown', 'pending-error'],
  'pending-shutdown': ['not-running'],
  'pending-error': ['error'],
  'not-running': [],
  error: [],
}
const CLOSE_TIMEOUT_MS = 30_000
/** A thread that is replaced again and again waits longer each time. */
const REPLACE_BACKOFF_MS = 100
const REPLACE_BACKOFF_MS_MAX = 10_000
/** A thread that ran for so long starts with the shortest wait again. */
const STEADY_MS = 60_000

/** How long the last member waits until the group has heard that all are to shut down. */
const ANNOUNCE_TIMEOUT_MS = 10_000

/** What is open while the application runs. */
interface Opened {
  readonly directory: InstanceDirectory
  readonly access: BrokerAccess
  readonly config: ThreadConfig
  readonly cleaner: StateCleaner
  /** Where `tidemill status` asks. */
  readonly status: Endpoint | undefined
  /** Where other instances ask: `applicationServer`. */
  readonly queries: Endpoint | undefined
}

interface Deferred {
  readonly promise: Promise<void>
  resolve(): void
  reject(error: unknown): void
}

/**
 * Runs a topology against a Kafka-compatible broker. Java: KafkaStreams.
 *
 * @example
 * await using app = new Streams(topology, { applicationId: 'word-count', bootstrapServers: 'embedded:./data' })
 * await app.start()
 * console.log(app.state)
 */
export class Streams implements AsyncDisposable {
  /** Settles when the application has ended: by close(), a signal, or a fatal error, with which it rejects. */
  readonly closed: Promise<void>
  readonly #source: Topology | URL
  readonly #options: StreamsOptions
  readonly #config: AppConfig
  readonly #ports: AppPorts
  readonly #closed: Deferred = deferred()
  readonly #started: Deferred = deferred()
  readonly #threads = new Map<number, ThreadHost>()
  readonly #runs = new Map<number, Promise<void>>()
  readonly #queries: AppQueries
  readonly #signalHandlers: (() => void)[] = []
  #state: StreamsState = 'created'
  #opening: Promise<Opened> | undefined
  #opened: Opened | undefined
  #reporting: Timer | undefined
  /** Threads that are being removed: their end is no failure. */
  readonly #removed = new Set<number>()
  /** Of start(), while it asks the broker. */
  #admin: Client | undefined
  /** Sub-topologies; undefined: all of them. */
  readonly #paused = new Set<number | undefined>()
  #hasRun = false
  #ending: Promise<void> | undefined
  #failure: { readonly error: unknown } | undefined

  /** @throws TidemillError `invalid-config` with every option that is wrong */
  constructor(topology: Topology | URL, options: StreamsOptions)
  /** @internal */
  constructor(topology: Topology | URL, options: StreamsOptions, ports: AppPorts)
  constructor(topology: Topology | URL, options: StreamsOptions, ports: AppPorts = systemPorts()) {
    this.#source = topology
    this.#options = options
    this.#ports = ports
    this.#config = parseConfig(options)
    if (!ports.areThreadsInline) checkSource(topology, options, this.#config)
    this.#queries = new AppQueries({
      clock: ports.clock,
      isolation: this.#config.queryIsolation,
      threads: () => (this.#isAlive ? [...this.#threads.values()] : []),
    })
    this.closed = this.#closed.promise
    // Who does not look at them must not crash for it: the error is told to start() and in a warning.
    this.closed.catch(() => undefined)
    this.#started.promise.catch(() => undefined)
  }

  get state(): StreamsState {
    return this.#state
  }

  get isPaused(): boolean {
    return this.#paused.has(undefined)
  }

  /** What each thread does. Java: metadataForLocalThreads. */
  get threads(): readonly ThreadInfo[] {
    return Array.from(this.#threads.values(), ({ info }) => info)
  }

  /**
   * Starts, and returns when the application runs.
   *
   * @throws TidemillError `already-started`, `topic-not-found`, `not-copartitioned`, `port-in-use`, `broker-not-reachable`, ...
   */
  async start(): Promise<void> {
    if (this.#state !== 'created') {
      throw new TidemillError(
        'already-started',
        `this application is ${this.#state}: start() is called once, make a new Streams to start again`,
      )
    }
    if (isOurWorker()) {
      throw new TidemillError(
        'invalid-config',
        'start() was called by a module that a stream thread imports for its topology: export the topology from a module of its own, which starts nothing',
      )
    }
    this.#setState('rebalancing')
    this.#listenToSignals()
    // A signal that was aborted before: there is nothing to open.
    if (!this.#isAlive) return this.#started.promise
    try {
      this.#opening = this.#open()
      const opened = await this.#opening
      this.#opened = opened
      if (this.#isAlive) await this.#welcomeBack(opened)
      for (let index = 1; index <= this.#config.threads && this.#isAlive; index++) this.#startThread(index, opened)
    } catch (error) {
      this.#fail(error)
    }
    await this.#started.promise
  }

  /** Ends in order: commits, closes tasks and stores, leaves the group, closes an embedded broker. May be called twice. */
  async close(options: CloseOptions = {}): Promise<void> {
    if (this.#ending === undefined) {
      if (this.#state === 'created') this.#setState('pending-shutdown')
      if (this.#isAlive) this.#setState('pending-shutdown')
      this.#end(options)
    }
    await this.#ending
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /**
   * Stops processing, of the whole application or of one sub-topology (by its number, as `describe()` shows it). Membership and
   * restoring go on, and so do the other instances. Java: pause, pauseNamedTopology.
   *
   * @example
   * app.pause(1)
   */
  pause(subTopology?: number): void {
    this.#paused.add(subTopology)
    for (const thread of this.#threads.values()) thread.pause(subTopology)
  }

  /** Goes on with everything that is paused, or with one sub-topology. Java: resume. */
  resume(subTopology?: number): void {
    if (subTopology === undefined) this.#paused.clear()
    else this.#paused.delete(subTopology)
    for (const thread of this.#threads.values()) thread.resume(subTopology)
  }

  /**
   * Deletes the local state of the application. It must not run.
   *
   * @throws TidemillError `already-started`
   */
  cleanUp(): void {
    if (this.#state === 'rebalancing' || this.#state === 'running' || this.#state.startsWith('pending')) {
      throw new TidemillError(
        'already-started',
        `the application is ${this.#state}: its state can be cleaned up before start() and after close()`,
      )
    }
    const { stateDir, applicationId } = this.#config.thread
    const directory = this.#ports.openDirectory(stateDir, applicationId)
    directory.removeState()
    directory.close()
  }

  /**
   * Starts one more thread. The topology must come from a URL.
   *
   * @returns the number of the thread
   */
  addThread(): number {
    const opened = this.#opened
    if (!this.#isAlive || opened === undefined) throw this.#notRunning('a thread can be added')
    if (!(this.#source instanceof URL) && !this.#ports.areThreadsInline) {
      throw new TidemillError(
        'invalid-argument',
        'addThread() needs the topology as a URL: functions cannot be sent to other threads',
      )
    }
    const index = Math.max(0, ...this.#threads.keys()) + 1
    this.#startThread(index, opened)
    return index
  }

  /** Stops a thread (the newest where none is named), and resolves when its tasks are free for others. */
  async removeThread(index: number = Math.max(0, ...this.#threads.keys())): Promise<void> {
    const thread = this.#threads.get(index)
    if (!this.#isAlive || thread === undefined) throw this.#notRunning(`thread ${index} can be removed`)
    this.#removed.add(index)
    thread.close({ leaveGroup: true })
    await this.#runs.get(index)
    this.#threads.delete(index)
    this.#runs.delete(index)
    this.#removed.delete(index)
    this.#onThreadState()
  }

  /**
   * Says for each thread and task where it is and why it does not move: which input it waits for, which promise has not settled,
   * how far a store is restored, why the group rebalances. What a worker tells is at most a second old. Java has no such thing;
   * the numbers of `threads` are in it.
   *
   * @example
   * for (const { tasks } of app.status().threads) for (const { taskId, waits } of tasks) console.log(taskId, waits)
   */
  status(): AppStatus {
    const { applicationId } = this.#config.thread
    return { applicationId, state: this.#state, isPaused: this.isPaused, threads: this.threads }
  }

  /** All numbers of all threads; a worker's are at most a second old. */
  metrics(): readonly MetricValue[] {
    return [...this.#threads.values()].flatMap((thread) => thread.metrics())
  }

  /**
   * Asks a store by its handle, from what this instance holds. A question that only another instance can answer fails and
   * says so; `{ scope: 'local' }` asks without that check.
   *
   * @throws StoreUnavailableError (from the questions) with the reason
   * @example
   * const counts = app.query(wordCounts)
   * console.log(await counts.get('kafka'))
   */
  query<H extends StoreHandle>(handle: H, options: QueryOptions = {}): QueryOf<H> {
    return storeQuery(handle, options, this.#queries)
  }

  /**
   * Says which instance has a key. Java: queryMetadataForKey. Asking a query does this by itself.
   *
   * @throws StoreUnavailableError the topology has no such store, or its partitions are not known yet
   */
  async locate<H extends StoreHandle>(handle: H, key: HandleKey<H>): Promise<KeyLocation> {
    return locateKey(await this.#where(handle), handle, key, this.#config.thread.applicationServer)
  }

  /** Says which instances there are, or which of them have a part of a store. Java: metadataForAllStreamsClients, streamsMetadataForStore. */
  async instances(handle?: StoreHandle): Promise<readonly InstanceInfo[]> {
    const reports = this.threads.map((thread) => thread.instances)
    const all = reports.find((known) => known.length > 0) ?? []
    const { applicationServer } = this.#config.thread
    const told = all.map((each) => ({ ...each, isLocal: each.server === applicationServer }))
    if (handle === undefined) return told
    const answers = await this.#where(handle)
    const isHere = answers.some(({ held, count }) => held.length > 0 || count === undefined)
    const elsewhere = new Set(
      answers.flatMap((answer) =>
        answer.elsewhere
          .filter(({ active, standby }) => active.length + standby.length > 0)
          .map(({ server }) => server),
      ),
    )
    return told.filter(({ server, isLocal }) => (isLocal ? isHere : elsewhere.has(server)))
  }

  /**
   * Says how far this instance's part of a store is in its input topics, for `atLeast` of a later query. Java: Position.
   *
   * @example
   * const seen = await app.position(wordCounts)
   * console.log(await app.query(wordCounts, { atLeast: seen, timeout: '10s' }).get('kafka'))
   */
  async position(handle: StoreHandle): Promise<Position> {
    return mergePositions((await this.#where(handle)).map(({ position }) => position))
  }

  /** Says how far each task of this instance is behind, in records and in time. A worker's numbers are at most a second old. */
  lags(): Lags {
    const tasks = this.threads.flatMap((thread) => thread.tasks)
    return {
      inputs: tasks.flatMap(({ taskId, inputs }) => inputs.map((input) => ({ taskId, ...input }))),
      stores: tasks.flatMap(({ taskId, role, state, stores }) =>
        stores.map((store) => ({ taskId, role, isRestoring: state === 'restoring', ...store })),
      ),
    }
  }

  // ---- inside ----

  #where(handle: StoreHandle): Promise<readonly LocalQueryAnswer[]> {
    const store = handle.definition.name
    return this.#queries.askThreads({ store, partition: undefined, allowStale: false, ask: { kind: 'where' } })
  }

  get #isAlive(): boolean {
    return this.#state === 'rebalancing' || this.#state === 'running'
  }

  #notRunning(what: string): TidemillError {
    return new TidemillError('not-running', `the application is ${this.#state}: ${what} while it runs`)
  }

  async #open(): Promise<Opened> {
    const { thread, bootstrapServers, security, clientId, threads } = this.#config
    const directory = this.#ports.openDirectory(thread.stateDir, thread.applicationId)
    let queries: Endpoint | undefined
    try {
      queries = await this.#openQueries()
      const access = await this.#ports.openBroker(bootstrapServers, security)
      if (this.#source instanceof URL) access.keepServed()
      const { processId } = directory
      // Whoever locked a task here before is dead.
      releaseTasks(directory.disk)
      const config: ThreadConfig = {
        ...thread,
        processId,
        clientId: clientId ?? `${thread.applicationId}-${processId}`,
        stateDir: directory.path,
        cacheBytesMax: Math.floor(thread.cacheBytesMax / threads),
        uncommittedBytesMax: Math.floor(thread.uncommittedBytesMax / threads),
        stateMemoryBytesMax: Math.floor(thread.stateMemoryBytesMax / threads),
      }
      const status = await this.#openStatus(directory)
      return { directory, access, config, cleaner: this.#startCleaner(directory), status, queries }
    } catch (error) {
      await queries?.close()
      directory.close()
      throw error
    }
  }

  /** Where it is not a loopback address, it only tells others where to ask. */
  async #openQueries(): Promise<Endpoint | undefined> {
    const { applicationServer } = this.#config.thread
    if (applicationServer === undefined) return undefined
    const { host, port } = parseServer(applicationServer)
    if (!isLoopback(host)) return undefined
    return this.#ports.openEndpoint?.({ host, port, pass: PEER_PASS, handler: this.#queries.handler })
  }

  #startCleaner({ disk }: InstanceDirectory): StateCleaner {
    const cleaner = new StateCleaner({
      disk,
      clock: this.#ports.clock,
      delayMs: this.#config.stateCleanupDelayMs,
      maxAgeMs: this.#config.stateCleanupMaxAgeMs,
      onWarning: (message) => this.#warn(message),
    })
    cleaner.start()
    return cleaner
  }

  /** Without it the application runs as well: nobody can ask from outside. */
  async #openStatus(directory: InstanceDirectory): Promise<Endpoint | undefined> {
    const { token } = directory
    if (token === undefined || directory.publish === undefined) return undefined
    try {
      const endpoint = await this.#ports.openStatus?.(token, this)
      if (endpoint !== undefined) directory.publish(endpoint.host, endpoint.port)
      return endpoint
    } catch (error) {
      this.#warn(`'tidemill status' cannot ask this application: ${describe(error)}`)
      return undefined
    }
  }

  /** Takes the members of a process that was killed out of the group, which would wait for them otherwise. */
  async #welcomeBack({ access, config }: Opened): Promise<void> {
    const client = this.#client(access, `${config.clientId}-admin`)
    this.#admin = client
    try {
      await removeOldMembers(client.admin(), config.applicationId, config.processId)
    } finally {
      this.#admin = undefined
      await client.close()
    }
  }

  #client(access: BrokerAccess, clientId: string): Client {
    const { clock, prng } = this.#ports
    return createClient({ clientId, transport: access.transport(), sasl: access.sasl, clock, prng })
  }

  #startThread(index: number, opened: Opened): void {
    const thread = this.#makeThread(index, opened)
    this.#threads.set(index, thread)
    this.#queries.joined(thread)
    for (const subTopology of this.#paused) thread.pause(subTopology)
    this.#runs.set(index, this.#runThread(thread, opened))
  }

  #makeThread(index: number, { access, config, directory }: Opened): ThreadHost {
    const source = this.#source
    const listener: ThreadListener = {
      onState: () => this.#onThreadState(),
      onRestore: (progress) => this.#onRestore(progress),
      onWarning: (message) => this.#warn(message),
    }
    if (source instanceof URL) {
      return new WorkerThread({
        index,
        module: source,
        config,
        bootstrapServers: this.#config.bootstrapServers,
        security: this.#config.security,
        listener,
      })
    }
    const { clock, yieldToEvents, onThread, observeEngine } = this.#ports
    const watch = (watched: Watched): Watchdog | undefined =>
      this.#ports.watch?.(watched, config.stateDir, (message) => this.#warn(message))
    const openClient = async (): Promise<Client> => this.#client(access, `${config.clientId}-StreamThread-${index}`)
    return new InlineThread({
      index,
      topology: source,
      config,
      clock,
      stores: openTaskStores(directory.disk, index, config, (message) => this.#warn(message)),
      observeEngine,
      openClient,
      yieldToEvents,
      onThread,
      watch,
      listener,
    })
  }

  async #runThread(thread: ThreadHost, opened: Opened): Promise<void> {
    let backoffMs = REPLACE_BACKOFF_MS
    for (let current = thread; ;) {
      const startMs = this.#ports.clock.monotonicMs()
      try {
        await current.run()
        return
      } catch (error) {
        if (!this.#isAlive || this.#removed.has(thread.index)) return
        const action = this.#actionFor(error)
        if (action === 'shut-down-application') await this.#announceShutdown(thread.index, opened)
        if (action !== 'replace-thread') return this.#fail(error)
        this.#warn(`${current.info.name} is replaced after: ${describe(error)}`)
      } finally {
        releaseTasks(opened.directory.disk, thread.index)
      }
      if (this.#ports.clock.monotonicMs() - startMs > STEADY_MS) backoffMs = REPLACE_BACKOFF_MS
      await sleep(this.#ports.clock, backoffMs)
      backoffMs = Math.min(2 * backoffMs, REPLACE_BACKOFF_MS_MAX)
      if (!this.#isAlive) return
      current = this.#makeThread(thread.index, opened)
      this.#threads.set(thread.index, current)
      this.#queries.joined(current)
      for (const subTopology of this.#paused) current.pause(subTopology)
    }
  }

  /** A last member tells the group's leader, who tells all others; it ends when it has heard itself. */
  async #announceShutdown(index: number, opened: Opened): Promise<void> {
    const herald = this.#makeThread(index, opened)
    herald.requestApplicationShutdown()
    const done = herald.run().catch((error: unknown) => {
      if (!isShutdownRequest(error))
        this.#warn(`the other instances could not be told to shut down: ${describe(error)}`)
    })
    if (await Promise.race([done.then(() => true), this.#after(ANNOUNCE_TIMEOUT_MS, done)])) return
    herald.close({ leaveGroup: true })
    await done
  }

  #actionFor(error: unknown): UncaughtErrorAction {
    if (isShutdownRequest(error)) return 'shut-down-client'
    const { onUncaughtError } = this.#config
    const action = typeof onUncaughtError === 'function' ? onUncaughtError(error) : onUncaughtError
    // What is wrong before it ever ran is wrong for the next thread too: start() tells it.
    if (this.#state === 'rebalancing' && !this.#hasRun) return 'shut-down-client'
    return action
  }

  #onThreadState(): void {
    if (!this.#isAlive) return
    const threads = [...this.#threads].filter(([index]) => !this.#removed.has(index)).map(([, thread]) => thread)
    const areStarted = this.#hasRun || threads.length === this.#config.threads
    const allRunning = areStarted && threads.every(({ info }) => info.state === 'running')
    if (allRunning && this.#state === 'rebalancing') {
      if (!this.#hasRun) this.#reportRegularly()
      this.#hasRun = true
      this.#setState('running')
      this.#started.resolve()
    } else if (!allRunning && this.#state === 'running') this.#setState('rebalancing')
  }

  #reportRegularly(): void {
    const reporters = this.#options.metrics?.reporters ?? []
    if (reporters.length === 0) return
    const report = (): void => {
      this.#report()
      this.#reporting = this.#ports.clock.setTimer(this.#config.reportIntervalMs, report, { unref: true })
    }
    this.#reporting = this.#ports.clock.setTimer(this.#config.reportIntervalMs, report, { unref: true })
  }

  #report(): void {
    const values = this.metrics()
    for (const reporter of this.#options.metrics?.reporters ?? []) {
      this.#tell('a metric reporter', () => reporter(values))
    }
  }

  #onRestore(progress: RestoreProgress): void {
    const { onRestore, onStandbyUpdate } = this.#options
    if (progress.isStandby) this.#tell('onStandbyUpdate', () => onStandbyUpdate?.(progress))
    else this.#tell('onRestore', () => onRestore?.(progress))
  }

  #fail(error: unknown): void {
    this.#failure ??= { error }
    this.#started.reject(error)
    if (!this.#isAlive) return
    // Nobody may be looking at `closed`.
    if (this.#hasRun) this.#warn(`the application ends with an error: ${describe(error)}`)
    this.#setState('pending-error')
    this.#end({})
  }

  /** Begins the end, once; everything that is open is closed in reverse order. */
  #end(options: CloseOptions): void {
    this.#ending ??= this.#close(options)
  }

  async #close(options: CloseOptions): Promise<void> {
    const timeoutMs = options.timeout === undefined ? CLOSE_TIMEOUT_MS : durationMs(options.timeout, 'timeout')
    const leaveGroup = options.leaveGroup ?? this.#config.thread.groupInstanceId === undefined
    for (const stop of this.#signalHandlers.splice(0)) stop()
    this.#reporting?.cancel()
    this.#queries.close()
    if (this.#hasRun) this.#report()
    // What could not be opened was told to start().
    const opened = await this.#opening?.catch(() => undefined)
    for (const thread of this.#threads.values()) thread.close({ leaveGroup, settleMs: timeoutMs / 3 })
    await this.#admin?.close()
    const ended = Promise.allSettled(this.#runs.values()).then(() => true)
    const isInTime = await Promise.race([ended, this.#after(timeoutMs, ended)])
    if (!isInTime)
      this.#warn(
        `the threads did not end within ${timeoutMs} ms: what they did since the last commit will be done again`,
      )
    opened?.cleaner.close()
    await opened?.status?.close()
    await opened?.queries?.close()
    await opened?.access.close()
    opened?.directory.close()
    this.#settle()
  }

  #settle(): void {
    const failure = this.#failure
    this.#setState(this.#state === 'pending-error' ? 'error' : 'not-running')
    if (failure === undefined) {
      this.#started.reject(new TidemillError('not-running', 'the application was closed before it ran'))
      this.#closed.resolve()
      return
    }
    this.#started.reject(failure.error)
    this.#closed.reject(failure.error)
  }

  /** False after that time; the timer does not outlive what it waits for. */
  #after(timeoutMs: number, unless: Promise<unknown>): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = this.#ports.clock.setTimer(timeoutMs, () => resolve(false))
      void unless.then(() => timer.cancel())
    })
  }

  #listenToSignals(): void {
    const close = (): void => void this.close().catch((error: unknown) => this.#warn(describe(error)))
    const { signal } = this.#options
    if (signal !== undefined) {
      if (signal.aborted) return close()
      signal.addEventListener('abort', close, { once: true })
      this.#signalHandlers.push(() => signal.removeEventListener('abort', close))
      return
    }
    for (const name of ['SIGINT', 'SIGTERM'] as const) {
      process.on(name, close)
      this.#signalHandlers.push(() => process.off(name, close))
    }
  }

  #setState(state: StreamsState): void {
    const before = this.#state
    if (state === before) return
    if (!ALLOWED[before].includes(state)) throw new Error(`the application cannot go from ${before} to ${state}`)
    this.#state = state
    this.#tell('onStateChange', () => this.#options.onStateChange?.(state, before))
  }

  /** Calls a function of the user; what it throws must not stop what it is told about. */
  #tell(name: string, call: () => void): void {
    try {
      call()
    } catch (error) {
      this.#warn(`${name} failed: ${describe(error)}`)
    }
  }

  #warn(message: string): void {
    const { onWarning } = this.#options
    if (onWarning === undefined) process.emitWarning(message, { type: 'TidemillWarning' })
    else onWarning(message)
  }
}

function checkSource(topology: Topology | URL, options: StreamsOptions, config: AppConfig): void {
  if (!(topology instanceof URL)) {
    if (config.threads === 1) return
    throw new TidemillError(
      'invalid-config',
      `threads is ${config.threads}, but the topology is a value, and functions cannot be sent to other threads: ` +
        "give the module that exports it, new Streams(new URL('./topology.js', import.meta.url), ...)",
    )
  }
  const functions = MODULE_OPTIONS.filter((name) => typeof options[name] === 'function')
  if (functions.length === 0) return
  throw new TidemillError(
    'invalid-config',
    `${functions.join(', ')} cannot be sent to the threads that run ${topology.href}: export it from that module, in \`export const options = { ... }\``,
  )
}

function isShutdownRequest(error: unknown): boolean {
  return error instanceof TidemillError && error.code === 'shutdown-requested'
}

function isOurWorker(): boolean {
  return !isMainThread && (workerData as Partial<WorkerStart> | null)?.tidemill === 'stream-thread'
}

function deferred(): Deferred {
  let resolve: () => void = () => undefined
  let reject: (error: unknown) => void = () => undefined
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve
    reject = onReject
  })
  return { promise, resolve, reject }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
