// PLAIN (RFC 4616): user and password in one message.
import type { SaslExchange } from './exchange.ts'

/** The password goes over the wire as it is: only TLS hides it. */
export class PlainExchange implements SaslExchange {
  readonly refusal: undefined = undefined
  readonly #message: Buffer

  constructor(username: string, password: string) {
    this.#message = Buffer.from(`\0${username}\0${password}`)
  }

  first(): Buffer {
    return this.#message
  }

  async next(): Promise<undefined> {
    return undefined
  }
}
