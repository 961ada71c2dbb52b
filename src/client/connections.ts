// All connections of a client, one for each address and lane. A lane is a purpose that may hold up its connection for long
// (a fetcher's long polls, a group's JoinGroup): each has its own, so that nothing else waits behind it.
// After a failed attempt an address is left alone for a growing while; the attempts that come meanwhile share the wait.
import { type Clock, type Prng, RetriableError, TidemillError, sleep } from '../base/index.ts'
import { backoffMs } from './backoff.ts'
import { type ClientApi, Connection, type RequestOptions } from './connection.ts'
import type { Authenticator } from './sasl/authenticator.ts'
import { formatAddress } from './tcp-transport.ts'
import type { BrokerAddress, Transport } from './transport.ts'

export interface ConnectionsOptions {
  readonly transport: Transport
  readonly clock: Clock
  readonly prng: Prng
  readonly clientId: string
  readonly requestTimeoutMs: number
  readonly authenticator?: Authenticator | undefined
}

interface Lane {
  connection: Connection | undefined
  opening: Promise<Connection> | undefined
}

interface Reachability {
  failures: number
  sinceMs: number
  notBeforeMs: number
  lastError: Error
}

export const MAIN_LANE = 'main'

export class Connections {
  readonly #options: ConnectionsOptions
  readonly #lanes = new Map<string, Lane>()
  readonly #unreachable = new Map<string, Reachability>()
  readonly #abort = new AbortController()
  /** Addresses of which a connection was lost. */
  readonly #lost = new Set<string>()
  #onReconnect: () => void = () => undefined
  #known: readonly BrokerAddress[] = []
  #unreachableSinceMs: number | undefined

  constructor(options: ConnectionsOptions) {
    this.#options = options
  }

  /** Since when every attempt to reach any broker fails, in monotonic ms. */
  get unreachableSinceMs(): number | undefined {
    return this.#unreachableSinceMs
  }

  get isClosed(): boolean {
    return this.#abort.signal.aborted
  }

  /** The addresses of the cluster as the newest metadata has them. */
  setKnown(addresses: readonly BrokerAddress[]): void {
    this.#known = addresses
  }

  /** Is called when a broker is reached again of which a connection was lost: its leader epochs may be others. */
  onReconnect(listener: () => void): void {
    this.#onReconnect = listener
  }

  async request<Q, R>(
    address: BrokerAddress,
    lane: string,
    api: ClientApi<Q, R>,
    request: Q,
    options: RequestOptions = {},
  ): Promise<R> {
    const connection = await this.connection(address, lane)
    return connection.request(api, request, options)
  }

  /** Asks whichever broker answers: open connections first, then the known addresses, then the first ones anew. */
  async requestAny<Q, R>(api: ClientApi<Q, R>, request: Q, options: RequestOptions = {}): Promise<R> {
    const connection = await this.anyConnection()
    return connection.request(api, request, options)
  }

  async connection(address: BrokerAddress, lane: string): Promise<Connection> {
    this.#checkOpen()
    const key = `${formatAddress(address)}/${lane}`
    let state = this.#lanes.get(key)
    if (state === undefined) this.#lanes.set(key, (state = { connection: undefined, opening: undefined }))
    if (state.connection?.isOpen === true) return state.connection
    const current = state
    const onClose = (): void => {
      if (current.connection !== undefined) this.#lost.add(formatAddress(address))
      if (this.#lanes.get(key) === current) this.#lanes.delete(key)
    }
    state.opening ??= this.#open(address, onClose)
      .then((connection) => (current.connection = connection))
      .finally(() => (current.opening = undefined))
    return state.opening
  }

  /** A connection of the main lane to whichever broker answers first. */
  async anyConnection(): Promise<Connection> {
    this.#checkOpen()
    for (const [key, { connection }] of this.#lanes) {
      if (key.endsWith(`/${MAIN_LANE}`) && connection?.isOpen === true) return connection
    }
    const { clock, requestTimeoutMs } = this.#options
    const deadlineMs = clock.monotonicMs() + requestTimeoutMs
    for (;;) {
      let lastError: Error | undefined
      const candidates = await this.#candidates()
      for (const address of candidates) {
        try {
          return await this.connection(address, MAIN_LANE)
        } catch (error) {
          if (!(error instanceof RetriableError)) throw error
          lastError = error
        }
      }
      this.#checkOpen()
      if (clock.monotonicMs() >= deadlineMs) throw this.#nobodyAnswers(candidates, lastError)
    }
  }

  /** Ends the connections of a lane, and with them what is parked there; `isDiscarding`: what is on its way had better not arrive. */
  closeLane(lane: string, isDiscarding = false): void {
    for (const [key, { connection }] of this.#lanes) if (key.endsWith(`/${lane}`)) connection?.close(isDiscarding)
  }

  close(): void {
    this.#abort.abort(closedError())
    for (const { connection } of this.#lanes.values()) connection?.close()
    this.#lanes.clear()
  }

  #checkOpen(): void {
    if (this.isClosed) throw closedError()
  }

  async #open(address: BrokerAddress, onClose: () => void): Promise<Connection> {
    const { prng, clock, ...rest } = this.#options
    const key = formatAddress(address)
    const waitMs = (this.#unreachable.get(key)?.notBeforeMs ?? 0) - clock.monotonicMs()
    if (waitMs > 0) await sleep(clock, waitMs, this.#abort.signal)
    try {
      const connection = await Connection.open(address, { ...rest, clock, onClose })
      if (this.isClosed) connection.close()
      this.#checkOpen()
      this.#unreachable.delete(key)
      this.#unreachableSinceMs = undefined
      if (this.#lost.delete(key)) this.#onReconnect()
      return connection
    } catch (error) {
      onClose()
      if (!(error instanceof RetriableError)) throw error
      const nowMs = clock.monotonicMs()
      const before = this.#unreachable.get(key)
      const failures = (before?.failures ?? 0) + 1
      const notBeforeMs = nowMs + backoffMs(failures, prng)
      this.#unreachable.set(key, { failures, sinceMs: before?.sinceMs ?? nowMs, notBeforeMs, lastError: error })
      if (!this.#isAnyOpen()) this.#unreachableSinceMs ??= nowMs
      throw error
    }
  }

  #isAnyOpen(): boolean {
    for (const { connection } of this.#lanes.values()) if (connection?.isOpen === true) return true
    return false
  }

  async #candidates(): Promise<readonly BrokerAddress[]> {
    const seen = new Map<string, BrokerAddress>()
    for (const address of [...this.#known, ...(await this.#options.transport.bootstrap())]) {
      seen.set(formatAddress(address), address)
    }
    if (seen.size === 0) throw new TidemillError('invalid-config', 'there is no broker address to begin with')
    // Those that failed least lately first, so that a dead broker does not hold up the living ones.
    return [...seen.values()].sort((a, b) => this.#notBeforeMs(a) - this.#notBeforeMs(b))
  }

  #notBeforeMs(address: BrokerAddress): number {
    return this.#unreachable.get(formatAddress(address))?.notBeforeMs ?? 0
  }

  #nobodyAnswers(candidates: readonly BrokerAddress[], cause: Error | undefined): RetriableError {
    const forMs = Math.round(this.#options.clock.monotonicMs() - (this.#unreachableSinceMs ?? 0))
    const where = candidates.map(formatAddress).join(', ')
    const message = `no broker has answered at ${where} for ${forMs} ms: ${cause?.message ?? 'no connection'}`
    return new RetriableError('broker-not-reachable', message, { cause })
  }
}

function closedError(): TidemillError {
  return new TidemillError('client-closed', 'the client is closed: make a new one with connect()')
}
