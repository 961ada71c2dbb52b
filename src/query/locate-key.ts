// Which instance has a key, from what the threads of this one know.
import { partitionForKey } from '../base/index.ts'
import type { KeyValueHandle, SessionHandle, StoreHandle, VersionedHandle, WindowHandle } from '../processors/index.ts'
import { RecordHeaders } from '../record/index.ts'
import { StoreUnavailableError } from './asker.ts'
import type { LocalQueryAnswer } from './local-query.ts'

/** The key type of a store's handle. */
export type HandleKey<H extends StoreHandle> =
  H extends KeyValueHandle<infer K, any>
    ? K
    : H extends WindowHandle<infer K, any>
      ? K
      : H extends SessionHandle<infer K, any>
        ? K
        : H extends VersionedHandle<infer K, any>
          ? K
          : never

/** Where a key is. Java: KeyQueryMetadata. */
export interface KeyLocation {
  readonly partition: number
  /** This instance has it. */
  readonly isLocal: boolean
  /** `host:port` of the instance that has it; undefined: nobody, as far as is known, or one without `applicationServer`. */
  readonly server: string | undefined
  readonly standbys: readonly string[]
}

export function locateKey(
  answers: readonly LocalQueryAnswer[],
  handle: StoreHandle,
  key: unknown,
  ownServer: string | undefined,
): KeyLocation {
  const { definition } = handle
  const [first] = answers
  if (first?.count === undefined || !first.isPartitionedByKey) {
    throw new StoreUnavailableError(
      first === undefined ? 'not-running' : 'not-here',
      `it cannot be said where a key of store '${definition.name}' is: ` +
        (first === undefined
          ? 'the application does not run'
          : first.isPartitionedByKey
            ? 'the topology has no such store, or it is a global one, which is everywhere'
            : 'a partition function decides'),
    )
  }
  const bytes = definition.key.encode(key, { topic: definition.name, headers: RecordHeaders.empty, isKey: true })
  const partition = partitionForKey(first.count, bytes)
  const isLocal = answers.some(({ held }) => held.includes(partition))
  const server = first.elsewhere.find(({ active }) => active.includes(partition))?.server
  return {
    partition,
    isLocal,
    server: isLocal ? ownServer : server,
    standbys: first.elsewhere.filter(({ standby }) => standby.includes(partition)).map((each) => each.server),
  }
}
