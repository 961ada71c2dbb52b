// The broker: a state machine `(request, now) -> response | parked` over a Disk and a Clock. Connections bring frames, from a socket or
// from the same process; handlers answer. Everything runs on one thread, and with a ManualClock and a MemoryDisk a run repeats exactly.
//
//   connect() -> receive(frame) ... onFrame(chunks)     in the order of the requests
//   start: catalog, new leader epoch, recovery of the logs, coordinators' state; then the server listens
//   close: server, connections, logs with their clean mark
import { type Clock, type Disk, type Prng } from '../base/index.ts'
import { BrokerConnection, type BrokerConnectionListener } from './connection.ts'
import { BrokerCore } from './core.ts'
import { handlers } from './handlers/index.ts'
import type { Durability } from './log/partition-log.ts'
import { TcpServer } from './server/tcp-server.ts'

/** Where a broker listens. */
export interface ListenOptions {
  /** @defaultValue '127.0.0.1' */
  readonly host?: string
  /** 0 takes a free one. @defaultValue 0 */
  readonly port?: number
}

/** What a broker runs on, all decided. */
export interface BrokerSettings {
  readonly disk: Disk
  readonly clock: Clock
  readonly prng: Prng
  readonly durability: Durability
  readonly configs: Readonly<Record<string, string | number | boolean>>
  readonly tailCacheBytesMax: number
  readonly onWarning: (message: string) => void
}

/** A client's end of a connection in the same process. */
export interface InProcessConnection {
  /** Sends one request frame, without the 4-byte size. The bytes are handed over: record batches in it are kept and get their offsets. */
  receive(frame: Buffer): void
  /** Bytes of requests that are not answered yet. */
  readonly unansweredBytes: number
  close(): void
}

/** What a broker says of itself. */
export interface BrokerStatus {
  readonly clusterId: string
  readonly leaderEpoch: number
  readonly location: string
  readonly connections: number
  readonly topics: readonly {
    readonly name: string
    readonly id: string
    readonly isInternal: boolean
    readonly partitions: readonly {
      readonly partition: number
      readonly startOffset: number
      readonly endOffset: number
      readonly sizeBytes: number
      /** Why it takes no writes; undefined while it does. */
      readonly failure: string | undefined
    }[]
  }[]
  readonly groups: readonly {
    readonly id: string
    readonly type: 'classic' | 'consumer'
    readonly state: string
    readonly members: number
  }[]
  /** The newest warnings, oldest first. */
  readonly warnings: readonly string[]
}

const WARNINGS_KEPT = 100

/**
 * A broker on a directory or a disk in memory. Made by `startBroker`.
 *
 * @example
 * const { topics } = broker.status()
 * console.log(topics.length)
 * await broker.close()
 */
export class Broker {
  readonly #core: BrokerCore
  readonly #settings: BrokerSettings
  readonly #connections = new Set<BrokerConnection>()
  readonly #warnings: string[] = []
  #server: TcpServer | undefined
  #closing: Promise<void> | undefined

  /** Opens the logs and takes over; throws when the directory cannot be read or written. */
  constructor(settings: BrokerSettings) {
    this.#settings = settings
    this.#core = new BrokerCore({ ...settings, onWarning: (message) => this.#warn(message) })
  }

  /** Where it listens; undefined when it does not. */
  get address(): { readonly host: string; readonly port: number } | undefined {
    return this.#server?.address
  }

  get clusterId(): string {
    return this.#core.catalog.clusterId
  }

  /** Begins to listen. Rejects with port-in-use or address-not-available. */
  async listen(options: ListenOptions = {}): Promise<void> {
    const server = new TcpServer({
      frameBytesMax: this.#core.configs.number('socket.request.max.bytes'),
      connect: (listener, clientHost) => this.#connect(listener, clientHost),
      onWarning: (message) => this.#warn(message),
    })
    this.#core.advertised = await server.listen(options.host ?? '127.0.0.1', options.port ?? 0)
    this.#server = server
  }

  /** Opens a connection inside the process. */
  connect(listener: BrokerConnectionListener): InProcessConnection {
    return this.#connect(listener, 'in-process')
  }

  status(): BrokerStatus {
    const { catalog, leaderEpoch } = this.#core
    return {
      clusterId: catalog.clusterId,
      leaderEpoch,
      location: this.#settings.disk.location,
      connections: this.#connections.size,
      topics: [...catalog.topics.values()].map(({ name, id, isInternal, logs }) => ({
        name,
        id,
        isInternal,
        partitions: logs.map(({ partition, logStartOffset, logEndOffset, sizeBytes, failure }) => {
          return { partition, startOffset: logStartOffset, endOffset: logEndOffset, sizeBytes, failure }
        }),
      })),
      groups: [...this.#core.groups.groups.values()].map(({ id, classic, consumer }) => {
        const group = consumer ?? classic
        return {
          id,
          type: consumer === undefined ? 'classic' : 'consumer',
          state: group.state,
          members: group.members.size,
        }
      }),
      warnings: [...this.#warnings],
    }
  }

  /** Ends all connections and closes the logs cleanly. May be called more than once. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await this.#server?.close()
    for (const connection of this.#connections) connection.close()
    await this.#core.close()
  }

  #connect(listener: BrokerConnectionListener, clientHost: string): BrokerConnection {
    const connection: BrokerConnection = new BrokerConnection(this.#core, handlers, listener, {
      clientHost,
      onClosed: () => this.#connections.delete(connection),
    })
    this.#connections.add(connection)
    return connection
  }

  #warn(message: string): void {
    this.#warnings.push(message)
    if (this.#warnings.length > WARNINGS_KEPT) this.#warnings.shift()
    this.#settings.onWarning(message)
  }
}
