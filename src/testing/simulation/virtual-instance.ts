// One instance of the application in a simulated world: a process with a disk that runs Streams, and whoever starts it again.
import { type CrashKind, MemoryDisk, type Prng, TidemillError, seededPrng } from '../../base/index.ts'
import { type AppPorts, Streams, type StreamsOptions } from '../../app/index.ts'
import type { StreamThread } from '../../runtime/index.ts'
import type { ByteStore, ByteStoreEngine } from '../../state/index.ts'
import type { Topology } from '../../topology/index.ts'
import type { Trace } from './trace.ts'
import { VirtualDisk } from './virtual-disk.ts'
import type { VirtualNetwork } from './virtual-network.ts'
import { type CrashPoint, NEVER, VirtualProcess } from './virtual-process.ts'
import type { VirtualTime } from './virtual-time.ts'

const PROCESS_ID = 'process-id'
/** Somebody looks after an application that has ended by itself. */
const SUPERVISOR_MS = 1_000
const TURN_MS = 0.02

/** A byte store that a task of an instance has open. */
export interface OpenStore {
  readonly taskId: string
  readonly store: ByteStore
}

export function isGlobalTask(taskId: string): boolean {
  return taskId.startsWith('global')
}

export interface VirtualInstanceOptions {
  readonly name: string
  readonly seed: number
  readonly time: VirtualTime
  readonly trace: Trace
  readonly network: VirtualNetwork
  readonly topology: Topology
  readonly options: StreamsOptions
  /** An error of the application that no fault of the world explains. */
  readonly onError: (error: unknown) => void
}

export class VirtualInstance {
  readonly name: string
  readonly #options: VirtualInstanceOptions
  readonly #prng: Prng
  #content = new MemoryDisk()
  #starts = 0
  #process: VirtualProcess | undefined
  #disk: VirtualDisk | undefined
  #app: Streams | undefined
  #threads: StreamThread[] = []
  #stores = new Set<OpenStore>()
  /** It is to run: whoever looks after it starts it again. */
  #isWanted = false

  constructor(options: VirtualInstanceOptions) {
    this.#options = options
    this.name = options.name
    this.#prng = seededPrng(options.seed)
  }

  get process(): VirtualProcess | undefined {
    return this.#process?.isCrashed === true ? undefined : this.#process
  }

  get disk(): VirtualDisk | undefined {
    return this.process === undefined ? undefined : this.#disk
  }

  get app(): Streams | undefined {
    return this.process === undefined ? undefined : this.#app
  }

  get isWanted(): boolean {
    return this.#isWanted
  }

  get threads(): readonly StreamThread[] {
    return this.#threads
  }

