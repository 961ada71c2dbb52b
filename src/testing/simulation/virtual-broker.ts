// The broker of a simulated world: it dies and comes back on what its disk kept.
import { type CrashKind, type FailurePlan, MemoryDisk, seededPrng, type Prng } from '../../base/index.ts'
import { type Broker, startBroker } from '../../broker/index.ts'
import type { Trace } from './trace.ts'
import { VirtualDisk } from './virtual-disk.ts'
import type { Server } from './virtual-network.ts'
import { type CrashPoint, NEVER, VirtualProcess } from './virtual-process.ts'
import type { VirtualTime } from './virtual-time.ts'

const CONFIGS = { 'group.initial.rebalance.delay.ms': 0, 'group.min.session.timeout.ms': 100 }
const RETRY_MS = 500

export interface VirtualBrokerOptions {
  readonly time: VirtualTime
  readonly trace: Trace
  readonly seed: number
  readonly partitions: number
  readonly segmentBytes: number
  /** Its connections are gone. */
  readonly onDeath: (process: VirtualProcess) => void
}

export class VirtualBroker {
  readonly #options: VirtualBrokerOptions
  readonly #prng: Prng
  #content = new MemoryDisk()
  #starts = 0
  #hasFailed = false
  #process: VirtualProcess | undefined
  #disk: VirtualDisk | undefined
  #broker: Broker | undefined

  constructor(options: VirtualBrokerOptions) {
    this.#options = options
    this.#prng = seededPrng(options.seed)
  }

  get server(): Server | undefined {
    const process = this.#process
    const broker = this.#broker
    return process === undefined || broker === undefined || process.isCrashed ? undefined : { process, broker }
  }

  get disk(): VirtualDisk | undefined {
    return this.server === undefined ? undefined : this.#disk
  }

  /** Starts on what the disk has; tries again where that fails. */
  start(): void {
    if (this.server !== undefined) return
    const { time, trace, seed, partitions, segmentBytes } = this.#options
    this.#starts++
    const process = new VirtualProcess('broker', time, seed + this.#starts)
    const disk = new VirtualDisk(process, this.#content)
    this.#process = process
    this.#disk = disk
    trace.note(time.nowMs, 'broker', 'starts', this.#starts)
    startBroker({
      disk: disk.faults,
      listen: false,
      durability: 'always',
      partitions,
      autoCreateTopics: false,
      configs: { ...CONFIGS, 'log.segment.bytes': segmentBytes },
      clock: process.clock,
      prng: process.prng,
      onWarning: (message) => trace.remark(time.nowMs, 'broker', message),
    }).then(
      (broker) => {
        if (!process.isCrashed) this.#broker = broker
      },
      (error: unknown) => {
        trace.remark(time.nowMs, 'broker', `could not start: ${String(error)}`)
        this.crash('kept')
        time.after(RETRY_MS, () => this.start())
      },
    )
  }

  /** Its disk fails soon. */
  planFailure(plan: FailurePlan): void {
    this.#hasFailed = true
    this.disk?.faults.planFailure(plan)
  }

  /** Dies now; with 'kept' the machine lives on. */
  crash(kind: CrashKind): void {
    const process = this.#process
    if (process === undefined || process.isCrashed) return
    this.#die(process, kind)
    process.crash()
  }

  crashAt(point: CrashPoint, kind: CrashKind, onDeath: () => void): void {
    const process = this.#process
    process?.crashAt(point, () => {
      if (this.#broker !== undefined) this.#die(process, kind)
      onDeath()
    })
  }

  /** Nothing fails any more; it runs. */
  heal(): void {
    this.#process?.crashAt(NEVER, () => undefined)
    this.#process?.resume()
    if (this.#disk !== undefined) this.#disk.slowMs = 0
    this.#disk?.faults.heal()
    // A log whose sync failed takes no writes before a restart.
    if (this.#hasFailed) this.crash('kept')
    this.#hasFailed = false
    this.start()
  }

  #die(process: VirtualProcess, kind: CrashKind): void {
    const { time, trace, onDeath } = this.#options
    this.#broker = undefined
    trace.note(time.nowMs, 'broker', `dies, writes ${kind}`)
    if (this.#disk !== undefined) this.#content = this.#disk.faults.crashImage(kind, this.#prng)
    onDeath(process)
  }
}
