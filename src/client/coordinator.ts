// The broker that coordinates a group or a transactional id: looked up, remembered, looked up anew when it has moved.
import { RetriableError, TidemillError } from '../base/index.ts'
import { ERROR, findCoordinatorApi } from '../protocol/index.ts'
import { retrying } from './backoff.ts'
import { brokerError, throwIfRefused } from './broker-error.ts'
import { describeBroker } from './cluster.ts'
import type { ClientApi, Connection } from './connection.ts'
import type { ClientContext } from './context.ts'
import type { BrokerAddress } from './transport.ts'

const KEY_TYPES = { group: 0, transaction: 1 } as const

const MOVED: ReadonlySet<number> = new Set([ERROR.COORDINATOR_NOT_AVAILABLE, ERROR.NOT_COORDINATOR])
const PASSING: ReadonlySet<number> = new Set([
  ...MOVED,
  ERROR.COORDINATOR_LOAD_IN_PROGRESS,
  ERROR.CONCURRENT_TRANSACTIONS,
  ERROR.REQUEST_TIMED_OUT,
  ERROR.NETWORK_EXCEPTION,
  ERROR.UNSTABLE_OFFSET_COMMIT,
])

export interface CoordinatorRequest<R> {
  /** What is being done, for messages: 'committing the offsets of group g'. */
  readonly what: string
  readonly errorCode: (response: R) => number
  /** For all attempts together. @defaultValue the client's request time-out */
  readonly timeoutMs?: number
  /** For one attempt; a parked request (JoinGroup) needs longer than others. @defaultValue the client's request time-out */
  readonly attemptTimeoutMs?: number
  readonly versionMax?: number
  readonly signal?: AbortSignal
}

export class Coordinator {
  readonly #context: ClientContext
  readonly #keyType: keyof typeof KEY_TYPES
  readonly #key: string
  readonly #lane: string
  #address: BrokerAddress | undefined
  #nodeId = -1
  #finding: Promise<BrokerAddress> | undefined

  constructor(context: ClientContext, keyType: keyof typeof KEY_TYPES, key: string, lane: string) {
    this.#context = context
    this.#keyType = keyType
    this.#key = key
    this.#lane = lane
  }

  /**
   * Sends until the answer's code is not one of a coordinator that moves, loads or is busy; other codes are the caller's.
   * Throws the last RetriableError when time is over.
   */
  request<Q, R>(api: ClientApi<Q, R>, request: Q, options: CoordinatorRequest<R>): Promise<R> {
    const { clock, prng, requestTimeoutMs } = this.#context
    const { signal } = options
    const retry = { clock, prng, timeoutMs: options.timeoutMs ?? requestTimeoutMs, ...(signal && { signal }) }
    return retrying(retry, () => this.attempt(api, request, options))
  }

  /** Sends once; throws a RetriableError where another attempt makes sense. */
  async attempt<Q, R>(api: ClientApi<Q, R>, request: Q, options: CoordinatorRequest<R>): Promise<R> {
    const timeoutMs = options.attemptTimeoutMs ?? this.#context.requestTimeoutMs
    const { versionMax } = options
    let response: R
    try {
      const connection = await this.connection()
      response = await connection.request(api, request, { timeoutMs, ...(versionMax !== undefined && { versionMax }) })
    } catch (error) {
      if (error instanceof RetriableError) this.forget()
      throw error
    }
    const code = options.errorCode(response)
    if (MOVED.has(code)) this.forget()
    if (PASSING.has(code)) throw brokerError(code, `${options.what} at ${this.describe()}`)
    return response
  }

  async connection(): Promise<Connection> {
    const address = this.#address ?? (await (this.#finding ??= this.#find().finally(() => (this.#finding = undefined))))
    return this.#context.connections.connection(address, this.#lane)
  }

  /** Looks the coordinator up anew at the next request. */
  forget(): void {
    this.#address = undefined
  }

  describe(): string {
    return describeBroker(this.#nodeId, this.#address)
  }

  async #find(): Promise<BrokerAddress> {
    const keyType = KEY_TYPES[this.#keyType]
    const response = await this.#context.connections.requestAny(findCoordinatorApi, {
      key: this.#key,
      keyType,
      coordinatorKeys: [this.#key],
    })
    const found = response.coordinators[0] ?? response
    throwIfRefused(found.errorCode, `finding the coordinator of ${this.#keyType} '${this.#key}'`, found.errorMessage)
    if (found.port < 0) throw new TidemillError('broker-refused', `no coordinator for ${this.#keyType} '${this.#key}'`)
    this.#nodeId = found.nodeId
    return (this.#address = { host: found.host, port: found.port })
  }
}
