// An incremental fetch session with one broker (KIP-227): the broker remembers the partitions, a request names only those that are new, have
// moved or are to be forgotten. Where a broker knows no sessions, or has lost ours, everything is sent.
import { ZERO_UUID } from '../protocol/index.ts'
import type { TopicPartition } from '../record/index.ts'

export interface WantedPartition {
  readonly tp: TopicPartition
  readonly topicId: string
  readonly currentLeaderEpoch: number
  readonly fetchOffset: number
  readonly lastFetchedEpoch: number
  readonly partitionMaxBytes: number
  /** Who reads: a partition that was given up and taken again is read by another. */
  readonly reader?: object
}

export interface SessionRequest {
  readonly sessionId: number
  readonly sessionEpoch: number
  readonly send: readonly WantedPartition[]
  readonly forget: readonly WantedPartition[]
}

const EPOCH_MAX = 0x7fff_ffff

export class FetchSession {
  #id = 0
  #epoch = 0
  #sent = new Map<TopicPartition, WantedPartition>()

  /** What to send so that the broker looks at exactly these. */
  next(wanted: readonly WantedPartition[]): SessionRequest {
    // The broker tells of a partition in its session only what is new; who takes it again knows nothing yet, and would wait for ever.
    if (wanted.some((each) => isTakenAgain(this.#sent.get(each.tp), each))) this.reset()
    if (this.#id === 0) {
      this.#sent = new Map(wanted.map((each) => [each.tp, each]))
      return { sessionId: 0, sessionEpoch: 0, send: wanted, forget: [] }
    }
    const now = new Map(wanted.map((each) => [each.tp, each]))
    const forget = [...this.#sent.values()].filter((each) => isOther(now.get(each.tp), each))
    const send = wanted.filter((each) => isChanged(this.#sent.get(each.tp), each))
    this.#sent = now
    return { sessionId: this.#id, sessionEpoch: this.#epoch, send, forget }
  }

  /** The broker took the request; it says which session it keeps (0: none). */
  accepted(sessionId: number): void {
    if (sessionId === 0) return this.reset()
    this.#epoch = this.#id === sessionId ? nextEpoch(this.#epoch) : 1
    this.#id = sessionId
  }

  /** Begins anew with the next request. */
  reset(): void {
    this.#id = 0
    this.#epoch = 0
    this.#sent.clear()
  }
}

function nextEpoch(epoch: number): number {
  return epoch === EPOCH_MAX ? 1 : epoch + 1
}

// A topic that was made anew has the same name and another id: the old one must be forgotten as well.
function isOther(now: WantedPartition | undefined, before: WantedPartition): boolean {
  return now === undefined || (now.topicId !== before.topicId && before.topicId !== ZERO_UUID)
}

function isTakenAgain(before: WantedPartition | undefined, now: WantedPartition): boolean {
  return before !== undefined && before.reader !== now.reader
}

function isChanged(before: WantedPartition | undefined, now: WantedPartition): boolean {
  return (
    before === undefined ||
    before.fetchOffset !== now.fetchOffset ||
    before.currentLeaderEpoch !== now.currentLeaderEpoch ||
    before.lastFetchedEpoch !== now.lastFetchedEpoch ||
    before.partitionMaxBytes !== now.partitionMaxBytes ||
    before.topicId !== now.topicId
  )
}
