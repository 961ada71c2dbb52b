// Makes the store that a definition describes, over the host's engine.
import { unreachable } from '../base/index.ts'
import type { StoreDefinition } from './definition.ts'
import { GraceBufferState } from './grace-buffer.ts'
import { KeyValueState } from './key-value-store.ts'
import { OuterJoinState } from './outer-join-store.ts'
import { SessionState } from './session-store.ts'
import type { StateStore, StoreHost } from './state-store.ts'
import { SubscriptionState } from './subscription-store.ts'
import { SuppressBufferState } from './suppress-buffer.ts'
import { VersionedState } from './versioned-store.ts'
import { WindowState } from './window-store.ts'

/** Opens a store of a task. Its position says from where the changelog is to be restored. */
export function openStore(definition: StoreDefinition, host: StoreHost): StateStore {
  switch (definition.kind) {
    case 'key-value':
      return new KeyValueState(definition, host)
    case 'window':
      return new WindowState(definition, host)
    case 'session':
      return new SessionState(definition, host)
    case 'versioned':
      return new VersionedState(definition, host)
    case 'suppress-buffer':
      return new SuppressBufferState(definition, host)
    case 'grace-buffer':
      return new GraceBufferState(definition, host)
    case 'outer-join':
      return new OuterJoinState(definition, host)
    case 'fk-subscription':
      return new SubscriptionState(definition, host)
    default:
      return unreachable(definition)
  }
}
