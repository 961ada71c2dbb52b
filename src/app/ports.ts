// What an application needs of the machine around it: time, randomness, its directory, the way to its broker, and turns for others.
// In life these are the real things; the simulation gives its own, and with them the same application runs on a virtual clock.
import { type Clock, type Disk, type Prng, systemClock, systemPrng } from '../base/index.ts'
import type { SecuritySettings } from '../client/index.ts'
import type { StreamThread } from '../runtime/index.ts'
import type { ByteStoreEngine } from '../state/index.ts'
import { type BrokerAccess, openBrokerAccess } from './broker-access.ts'
import { type Endpoint, type EndpointOptions, openEndpoint } from './http-endpoint.ts'
import { StateDirectory } from './state-directory.ts'
import { type StatusSource, openStatusEndpoint } from './status-endpoint.ts'
import { type Watchdog, type Watched, watchFromOutside } from './step-watchdog.ts'

/** The directory of one instance, held for it alone. */
export interface InstanceDirectory {
  readonly path: string
  readonly disk: Disk
  /** Kept in the directory: so the group knows who comes back. */
  readonly processId: string
  /** What a question to this instance must carry. */
  readonly token?: string
  /** Tells other processes where this instance answers questions. */
  publish?(host: string, port: number): void
  removeState(): void
  close(): void
}

export interface AppPorts {
  readonly clock: Clock
  readonly prng: Prng
  /** Threads of a topology value take turns in one; in life a value has one thread, for functions cannot be sent to workers. */
  readonly areThreadsInline: boolean
  openDirectory(stateDir: string, applicationId: string): InstanceDirectory
  openBroker(servers: readonly string[], security: SecuritySettings): Promise<BrokerAccess>
  /** Where `tidemill status` asks; undefined: nobody can. */
  openStatus?(token: string, source: StatusSource): Promise<Endpoint>
  /** Listens for questions of other instances; undefined: nobody does. */
  openEndpoint?(options: EndpointOptions): Promise<Endpoint>
  /** Watches from outside that no step blocks the application's thread; undefined: nobody does. */
  watch?(watched: Watched, directory: string, onWarning: (message: string) => void): Watchdog
  /** Lets sockets and timers have their turn. */
  readonly yieldToEvents: () => Promise<void>
  /** Is shown each thread that runs inline, before it runs. */
  readonly onThread?: (thread: StreamThread) => void
  /** May stand between a task of an inline thread and the engine of its stores. */
  readonly observeEngine?: (taskId: string, engine: ByteStoreEngine) => ByteStoreEngine
}

export function systemPorts(): AppPorts {
  const prng = systemPrng()
  return {
    clock: systemClock,
    prng,
    areThreadsInline: false,
    openDirectory: (stateDir, applicationId) => StateDirectory.open(stateDir, applicationId, prng),
    openBroker: (servers, security) => openBrokerAccess(servers, security, systemClock),
    openStatus: openStatusEndpoint,
    openEndpoint,
    watch: watchFromOutside,
    yieldToEvents: nextMacrotask,
  }
}

/** A macrotask, as I/O is one. */
export function nextMacrotask(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
