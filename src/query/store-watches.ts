// The live queries of one thread: observes the stores that somebody watches, also those of tasks that come later, and hands over
// what changed when the thread's step is done. Invariant: a store is observed exactly while some watch is for it.
import { compareBytes } from '../base/index.ts'
import { RecordHeaders, type Window } from '../record/index.ts'
import type { StreamThread } from '../runtime/index.ts'
import type { StateStore, StoreChange } from '../state/index.ts'
import { partitionOf } from './local-query.ts'
import type { LocalChange, WatchRequest } from './watch.ts'

export class StoreWatches {
  readonly #thread: StreamThread
  readonly #send: (id: number, changes: readonly LocalChange[]) => void
  readonly #watches = new Map<number, WatchRequest>()
  readonly #waiting = new Map<number, LocalChange[]>()

  constructor(thread: StreamThread, send: (id: number, changes: readonly LocalChange[]) => void) {
    this.#thread = thread
    this.#send = send
    thread.onTaskStarted = () => {
      for (const name of new Set(Array.from(this.#watches.values(), ({ store }) => store))) this.#observe(name, true)
    }
  }

  add(id: number, request: WatchRequest): void {
    this.#watches.set(id, request)
    this.#observe(request.store, true)
  }

  remove(id: number): void {
    const request = this.#watches.get(id)
    this.#watches.delete(id)
    if (request === undefined) return
    if (![...this.#watches.values()].some(({ store }) => store === request.store)) this.#observe(request.store, false)
  }

  #observe(name: string, isWatched: boolean): void {
    for (const [task, { store, isActive }] of this.#thread.stores.of(name)) {
      if (!isActive) continue
      const partition = task === 'global' ? undefined : partitionOf(task)
      store.observe?.(isWatched ? (change) => this.#changed(store, partition, change) : undefined)
    }
  }

  #changed(store: StateStore, partition: number | undefined, change: StoreChange): void {
    const { definition } = store
    const key = definition.key.encode(change.key, { topic: definition.name, headers: RecordHeaders.empty, isKey: true })
    const { before, after, timestamp } = change
    const told: LocalChange = { key: Buffer.from(key), before, after, timestamp, window: windowOf(store, change) }
    for (const [id, watch] of this.#watches) {
      if (watch.store !== definition.name) continue
      if (watch.partition !== undefined && partition !== undefined && watch.partition !== partition) continue
      if (watch.key === undefined || compareBytes(watch.key, key) === 0) this.#tell(id, told)
    }
  }

  #tell(id: number, change: LocalChange): void {
    const waiting = this.#waiting.get(id)
    if (waiting !== undefined) return void waiting.push(change)
    this.#waiting.set(id, [change])
    // When the thread has done its step: many changes are one message.
    queueMicrotask(() => {
      const changes = this.#waiting.get(id)
      this.#waiting.delete(id)
      if (changes !== undefined && this.#watches.has(id)) this.#send(id, changes)
    })
  }
}

function windowOf({ definition }: StateStore, { major, minor }: StoreChange): Window | undefined {
  if (definition.kind === 'session') return { start: minor, end: major }
  return definition.kind === 'window' ? { start: major, end: major + definition.windowSizeMs } : undefined
}
