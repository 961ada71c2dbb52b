// A stream thread on the caller's thread.
import type { Client } from '../client/index.ts'
import type { MetricValue } from '../metrics/index.ts'
import { MetricsRegistry } from '../metrics/index.ts'
import { NO_REPORT, StreamThread, markedNodes, type StreamThreadOptions } from '../runtime/index.ts'
import {
  type LocalQuery,
  type LocalQueryAnswer,
  NOTHING_HELD,
  type OnChanges,
  StoreWatches,
  type WatchRequest,
  answerLocally,
} from '../query/index.ts'
import type { ByteStoreEngine } from '../state/index.ts'
import type { TaskStores } from './task-stores.ts'
import type { Watchdog, Watched } from './step-watchdog.ts'
import type { CloseThread, ThreadHost, ThreadInfo } from './thread-host.ts'

export interface InlineThreadOptions extends Omit<
  StreamThreadOptions,
  'client' | 'metrics' | 'engine' | 'directories'
> {
  readonly openClient: () => Promise<Client>
  readonly stores: TaskStores
  readonly observeEngine?: ((taskId: string, engine: ByteStoreEngine) => ByteStoreEngine) | undefined
  readonly onThread?: ((thread: StreamThread) => void) | undefined
  /** Watches from outside that no step blocks. */
  readonly watch?: ((watched: Watched) => Watchdog | undefined) | undefined
}

export class InlineThread implements ThreadHost {
  readonly index: number
  readonly #options: InlineThreadOptions
  readonly #metrics = new MetricsRegistry()
  readonly #onChanges = new Map<number, { readonly request: WatchRequest; readonly onChanges: OnChanges }>()
  #watches: StoreWatches | undefined
  #thread: StreamThread | undefined
  #isClosing: CloseThread | undefined
  #client: Client | undefined
  #paused = new Set<number | undefined>()
  #isShutdownRequested = false

  constructor(options: InlineThreadOptions) {
    this.index = options.index
    this.#options = options
  }

  get info(): ThreadInfo {
    const { config, index } = this.#options
    const thread = this.#thread
    const name = `${config.clientId}-StreamThread-${index}`
    return { name, index, state: thread?.state ?? 'created', ...(thread?.report() ?? NO_REPORT) }
  }

  async run(): Promise<void> {
    const client = await this.#options.openClient()
    this.#client = client
    let watchdog: Watchdog | undefined
    try {
      const { stores, observeEngine = (_task, engine) => engine } = this.#options
      const thread = new StreamThread({
        ...this.#options,
        client,
        metrics: this.#metrics,
        engine: (task, store) => observeEngine(task, stores.engine(task, store)),
        directories: stores,
      })
      this.#thread = thread
      this.#options.onThread?.(thread)
      const watches = new StoreWatches(thread, (id, changes) => this.#onChanges.get(id)?.onChanges(changes))
      for (const [id, { request }] of this.#onChanges) watches.add(id, request)
      this.#watches = watches
      const { name, mark } = thread
      watchdog = this.#options.watch?.({ thread: name, cells: mark.cells, nodes: markedNodes(this.#options.topology) })
      for (const subTopology of this.#paused) thread.pause(subTopology)
      if (this.#isShutdownRequested) thread.requestApplicationShutdown()
      if (this.#isClosing !== undefined) thread.close(this.#isClosing)
      await thread.run()
    } finally {
      watchdog?.stop()
      await this.#options.stores.end()
      await client.close()
    }
  }

  close(options: CloseThread): void {
    this.#isClosing = options
    this.#thread?.close(options)
    // It may be waiting for a broker that does not answer: nothing has been done yet that could be lost.
    if (this.#thread?.state === 'starting') this.#client?.close().catch(() => undefined)
  }

  pause(subTopology: number | undefined): void {
    this.#paused.add(subTopology)
    this.#thread?.pause(subTopology)
  }

  resume(subTopology: number | undefined): void {
    if (subTopology === undefined) this.#paused.clear()
    else this.#paused.delete(subTopology)
    this.#thread?.resume(subTopology)
  }

  requestApplicationShutdown(): void {
    this.#isShutdownRequested = true
    this.#thread?.requestApplicationShutdown()
  }

  metrics(): readonly MetricValue[] {
    return this.#metrics.values()
  }

  watch(id: number, request: WatchRequest, onChanges: OnChanges): void {
    this.#onChanges.set(id, { request, onChanges })
    this.#watches?.add(id, request)
  }

  unwatch(id: number): void {
    this.#onChanges.delete(id)
    this.#watches?.remove(id)
  }

  async query(query: LocalQuery): Promise<LocalQueryAnswer> {
    return this.#thread === undefined ? NOTHING_HELD : answerLocally(this.#thread, query)
  }
}
