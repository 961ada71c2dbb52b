// Makes the store that a definition describes, over the host's engine.
import { unreachable } from '../base/index.ts'
import type { StoreDefinition } from './definition.ts'
import type { StateStore, StoreHost } from './state-store.ts'

/** Opens a store of a task. Its position says from where the changelog is to be restored. */
export function openStore(definition: StoreDefinition, host: StoreHost): StateStore {
  return unreachable([definition, host] as never)
}
