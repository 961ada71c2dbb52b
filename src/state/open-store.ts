// Makes the store that a definition describes, over the host's engine.
import { unreachable } from '../base/index.ts'
import type { StoreDefinition } from './definition.ts'
import { KeyValueState } from './key-value-store.ts'
import type { StateStore, StoreHost } from './state-store.ts'

/** Opens a store of a task. Its position says from where the changelog is to be restored. */
export function openStore(definition: StoreDefinition, host: StoreHost): StateStore {
  switch (definition.kind) {
    case 'key-value':
      return new KeyValueState(definition, host)
    default:
      return unreachable(definition as never)
  }
}
