// `embedded:DIR`: the broker on a directory, served by the main thread of the first process that opens it. Everybody else
// reaches it over loopback at the address in broker.lock. When the owner is gone, the next who connects takes over.
//
//   unknown --lock taken--> owner (a Broker runs here; the in-process transport)
//      ^  \--lock held by a live process--> follower (TCP to its address, looked up at each connect)
//      +------ connection lost: who owns it now? ------+
//
// Invariants: one EmbeddedDirectory a path and process, shared and counted by its users; the broker closes with the last.
import { resolve } from 'node:path'
import { type Clock, NodeDisk, RetriableError, TidemillError, sleep, systemClock, systemPrng } from '../base/index.ts'
import { type Broker, type BrokerOptions, startBroker } from '../broker/index.ts'
import {
  type BrokerAddress,
  type ConnectionListener,
  TcpTransport,
  type Transport,
  type TransportConnection,
} from '../client/index.ts'
import { DirectoryLock, type LockOwner, readOwner } from './directory-lock.ts'
import { connectInProcess } from './in-process-transport.ts'

const LOCK = 'broker.lock'
/** Between two looks at who serves a directory. */
const WATCH_PAUSE_MS = 100
const CONNECT_TIMEOUT_MS = 5_000

/** How the broker of a directory is to be started, where this process does it. */
export type EmbeddedOptions = Pick<
  BrokerOptions,
  'listen' | 'durability' | 'autoCreateTopics' | 'partitions' | 'configs' | 'onWarning'
>

const open = new Map<string, EmbeddedDirectory>()

/** The directory's entry in this process; close() it once for each call. */
export function openEmbedded(
  dir: string,
  options: EmbeddedOptions = {},
  clock: Clock = systemClock,
): EmbeddedDirectory {
  const path = resolve(dir)
  let directory = open.get(path)
  if (directory === undefined) open.set(path, (directory = new EmbeddedDirectory(path, options, clock)))
  directory.users++
  return directory
}

export class EmbeddedDirectory {
  readonly path: string
  users = 0
  readonly #options: EmbeddedOptions
  readonly #clock: Clock
  #lock: DirectoryLock | undefined
  #broker: Broker | undefined
  #taking: Promise<Broker | LockOwner> | undefined
  #watch: TransportConnection | undefined
  #isKept = false
  #isClosed = false

  constructor(path: string, options: EmbeddedOptions, clock: Clock) {
    this.path = path
    this.#options = options
    this.#clock = clock
  }

  /** The broker, where this process serves the directory. */
  get broker(): Broker | undefined {
    return this.#broker
  }

