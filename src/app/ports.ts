// What an application needs of the machine around it: time, randomness, its directory, the way to its broker, and turns for others.
// In life these are the real things; the simulation gives its own, and with them the same application runs on a virtual clock.
import { type Clock, type Disk, type Prng, systemClock, systemPrng } from '../base/index.ts'
import type { StreamThread } from '../runtime/index.ts'
import { type BrokerAccess, openBrokerAccess } from './broker-access.ts'
import { StateDirectory } from './state-directory.ts'

/** The directory of one instance, held for it alone. */
export interface InstanceDirectory {
  readonly path: string
  readonly disk: Disk
  /** Kept in the directory: so the group knows who comes back. */
  readonly processId: string
  removeState(): void
  close(): void
}

export interface AppPorts {
  readonly clock: Clock
  readonly prng: Prng
  /** Threads of a topology value take turns in one; in life a value has one thread, for functions cannot be sent to workers. */
  readonly areThreadsInline: boolean
  openDirectory(stateDir: string, applicationId: string): InstanceDirectory
  openBroker(servers: readonly string[]): Promise<BrokerAccess>
  /** Lets sockets and timers have their turn. */
  readonly yieldToEvents: () => Promise<void>
  /** Is shown each thread that runs inline, before it runs. */
  readonly onThread?: (thread: StreamThread) => void
}

export function systemPorts(): AppPorts {
  const prng = systemPrng()
  return {
    clock: systemClock,
    prng,
    areThreadsInline: false,
    openDirectory: (stateDir, applicationId) => StateDirectory.open(stateDir, applicationId, prng),
    openBroker: (servers) => openBrokerAccess(servers, systemClock),
    yieldToEvents: nextMacrotask,
  }
}

/** A macrotask, as I/O is one. */
export function nextMacrotask(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
