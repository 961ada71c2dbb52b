// How a client proves who it is, and that the broker is who it should be: the public options, documented in place.
// parse-security.ts reads them once.

/** PEM text, or its bytes; several certificates may follow one another in one text. */
export type Pem = string | Uint8Array

/** TLS to the brokers. Java: `security.protocol=SSL`, `ssl.*`. */
export interface TlsOptions {
  /** Certificates of the authorities that are trusted. @defaultValue those of Node. `ssl.truststore.*` */
  readonly ca?: Pem | readonly Pem[]
  /** The client's own certificate, where brokers ask for one, with `key`. `ssl.keystore.*` */
  readonly cert?: Pem
  /** The private key of `cert`. */
  readonly key?: Pem
  /** Opens an encrypted `key`. `ssl.key.password` */
  readonly passphrase?: string
  /** The name that the brokers' certificates must have. @defaultValue the host that is connected to */
  readonly servername?: string
  /** False takes any certificate: for experiments only. @defaultValue true */
  readonly rejectUnauthorized?: boolean
}

/** A token with what is known of it. */
export interface OAuthToken {
  readonly token: string
  /** The token is used again until four fifths of its time are over. @defaultValue asked for anew each time */
  readonly expiresAt?: Date | number
  /** SASL extensions (KIP-342), such as `logicalCluster`. */
  readonly extensions?: Readonly<Record<string, string>>
}

/** Gives a token whenever a connection needs one; runs on the caller's thread, also where the topology comes from a URL. */
export type OAuthTokenProvider = () => string | OAuthToken | Promise<string | OAuthToken>

/** A user with a password. SCRAM never sends it; PLAIN does, so use it with TLS. */
export interface PasswordOptions {
  readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
  readonly username: string
  readonly password: string
}

/** A bearer token (KIP-255), made anew before the broker's session ends (KIP-368). */
export interface OAuthOptions {
  readonly mechanism: 'OAUTHBEARER'
  readonly token: string | OAuthTokenProvider
}

/** Authentication at the brokers. Java: `sasl.mechanism`, `sasl.jaas.config`. */
export type SaslOptions = PasswordOptions | OAuthOptions

/**
 * How the brokers are reached: in the open (nothing set), with TLS, with SASL, or with both. The embedded broker listens on loopback
 * only and uses none of it. Java: `security.protocol`.
 *
 * @example
 * const security: SecurityOptions = {
 *   tls: { ca: readFileSync('ca.pem') },
 *   sasl: { mechanism: 'SCRAM-SHA-512', username: 'orders', password: process.env['KAFKA_PASSWORD'] ?? '' },
 * }
 */
export interface SecurityOptions {
  /** `true`: with the authorities that Node trusts. @defaultValue off */
  readonly tls?: boolean | TlsOptions
  /** @defaultValue off */
  readonly sasl?: SaslOptions
}
