import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PartitionGroup } from './partition-group.ts'
import type { RecordQueue } from './record-queue.ts'

/** What a group needs of a queue: a list of timestamps. */
class Timestamps {
  readonly tp: { readonly topic: string; readonly partition: number }
  readonly rest: number[]
  partitionTime = -1
  timestamp = -1
  hasHead = false

  constructor(name: string, rest: number[]) {
    this.tp = { topic: name, partition: 0 }
    this.rest = rest
  }

  append(): void {}

  advance(): void {
    const next = this.rest.shift()
    this.hasHead = next !== undefined
    if (next !== undefined) this.timestamp = next
  }

  poll(): void {
    this.hasHead = false
  }
}

// As java.util.PriorityQueue does it, written down plainly: an array, sift up on add, sift down on poll.
function javaOrder(lists: readonly (readonly number[])[]): string[] {
  const heap: { name: string; rest: number[] }[] = []
  const head = (one: { rest: number[] }): number => one.rest[0] as number
  const swap = (a: number, b: number): void => {
    ;[heap[a], heap[b]] = [heap[b] as (typeof heap)[number], heap[a] as (typeof heap)[number]]
  }
  const at = (i: number): (typeof heap)[number] => heap[i] as (typeof heap)[number]
  const add = (one: (typeof heap)[number]): void => {
    heap.push(one)
    for (let k = heap.length - 1; k > 0;) {
      const parent = (k - 1) >> 1
      if (head(at(k)) >= head(at(parent))) break
      swap(k, parent)
      k = parent
    }
  }
  const poll = (): (typeof heap)[number] => {
    const top = at(0)
    const last = heap.pop() as (typeof heap)[number]
    if (heap.length === 0) return top
    heap[0] = last
    for (let k = 0; 2 * k + 1 < heap.length;) {
      let child = 2 * k + 1
      if (child + 1 < heap.length && head(at(child)) > head(at(child + 1))) child++
      if (head(at(k)) <= head(at(child))) break
      swap(k, child)
      k = child
    }
    return top
  }
  for (const [i, list] of lists.entries()) if (list.length > 0) add({ name: String(i), rest: [...list] })
  const order: string[] = []
  while (heap.length > 0) {
    const one = poll()
    order.push(`${one.name}:${one.rest.shift()}`)
    if (one.rest.length > 0) add(one)
  }
  return order
}

test("takes heads in the order of Java's priority queue, ties included", () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.nat(4), { maxLength: 8 }), { minLength: 1, maxLength: 9 }), (lists) => {
      // The group asks a queue for nothing but what Timestamps has.
      const queues = lists.map((list, i) => new Timestamps(String(i), [...list]) as unknown as RecordQueue)
      const group = new PartitionGroup(queues)
      for (const queue of queues) group.enqueue(queue, [], 0, 0)
      const order: string[] = []
      for (let queue = group.next(); queue !== undefined; queue = group.next()) {
        order.push(`${queue.tp.topic}:${queue.timestamp}`)
      }
      expect(order).toEqual(javaOrder(lists))
    }),
    { numRuns: 500 },
  )
})
