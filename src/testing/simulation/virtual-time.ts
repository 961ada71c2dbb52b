// The time of a simulated world: a queue of events, run one after another. Between two events all promises that can settle
// have settled, so an event is what the world does between two awaits on the outside, and time passes between events only.
// Events of the same time run in the order in which they were asked for. Same events, same order, same hash.
import { nextMacrotask } from '../../app/index.ts'
import { type Timer, must } from '../../base/index.ts'

interface Event {
  readonly atMs: number
  readonly order: number
  readonly callback: () => void
  isCancelled: boolean
}

export class VirtualTime {
  /** Since the world began. */
  nowMs = 0
  /** Events so far. */
  count = 0
  readonly #heap: Event[] = []
  #nextOrder = 0

  after(delayMs: number, callback: () => void): Timer {
    const event: Event = {
      atMs: this.nowMs + Math.max(0, delayMs),
      order: this.#nextOrder++,
      callback,
      isCancelled: false,
    }
    this.#push(event)
    return { cancel: () => void (event.isCancelled = true) }
  }

  /** Runs events until `isDone` says so after one, or until that time; returns whether it is done. */
  async run(untilMs: number, isDone: () => boolean): Promise<boolean> {
    await nextMacrotask()
    while (!isDone()) {
      const next = this.#heap[0]
      if (next === undefined || next.atMs > untilMs) {
        this.nowMs = Math.max(this.nowMs, untilMs)
        return false
      }
      this.#pop()
      if (next.isCancelled) continue
      this.nowMs = next.atMs
      this.count++
      next.callback()
      await nextMacrotask()
    }
    return true
  }

  #push(event: Event): void {
    const heap = this.#heap
    let at = heap.length
    heap.push(event)
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isBefore(event, must(heap[parent], 'event'))) break
      heap[at] = must(heap[parent], 'event')
      at = parent
    }
    heap[at] = event
  }

  #pop(): void {
    const heap = this.#heap
    const last = must(heap.pop(), 'event')
    if (heap.length === 0) return
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(must(heap[child + 1], 'event'), must(heap[child], 'event'))) child++
      if (!isBefore(must(heap[child], 'event'), last)) break
      heap[at] = must(heap[child], 'event')
      at = child
    }
    heap[at] = last
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
}
