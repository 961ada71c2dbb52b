// How an API is served: one handler a file, `(core, request, call) -> response | PARKED`. A parked call is answered later, once, by
// call.respond(); it is never answered when the connection closes first, so what it holds on to is let go in onAbandoned.
import { type Api, type Reader, encodeResponse } from '../protocol/index.ts'
import type { BrokerCore } from './core.ts'

export const PARKED: unique symbol = Symbol('parked')

/** One request on its way. */
export interface Call<Response> {
  readonly version: number
  readonly clientId: string
  readonly clientHost: string
  respond(response: Response): void
  /** Ends the call without an answer: acks=0. */
  respondNothing(): void
  /** Closes the connection: the one way to report an error where no answer is due. */
  closeConnection(reason: string): void
  /** Called when the connection closes before the answer. */
  onAbandoned(callback: () => void): void
}

export interface Versions {
  readonly min: number
  readonly max: number
  /** Advertised in place of `min`, where clients want to see a version that is refused. */
  readonly advertisedMin?: number
}

/** What a connection gives to a call that it starts. */
export interface CallSlot {
  readonly version: number
  readonly correlationId: number
  readonly clientId: string
  readonly clientHost: string
  fill(chunks: Buffer[] | undefined): void
  closeConnection(reason: string): void
  onAbandoned(callback: () => void): void
}

/** A handler with its message types put away. */
export interface Handler {
  readonly key: number
  readonly name: string
  readonly versions: Versions
  run(core: BrokerCore, reader: Reader, slot: CallSlot): void
}

export function defineHandler<Request, ResponseInput>(
  api: Api<Request, unknown, never, ResponseInput>,
  versions: Versions,
  handle: (core: BrokerCore, request: Request, call: Call<ResponseInput>) => ResponseInput | typeof PARKED,
): Handler {
  return {
    key: api.key,
    name: api.name,
    versions,
    run(core, reader, slot) {
      const { version, correlationId, clientId, clientHost } = slot
      const request = api.readRequest(reader, version)
      const respond = (response: ResponseInput): void =>
        slot.fill(encodeResponse<ResponseInput>(api, version, correlationId, response))
      const result = handle(core, request, {
        version,
        clientId,
        clientHost,
        respond,
        respondNothing: () => slot.fill(undefined),
        closeConnection: (reason) => slot.closeConnection(reason),
        onAbandoned: (callback) => slot.onAbandoned(callback),
      })
      if (result !== PARKED) respond(result)
    },
  }
}
