// The broker on a TCP port. Frames are a 4-byte size and that many bytes; a frame's bytes are copied once, from the socket's chunks into a
// buffer of the announced size. Back-pressure: a socket is not read while too many request bytes wait for an answer or too many
// answer bytes wait for the client. A size that is negative or too large (an HTTP request makes one of 1.2 GB) closes the connection.
import * as net from 'node:net'
import { TidemillError } from '../../base/index.ts'
import type { BrokerConnection, BrokerConnectionListener } from '../connection.ts'

export interface TcpServerOptions {
  readonly frameBytesMax: number
  readonly connect: (listener: BrokerConnectionListener, clientHost: string) => BrokerConnection
  readonly onWarning: (message: string) => void
}

const UNANSWERED_BYTES_MAX = 32 * 1024 * 1024
const UNSENT_BYTES_MAX = 32 * 1024 * 1024
const SIZE_BYTES = 4

export class TcpServer {
  readonly #options: TcpServerOptions
  readonly #server: net.Server
  readonly #sockets = new Set<net.Socket>()
  #address: { readonly host: string; readonly port: number } | undefined

  constructor(options: TcpServerOptions) {
    this.#options = options
    this.#server = net.createServer({ noDelay: true }, (socket) => this.#accept(socket))
  }

  get address(): { readonly host: string; readonly port: number } | undefined {
    return this.#address
  }

  listen(host: string, port: number): Promise<{ readonly host: string; readonly port: number }> {
    return new Promise((resolve, reject) => {
      const onError = (error: Error): void => reject(cannotListen(error, host, port))
      this.#server.once('error', onError)
      this.#server.listen({ host, port }, () => {
        this.#server.off('error', onError)
        this.#server.on('error', (error) => this.#options.onWarning(`the listening socket failed: ${error.message}`))
        const bound = this.#server.address()
        const address = { host, port: typeof bound === 'object' && bound !== null ? bound.port : port }
        this.#address = address
        resolve(address)
      })
    })
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve())
      for (const socket of this.#sockets) socket.destroy()
    })
  }

  #accept(socket: net.Socket): void {
    this.#sockets.add(socket)
    const clientHost = `/${socket.remoteAddress ?? 'unknown'}`
    const resume = (): void => {
      if (!socket.isPaused()) return
      const isBusy = connection.unansweredBytes > UNANSWERED_BYTES_MAX || socket.writableLength > UNSENT_BYTES_MAX
      if (!isBusy) socket.resume()
    }
    const connection = this.#options.connect(
      {
        onFrame: (chunks) => {
          sendFrame(socket, chunks)
          resume()
        },
        onClose: () => socket.destroy(),
      },
      clientHost,
    )
    const frames = new FrameReader(this.#options.frameBytesMax)
    socket.on('data', (chunk: Buffer) => {
      const problem = frames.take(chunk, (frame) => connection.receive(frame))
      if (problem !== undefined) {
        this.#options.onWarning(`a connection from ${clientHost} was closed: ${problem}`)
        return connection.close()
      }
      if (connection.unansweredBytes > UNANSWERED_BYTES_MAX || socket.writableLength > UNSENT_BYTES_MAX) socket.pause()
    })
    socket.on('drain', resume)
    // A reset by the peer is its way of leaving; 'close' follows.
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#sockets.delete(socket)
      connection.close()
    })
  }
}

function sendFrame(socket: net.Socket, chunks: readonly Uint8Array[]): void {
  let size = 0
  for (const chunk of chunks) size += chunk.length
  const header = Buffer.allocUnsafe(SIZE_BYTES)
  header.writeInt32BE(size, 0)
  socket.cork()
  socket.write(header)
  for (const chunk of chunks) socket.write(chunk)
  socket.uncork()
}

/** Cuts a stream of chunks into frames. */
class FrameReader {
  readonly #frameBytesMax: number
  readonly #size = Buffer.alloc(SIZE_BYTES)
  #sizeBytes = 0
  #frame: Buffer | undefined
  #filled = 0

  constructor(frameBytesMax: number) {
    this.#frameBytesMax = frameBytesMax
  }

  /** Says what is wrong with the stream; then no more may be taken. */
  take(chunk: Buffer, onFrame: (frame: Buffer) => void): string | undefined {
    let at = 0
    while (at < chunk.length) {
      if (this.#frame === undefined) {
        const count = Math.min(SIZE_BYTES - this.#sizeBytes, chunk.length - at)
        chunk.copy(this.#size, this.#sizeBytes, at, at + count)
        this.#sizeBytes += count
        at += count
        if (this.#sizeBytes < SIZE_BYTES) return undefined
        const size = this.#size.readInt32BE(0)
        if (size < 0 || size > this.#frameBytesMax) {
          return `it announced a frame of ${size} bytes, at most ${this.#frameBytesMax} are taken. Is it a Kafka client?`
        }
        this.#frame = Buffer.allocUnsafeSlow(size)
        this.#filled = 0
      }
      const frame: Buffer = this.#frame
      const count = Math.min(frame.length - this.#filled, chunk.length - at)
      chunk.copy(frame, this.#filled, at, at + count)
      this.#filled += count
      at += count
      if (this.#filled < frame.length) return undefined
      this.#frame = undefined
      this.#sizeBytes = 0
      onFrame(frame)
    }
    return undefined
  }
}

function cannotListen(error: Error, host: string, port: number): TidemillError {
  const code = 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE') {
    return new TidemillError(
      'port-in-use',
      `port ${port} on ${host} is taken by another process: stop it, or choose another port (0 takes a free one)`,
      { cause: error },
    )
  }
  return new TidemillError('address-not-available', `cannot listen on ${host}:${port}: ${error.message}`, {
    cause: error,
  })
}
