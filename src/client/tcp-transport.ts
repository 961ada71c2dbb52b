// Frames over TCP, or TLS over it: the client's only door to sockets. A frame goes as its 4-byte size and its bytes; what arrives is cut
// into whole frames. A frame that lies in one chunk is a view of it, a longer one is gathered in a buffer of its own size:
// both are written once, so views of them stay valid.
import { type Socket, createConnection, isIP } from 'node:net'
import * as tls from 'node:tls'
import { type Clock, RetriableError, TidemillError } from '../base/index.ts'
import type { TlsSettings } from './parse-security.ts'
import { looksLikeTls, tlsError } from './tls-errors.ts'
import type { BrokerAddress, ConnectionListener, Transport, TransportConnection } from './transport.ts'

/** Larger announced frames are refused: no broker sends them, something else listens there. */
const FRAME_BYTES_MAX = 256 * 1_048_576
const SIZE_BYTES = 4

export interface TcpTransportOptions {
  /** The first brokers to ask; a function is asked anew at each reconnect. */
  readonly bootstrap: readonly BrokerAddress[] | (() => Promise<readonly BrokerAddress[]>)
  readonly clock: Clock
  /** With it every connection is encrypted. */
  readonly tls?: TlsSettings | undefined
}

/** Connects to brokers over TCP. */
export class TcpTransport implements Transport {
  readonly #options: TcpTransportOptions
  readonly #sockets = new Set<Socket>()
  #isClosed = false

  constructor(options: TcpTransportOptions) {
    this.#options = options
  }

  async bootstrap(): Promise<readonly BrokerAddress[]> {
    const { bootstrap } = this.#options
    return typeof bootstrap === 'function' ? bootstrap() : bootstrap
  }

