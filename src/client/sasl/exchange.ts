// A conversation of a SASL mechanism, without a connection: bytes in, bytes out.

export interface SaslExchange {
  /** The client's first message. */
  first(): Buffer
  /** What the client says to the server's message; undefined ends the conversation. @throws `authentication-failed` */
  next(message: Buffer): Promise<Buffer | undefined>
  /** What the server said about its refusal, where the mechanism has words for it. */
  readonly refusal: string | undefined
}
