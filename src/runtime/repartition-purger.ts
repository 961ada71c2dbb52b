// Deletes what has been consumed of repartition topics, which keep everything otherwise. In the background, at most one request
// at a time; what fails is done by the next.
import type { Clock } from '../base/index.ts'
import type { Client, OffsetAndMetadata } from '../client/index.ts'
import type { TopicPartition } from '../record/index.ts'
import type { Topology } from '../topology/index.ts'
import type { ThreadConfig } from './thread-config.ts'

export class RepartitionPurger {
  readonly #topics: ReadonlySet<string>
  readonly #intervalMs: number
  readonly #client: Client
  readonly #clock: Clock
  readonly #offsets = new Map<TopicPartition, number>()
  #lastMs: number
  #running: Promise<void> | undefined

  constructor(topology: Topology, config: ThreadConfig, client: Client, clock: Clock) {
    const topics = topology.subTopologies.flatMap((each) => each.repartitionTopics)
    this.#topics = new Set(topics.map(({ name }) => `${config.applicationId}-${name}`))
    this.#intervalMs = config.repartitionPurgeIntervalMs
    this.#client = client
    this.#clock = clock
    this.#lastMs = clock.monotonicMs()
  }

  committed(offsets: ReadonlyMap<TopicPartition, OffsetAndMetadata>): void {
    for (const [tp, { offset }] of offsets) if (this.#topics.has(tp.topic)) this.#offsets.set(tp, offset)
    const nowMs = this.#clock.monotonicMs()
    if (this.#offsets.size === 0 || this.#running !== undefined || nowMs - this.#lastMs < this.#intervalMs) return
    this.#lastMs = nowMs
    this.#running = this.#purge()
  }

  /** Waits for a request that is on its way. */
  async close(): Promise<void> {
    await this.#running
  }

  async #purge(): Promise<void> {
    const offsets = new Map(this.#offsets)
    try {
      await this.#client.admin().deleteRecords(offsets)
      for (const [tp, offset] of offsets) if (this.#offsets.get(tp) === offset) this.#offsets.delete(tp)
    } catch {
      // Nothing depends on it: the next purge covers these records too.
    } finally {
      this.#running = undefined
    }
  }
}
