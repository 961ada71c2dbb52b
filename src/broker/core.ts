// What the handlers work on: catalog, logs, coordinators, waiting fetches. One thread; every request runs to its end before the next.
// What a request sets off (syncs, waking readers) is gathered and done once when the requests at hand are through (a microtask
// later), so that requests that arrive together share one sync and a fetch answers with all that came in.
import type { Clock, Disk, Prng } from '../base/index.ts'
import { Catalog, beginEpoch } from './catalog.ts'
import { BrokerConfigs } from './config-table.ts'
import { GroupCoordinator } from './coordinators/group-coordinator.ts'
import { TransactionCoordinator } from './coordinators/transaction-coordinator.ts'
import { FetchSessions } from './fetch-sessions.ts'
import { LogDirectory } from './log/log-directory.ts'
import type { Durability, LogHost, PartitionLog } from './log/partition-log.ts'
import { TailCache } from './log/tail-cache.ts'

export const NODE_ID = 1

export interface CoreOptions {
  readonly disk: Disk
  readonly clock: Clock
  readonly prng: Prng
  readonly durability: Durability
  readonly configs: Readonly<Record<string, string | number | boolean>>
  readonly tailCacheBytesMax: number
  readonly onWarning: (message: string) => void
}

/** A fetch that waits for more to read. */
export interface WaitingFetch {
  /** Looks again, and answers when there is enough. */
  retry(): void
}

export class BrokerCore implements LogHost {
  readonly disk: Disk
  readonly clock: Clock
  readonly prng: Prng
  readonly durability: Durability
  readonly configs: BrokerConfigs
  readonly cache: TailCache
  readonly leaderEpoch: number
  readonly catalog: Catalog
  readonly logs: LogDirectory
  readonly fetchSessions: FetchSessions
  readonly groups: GroupCoordinator
  readonly transactions: TransactionCoordinator
  /** Where clients are told to connect to. */
  advertised: { readonly host: string; readonly port: number } = { host: '127.0.0.1', port: 0 }
  isClosed = false
  readonly #onWarning: (message: string) => void
  readonly #waiting = new Map<PartitionLog, Set<WaitingFetch>>()
  readonly #woken = new Set<WaitingFetch>()
  readonly #syncs = new Set<PartitionLog>()
  #isSettling = false
  #isFlushTimed = false

  constructor(options: CoreOptions) {
    this.disk = options.disk
    this.clock = options.clock
    this.prng = options.prng
    this.durability = options.durability
    this.#onWarning = options.onWarning
    this.configs = new BrokerConfigs(options.configs)
    this.cache = new TailCache(options.tailCacheBytesMax)
    const identity = beginEpoch(options.disk, options.prng)
    this.leaderEpoch = identity.leaderEpoch
    this.logs = new LogDirectory(this)
    this.catalog = new Catalog(options.disk, identity, this.logs, this.configs)
    this.groups = new GroupCoordinator(this)
    this.transactions = new TransactionCoordinator(this)
    this.fetchSessions = new FetchSessions(this.configs.number('max.incremental.fetch.session.cache.slots'), this.prng)
    this.groups.recover()
    this.transactions.recover()
  }

  warn(message: string): void {
    this.#onWarning(message)
  }

  scheduleSync(log: PartitionLog): void {
    this.#syncs.add(log)
    if (this.durability === 'always') this.#settleSoon()
    else if (!this.#isFlushTimed) {
      this.#isFlushTimed = true
      this.clock.setTimer(this.configs.number('log.flush.interval.ms'), () => this.#flush(), { unref: true })
    }
  }

  advanced(log: PartitionLog): void {
    const waiting = this.#waiting.get(log)
    if (waiting === undefined) return
    for (const fetch of waiting) this.#woken.add(fetch)
    this.#settleSoon()
  }

  rolled(_log: PartitionLog): void {
    this.logs.saveRecoveryPoints()
  }

  /** Has the fetch look again whenever readers of one of the logs can see more. */
  wait(fetch: WaitingFetch, logs: Iterable<PartitionLog>): void {
    for (const log of logs) {
      const waiting = this.#waiting.get(log)
      if (waiting === undefined) this.#waiting.set(log, new Set([fetch]))
      else waiting.add(fetch)
    }
  }

  stopWaiting(fetch: WaitingFetch, logs: Iterable<PartitionLog>): void {
    this.#woken.delete(fetch)
    for (const log of logs) {
      const waiting = this.#waiting.get(log)
      waiting?.delete(fetch)
      if (waiting?.size === 0) this.#waiting.delete(log)
    }
  }

  async close(): Promise<void> {
    this.isClosed = true
    this.groups.close()
    this.transactions.close()
    await this.logs.close()
  }

  /** Wakes the readers of a log that is going away. */
  wake(log: PartitionLog): void {
    this.advanced(log)
  }

  #settleSoon(): void {
    if (this.#isSettling) return
    this.#isSettling = true
    queueMicrotask(() => this.#settle())
  }

  #settle(): void {
    this.#isSettling = false
    if (this.isClosed) return
    if (this.durability === 'always') this.#startSyncs()
    const woken = [...this.#woken]
    this.#woken.clear()
    for (const fetch of woken) fetch.retry()
  }

  #flush(): void {
    this.#isFlushTimed = false
    if (!this.isClosed) this.#startSyncs()
  }

  #startSyncs(): void {
    const logs = [...this.#syncs]
    this.#syncs.clear()
    for (const log of logs) log.startSync()
  }
}
