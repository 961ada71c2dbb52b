// Where a store's changes are logged, and what its serdes are told the topic is.
import { ByteWriter } from '../base/index.ts'
import type { RecordHeaders } from '../record/index.ts'
import type { StoreDefinition } from './definition.ts'
import type { StoreHost } from './state-store.ts'

/** The topic that the store is restored from: a changelog of its own, or the source topic that serves as one. */
export function changelogTopic(definition: StoreDefinition, applicationId: string): string {
  return definition.sourceTopic ?? `${applicationId}-${definition.name}-changelog`
}

/** Whether the store has a changelog of its own to write to. */
export function isLogged(definition: StoreDefinition): boolean {
  return definition.logging && definition.sourceTopic === undefined && !definition.isGlobal
}

export type LogChange = (key: Buffer, value: Buffer | null, timestamp: number, headers: RecordHeaders) => void

/** Appends a change to the changelog; does nothing where the store has none of its own. */
export function changeLogger(definition: StoreDefinition, host: StoreHost): LogChange {
  if (!isLogged(definition)) return () => undefined
  const writer = new ByteWriter(256)
  return (key, value, timestamp, headers) => {
    if (value === null) return host.logChange(definition, key, 0, key.length, 0, -1, timestamp, headers)
    writer.reset()
    writer.bytes(key)
    writer.bytes(value)
    host.logChange(definition, writer.buffer, 0, key.length, key.length, writer.position, timestamp, headers)
  }
}
