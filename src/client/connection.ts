// One connection to one broker: requests go out at once, answers come back in the order of the requests (Kafka's rule), so
// the oldest unanswered request owns the next frame. A request that is not answered in time ends the connection, for what
// comes after it could no longer be told apart. All that are unanswered when it ends fail with a RetriableError.
//
// With an authenticator the connection proves who it is before anything else is asked, and again when most of the session's time is
// over: what is asked meanwhile waits, in order, for a broker ends a connection that asks between the two (KIP-368).
import { type Clock, RetriableError, TidemillError, type Timer, assert } from '../base/index.ts'
import {
  type Api,
  type ApiVersionsResponse,
  ERROR,
  Reader,
  apiVersionsApi,
  encodeRequest,
  readResponseHeader,
  saslAuthenticateApi,
  saslHandshakeApi,
} from '../protocol/index.ts'
import { formatAddress } from './tcp-transport.ts'
import type { Authenticator } from './sasl/authenticator.ts'
import type { BrokerAddress, Transport, TransportConnection } from './transport.ts'

/** Of a session's time; the rest is for the conversation. */
const SESSION_SHARE_MAX = 0.85

export interface ConnectionOptions {
  readonly transport: Transport
  readonly clock: Clock
  readonly clientId: string
  readonly requestTimeoutMs: number
  readonly authenticator?: Authenticator | undefined
  readonly onClose?: (connection: Connection) => void
}

export interface RequestOptions {
  /** @defaultValue the client's request time-out */
  readonly timeoutMs?: number
  /** Not newer than this version, also where both sides know newer ones. */
  readonly versionMax?: number
}

/** An API as a client uses it: writes requests, reads responses. */
export type ClientApi<Q, R> = Api<unknown, R, Q, never>

type AnyClientApi = ClientApi<never, unknown>

/** What is asked before a broker has let us in. */
const OPENING_APIS: ReadonlySet<number> = new Set([apiVersionsApi.key, saslHandshakeApi.key, saslAuthenticateApi.key])

interface Pending {
  readonly api: AnyClientApi
  readonly version: number
  readonly correlationId: number
  readonly resolve: (response: never) => void
  readonly reject: (error: Error) => void
  timer: Timer | undefined
}

/** An open connection whose broker has said which requests it knows. */
export class Connection {
  readonly address: BrokerAddress
  readonly #clock: Clock
  readonly #clientId: string
  readonly #requestTimeoutMs: number
  readonly #authenticator: Authenticator | undefined
  readonly #onClose: ((connection: Connection) => void) | undefined
  readonly #versions = new Map<number, { readonly min: number; readonly max: number }>()
  readonly #features = new Map<string, number>()
  #transport: TransportConnection | undefined
  #inFlight: Pending[] = []
  #nextCorrelationId = 0
  #closedBy: Error | undefined
  /** Whether anything but the opening conversation was answered: before it, an end says that the two do not fit. */
  #isProven = false
  #reauthenticateAtMs = Number.POSITIVE_INFINITY
  /** What waits for the end of an authentication; undefined while there is none. */
  #held: (() => void)[] | undefined

  private constructor(address: BrokerAddress, options: ConnectionOptions) {
    this.address = address
    this.#clock = options.clock
    this.#clientId = options.clientId
    this.#requestTimeoutMs = options.requestTimeoutMs
    this.#authenticator = options.authenticator
    this.#onClose = options.onClose
  }

  static async open(address: BrokerAddress, options: ConnectionOptions): Promise<Connection> {
    const connection = new Connection(address, options)
    connection.#transport = await options.transport.connect(
      address,
      { onFrame: (frame) => connection.#onFrame(frame), onClose: (error) => connection.#onTransportClose(error) },
      options.requestTimeoutMs,
    )
    try {
      await connection.#negotiate()
      await connection.#authenticate()
    } catch (error) {
      connection.close()
      throw error
    }
    return connection
  }

  get isOpen(): boolean {
    return this.#closedBy === undefined
  }

  /** The level of a feature that the cluster has switched on; 0 where it has not. */
  feature(name: string): number {
    return this.#features.get(name) ?? 0
  }

  /** The newest version that both sides know. */
  version(api: AnyClientApi, versionMax: number = api.latestStableVersion): number {
    const offered = this.#versions.get(api.key)
    const version = Math.min(versionMax, api.latestStableVersion, offered?.max ?? -1)
    if (offered === undefined || version < Math.max(api.minVersion, offered.min)) {
      const range = offered === undefined ? 'does not offer it' : `offers versions ${offered.min} to ${offered.max}`
      throw new TidemillError(
        'request-not-supported',
        `broker ${formatAddress(this.address)} cannot serve ${api.name}: we speak versions ${api.minVersion} to ${Math.min(versionMax, api.latestStableVersion)}, it ${range}`,
      )
    }
    return version
  }

  /** Whether the broker offers the request in at least that version. */
  offers(api: AnyClientApi, version: number): boolean {
    const offered = this.#versions.get(api.key)
    return offered !== undefined && offered.max >= version && offered.min <= version
  }

