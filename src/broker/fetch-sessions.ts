// Incremental fetch sessions (KIP-227): a client names its partitions once and then only changes; the answer names only partitions
// with news. A session is keyed by topic id from version 13 on, by name before. When there are too many, the one that was
// used longest ago goes; its client starts a new one.
//
//   request (id, epoch):  (0, 0) new session   (0, -1) none   (id, n) next, n counts up from 1   (id, -1) close   (id, 0) close and new
import type { Prng } from '../base/index.ts'
import { ERROR } from '../protocol/index.ts'

export interface SessionPartition {
  readonly topic: string
  readonly topicId: string
  readonly partition: number
  currentLeaderEpoch: number
  fetchOffset: number
  lastFetchedEpoch: number
  partitionMaxBytes: number
  /** What the client was told last; a difference is news. */
  highWatermark: number
  logStartOffset: number
}

export interface FetchSession {
  readonly id: number
  readonly usesTopicIds: boolean
  nextEpoch: number
  /** In the order the client named them; what was answered with data moves to the end. */
  readonly partitions: Map<string, SessionPartition>
}

const FINAL_EPOCH = -1
const EPOCH_MAX = 0x7fff_ffff

export class FetchSessions {
  readonly #slots: number
  readonly #prng: Prng
  /** In the order of their last use. */
  readonly #sessions = new Map<number, FetchSession>()

  constructor(slots: number, prng: Prng) {
    this.#slots = slots
    this.#prng = prng
  }

  get count(): number {
    return this.#sessions.size
  }

  /** Makes a session; undefined when none are kept. */
  create(usesTopicIds: boolean): FetchSession | undefined {
    if (this.#slots === 0) return undefined
    if (this.#sessions.size >= this.#slots) {
      for (const id of this.#sessions.keys()) {
        this.#sessions.delete(id)
        break
      }
    }
    let id = 0
    while (id === 0 || this.#sessions.has(id)) id = this.#prng.integer(EPOCH_MAX)
    const session = { id, usesTopicIds, nextEpoch: 1, partitions: new Map<string, SessionPartition>() }
    this.#sessions.set(id, session)
    return session
  }

  close(id: number): void {
    this.#sessions.delete(id)
  }

  /** The session of a request that goes on with one, or the error to answer. */
  use(id: number, epoch: number, usesTopicIds: boolean): FetchSession | number {
    const session = this.#sessions.get(id)
    if (session === undefined) return ERROR.FETCH_SESSION_ID_NOT_FOUND
    if (session.usesTopicIds !== usesTopicIds) return ERROR.FETCH_SESSION_TOPIC_ID_ERROR
    if (epoch === FINAL_EPOCH || epoch !== session.nextEpoch) return ERROR.INVALID_FETCH_SESSION_EPOCH
    session.nextEpoch = epoch === EPOCH_MAX ? 1 : epoch + 1
    this.#sessions.delete(id)
    this.#sessions.set(id, session)
    return session
  }
}

export function partitionKey(topicOrId: string, partition: number): string {
  return `${topicOrId}:${partition}`
}
