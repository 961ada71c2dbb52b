// Reading as a member of a group. Everything happens when the next record is asked for: rebalances are answered, offsets committed,
// records polled. Heartbeats go on in the background, so that slow processing costs no membership.
// A record is given out, and finished when the next one is asked for; 'revoking' commits what is finished before it lets go.
import { RetriableError, TaskMigratedError, TidemillError, assert } from '../base/index.ts'
import { type TopicPartition, durationMs, positiveDurationMs } from '../record/index.ts'
import { cooperativeStickyAssignor } from './cooperative-sticky-assignor.ts'
import type { Fetcher, GroupEvent, GroupMember, GroupMetadata, OffsetAndMetadata } from './contract.ts'
import type { OwnClient } from './create-client.ts'
import type { AnySource, ClientRecord, SubscribeOptions, Subscription } from './kafka.ts'
import { rangeAssignor } from './range-assignor.ts'
import { decodeFetched } from './record-decoder.ts'
import { solve } from './topic-reader.ts'

const POLL_MS = 10_000
const WATCH_MS = 60_000
const COMMIT_INTERVAL = '5s'
const ASSIGNORS = { 'cooperative-sticky': cooperativeStickyAssignor, range: rangeAssignor } as const

export class GroupSubscription implements Subscription {
  readonly #client: OwnClient
  readonly #topics: readonly AnySource[]
  readonly #options: SubscribeOptions
  /** undefined: only by commit(). */
  readonly #commitIntervalMs: number | undefined
  readonly #member: GroupMember
  readonly #fetcher: Fetcher
  readonly #assigned = new Set<TopicPartition>()
  /** Next offset to process by partition: with and without the record that is being processed. */
  #givenOut = new Map<TopicPartition, number>()
  #finished = new Map<TopicPartition, number>()
  #committed = new Map<TopicPartition, number>()
  #lastCommitMs = 0
  /** Ends the poll when something happens in the group. */
  #isWatching = false
  #isIterating = false
  #isStopping = false
  #closing: Promise<void> | undefined

