// The network of a simulated world: connections between processes and the one broker, as TCP gives them. Frames of a connection keep
// their order and arrive once; a connection that breaks loses what was on its way back, while what was sent before may still
// arrive, and late: so a request can take effect after its sender has given it up, or is dead.
import { type Prng, RetriableError, crc32c } from '../../base/index.ts'
import type { Broker, InProcessConnection } from '../../broker/index.ts'
import type { BrokerAddress, ConnectionListener, Transport, TransportConnection } from '../../client/index.ts'
import type { Trace } from './trace.ts'
import type { VirtualProcess } from './virtual-process.ts'
import type { VirtualTime } from './virtual-time.ts'

const LATENCY_MS_MIN = 0.1
const LATENCY_MS_MAX = 2
/** A host that refuses connections says so after this. */
const REFUSED_MS = 1
const ADDRESS: BrokerAddress = { host: 'broker', port: 9092 }

export interface Server {
  readonly process: VirtualProcess
  readonly broker: Broker
}

/** The way between one process and the broker. */
interface Link {
  /** Nothing passes before. */
  blockedUntilMs: number
  /** New connections fail before. */
  cutUntilMs: number
  /** The next request of that kind breaks its connection, and arrives so much later. */
  trap: { readonly requestKey: number; readonly lateMs: number } | undefined
  readonly connections: Set<VirtualConnection>
}

export interface NetworkOptions {
  readonly time: VirtualTime
  readonly prng: Prng
  readonly trace: Trace
  /** The broker that is up. */
  readonly server: () => Server | undefined
}

export class VirtualNetwork {
  readonly options: NetworkOptions
  readonly #links = new Map<string, Link>()
  #onArrival: { readonly requestKey: number; readonly callback: () => void } | undefined

  constructor(options: NetworkOptions) {
    this.options = options
  }

  transport(client: VirtualProcess): Transport {
    return {
      bootstrap: async () => [ADDRESS],
      connect: (_address, listener, timeoutMs) => this.#connect(client, listener, timeoutMs),
      close: async () => undefined,
    }
  }

  link(host: string): Link {
    let link = this.#links.get(host)
    if (link === undefined) {
      link = { blockedUntilMs: 0, cutUntilMs: 0, trap: undefined, connections: new Set() }
      this.#links.set(host, link)
    }
    return link
  }

  latencyMs(): number {
    return LATENCY_MS_MIN + (LATENCY_MS_MAX - LATENCY_MS_MIN) * this.options.prng.next()
  }

  /** Breaks connections of a host; `share` of 1 breaks all. What was sent arrives up to `lateMs` later. */
  drop(host: string, share: number, lateMs: number): void {
    const { prng } = this.options
    for (const connection of Array.from(this.link(host).connections)) {
      if (prng.next() < share) connection.break(this.#late(lateMs), lateMs * prng.next())
    }
  }

  /** Breaks the connection on which the host sends its next request of that kind, when it is on its way. */
  dropAt(host: string, requestKey: number, lateMs: number): void {
    this.link(host).trap = { requestKey, lateMs }
  }

  /** Calls back when the next request of that kind is about to reach the broker. */
  atArrival(requestKey: number, callback: () => void): void {
    this.#onArrival = { requestKey, callback }
  }

  arrives(requestKey: number): void {
    const { callback } = this.#onArrival?.requestKey === requestKey ? this.#onArrival : {}
    if (callback === undefined) return
    this.#onArrival = undefined
    callback()
  }

  stall(host: string, ms: number): void {
    this.link(host).blockedUntilMs = this.options.time.nowMs + ms
  }

  cut(host: string, ms: number): void {
    this.link(host).cutUntilMs = this.options.time.nowMs + ms
    this.drop(host, 1, ms)
  }

  /** The process is gone: its machine closes its connections, or is gone too. */
  clientDied(client: VirtualProcess, lateMs: number): void {
    for (const connection of Array.from(this.link(client.name).connections)) {
      if (connection.client === client) connection.break(this.#late(lateMs), 0)
    }
  }

  /** Neither all at once nor hardly at all. */
  #late(lateMs: number): number {
    return lateMs * (0.5 + this.options.prng.next() / 2)
  }

  serverDied(server: VirtualProcess): void {
    for (const link of this.#links.values()) {
      for (const connection of Array.from(link.connections)) {
        if (connection.server === server) connection.break(0, this.latencyMs())
      }
    }
  }

  heal(): void {
    this.#onArrival = undefined
    for (const link of this.#links.values()) {
      link.trap = undefined
      link.blockedUntilMs = 0
      link.cutUntilMs = 0
    }
  }

  async #connect(
    client: VirtualProcess,
    listener: ConnectionListener,
    timeoutMs: number,
  ): Promise<TransportConnection> {
    const { time } = this.options
    const link = this.link(client.name)
    await client.wait(this.latencyMs())
    if (link.cutUntilMs > time.nowMs) {
      await client.wait(Math.min(timeoutMs, link.cutUntilMs - time.nowMs))
      throw new RetriableError('broker-not-reachable', `the network between ${client.name} and the broker is cut`)
    }
    const server = this.options.server()
    if (server === undefined) {
      await client.wait(REFUSED_MS)
      throw new RetriableError('broker-not-reachable', 'the broker is down')
    }
    const connection = new VirtualConnection(this, client, server, listener)
    await client.wait(this.latencyMs())
    return connection
  }
}

