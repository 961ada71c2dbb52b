// The queues of a task, of which the one whose head has the lowest timestamp comes next (semantics 1.2).
// Ties are broken as Java's PriorityQueue does: by the mechanics of its binary heap, sift by sift, for outputs would differ.
// A polled queue is put back when the next record is asked for (or records arrive), not at once: so that its head's raw
// bytes stay at hand while it is processed, and a bad record fails on its own turn.
import type { TopicPartition } from '../record/index.ts'
import type { RecordQueue } from './record-queue.ts'
import type { RecordSource } from './task-contract.ts'

/** An empty input that a task waits for. */
export interface InputWait {
  readonly tp: TopicPartition
  /** 'unknown': nothing was fetched of it yet; 'behind': the log has records of it; 'idle': it may still get some. */
  readonly why: 'unknown' | 'behind' | 'idle'
  /** Of 'idle': how long it is waited for yet. */
  readonly leftMs: number | undefined
}

export class PartitionGroup {
  /** Highest timestamp taken from any queue; -1 before the first. */
  streamTime: number
  readonly #byPartition: Map<TopicPartition, RecordQueue>
  readonly #queues: RecordQueue[]
  readonly #heap: RecordQueue[] = []
  #polled: RecordQueue | undefined = undefined

  constructor(queues: readonly RecordQueue[]) {
    this.#queues = [...queues]
    this.#byPartition = new Map(queues.map((queue) => [queue.tp, queue]))
    this.streamTime = queues.reduce((time, queue) => Math.max(time, queue.partitionTime), -1)
  }

  get queues(): readonly RecordQueue[] {
    return this.#queues
  }

  /** One more, empty. */
  add(queue: RecordQueue): void {
    this.#queues.push(queue)
    this.#byPartition.set(queue.tp, queue)
  }

  queue(tp: TopicPartition): RecordQueue | undefined {
    return this.#byPartition.get(tp)
  }

  get bufferedRecords(): number {
    let count = 0
    for (const queue of this.#queues) count += queue.size
    return count
  }

  enqueue(queue: RecordQueue, batches: readonly RecordSource[], fromOffset: number, nextOffset: number): void {
    this.#settle()
    queue.append(batches, fromOffset, nextOffset)
    if (queue.hasHead) return
    queue.advance()
    if (queue.hasHead) this.#offer(queue)
  }

  /** Takes the next record; its fields are the queue's. */
  next(): RecordQueue | undefined {
    const queue = this.#heap.length === 0 ? this.#sameAgain() : this.#lowest()
    if (queue === undefined) return undefined
    queue.poll()
    this.#polled = queue
    if (queue.timestamp > this.streamTime) this.streamTime = queue.timestamp
    return queue
  }

  // With nothing else buffered the queue that was polled last goes on, without a way through the heap.
  #sameAgain(): RecordQueue | undefined {
    const queue = this.#polled
    if (queue === undefined) return undefined
    this.#polled = undefined
    queue.advance()
    return queue.hasHead ? queue : undefined
  }

  #lowest(): RecordQueue | undefined {
    this.#settle()
    return this.#take()
  }

  /** Drops everything that is buffered. */
  clear(): void {
    this.#polled = undefined
    this.#heap.length = 0
    for (const queue of this.#queues) queue.clear()
  }

  /** Drops everything that is buffered, and begins again with those partition times. */
  reset(partitionTime: (tp: TopicPartition) => number): void {
    this.clear()
    for (const queue of this.#queues) queue.partitionTime = partitionTime(queue.tp)
    this.streamTime = this.#queues.reduce((time, queue) => Math.max(time, queue.partitionTime), -1)
  }

  /**
   * Whether a record may be taken: all queues have one, or those that do not have waited long enough (semantics 1.3). A queue
   * that is behind its log is waited for without limit, for its data is known to be there.
   */
  isReady(idleMs: number | 'never', nowMs: number): boolean {
    if (this.bufferedRecords === 0) return false
    if (idleMs === 'never') return true
    let isReady = true
    for (const queue of this.#queues) {
      if (!queue.isWaitedFor(idleMs, nowMs)) continue
      isReady = false
    }
    return isReady
  }

  /** What isReady() is false for; changes nothing. */
  waitsFor(idleMs: number | 'never', nowMs: number): readonly InputWait[] {
    if (this.bufferedRecords === 0 || idleMs === 'never') return []
    return this.#queues.flatMap(({ tp, size, lag, idleDeadlineMs }): InputWait[] => {
      if (size > 0) return []
      if (lag === undefined || lag > 0)
        return [{ tp, why: lag === undefined ? 'unknown' : 'behind', leftMs: undefined }]
      const leftMs = (idleDeadlineMs ?? nowMs + idleMs) - nowMs
      return leftMs > 0 ? [{ tp, why: 'idle', leftMs }] : []
    })
  }

  #settle(): void {
    const queue = this.#polled
    if (queue === undefined) return
    this.#polled = undefined
    queue.advance()
    if (queue.hasHead) this.#offer(queue)
  }

  // PriorityQueue.siftUp: equal timestamps stay below.
  #offer(queue: RecordQueue): void {
    const heap = this.#heap
    let k = heap.length
    heap.push(queue)
    const { timestamp } = queue
    while (k > 0) {
      const parentIndex = (k - 1) >>> 1
      const parent = heap[parentIndex] as RecordQueue
      if (timestamp >= parent.timestamp) break
      heap[k] = parent
      k = parentIndex
    }
    heap[k] = queue
  }

  // PriorityQueue.poll and siftDown: the right child only where the left one is greater.
  #take(): RecordQueue | undefined {
    const heap = this.#heap
    const size = heap.length - 1
    if (size < 0) return undefined
    const top = heap[0] as RecordQueue
    const last = heap.pop() as RecordQueue
    if (size === 0) return top
    const { timestamp } = last
    const half = size >>> 1
    let k = 0
    while (k < half) {
      let childIndex = 2 * k + 1
      let child = heap[childIndex] as RecordQueue
      const right = childIndex + 1
      if (right < size && child.timestamp > (heap[right] as RecordQueue).timestamp) {
        childIndex = right
        child = heap[right] as RecordQueue
      }
      if (timestamp <= child.timestamp) break
      heap[k] = child
      k = childIndex
    }
    heap[k] = last
    return top
  }
}
