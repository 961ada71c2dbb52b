// A store before its serdes are known to be there: an operator makes it when the user calls, lowering makes the definition.
import type { StoreDefinition } from '../state/index.ts'
import type { Lowering } from './lower.ts'

export interface StoreSpec {
  readonly name: string
  /** The user's handle, where one was given: processors that name the handle mean this store. */
  readonly handle: object | undefined
  /** 'operator': an operator keeps the store; 'handle': a processor names it, and it is its own unless an operator keeps it. */
  readonly keeper: 'operator' | 'handle'
  readonly isGlobal: boolean
  readonly place: string | undefined
  /** undefined where a serde is missing, which it has noted. */
  readonly define: (lowering: Lowering) => StoreDefinition | undefined
}