  request<Q, R>(api: ClientApi<Q, R>, request: Q, options: RequestOptions = {}): Promise<R> {
    if (this.#closedBy !== undefined) return Promise.reject(this.#closedBy)
    let version: number
    try {
      version = this.version(api, options.versionMax)
    } catch (error) {
      return Promise.reject(error)
    }
    const timeoutMs = options.timeoutMs ?? this.#requestTimeoutMs
    if (this.#held === undefined && this.#clock.monotonicMs() >= this.#reauthenticateAtMs) this.#reauthenticate()
    if (this.#held === undefined) return this.#send(api, request, version, timeoutMs)
    return new Promise<R>((resolve, reject) => {
      this.#held?.push(() => void this.#send(api, request, version, timeoutMs).then(resolve, reject))
    })
  }

  close(isDiscarding = false): void {
    const closed = new TidemillError('client-closed', `the connection to ${formatAddress(this.address)} was closed`)
    this.#end(closed, isDiscarding)
  }

  #send<Q, R>(api: ClientApi<Q, R>, request: Q, version: number, timeoutMs: number): Promise<R> {
    if (this.#closedBy !== undefined) return Promise.reject(this.#closedBy)
    return new Promise<R>((resolve, reject) => {
      const correlationId = this.#nextCorrelationId
      this.#nextCorrelationId = (correlationId + 1) & 0x7fff_ffff
      const chunks = encodeRequest(api, version, { correlationId, clientId: this.#clientId }, request)
      const pending: Pending = { api, version, correlationId, resolve, reject, timer: undefined }
      pending.timer = this.#clock.setTimer(timeoutMs, () => this.#onTimeout(pending, timeoutMs))
      this.#inFlight.push(pending)
      this.#transport?.send(chunks)
    })
  }

  #onFrame(frame: Buffer): void {
    const pending = this.#inFlight.shift()
    assert(pending !== undefined, () => `${formatAddress(this.address)} answered what was not asked`)
    pending.timer?.cancel()
    try {
      const response = this.#decode(pending, frame)
      this.#isProven ||= !OPENING_APIS.has(pending.api.key)
      pending.resolve(response as never) // the caller's own response type
    } catch (error) {
      pending.reject(error as Error)
      this.#end(error as Error)
    }
  }

  #decode({ api, version, correlationId }: Pending, frame: Buffer): unknown {
    const reader = new Reader(frame)
    const answered = readResponseHeader(reader, api.responseHeaderVersion(version))
    if (answered !== correlationId) {
      const message = `${formatAddress(this.address)} answered request ${answered} where ${correlationId} was due`
      throw new TidemillError('invalid-wire-data', message)
    }
    // Of this one request a broker may not know our version: it then answers in version 0.
    const isTooNew = api.key === apiVersionsApi.key && frame.readInt16BE(reader.position) === ERROR.UNSUPPORTED_VERSION
    return api.readResponse(reader, isTooNew ? 0 : version)
  }

  #onTimeout(pending: Pending, timeoutMs: number): void {
    const what = `broker ${formatAddress(this.address)} has not answered ${pending.api.name} for ${timeoutMs} ms`
    this.#end(new RetriableError('request-timed-out', `${what}: the connection is given up`))
  }

  #onTransportClose(error: Error | undefined): void {
    if (error instanceof TidemillError) return this.#end(error)
    const api = this.#inFlight[0]?.api
    const waiting = api === undefined ? '' : ` while ${api.name} was on its way`
    const reason = error === undefined ? 'the broker closed the connection' : error.message
    const hint = this.#isProven || api === undefined || error !== undefined ? '' : `; ${this.#whyUnproven(api)}`
    const message = `lost the connection to broker ${formatAddress(this.address)}${waiting}: ${reason}${hint}`
    this.#end(new RetriableError('broker-disconnected', message, { cause: error }))
  }

  /** Brokers say nothing when they are spoken to in the wrong way: they hang up. */
  #whyUnproven({ key }: AnyClientApi): string {
    if (key === apiVersionsApi.key)
      return 'if it always ends here, the port may want TLS (security.tls), or may belong to something else than a broker'
    return this.#authenticator === undefined
      ? 'if it always ends here, the port may want authentication (security.sasl)'
      : 'if it always ends here, the broker may have lost patience with the authentication: its log says why'
  }

  #end(error: Error, isDiscarding = false): void {
    if (this.#closedBy !== undefined) return
    this.#closedBy = error
    this.#transport?.close(isDiscarding)
    const unanswered = this.#inFlight
    this.#inFlight = []
    for (const pending of unanswered) {
      pending.timer?.cancel()
      pending.reject(error)
    }
    this.#releaseHeld()
    this.#onClose?.(this)
  }

  async #authenticate(): Promise<void> {
    const authenticator = this.#authenticator
    if (authenticator === undefined) return
    const startMs = this.#clock.monotonicMs()
    const lifetimeMs = await authenticator.authenticate(
      async (api, request) => this.#send(api, request, this.version(api), this.#requestTimeoutMs),
      formatAddress(this.address),
    )
    this.#reauthenticateAtMs = startMs + (lifetimeMs ?? Number.POSITIVE_INFINITY) * SESSION_SHARE_MAX
  }

  #reauthenticate(): void {
    this.#held = []
    this.#authenticate().then(
      () => this.#releaseHeld(),
      (error: Error) => this.#end(error),
    )
  }

  #releaseHeld(): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const send of held) send()
  }

  // A broker that does not know our version answers in version 0 and says which it knows (KIP-511).
  async #negotiate(): Promise<void> {
    let version = apiVersionsApi.latestStableVersion
    for (;;) {
      const response = await this.#apiVersions(version)
      if (response.errorCode === ERROR.UNSUPPORTED_VERSION && version > 0) {
        const offered = response.apiKeys.find((each) => each.apiKey === apiVersionsApi.key)
        version = Math.min(version - 1, offered?.maxVersion ?? 0)
        continue
      }
      for (const each of response.apiKeys)
        this.#versions.set(each.apiKey, { min: each.minVersion, max: each.maxVersion })
      for (const each of response.finalizedFeatures) this.#features.set(each.name, each.maxVersionLevel)
      return
    }
  }

  #apiVersions(version: number): Promise<ApiVersionsResponse> {
    const request = { clientSoftwareName: 'tidemill', clientSoftwareVersion: '0.1.0' }
    return this.#send(apiVersionsApi, request, version, this.#requestTimeoutMs)
  }
}
