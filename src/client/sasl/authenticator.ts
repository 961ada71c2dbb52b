// Authenticates connections: SaslHandshake names the mechanism, then SaslAuthenticate carries its conversation.
import { type Clock, type Prng, TidemillError } from '../../base/index.ts'
import { ERROR, errorName, isRetriableError, saslAuthenticateApi, saslHandshakeApi } from '../../protocol/index.ts'
import { brokerError } from '../broker-error.ts'
import type { ClientApi } from '../connection.ts'
import type { SaslOptions } from '../security-options.ts'
import type { SaslExchange } from './exchange.ts'
import { OAuthBearerExchange, TokenSource } from './oauth-bearer.ts'
import { PlainExchange } from './plain.ts'
import { ScramExchange, scramNonce } from './scram.ts'

/** Sends on the connection that is being authenticated. */
export type SendRequest = <Q, R>(api: ClientApi<Q, R>, request: Q) => Promise<R>

export interface AuthenticatorOptions {
  readonly sasl: SaslOptions
  readonly clock: Clock
  readonly prng: Prng
  /** For a token to be given. */
  readonly timeoutMs: number
}

/** One for all connections of a client. */
export class Authenticator {
  readonly #options: AuthenticatorOptions
  readonly #tokens: TokenSource | undefined

  constructor(options: AuthenticatorOptions) {
    this.#options = options
    const { sasl, clock } = options
    this.#tokens = sasl.mechanism === 'OAUTHBEARER' ? new TokenSource(sasl.token, clock) : undefined
  }

  /**
   * Proves who we are; anew when the session is about to end (KIP-368).
   *
   * @param broker for messages
   * @returns how long the session lasts in ms; undefined: as long as the connection
   * @throws TidemillError `authentication-failed`, `request-not-supported`
   */
  async authenticate(send: SendRequest, broker: string): Promise<number | undefined> {
    const { mechanism } = this.#options.sasl
    const handshake = await send(saslHandshakeApi, { mechanism })
    if (handshake.errorCode !== ERROR.NONE)
      throw this.#mechanismRefused(handshake.errorCode, handshake.mechanisms, broker)
    const exchange = await this.#newExchange()
    for (let message: Buffer | undefined = exchange.first(); ;) {
      const response = await send(saslAuthenticateApi, { authBytes: message })
      const { errorCode, errorMessage, authBytes, sessionLifetimeMs } = response
      if (errorCode !== ERROR.NONE) throw this.#refused(errorCode, errorMessage, exchange.refusal, broker)
      message = await exchange.next(authBytes)
      if (message === undefined) return sessionLifetimeMs > 0 ? sessionLifetimeMs : undefined
    }
  }

  async #newExchange(): Promise<SaslExchange> {
    const { sasl, prng, timeoutMs } = this.#options
    switch (sasl.mechanism) {
      case 'PLAIN':
        return new PlainExchange(sasl.username, sasl.password)
      case 'SCRAM-SHA-256':
      case 'SCRAM-SHA-512': {
        const { mechanism, username, password } = sasl
        const hash = mechanism === 'SCRAM-SHA-256' ? 'sha256' : 'sha512'
        return new ScramExchange({ hash, username, password, nonce: scramNonce(prng) })
      }
      case 'OAUTHBEARER':
        return new OAuthBearerExchange(await (this.#tokens as TokenSource).token(timeoutMs)) // set for this mechanism
    }
  }

  #mechanismRefused(errorCode: number, offered: readonly string[], broker: string): TidemillError {
    const { mechanism } = this.#options.sasl
    if (errorCode === ERROR.UNSUPPORTED_SASL_MECHANISM) {
      const list = offered.length === 0 ? 'none' : offered.join(', ')
      const message = `broker ${broker} does not offer ${mechanism}; it offers ${list}: set security.sasl.mechanism to one of them`
      return new TidemillError('authentication-failed', message)
    }
    if (errorCode === ERROR.ILLEGAL_SASL_STATE) {
      const message = `broker ${broker} asks for no authentication at this port: leave security.sasl out, or use its port for SASL`
      return new TidemillError('authentication-failed', message)
    }
    return brokerError(errorCode, `choosing ${mechanism} at broker ${broker}`)
  }

  #refused(errorCode: number, detail: string | null, refusal: string | undefined, broker: string): TidemillError {
    const { sasl } = this.#options
    const who = sasl.mechanism === 'OAUTHBEARER' ? 'the token' : `user '${sasl.username}'`
    const advice =
      sasl.mechanism === 'OAUTHBEARER'
        ? 'check its audience, scope and expiry'
        : 'check security.sasl.username and password, and that the user exists for this mechanism'
    const reason = [detail ?? errorName(errorCode), refusal].filter((each) => each !== undefined).join(' ')
    const message = `broker ${broker} refused ${who} (${sasl.mechanism}): ${reason}: ${advice}`
    // A broker that is busy or starting is no wrong password.
    return isRetriableError(errorCode)
      ? brokerError(errorCode, message)
      : new TidemillError('authentication-failed', message)
  }
}
