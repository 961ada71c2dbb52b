// The transport that needs no socket: frames go straight to a broker in the same thread. Answers come a microtask later, so that
// a caller never sees one before its own call has returned.
import { RetriableError } from '../base/index.ts'
import type { Broker, InProcessConnection } from '../broker/index.ts'
import type { BrokerAddress, ConnectionListener, Transport, TransportConnection } from '../client/index.ts'

export class InProcessTransport implements Transport {
  readonly #broker: Broker

  constructor(broker: Broker) {
    this.#broker = broker
  }

  async bootstrap(): Promise<readonly BrokerAddress[]> {
    return [this.#broker.address ?? { host: 'in-process', port: 0 }]
  }

  async connect(_address: BrokerAddress, listener: ConnectionListener): Promise<TransportConnection> {
    return connectInProcess(this.#broker, listener)
  }

  async close(): Promise<void> {}
}

/** Opens a connection to a broker of this thread. */
export function connectInProcess(broker: Broker, listener: ConnectionListener): TransportConnection {
  let isClosed = false
  const close = (error?: Error): void => {
    if (isClosed) return
    isClosed = true
    queueMicrotask(() => listener.onClose(error))
  }
  const connection: InProcessConnection = broker.connect({
    onFrame: (chunks) => {
      const frame = join(chunks)
      queueMicrotask(() => {
        if (!isClosed) listener.onFrame(frame)
      })
    },
    onClose: (error) => close(error ?? new RetriableError('broker-disconnected', 'the embedded broker was closed')),
  })
  return {
    send(chunks) {
      if (!isClosed) connection.receive(join(chunks))
    },
    get unsentBytes() {
      return connection.unansweredBytes
    },
    close() {
      close()
      connection.close()
    },
  }
}

function join(chunks: readonly Uint8Array[]): Buffer {
  const [first] = chunks
  return chunks.length === 1 && first !== undefined && Buffer.isBuffer(first) ? first : Buffer.concat(chunks)
}
