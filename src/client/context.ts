// What every part of a client works with.
import type { Clock, Prng } from '../base/index.ts'
import type { Cluster } from './cluster.ts'
import type { Connections } from './connections.ts'

export interface ClientContext {
  readonly clock: Clock
  readonly prng: Prng
  readonly clientId: string
  readonly connections: Connections
  readonly cluster: Cluster
  readonly requestTimeoutMs: number
  /** A lane of its own for something that may hold up its connection. */
  newLane(purpose: string): string
}
