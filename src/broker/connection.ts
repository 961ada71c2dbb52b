// One client's connection, whatever carries its frames. Requests start as they come in (pipelining); answers leave in the order
// of the requests: each takes a slot, and the slots are emptied from the head as they fill. A request that cannot be read closes the
// connection, as Kafka does. After close() nothing is sent and no call of it is answered.
import { AssertionError, TidemillError } from '../base/index.ts'
import { Reader, readRequestHeader } from '../protocol/index.ts'
import type { BrokerCore } from './core.ts'
import type { CallSlot, Handler } from './handler.ts'
import { API_VERSIONS_KEY, refuseApiVersions } from './handlers/api-versions.ts'

export interface BrokerConnectionListener {
  /** One response frame, without its size, in chunks that are not written again. */
  onFrame(chunks: readonly Uint8Array[]): void
  /** Once, also after close(). */
  onClose(error?: Error): void
}

interface Slot {
  readonly requestBytes: number
  isFilled: boolean
  /** undefined: nothing is sent. */
  chunks: Buffer[] | undefined
  readonly abandoned: (() => void)[]
}

export class BrokerConnection {
  readonly #core: BrokerCore
  readonly #handlers: ReadonlyMap<number, Handler>
  readonly #listener: BrokerConnectionListener
  readonly #clientHost: string
  readonly #onClosed: () => void
  #slots: Slot[] = []
  #isClosed = false
  /** Bytes of requests that are not answered yet: a server stops reading when they get too many. */
  unansweredBytes = 0

  constructor(
    core: BrokerCore,
    handlers: ReadonlyMap<number, Handler>,
    listener: BrokerConnectionListener,
    options: { readonly clientHost: string; readonly onClosed: () => void },
  ) {
    this.#core = core
    this.#handlers = handlers
    this.#listener = listener
    this.#clientHost = options.clientHost
    this.#onClosed = options.onClosed
  }

  /** Takes one request frame without its size. The bytes belong to the broker from now on. */
  receive(frame: Buffer): void {
    if (this.#isClosed) return
    const slot: Slot = { requestBytes: frame.length, isFilled: false, chunks: undefined, abandoned: [] }
    this.#slots.push(slot)
    this.unansweredBytes += frame.length
    try {
      this.#start(new Reader(frame), slot)
    } catch (error) {
      if (error instanceof AssertionError || !(error instanceof TidemillError)) throw error
      this.#fail(error)
    }
  }

  close(error?: Error): void {
    if (this.#isClosed) return
    this.#isClosed = true
    const slots = this.#slots
    this.#slots = []
    for (const slot of slots) for (const callback of slot.abandoned) callback()
    this.#onClosed()
    this.#listener.onClose(error)
  }

  #start(reader: Reader, slot: Slot): void {
    const header = readRequestHeader(reader)
    const { apiKey, apiVersion, correlationId } = header
    const handler = this.#handlers.get(apiKey)
    if (handler === undefined || apiVersion < handler.versions.min || apiVersion > handler.versions.max) {
      if (apiKey === API_VERSIONS_KEY) return this.#fill(slot, refuseApiVersions(correlationId))
      const name = handler?.name ?? `API ${apiKey}`
      throw new TidemillError('invalid-wire-data', `${name} is not served at version ${apiVersion}`)
    }
    const call: CallSlot = {
      version: apiVersion,
      correlationId,
      clientId: header.clientId ?? '',
      clientHost: this.#clientHost,
      fill: (chunks) => this.#fill(slot, chunks),
      closeConnection: (reason) => this.#fail(new TidemillError('broker-disconnected', reason)),
      onAbandoned: (callback) => slot.abandoned.push(callback),
    }
    handler.run(this.#core, reader, call)
  }

  #fail(error: TidemillError): void {
    this.#core.warn(`a connection from ${this.#clientHost} was closed: ${error.message}`)
    this.close(error)
  }

  #fill(slot: Slot, chunks: Buffer[] | undefined): void {
    if (this.#isClosed || slot.isFilled) return
    slot.isFilled = true
    slot.chunks = chunks
    let sent = 0
    for (const head of this.#slots) {
      if (!head.isFilled) break
      sent++
      this.unansweredBytes -= head.requestBytes
    }
    if (sent === 0) return
    for (const head of this.#slots.splice(0, sent)) if (head.chunks !== undefined) this.#listener.onFrame(head.chunks)
  }
}