  /** Serves the directory if nobody does; gives the broker, or who has it. */
  async take(): Promise<Broker | LockOwner> {
    if (this.#broker !== undefined) return this.#broker
    this.#taking ??= this.#take().finally(() => (this.#taking = undefined))
    return this.#taking
  }

  transport(): Transport {
    return new EmbeddedTransport(this, this.#clock)
  }

  /** Watches the owner, where that is another process, and takes over when it is gone. */
  keepServed(): void {
    if (this.#isKept) return
    this.#isKept = true
    void this.#keep()
  }

  async close(): Promise<void> {
    this.users--
    if (this.users > 0) return
    open.delete(this.path)
    this.#isClosed = true
    this.#watch?.close()
    await this.#taking?.catch(() => undefined)
    const broker = this.#broker
    this.#broker = undefined
    await broker?.close()
    this.#lock?.release()
    this.#lock = undefined
  }

  async #keep(): Promise<void> {
    const tcp = new TcpTransport({ bootstrap: [], clock: this.#clock })
    while (!this.#isClosed) {
      try {
        const taken = await this.take()
        if (!('nonce' in taken)) return
        await this.#untilGone(tcp, addressOf(taken, this.path))
      } catch {
        // Not reachable yet, or not any more: look again who has it.
      }
      await sleep(this.#clock, WATCH_PAUSE_MS)
    }
  }

  async #untilGone(tcp: TcpTransport, address: BrokerAddress): Promise<void> {
    let onGone: () => void = () => undefined
    const gone = new Promise<void>((done) => (onGone = done))
    this.#watch = await tcp.connect(address, { onFrame: () => undefined, onClose: onGone }, CONNECT_TIMEOUT_MS)
    if (this.#isClosed) this.#watch.close()
    await gone
  }

  async #take(): Promise<Broker | LockOwner> {
    const disk = new NodeDisk(this.path)
    const lock = DirectoryLock.take(disk, LOCK, systemPrng())
    if (!(lock instanceof DirectoryLock)) return lock
    try {
      const broker = await startBroker({ ...this.#options, dir: this.path, clock: this.#clock })
      const { address } = broker
      if (address !== undefined) lock.setAddress(address.host, address.port)
      this.#lock = lock
      this.#broker = broker
      return broker
    } catch (error) {
      lock.release()
      throw error
    }
  }
}

/** Goes wherever the broker of the directory is now: there is only one, whatever address a client has heard of. */
class EmbeddedTransport implements Transport {
  readonly #directory: EmbeddedDirectory
  readonly #tcp: TcpTransport

  constructor(directory: EmbeddedDirectory, clock: Clock) {
    this.#directory = directory
    this.#tcp = new TcpTransport({ bootstrap: () => this.bootstrap(), clock })
  }

  async bootstrap(): Promise<readonly BrokerAddress[]> {
    const taken = await this.#directory.take()
    return [('nonce' in taken ? taken : taken.address) ?? { host: '127.0.0.1', port: 0 }]
  }

  async connect(
    _address: BrokerAddress,
    listener: ConnectionListener,
    timeoutMs: number,
  ): Promise<TransportConnection> {
    const taken = await this.#directory.take()
    if (!('nonce' in taken)) return connectInProcess(taken, listener)
    return this.#tcp.connect(addressOf(taken, this.#directory.path), listener, timeoutMs)
  }

  close(): Promise<void> {
    return this.#tcp.close()
  }
}

/** For workers, which never serve: the address is read from the lock at each connect. */
export class FollowerTransport implements Transport {
  readonly #path: string
  readonly #tcp: TcpTransport

  constructor(dir: string, clock: Clock) {
    this.#path = resolve(dir)
    this.#tcp = new TcpTransport({ bootstrap: () => this.bootstrap(), clock })
  }

  async bootstrap(): Promise<readonly BrokerAddress[]> {
    return [this.#owner()]
  }

  async connect(
    _address: BrokerAddress,
    listener: ConnectionListener,
    timeoutMs: number,
  ): Promise<TransportConnection> {
    return this.#tcp.connect(this.#owner(), listener, timeoutMs)
  }

  close(): Promise<void> {
    return this.#tcp.close()
  }

  #owner(): BrokerAddress {
    const owner = readOwner(new NodeDisk(this.#path), LOCK)
    if (owner === undefined) {
      throw new RetriableError(
        'broker-not-reachable',
        `nobody serves ${this.#path}: its owner has closed or died, another may take over`,
      )
    }
    return addressOf(owner, this.#path)
  }
}

function addressOf(owner: LockOwner, path: string): BrokerAddress {
  if (owner.port > 0) return { host: owner.host, port: owner.port }
  throw new RetriableError(
    'broker-not-reachable',
    `process ${owner.pid} is about to serve ${path}, and does not listen yet`,
  )
}

export interface ServeDirectoryOptions extends EmbeddedOptions {
  readonly dir: string
}

export interface ServedDirectory {
  readonly address: { readonly host: string; readonly port: number }
  readonly broker: Broker
  close(): Promise<void>
}

/**
 * Serves a directory as a broker, and holds its lock.
 *
 * @throws TidemillError `directory-locked` with the process that serves it already
 */
export async function serveDirectory(options: ServeDirectoryOptions): Promise<ServedDirectory> {
  const { dir, ...rest } = options
  const directory = openEmbedded(dir, rest)
  try {
    const taken = await directory.take()
    if ('nonce' in taken) {
      throw new TidemillError(
        'directory-locked',
        `${directory.path} is served by process ${taken.pid} at ${taken.host}:${taken.port} already: ` +
          `connect to it (embedded:${dir} does), stop it, or choose another directory`,
      )
    }
    const address = taken.address ?? { host: '127.0.0.1', port: 0 }
    return { address, broker: taken, close: () => directory.close() }
  } catch (error) {
    await directory.close()
    throw error
  }
}
