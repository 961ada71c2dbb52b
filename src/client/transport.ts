// The port to a broker: request and response frames (without their 4-byte size), over a socket or in process. DESIGN 2.2.

export interface BrokerAddress {
  readonly host: string
  readonly port: number
}

export interface ConnectionListener {
  /** A whole response frame, written once and never reused: views of it stay valid. */
  onFrame(frame: Buffer): void
  /** Once, also after close(). */
  onClose(error: Error | undefined): void
}

export interface TransportConnection {
  /** Sends one frame given in chunks; the chunks are handed over and not written again. */
  send(chunks: readonly Uint8Array[]): void
  /** Bytes that the peer has not taken yet. */
  readonly unsentBytes: number
  /** With `isDiscarding`, what has not reached the peer yet had better not. */
  close(isDiscarding?: boolean): void
}

export interface Transport {
  /** Rejects with a RetriableError (broker-not-reachable) when nobody answers in time. */
  connect(address: BrokerAddress, listener: ConnectionListener, timeoutMs: number): Promise<TransportConnection>
  /** Where to find the first broker, asked anew at each reconnect (the embedded broker moves between processes). */
  bootstrap(): Promise<readonly BrokerAddress[]>
  close(): Promise<void>
}
