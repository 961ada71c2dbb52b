// The committed offsets of one group, and those that wait inside open transactions. By topic name, as clients and records have them.
import { must } from '../../base/index.ts'

export interface CommittedOffset {
  readonly offset: number
  readonly leaderEpoch: number
  readonly metadata: string
  readonly commitTimestamp: number
}

type Offsets = Map<string, Map<number, CommittedOffset>>

export class CommittedOffsets {
  readonly #committed: Offsets = new Map()
  readonly #pending = new Map<number, Offsets>()

  get isEmpty(): boolean {
    return this.#committed.size === 0 && this.#pending.size === 0
  }

  get topics(): ReadonlyMap<string, ReadonlyMap<number, CommittedOffset>> {
    return this.#committed
  }

  get(topic: string, partition: number): CommittedOffset | undefined {
    return this.#committed.get(topic)?.get(partition)
  }

  /** Whether an open transaction will change the offset. */
  isPending(topic: string, partition: number): boolean {
    for (const offsets of this.#pending.values()) if (offsets.get(topic)?.has(partition) === true) return true
    return false
  }

  hasPendingIn(topic: string): boolean {
    return [...this.#pending.values()].some((offsets) => offsets.has(topic))
  }

  commit(topic: string, partition: number, value: CommittedOffset): void {
    put(this.#committed, topic, partition, value)
  }

  /** Keeps an offset until the producer's transaction ends. */
  hold(producerId: number, topic: string, partition: number, value: CommittedOffset): void {
    let offsets = this.#pending.get(producerId)
    if (offsets === undefined) this.#pending.set(producerId, (offsets = new Map()))
    put(offsets, topic, partition, value)
  }

  /** Ends a producer's transaction: its offsets hold now, or never. */
  end(producerId: number, isCommit: boolean): void {
    const offsets = this.#pending.get(producerId)
    if (offsets === undefined) return
    this.#pending.delete(producerId)
    if (!isCommit) return
    for (const [topic, partitions] of offsets) {
      for (const [partition, value] of partitions) put(this.#committed, topic, partition, value)
    }
  }

  remove(topic: string, partition: number): void {
    const partitions = this.#committed.get(topic)
    partitions?.delete(partition)
    if (partitions?.size === 0) this.#committed.delete(topic)
  }

  /** Forgets a topic that is deleted, in open transactions too. */
  forget(topic: string): void {
    this.#committed.delete(topic)
    for (const offsets of this.#pending.values()) offsets.delete(topic)
  }
}

function put(offsets: Offsets, topic: string, partition: number, value: CommittedOffset): void {
  if (!offsets.has(topic)) offsets.set(topic, new Map())
  must(offsets.get(topic), topic).set(partition, value)
}
