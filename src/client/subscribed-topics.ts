// What a member subscribes to, by name or pattern, and whether that has changed: topics that came or went, and (for the leader, on
// behalf of all members) numbers of partitions.
import type { ClientContext } from './context.ts'

/** How old the list of all topics may be for a pattern. */
const PATTERN_AGE_MS_MAX = 30_000

export class SubscribedTopics {
  readonly #context: ClientContext
  readonly #pattern: RegExp | undefined
  #named: readonly string[]
  #names: readonly string[] = []
  /** Of the whole group; empty unless this member leads it. */
  #groupTopics: readonly string[] = []
  #isLeader = false
  #seen = ''
  #listedAtMs = 0

  constructor(context: ClientContext, topics: readonly string[], pattern: RegExp | undefined) {
    this.#context = context
    this.#named = topics
    this.#pattern = pattern
  }

  /** As of the last resolve(). */
  get names(): readonly string[] {
    return this.#names
  }

  /** Returns whether they differ from those before. */
  set(topics: readonly string[]): boolean {
    const isSame = fingerprint(topics) === fingerprint(this.#named)
    this.#named = topics
    return !isSame
  }

  /** Finds out what the pattern matches. */
  async resolve(): Promise<void> {
    this.#names = await this.#matching()
  }

  /** The topics of all members, looked up for the assignor. */
  async refreshAll(topics: readonly string[]): Promise<void> {
    this.#groupTopics = topics
    await this.#context.cluster.refresh(topics)
  }

  watchAll(isLeader: boolean): void {
    this.#isLeader = isLeader
    this.#seen = this.#partitionCounts()
  }

  /** A reason to rebalance, where there is one. */
  async change(): Promise<string | undefined> {
    const { cluster, clock } = this.#context
    if (this.#pattern !== undefined && clock.monotonicMs() - this.#listedAtMs >= PATTERN_AGE_MS_MAX) {
      const isSame = fingerprint(await this.#matching()) === fingerprint(this.#names)
      if (!isSame) return 'the topics that match the pattern have changed'
    }
    if (!this.#isLeader) return undefined
    const missing = this.#groupTopics.filter((name) => cluster.topic(name) === undefined)
    if (missing.length > 0) await cluster.refresh(missing)
    return this.#partitionCounts() === this.#seen ? undefined : 'the partitions of a topic have changed'
  }

  async #matching(): Promise<readonly string[]> {
    const pattern = this.#pattern
    if (pattern === undefined) return this.#named
    const all = await this.#context.cluster.refresh()
    this.#listedAtMs = this.#context.clock.monotonicMs()
    const matching = all.filter(({ name, isInternal }) => !isInternal && pattern.test(name)).map(({ name }) => name)
    return [...new Set([...this.#named, ...matching])]
  }

  #partitionCounts(): string {
    if (!this.#isLeader) return ''
    const { cluster } = this.#context
    return fingerprint(this.#groupTopics.map((name) => `${name}:${cluster.topic(name)?.partitions ?? 0}`))
  }
}

function fingerprint(names: readonly string[]): string {
  return [...names].sort().join('\n')
}
