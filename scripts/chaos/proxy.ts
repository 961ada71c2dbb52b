// The network of one instance: for every broker a port of its own that forwards to it, and that can be cut. A broker tells clients where it
// is, so its port is changed in what it answers: host and port lie side by side, and the new port has the same four bytes.
import { type Server, type Socket, createConnection, createServer } from 'node:net'

const HOST = Buffer.from('127.0.0.1')
const PORT_BYTES = 4

export class ChaosProxy {
  readonly #servers: Server[] = []
  readonly #sockets = new Set<Socket>()
  /** Port of a broker to the port that stands for it. */
  readonly #portOf = new Map<number, number>()
  #state: 'open' | 'cut' | 'stalled' = 'open'

  static async start(brokerPorts: readonly number[]): Promise<ChaosProxy> {
    const proxy = new ChaosProxy()
    for (const port of brokerPorts) await proxy.#listen(port)
    return proxy
  }

  get bootstrap(): string {
    return [...this.#portOf.values()].map((port) => `127.0.0.1:${port}`).join(',')
  }

  /** Ends all connections and lets none be made. */
  cut(): void {
    this.#state = 'cut'
    for (const socket of this.#sockets) socket.destroy()
  }

  /** Nothing comes through, and nobody is told. */
  stall(): void {
    this.#state = 'stalled'
    for (const socket of this.#sockets) socket.pause()
  }

  open(): void {
    this.#state = 'open'
    for (const socket of this.#sockets) socket.resume()
  }

  close(): void {
    for (const server of this.#servers) server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  async #listen(brokerPort: number): Promise<void> {
    const server = createServer((client) => this.#forward(client, brokerPort))
    this.#servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('a proxy listens on TCP')
    this.#portOf.set(brokerPort, address.port)
  }

  #forward(client: Socket, brokerPort: number): void {
    if (this.#state === 'cut') return void client.destroy()
    const broker = createConnection({ host: '127.0.0.1', port: brokerPort, noDelay: true })
    client.setNoDelay(true)
    this.#join(client, broker, (chunk) => broker.write(chunk))
    this.#join(broker, client, (chunk) => client.write(this.#withOurPorts(chunk)))
  }

  #join(from: Socket, to: Socket, onData: (chunk: Buffer) => void): void {
    this.#sockets.add(from)
    from.on('data', onData)
    if (this.#state === 'stalled') from.pause()
    from.on('error', () => undefined)
    from.on('close', () => {
      this.#sockets.delete(from)
      to.destroy()
    })
  }

  #withOurPorts(chunk: Buffer): Buffer {
    for (let at = chunk.indexOf(HOST); at >= 0; at = chunk.indexOf(HOST, at + HOST.length)) {
      const portAt = at + HOST.length
      const port = portAt + PORT_BYTES > chunk.length ? undefined : this.#portOf.get(chunk.readInt32BE(portAt))
      if (port !== undefined) chunk.writeInt32BE(port, portAt)
    }
    return chunk
  }
}