  /** What its tasks have open. */
  get stores(): readonly OpenStore[] {
    return [...this.#stores]
  }

  start(): void {
    this.#isWanted = true
    if (this.process !== undefined) return
    const { time, trace, seed, name, topology, options } = this.#options
    const process = new VirtualProcess(name, time, seed + ++this.#starts)
    this.#process = process
    this.#disk = new VirtualDisk(process, this.#content)
    this.#threads = []
    this.#stores = new Set()
    trace.note(time.nowMs, name, 'starts', this.#starts)
    const app = new Streams(topology, this.#appOptions(options), this.#ports(process, this.#disk))
    this.#app = app
    app.start().catch((error: unknown) => this.#tellError(process, error))
    app.closed.then(
      () => this.#ended(process),
      () => this.#ended(process),
    )
  }

  /** Ends in order. */
  stop(leaveGroup: boolean): void {
    this.#isWanted = false
    this.app?.close({ leaveGroup }).catch((error: unknown) => this.#options.onError(error))
  }

  crash(kind: CrashKind, lateMs: number): void {
    const process = this.process
    if (process === undefined) return
    this.#die(process, kind, lateMs)
    process.crash()
  }

  crashAt(point: CrashPoint, kind: CrashKind, lateMs: number, onDeath: () => void): void {
    const process = this.process
    process?.crashAt(point, () => {
      this.#die(process, kind, lateMs)
      onDeath()
    })
  }

  /** Its machine is lost: it will begin without state. */
  loseDisk(): void {
    if (this.process === undefined) this.#content = new MemoryDisk()
  }

  /** Nothing fails any more; where it is wanted it runs. */
  heal(): void {
    const process = this.#process
    process?.crashAt(NEVER, () => undefined)
    process?.resume()
    if (this.#disk !== undefined) this.#disk.slowMs = 0
    this.#disk?.faults.heal()
    if (this.#isWanted) this.start()
  }

  #die(process: VirtualProcess, kind: CrashKind, lateMs: number): void {
    const { time, trace, network, name } = this.#options
    if (process !== this.#process || this.#disk === undefined) return
    trace.note(time.nowMs, name, `dies, writes ${kind}`)
    this.#content = this.#disk.faults.crashImage(kind, this.#prng)
    network.clientDied(process, lateMs)
  }

  #ended(process: VirtualProcess): void {
    const { time, trace, name } = this.#options
    if (process !== this.#process || process.isCrashed) return
    trace.note(time.nowMs, name, 'has ended')
    this.crash('kept', 0)
    time.after(SUPERVISOR_MS, () => {
      if (this.#isWanted) this.start()
    })
  }

  #tellError(process: VirtualProcess, error: unknown): void {
    const { time, trace, name, onError } = this.#options
    if (process.isCrashed || process !== this.#process) return
    trace.remark(time.nowMs, name, `fails: ${describe(error)}`)
    onError(error)
  }

  #appOptions(options: StreamsOptions): StreamsOptions {
    const { time, trace, name } = this.#options
    const { groupInstanceId } = options
    return {
      ...options,
      ...(groupInstanceId !== undefined && { groupInstanceId: `${groupInstanceId}-${name}` }),
      bootstrapServers: 'broker:9092',
      signal: new AbortController().signal,
      onWarning: (message) => trace.remark(time.nowMs, name, message),
      onStateChange: (state) => trace.note(time.nowMs, name, `is ${state}`),
    }
  }

  #ports(process: VirtualProcess, disk: VirtualDisk): AppPorts {
    const { network } = this.#options
    return {
      clock: process.clock,
      prng: process.prng,
      areThreadsInline: true,
      openDirectory: () => ({
        path: this.name,
        disk: disk.faults,
        processId: processIdOn(disk, process.prng),
        removeState: () => undefined,
        close: () => undefined,
      }),
      openBroker: async () => ({
        transport: () => network.transport(process),
        keepServed: () => undefined,
        close: async () => undefined,
      }),
      yieldToEvents: () => process.wait(TURN_MS),
      onThread: (thread) => void this.#threads.push(thread),
      observeEngine: (taskId, engine) => this.#observed(process, taskId, engine),
    }
  }

  #observed(process: VirtualProcess, taskId: string, engine: ByteStoreEngine): ByteStoreEngine {
    return {
      type: engine.type,
      open: (name, options) => {
        const store = engine.open(name, options)
        const open: OpenStore = { taskId, store }
        if (process === this.#process) this.#stores.add(open)
        const forget = (): void => void this.#stores.delete(open)
        for (const end of ['close', 'destroy'] as const) {
          const original = store[end].bind(store)
          store[end] = () => {
            forget()
            return original()
          }
        }
        return store
      },
    }
  }
}

function processIdOn({ faults }: VirtualDisk, prng: Prng): string {
  const text = faults.readFile(PROCESS_ID)?.toString('latin1')
  if (text !== undefined) return text
  const processId = prng.uuid()
  faults.replaceFile(PROCESS_ID, Buffer.from(processId, 'latin1'))
  return processId
}

function describe(error: unknown): string {
  if (error instanceof TidemillError) return `${error.code}: ${error.message}`
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