  connect(address: BrokerAddress, listener: ConnectionListener, timeoutMs: number): Promise<TransportConnection> {
    if (this.#isClosed) return Promise.reject(new TidemillError('client-closed', 'the transport is closed'))
    return new Promise((resolve, reject) => {
      const raw = createConnection({ host: address.host, port: address.port, noDelay: true, keepAlive: true })
      const settings = this.#options.tls
      const hasOwnCertificate = settings?.cert !== undefined
      const socket = settings === undefined ? raw : encrypted(raw, address, settings)
      this.#sockets.add(socket)
      let isConnected = false
      raw.once('connect', () => (isConnected = true))
      const fail = (error: TidemillError): void => {
        timer.cancel()
        this.#sockets.delete(socket)
        socket.destroy()
        reject(error)
      }
      const timer = this.#options.clock.setTimer(timeoutMs, () =>
        fail(notReachable(address, new Error(`not connected within ${timeoutMs} ms`))),
      )
      const onError = (error: Error): void => {
        const isTls = settings !== undefined && isConnected
        fail(isTls ? tlsError(error, formatAddress(address), hasOwnCertificate) : notReachable(address, error))
      }
      socket.once('error', onError)
      socket.once(settings === undefined ? 'connect' : 'secureConnect', () => {
        timer.cancel()
        socket.off('error', onError)
        const explain = (error: NodeJS.ErrnoException): Error => {
          // Under TLS 1.3 a client's certificate is refused after the handshake.
          const isTls = error.code?.startsWith('ERR_SSL_') === true
          return isTls ? tlsError(error, formatAddress(address), hasOwnCertificate) : error
        }
        resolve(new TcpConnection(socket, listener, explain, () => void this.#sockets.delete(socket)))
      })
    })
  }

  async close(): Promise<void> {
    this.#isClosed = true
    for (const socket of this.#sockets) socket.destroy()
    this.#sockets.clear()
  }
}

function notReachable(address: BrokerAddress, error: Error): RetriableError {
  const message = `no broker answers at ${formatAddress(address)} (${describeError(error)}): is it running, and is this its address?`
  return new RetriableError('broker-not-reachable', message, { cause: error })
}

function encrypted(socket: Socket, { host }: BrokerAddress, settings: TlsSettings): Socket {
  const { ca, cert, key, passphrase, servername, rejectUnauthorized } = settings
  // An address is no server name (RFC 6066), but certificates may name it: Node then checks it against `host`.
  const name = servername ?? (isIP(host) === 0 ? host : undefined)
  return tls.connect({
    socket,
    host,
    rejectUnauthorized,
    ...(name !== undefined && { servername: name }),
    ...(ca !== undefined && { ca: [...ca] }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(passphrase !== undefined && { passphrase }),
  })
}

class TcpConnection implements TransportConnection {
  readonly #socket: Socket
  readonly #listener: ConnectionListener
  readonly #splitter: FrameSplitter
  #error: Error | undefined

  constructor(
    socket: Socket,
    listener: ConnectionListener,
    explain: (error: NodeJS.ErrnoException) => Error,
    onClosed: () => void,
  ) {
    this.#socket = socket
    this.#listener = listener
    this.#splitter = new FrameSplitter((frame) => this.#listener.onFrame(frame))
    socket.on('data', (chunk: Buffer) => this.#onData(chunk))
    socket.on('error', (error) => (this.#error ??= explain(error)))
    socket.once('close', () => {
      onClosed()
      this.#listener.onClose(this.#error)
    })
  }

  get unsentBytes(): number {
    return this.#socket.writableLength
  }

  send(chunks: readonly Uint8Array[]): void {
    let size = 0
    for (const chunk of chunks) size += chunk.length
    const prefix = Buffer.allocUnsafe(SIZE_BYTES)
    prefix.writeInt32BE(size, 0)
    this.#socket.cork()
    this.#socket.write(prefix)
    for (const chunk of chunks) this.#socket.write(chunk)
    this.#socket.uncork()
  }

  close(isDiscarding = false): void {
    // After a plain end the kernel goes on sending what it has; of an encrypted connection it cannot be told otherwise.
    if (isDiscarding && !(this.#socket instanceof tls.TLSSocket)) this.#socket.resetAndDestroy()
    else this.#socket.destroy()
  }

  #onData(chunk: Buffer): void {
    try {
      this.#splitter.push(chunk)
    } catch (error) {
      this.#error ??= error as Error // thrown by our own splitter or listener only
      this.#socket.destroy()
    }
  }
}

/** Cuts a stream of bytes into frames. */
export class FrameSplitter {
  readonly #onFrame: (frame: Buffer) => void
  readonly #size = Buffer.alloc(SIZE_BYTES)
  #sizeFilled = 0
  #frame: Buffer | undefined
  #frameFilled = 0

  constructor(onFrame: (frame: Buffer) => void) {
    this.#onFrame = onFrame
  }

  /** Throws `invalid-wire-data` where the announced size cannot be one. */
  push(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length) at = this.#frame === undefined ? this.#startFrame(chunk, at) : this.#fillFrame(chunk, at)
  }

  #startFrame(chunk: Buffer, start: number): number {
    let at = start
    while (this.#sizeFilled < SIZE_BYTES && at < chunk.length) this.#size[this.#sizeFilled++] = chunk[at++] as number
    if (this.#sizeFilled < SIZE_BYTES) return at
    this.#sizeFilled = 0
    const size = this.#size.readInt32BE(0)
    if (looksLikeTls(this.#size)) {
      throw new TidemillError('tls-failed', 'the broker speaks TLS at this port: set security.tls')
    }
    if (size < 0 || size > FRAME_BYTES_MAX) {
      const message = `a frame of ${size} bytes was announced (at most ${FRAME_BYTES_MAX}): this is not a Kafka broker, or it speaks TLS`
      throw new TidemillError('invalid-wire-data', message)
    }
    if (chunk.length - at >= size) {
      this.#onFrame(chunk.subarray(at, at + size))
      return at + size
    }
    this.#frame = Buffer.allocUnsafeSlow(size)
    this.#frameFilled = 0
    return at
  }

  #fillFrame(chunk: Buffer, start: number): number {
    const frame = this.#frame as Buffer // set by #startFrame
    const end = Math.min(chunk.length, start + frame.length - this.#frameFilled)
    this.#frameFilled += chunk.copy(frame, this.#frameFilled, start, end)
    if (this.#frameFilled === frame.length) {
      this.#frame = undefined
      this.#onFrame(frame)
    }
    return end
  }
}

/**
 * Reads `host:port,host:port`; IPv6 as `[::1]:9092`.
 *
 * @throws TidemillError `invalid-config` where an address is not one.
 */
export function parseServers(servers: string | readonly string[]): readonly BrokerAddress[] {
  const list = typeof servers === 'string' ? servers.split(',') : servers
  const addresses = list.map((text) => text.trim()).filter((text) => text !== '')
  if (addresses.length === 0) {
    throw new TidemillError(
      'invalid-config',
      `no broker address in '${String(servers)}': give host:port, for example localhost:9092`,
    )
  }
  return addresses.map(parseAddress)
}

function parseAddress(text: string): BrokerAddress {
  const parts = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text)
  const host = parts?.[1] ?? parts?.[2]
  const port = Number(parts?.[3])
  if (host === undefined || !(port >= 1 && port <= 65_535)) {
    throw new TidemillError(
      'invalid-config',
      `'${text}' is not a broker address: give host:port, for example localhost:9092`,
    )
  }
  return { host, port }
}

export function formatAddress({ host, port }: BrokerAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

// A refused connection on several addresses of one name is an AggregateError with an empty message.
function describeError(error: Error): string {
  if (error.message !== '') return error.message
  const { code } = error as NodeJS.ErrnoException
  return code ?? 'connection failed'
}
