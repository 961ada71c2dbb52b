// OAUTHBEARER (RFC 7628): a token in one message. A server that refuses it first says why in JSON, and wants a single byte before
// it says that authentication failed.
import { type Clock, TidemillError, type Timer } from '../../base/index.ts'
import type { OAuthToken, OAuthTokenProvider } from '../security-options.ts'
import type { SaslExchange } from './exchange.ts'

const SEPARATOR = '\x01'
/** A token is used again while less of its time than this is over. */
const USED_SHARE_MAX = 0.8

export class OAuthBearerExchange implements SaslExchange {
  readonly #message: Buffer
  #refusal: string | undefined

  constructor({ token, extensions = {} }: OAuthToken) {
    const fields = Object.entries({ auth: `Bearer ${token}`, ...extensions })
    const lines = fields.map(([name, value]) => `${name}=${value}${SEPARATOR}`).join('')
    this.#message = Buffer.from(`n,,${SEPARATOR}${lines}${SEPARATOR}`)
  }

  get refusal(): string | undefined {
    return this.#refusal
  }

  first(): Buffer {
    return this.#message
  }

  async next(message: Buffer): Promise<Buffer | undefined> {
    if (message.length === 0) return undefined
    this.#refusal = message.toString('utf8')
    return Buffer.from(SEPARATOR)
  }
}

/** Asks the user's function for tokens: once for all who ask meanwhile, and not again while a token is fresh. */
export class TokenSource {
  readonly #provider: OAuthTokenProvider
  readonly #clock: Clock
  #asking: Promise<OAuthToken> | undefined
  #kept: { readonly token: OAuthToken; readonly untilMs: number } | undefined

  constructor(provider: string | OAuthTokenProvider, clock: Clock) {
    this.#provider = typeof provider === 'string' ? () => provider : provider
    this.#clock = clock
  }

  /** @throws TidemillError `authentication-failed` where the function fails, gives nothing, or takes too long */
  token(timeoutMs: number): Promise<OAuthToken> {
    if (this.#kept !== undefined && this.#clock.now() < this.#kept.untilMs) return Promise.resolve(this.#kept.token)
    this.#asking ??= this.#ask(timeoutMs).finally(() => (this.#asking = undefined))
    return this.#asking
  }

  async #ask(timeoutMs: number): Promise<OAuthToken> {
    const given = await this.#answer(timeoutMs)
    const token = typeof given === 'string' ? { token: given } : given
    if (typeof token?.token !== 'string' || token.token === '')
      throw failed('it gave no token: return a text, or { token, expiresAt, extensions }')
    const nowMs = this.#clock.now()
    const expiresMs = token.expiresAt === undefined ? nowMs : Number(token.expiresAt)
    this.#kept = { token, untilMs: nowMs + (expiresMs - nowMs) * USED_SHARE_MAX }
    return token
  }

  #answer(timeoutMs: number): Promise<string | OAuthToken> {
    return new Promise((resolve, reject) => {
      const timer: Timer = this.#clock.setTimer(timeoutMs, () =>
        reject(failed(`it has not given a token for ${timeoutMs} ms`)),
      )
      const call = async (): Promise<string | OAuthToken> => this.#provider()
      call()
        .then(resolve, (error: unknown) =>
          reject(failed(error instanceof Error ? error.message : String(error), error)),
        )
        .finally(() => timer.cancel())
    })
  }
}

function failed(reason: string, cause?: unknown): TidemillError {
  return new TidemillError('authentication-failed', `security.sasl.token: ${reason}`, { cause })
}
