// SCRAM (RFC 5802, RFC 7677): client and server prove to each other that they know the password, and neither sends it.
//
//   client  n,,n=USER,r=NONCE
//   server  r=NONCE+MORE,s=SALT,i=ITERATIONS
//   client  c=biws,r=NONCE+MORE,p=PROOF
//   server  v=SIGNATURE, or e=ERROR
//
// Texts are used as they are (Java does no SASLprep either); channels are not bound.
import { createHash, createHmac, pbkdf2, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { type Prng, TidemillError } from '../../base/index.ts'
import type { SaslExchange } from './exchange.ts'

const derive = promisify(pbkdf2)

/** Below it a password is too easy to guess (RFC 7677). */
const ITERATIONS_MIN = 4_096
/** Beyond it a hostile server could keep the client busy; Kafka itself allows 16,384. */
const ITERATIONS_MAX = 1_000_000
const NONCE_BYTES = 24
/** "n,,": no channel binding, no other identity. */
const HEADER = 'n,,'

export type ScramHash = 'sha256' | 'sha512'

export interface ScramOptions {
  readonly hash: ScramHash
  readonly username: string
  readonly password: string
  /** Printable, without commas. */
  readonly nonce: string
}

/** A nonce that nobody can guess. */
export function scramNonce(prng: Prng): string {
  return prng.bytes(NONCE_BYTES).toString('base64')
}

type State =
  | { readonly kind: 'greeted' }
  | { readonly kind: 'proved'; readonly serverSignature: Buffer }
  | { readonly kind: 'done' }

/** The client's side of one conversation. */
export class ScramExchange implements SaslExchange {
  readonly refusal: undefined = undefined
  readonly #options: ScramOptions
  readonly #firstBare: string
  #state: State = { kind: 'greeted' }

  constructor(options: ScramOptions) {
    this.#options = options
    const username = options.username.replaceAll('=', '=3D').replaceAll(',', '=2C')
    this.#firstBare = `n=${username},r=${options.nonce}`
  }

  first(): Buffer {
    return Buffer.from(HEADER + this.#firstBare)
  }

  async next(message: Buffer): Promise<Buffer | undefined> {
    const text = message.toString('utf8')
    const fields = readFields(text)
    const error = fields.get('e')
    if (error !== undefined) throw failed(`the broker refused it: ${error}`)
    switch (this.#state.kind) {
      case 'greeted':
        return this.#prove(text, fields)
      case 'proved':
        return this.#verify(fields, this.#state.serverSignature)
      case 'done':
        throw failed('the broker goes on after the end of the conversation')
    }
  }

  async #prove(serverFirst: string, fields: ReadonlyMap<string, string>): Promise<Buffer> {
    const { hash, password, nonce: ownNonce } = this.#options
    const nonce = fields.get('r') ?? ''
    const salt = Buffer.from(fields.get('s') ?? '', 'base64')
    const iterations = Number(fields.get('i'))
    if (fields.has('m')) throw failed('the broker asks for an extension that is not known')
    if (!nonce.startsWith(ownNonce) || nonce.length === ownNonce.length)
      throw failed('the broker does not answer with our nonce: somebody may have replayed an older answer')
    if (salt.length === 0) throw failed('the broker sent no salt')
    if (!(Number.isInteger(iterations) && iterations >= ITERATIONS_MIN && iterations <= ITERATIONS_MAX))
      throw failed(`the broker wants ${fields.get('i')} iterations, not ${ITERATIONS_MIN} to ${ITERATIONS_MAX}`)

    const withoutProof = `c=${Buffer.from(HEADER).toString('base64')},r=${nonce}`
    const signed = `${this.#firstBare},${serverFirst},${withoutProof}`
    const keyBytes = hash === 'sha256' ? 32 : 64
    const salted = await derive(password, salt, iterations, keyBytes, hash)
    const hmac = (key: Buffer, text: string): Buffer => createHmac(hash, key).update(text).digest()
    const clientKey = hmac(salted, 'Client Key')
    const storedKey = createHash(hash).update(clientKey).digest()
    const signature = hmac(storedKey, signed)
    const proof = clientKey.map((byte, i) => byte ^ (signature[i] as number)) // equally long
    this.#state = { kind: 'proved', serverSignature: hmac(hmac(salted, 'Server Key'), signed) }
    return Buffer.from(`${withoutProof},p=${Buffer.from(proof).toString('base64')}`)
  }

  #verify(fields: ReadonlyMap<string, string>, expected: Buffer): undefined {
    const signature = Buffer.from(fields.get('v') ?? '', 'base64')
    if (signature.length !== expected.length || !timingSafeEqual(signature, expected))
      throw failed('the broker could not prove that it knows the password: it may not be the one that it claims to be')
    this.#state = { kind: 'done' }
    return undefined
  }
}

function readFields(text: string): ReadonlyMap<string, string> {
  return new Map(text.split(',').map((field) => [field.slice(0, 1), field.slice(2)]))
}

function failed(reason: string): TidemillError {
  return new TidemillError('authentication-failed', `SCRAM: ${reason}`)
}
