// A store as queries may want to see it: without what its cache holds back, or as of the last commit. It is a store of the same kind
// over the same bytes, with a layer of pending writes of its own that stays empty. Made for one question, while the owner stands still.
import { TidemillError } from '../base/index.ts'
import { RecordHeaders } from '../record/index.ts'
import type { ByteCursor, ByteRange, ByteStore, ByteView, StorePosition } from './byte-store.ts'
import type { StoreDefinition } from './definition.ts'
import { openStore } from './open-store.ts'
import type { PendingBytes } from './pending-bytes.ts'
import type { StateStore, StoreHost, StoreRows } from './state-store.ts'

/** What a reader leaves out: what only the cache has, or all that is not committed. */
export type ReadLevel = 'uncached' | 'committed'

/** A store without a cache is as it is where nothing but the cache is to be left out. */
export function readView(store: StateStore, level: ReadLevel, applicationId: string): StateStore {
  const { rows, definition } = store
  if (rows === undefined || (level === 'uncached' && !definition.caching)) return store
  const bytes = new ReadOnlyBytes(definition.name, rows, level)
  return openStore(viewed(definition), {
    applicationId,
    record: { topic: null, partition: -1, offset: -1, timestamp: -1, headers: RecordHeaders.empty },
    setRecordContext: () => undefined,
    logChange: refuse,
    engine: () => ({ type: definition.type, open: () => bytes }),
    cacheBytesMax: () => 0,
    dropped: () => undefined,
  } satisfies StoreHost)
}

/** Reading moves no entry to the front of those used last. */
function viewed(definition: StoreDefinition): StoreDefinition {
  if (definition.kind === 'key-value') return { ...definition, caching: false, lruEntriesMax: undefined }
  return { ...definition, caching: false }
}

class ReadOnlyBytes implements ByteStore {
  readonly name: string
  readonly #bytes: PendingBytes | ByteStore
  readonly #position: StorePosition | undefined

  constructor(name: string, { bytes, observedMs }: StoreRows, level: ReadLevel) {
    const position = bytes.position()
    this.name = name
    this.#bytes = level === 'committed' ? bytes.committed : bytes
    this.#position =
      level === 'committed' ? position : { changelogs: position?.changelogs ?? new Map(), streamTimeMs: observedMs }
  }

  get(key: Uint8Array, start: number, end: number): ByteView | undefined {
    return this.#bytes.get(key, start, end)
  }

  cursor(range: ByteRange): ByteCursor {
    return this.#bytes.cursor(range)
  }

  position(): StorePosition | undefined {
    return this.#position
  }

  approximateCount(): number {
    return this.#bytes.approximateCount()
  }

  approximateBytes(): number {
    return 0
  }

  backlog(): undefined {
    return undefined
  }

  // Its owner does these.
  readonly commit = refuse
  readonly load = refuse
  readonly deleteBelow = refuse
  readonly flush = refuse
  readonly close = refuse
  readonly destroy = refuse
}

function refuse(): never {
  throw new TidemillError('invalid-argument', 'a view of a store is for reading only')
}
