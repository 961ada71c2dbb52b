// Where a store's changes are logged, and what its serdes are told the topic is.
import type { RecordHeaders } from '../record/index.ts'
import type { StoreDefinition } from './definition.ts'
import type { StoreHost } from './state-store.ts'

/** The topic that the store is restored from: a changelog of its own, or the source topic that serves as one. */
export function changelogTopic(definition: StoreDefinition, applicationId: string): string {
  return definition.sourceTopic ?? `${applicationId}-${definition.name}-changelog`
}

export type LogChange = (key: Buffer, value: Buffer | null, timestamp: number, headers: RecordHeaders) => void

/** Appends a change to the changelog; does nothing where the store has none of its own. */
export function changeLogger(definition: StoreDefinition, host: StoreHost): LogChange {
  const isLogged = definition.logging && definition.sourceTopic === undefined && !definition.isGlobal
  if (!isLogged) return () => undefined
  return (key, value, timestamp, headers) => host.logChange(definition, key, value, timestamp, headers)
}
