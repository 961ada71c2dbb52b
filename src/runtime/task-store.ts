// A store of a task with its changelog: what the store asks (StoreHost), and how far its changelog is.
// Invariant: the position only moves to what the log acknowledged (or restore has read), never to what was merely sent.
import type { RecordHeaders, TopicPartition } from '../record/index.ts'
import type {
  ByteStoreEngine,
  ChangelogPosition,
  ChangelogRecord,
  StateStore,
  StoreDefinition,
  StoreHost,
} from '../state/index.ts'
import type { MutableContext } from './node-host.ts'
import type { RecordCollector, TopicWriter } from './record-collector.ts'

export interface TaskStoreOptions {
  readonly definition: StoreDefinition
  readonly applicationId: string
  readonly context: MutableContext
  readonly collector: RecordCollector
  /** Its changelog partition, or the partitions of the source topic that serves as one. */
  readonly changelogs: readonly TopicPartition[]
  readonly engine: (store: StoreDefinition) => ByteStoreEngine
  readonly cacheBytesMax: () => number
  readonly onDropped: (reason: 'expired-window' | 'expired-version') => void
}

export class TaskStoreHost implements StoreHost {
  readonly applicationId: string
  readonly record: MutableContext
  readonly changelogs: readonly TopicPartition[]
  /** Something was sent to the changelog since the last commit. */
  hasLogged = false
  /** Entries that its cache has given so far: each sets the context to its own record's. */
  flushedCount = 0
  readonly #options: TaskStoreOptions
  #writer: TopicWriter | undefined = undefined

  constructor(options: TaskStoreOptions) {
    this.applicationId = options.applicationId
    this.record = options.context
    this.changelogs = options.changelogs
    this.#options = options
  }

  setRecordContext(
    topic: string | null,
    partition: number,
    offset: number,
    timestamp: number,
    headers: RecordHeaders,
  ): void {
    this.flushedCount++
    const { record } = this
    record.topic = topic
    record.partition = partition
    record.offset = offset
    record.timestamp = timestamp
    record.headers = headers
  }

  logChange(
    store: StoreDefinition,
    buffer: Buffer,
    keyStart: number,
    keyEnd: number,
    valueStart: number,
    valueEnd: number,
    timestamp: number,
    headers: RecordHeaders,
  ): void {
    const changelog = this.changelogs[0]
    if (!store.logging || store.sourceTopic !== undefined || changelog === undefined) return
    this.hasLogged = true
    this.#writer ??= this.#options.collector.topic(changelog.topic)
    const { partition } = changelog
    this.#writer.sendRange(partition, buffer, keyStart, keyEnd, valueStart, valueEnd, timestamp, headers)
  }

  engine(store: StoreDefinition): ByteStoreEngine {
    return this.#options.engine(store)
  }

  cacheBytesMax(): number {
    return this.#options.cacheBytesMax()
  }

  dropped(reason: 'expired-window' | 'expired-version'): void {
    this.#options.onDropped(reason)
  }
}

/** A store, its host, and the position of its changelogs. */
export class TaskStore {
  readonly host: TaskStoreHost
  readonly store: StateStore
  readonly #positions: Map<TopicPartition, ChangelogPosition>

  constructor(host: TaskStoreHost, store: StateStore) {
    this.host = host
    this.store = store
    this.#positions = new Map(store.position()?.changelogs)
  }

  get isSource(): boolean {
    return this.store.definition.sourceTopic !== undefined
  }

  position(changelog: TopicPartition): ChangelogPosition | undefined {
    return this.#positions.get(changelog)
  }

  /** Only forwards: a producer also knows what it wrote when the task was here before, and others have written since. */
  setPosition(changelog: TopicPartition, position: ChangelogPosition): void {
    const current = this.#positions.get(changelog)
    if (current?.topicId === position.topicId && position.nextOffset < current.nextOffset) return
    this.#positions.set(changelog, position)
  }

  restore(records: Iterable<ChangelogRecord>, changelog: TopicPartition, position: ChangelogPosition): void {
    this.#positions.set(changelog, position)
    this.store.restore(records, { changelogs: this.#positions, streamTimeMs: -1 })
  }

  commit(): void {
    this.host.hasLogged = false
    this.store.commit({ changelogs: this.#positions, streamTimeMs: -1 })
  }
}
