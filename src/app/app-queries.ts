// Questions to the application as a whole: to the threads of this instance, and to the other instances at their `applicationServer`.
// It answers those of the others too. Invariant: a live query is with every thread, also one that starts later, until it ends.
import { type Clock, sleep } from '../base/index.ts'
import {
  type AskedApplication,
  ChangeQueue,
  type LocalChange,
  type LocalQuery,
  type LocalQueryAnswer,
  type OnChanges,
  StoreUnavailableError,
  type WatchRequest,
  decodeWire,
  encodeWire,
} from '../query/index.ts'
import type { EndpointHandler } from './http-endpoint.ts'
import { askPeer, followPeer } from './peers.ts'
import type { ThreadHost } from './thread-host.ts'

export interface AppQueriesParts {
  readonly clock: Clock
  readonly isolation: AskedApplication['isolation']
  /** Empty where the application does not run. */
  readonly threads: () => readonly ThreadHost[]
}

/** How often a live query looks for instances that have come. */
const FOLLOW_INTERVAL_MS = 500

interface Watch {
  readonly request: WatchRequest
  readonly onChanges: OnChanges
  readonly onEnd: () => void
}

export class AppQueries implements AskedApplication {
  readonly clock: Clock
  readonly isolation: AskedApplication['isolation']
  readonly #threads: () => readonly ThreadHost[]
  readonly #watches = new Map<number, Watch>()
  #nextId = 0

  constructor({ clock, isolation, threads }: AppQueriesParts) {
    this.clock = clock
    this.isolation = isolation
    this.#threads = threads
  }

  async askThreads(query: LocalQuery): Promise<readonly LocalQueryAnswer[]> {
    return Promise.all(this.#threads().map((thread) => thread.query(query)))
  }

  async askServer(server: string, query: LocalQuery, timeoutMs: number): Promise<readonly LocalQueryAnswer[]> {
    return askPeer(server, query, timeoutMs)
  }

  async *watch(request: WatchRequest, isLocal: boolean, signal: AbortSignal | undefined): AsyncGenerator<LocalChange> {
    if (this.#threads().length === 0) {
      throw new StoreUnavailableError(
        'not-running',
        `store '${request.store}' cannot be watched: the application does not run. Await start() first`,
      )
    }
    const queue = new ChangeQueue()
    const end = new AbortController()
    const onEnd = (): void => {
      end.abort()
      queue.end()
    }
    signal?.addEventListener('abort', onEnd, { once: true })
    if (signal?.aborted === true) onEnd()
    const stop = this.#watchThreads({ request, onChanges: (changes) => queue.push(changes), onEnd })
    if (!isLocal) void this.#followOthers(request, queue, end.signal)
    try {
      yield* queue
    } finally {
      stop()
      onEnd()
      signal?.removeEventListener('abort', onEnd)
    }
  }

  /** What is watched is watched in this thread too. */
  joined(thread: ThreadHost): void {
    for (const [id, { request, onChanges }] of this.#watches) thread.watch(id, request, onChanges)
  }

  /** Ends the live queries. */
  close(): void {
    for (const { onEnd } of this.#watches.values()) onEnd()
  }

  /** Answers other instances. */
  readonly handler: EndpointHandler = async (path, body, signal) => {
    const contentType = 'application/json'
    // Only our own instances send these; what is wrong in them is refused where it is used.
    if (path === '/query')
      return { contentType, body: encodeWire(await this.askThreads(decodeWire(body) as LocalQuery)) }
    if (path === '/watch') {
      return { contentType, body: lines(this.watch(decodeWire(body) as WatchRequest, true, signal)) }
    }
    return undefined
  }

  #watchThreads(watch: Watch): () => void {
    const id = this.#nextId++
    this.#watches.set(id, watch)
    for (const thread of this.#threads()) thread.watch(id, watch.request, watch.onChanges)
    return () => {
      this.#watches.delete(id)
      for (const thread of this.#threads()) thread.unwatch(id)
    }
  }

  /** Follows all instances that have a part of the store, those that come later too. */
  async #followOthers(request: WatchRequest, queue: ChangeQueue, signal: AbortSignal): Promise<void> {
    const followed = new Set<string>()
    const query: LocalQuery = { store: request.store, partition: undefined, allowStale: true, ask: { kind: 'where' } }
    while (!signal.aborted) {
      const answers = await this.askThreads(query).catch(() => [])
      for (const { server, active } of answers[0]?.elsewhere ?? []) {
        if (active.length === 0 || followed.has(server)) continue
        followed.add(server)
        // One that is gone is looked for again at the next turn.
        const onGone = (): void => void followed.delete(server)
        followPeer(server, request, (changes) => queue.push(changes), signal).then(onGone, onGone)
      }
      await sleep(this.clock, FOLLOW_INTERVAL_MS, signal).catch(() => undefined)
    }
  }
}

async function* lines(changes: AsyncIterable<LocalChange>): AsyncGenerator<string> {
  for await (const change of changes) yield `${encodeWire(change)}\n`
}