  constructor(client: OwnClient, topics: readonly AnySource[], options: SubscribeOptions) {
    this.#client = client
    this.#topics = topics
    this.#options = options
    const interval = options.commitInterval ?? COMMIT_INTERVAL
    this.#commitIntervalMs = interval === 'manual' ? undefined : durationMs(interval, 'commitInterval')
    const patterns = topics.filter(({ kind }) => kind === 'topic-pattern')
    const { groupInstanceId, sessionTimeout, heartbeatInterval } = options
    this.#member = client.groupMember({
      groupId: options.groupId,
      topics: topics.filter(({ kind }) => kind === 'topic').map(({ name }) => name),
      ...(patterns.length > 0 && { pattern: wholeNamePattern(patterns) }),
      assignors: [ASSIGNORS[options.assignor ?? 'cooperative-sticky']],
      ...(groupInstanceId !== undefined && { groupInstanceId }),
      ...(sessionTimeout !== undefined && { sessionTimeoutMs: positiveDurationMs(sessionTimeout, 'sessionTimeout') }),
      ...(heartbeatInterval !== undefined && {
        heartbeatIntervalMs: positiveDurationMs(heartbeatInterval, 'heartbeatInterval'),
      }),
    })
    const isolation = options.isolation ?? 'read-committed'
    this.#fetcher = client.fetcher({ isolation, reset: options.from ?? 'earliest' })
  }

  get assignment(): readonly TopicPartition[] {
    return [...this.#assigned]
  }

  get groupMetadata(): GroupMetadata {
    return this.#member.metadata
  }

  /** The offsets behind all records given out. */
  givenOut(): ReadonlyMap<TopicPartition, OffsetAndMetadata> {
    return asOffsets(this.#givenOut)
  }

  async commit(): Promise<void> {
    for (const [tp, offset] of this.#givenOut) this.#finished.set(tp, offset)
    await this.#commit(this.#givenOut)
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ClientRecord> {
    assert(!this.#isIterating, () => 'a subscription is iterated twice at the same time')
    this.#isIterating = true
    const { signal } = this.#options
    const stop = (): void => this.#stop()
    signal?.addEventListener('abort', stop)
    if (signal?.aborted === true) stop()
    this.#member.start()
    try {
      while (!this.#isStopping) yield* this.#round()
    } finally {
      this.#isIterating = false
      signal?.removeEventListener('abort', stop)
      await this.close()
    }
  }

  async *#round(): AsyncGenerator<ClientRecord> {
    await this.#due()
    const { partitions, problems } = await this.#poll()
    for (const problem of problems) await solve(this.#client, this.#fetcher, problem)
    for (const fetched of partitions) {
      const { tp, nextOffset } = fetched
      for (const record of decodeFetched(fetched, this.#topicOf(tp))) {
        if (!this.#assigned.has(tp) || this.#isStopping) break
        this.#givenOut.set(tp, record.offset + 1)
        yield record
        if (!this.#isStopping && this.#assigned.has(tp)) this.#finished.set(tp, record.offset + 1)
        const due = this.#due()
        if (due !== undefined) await due
      }
      if (this.#assigned.has(tp) && !this.#isStopping) {
        this.#givenOut.set(tp, nextOffset)
        this.#finished.set(tp, nextOffset)
      }
    }
  }

  /** Waits for records, and no longer than until the group wants something. */
  async #poll(): ReturnType<Fetcher['poll']> {
    if (this.#assigned.size === 0) {
      await this.#member.waitForEvent(POLL_MS)
      return { partitions: [], problems: [] }
    }
    if (!this.#isWatching) void this.#watch()
    return this.#fetcher.poll(POLL_MS)
  }

  async #watch(): Promise<void> {
    this.#isWatching = true
    await this.#member.waitForEvent(WATCH_MS)
    this.#isWatching = false
    this.#fetcher.wake()
  }

  /** What is due between two records; undefined where there is nothing, so that nothing has to be awaited. */
  #due(): Promise<void> | undefined {
    const events = this.#member.takeEvents()
    const nowMs = this.#client.context.clock.monotonicMs()
    const isCommitDue = this.#commitIntervalMs !== undefined && nowMs - this.#lastCommitMs >= this.#commitIntervalMs
    if (events.length === 0 && !isCommitDue) return undefined
    if (isCommitDue) this.#lastCommitMs = nowMs
    return this.#doDue(events, isCommitDue)
  }

  async #doDue(events: readonly GroupEvent[], isCommitDue: boolean): Promise<void> {
    for (const event of events) await this.#handle(event)
    if (isCommitDue) await this.#commitFinished()
  }

  async #handle(event: GroupEvent): Promise<void> {
    switch (event.kind) {
      case 'revoking':
        if (this.#commitIntervalMs !== undefined) await this.#commitFinished()
        for (const tp of event.partitions) this.#letGo(tp)
        return this.#member.revoked()
      case 'assigned':
        return this.#begin(event.assignment.partitions.filter((tp) => !this.#assigned.has(tp)))
      case 'lost':
        for (const tp of event.partitions) this.#letGo(tp)
        return
      case 'status':
      case 'endpoints':
        return // streams groups alone have them
      case 'failed':
        throw event.error
    }
  }

  async #begin(added: readonly TopicPartition[]): Promise<void> {
    if (added.length === 0) return
    const committed = await this.#member.committed(added)
    const fresh = added.filter((tp) => !committed.has(tp))
    const starts =
      fresh.length === 0 ? undefined : await this.#client.admin().listOffsets(fresh, this.#options.from ?? 'earliest')
    for (const tp of added) {
      this.#assigned.add(tp)
      this.#fetcher.add(tp, committed.get(tp)?.offset ?? starts?.get(tp)?.offset ?? 0)
    }
  }

  #letGo(tp: TopicPartition): void {
    this.#assigned.delete(tp)
    this.#fetcher.remove(tp)
    this.#givenOut.delete(tp)
    this.#finished.delete(tp)
    this.#committed.delete(tp)
  }

  /** By itself: what cannot be committed now is committed later, or was never ours to commit. */
  async #commitFinished(): Promise<void> {
    await this.#commit(this.#finished).catch((error: Error) => {
      if (!(error instanceof RetriableError || error instanceof TaskMigratedError)) throw error
    })
  }

  async #commit(positions: ReadonlyMap<TopicPartition, number>): Promise<void> {
    const changed = new Map([...positions].filter(([tp, offset]) => this.#committed.get(tp) !== offset))
    if (changed.size === 0) return
    await this.#member.commit(asOffsets(changed))
    for (const [tp, offset] of changed) if (this.#assigned.has(tp)) this.#committed.set(tp, offset)
  }

  #topicOf(tp: TopicPartition): AnySource {
    const exact = this.#topics.find(({ kind, name }) => kind === 'topic' && name === tp.topic)
    const matching =
      exact ?? this.#topics.find((each) => each.kind === 'topic-pattern' && wholeNamePattern([each]).test(tp.topic))
    if (matching !== undefined) return matching
    throw new TidemillError('invalid-argument', `records of topic '${tp.topic}' came, which is not subscribed to`)
  }

  #stop(): void {
    this.#isStopping = true
    this.#fetcher.wake()
  }

  async #close(): Promise<void> {
    this.#stop()
    if (this.#commitIntervalMs !== undefined && this.#member.state !== 'unjoined') await this.#commitFinished()
    await this.#member.close()
    await this.#fetcher.close()
  }
}

function wholeNamePattern(patterns: readonly AnySource[]): RegExp {
  return new RegExp(patterns.map(({ name }) => `^(?:${name})$`).join('|'))
}

function asOffsets(positions: ReadonlyMap<TopicPartition, number>): ReadonlyMap<TopicPartition, OffsetAndMetadata> {
  return new Map([...positions].map(([tp, offset]) => [tp, { offset, metadata: '' }]))
}
