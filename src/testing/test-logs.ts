// What a broker would keep during a test: the records of source topics and changelogs, and what was committed. A restart reads it.
import type { TopicPartition } from '../record/index.ts'
import type { PreparedCommit } from '../runtime/index.ts'
import type { RawTestRecord } from './raw-test-driver.ts'

export class TestLogs {
  readonly #logs = new Map<TopicPartition, RawTestRecord[]>()
  readonly #committed = new Map<TopicPartition, { readonly offset: number; readonly metadata: string }>()

  /** Appends a record and returns its offset. */
  append(tp: TopicPartition, record: RawTestRecord): number {
    const log = this.#logs.get(tp)
    if (log === undefined) {
      this.#logs.set(tp, [record])
      return 0
    }
    return log.push(record) - 1
  }

  /** Records from an offset up to another. */
  read(tp: TopicPartition, from: number, to: number = Infinity): readonly RawTestRecord[] {
    return this.#logs.get(tp)?.slice(from, to) ?? []
  }

  commit(offsets: PreparedCommit['offsets']): void {
    for (const [tp, entry] of offsets) this.#committed.set(tp, entry)
  }

  get committed(): ReadonlyMap<TopicPartition, { readonly offset: number; readonly metadata: string }> {
    return this.#committed
  }

  committedOffset(tp: TopicPartition): number {
    return this.#committed.get(tp)?.offset ?? 0
  }
}