/** Frames on their way in one direction, in order. */
class Lane {
  readonly #network: VirtualNetwork
  readonly #link: Link
  readonly #waiting: (() => void)[] = []
  #lastMs = 0
  #notBeforeMs = 0

  constructor(network: VirtualNetwork, link: Link) {
    this.#network = network
    this.#link = link
  }

  send(arrive: () => void): void {
    const { time } = this.#network.options
    this.#waiting.push(arrive)
    this.#lastMs = Math.max(this.#lastMs, time.nowMs + this.#network.latencyMs())
    time.after(this.#lastMs - time.nowMs, () => this.#arrive())
  }

  /** Nothing that is on its way arrives. */
  empty(): void {
    this.#waiting.fill(() => undefined)
  }

  get isHeldUp(): boolean {
    return Math.max(this.#link.blockedUntilMs, this.#notBeforeMs) > this.#network.options.time.nowMs
  }

  /** What is on its way comes so much later. */
  delay(ms: number): void {
    this.#notBeforeMs = this.#network.options.time.nowMs + ms
  }

  #arrive(): void {
    const { time } = this.#network.options
    const untilMs = Math.max(this.#link.blockedUntilMs, this.#notBeforeMs)
    if (untilMs > time.nowMs) time.after(untilMs - time.nowMs, () => this.#arrive())
    else this.#waiting.shift()?.()
  }
}

class VirtualConnection implements TransportConnection {
  readonly client: VirtualProcess
  readonly server: VirtualProcess
  readonly #network: VirtualNetwork
  readonly #listener: ConnectionListener
  readonly #link: Link
  readonly #toServer: Lane
  readonly #toClient: Lane
  readonly #end: InProcessConnection
  #isClosed = false
  #isServerClosed = false

  constructor(network: VirtualNetwork, client: VirtualProcess, server: Server, listener: ConnectionListener) {
    this.#network = network
    this.client = client
    this.server = server.process
    this.#listener = listener
    this.#link = network.link(client.name)
    this.#toServer = new Lane(network, this.#link)
    this.#toClient = new Lane(network, this.#link)
    this.#link.connections.add(this)
    this.#end = server.broker.connect({
      onFrame: (chunks) => this.#answer(Buffer.concat(chunks)),
      onClose: () => this.#onServerClose(),
    })
  }

  get unsentBytes(): number {
    return this.#end.unansweredBytes
  }

  send(chunks: readonly Uint8Array[]): void {
    const frame = Buffer.concat(chunks)
    // A request begins with the key of its API.
    const requestKey = frame.readInt16BE(0)
    if (this.#isClosed || !this.client.call('network', requestKey)) return
    this.#toServer.send(() => {
      this.#note(`request ${requestKey}`, frame)
      this.#network.arrives(requestKey)
      this.server.deliver(() => this.#end.receive(frame))
    })
    this.#trip(requestKey)
    this.client.sent(requestKey)
  }

  #trip(requestKey: number): void {
    const { trap } = this.#link
    if (trap?.requestKey !== requestKey) return
    this.#link.trap = undefined
    const { prng } = this.#network.options
    this.break(trap.lateMs * (0.5 + prng.next() / 2), this.#network.latencyMs())
  }

  /** By the client: what was sent arrives, but for what is held up and not wanted any more; what was to be answered does not. */
  close(isDiscarding = false): void {
    if (this.#isClosed) return
    this.#closeClient(0)
    if (isDiscarding && this.#toServer.isHeldUp) this.#toServer.empty()
    this.#toServer.send(() => this.#closeServer())
  }

  /** The network breaks it. */
  break(lateMs: number, noticedMs: number): void {
    this.#closeClient(noticedMs)
    // What nothing is to be late of is not, where the network holds it up.
    if (lateMs === 0 && this.#toServer.isHeldUp) this.#toServer.empty()
    this.#toServer.delay(lateMs)
    this.#toServer.send(() => this.#closeServer())
  }

  #answer(frame: Buffer): void {
    if (this.#isClosed || !this.server.call('network')) return
    this.#toClient.send(() => {
      this.#note('answer', frame)
      this.client.deliver(() => {
        if (!this.#isClosed) this.#listener.onFrame(frame)
      })
    })
  }

  #onServerClose(): void {
    this.#isServerClosed = true
    if (!this.#isClosed && !this.server.isCrashed) this.#toClient.send(() => this.#closeClient(0))
  }

  #closeServer(): void {
    this.#link.connections.delete(this)
    if (!this.#isServerClosed) this.server.deliver(() => this.#end.close())
  }

  #closeClient(noticedMs: number): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#toClient.empty()
    this.client.after(noticedMs, () =>
      this.#listener.onClose(new RetriableError('broker-disconnected', 'the connection broke')),
    )
  }

  #note(what: string, frame: Buffer): void {
    const { trace, time } = this.#network.options
    trace.note(time.nowMs, this.client.name, what, crc32c(frame))
  }
}
