// Reads SecurityOptions once: what is inside trusts the result. It is plain data but for a token's provider, so that it can be sent to
// workers.
import { similarNames } from './similar-names.ts'
import type { OAuthOptions, Pem, SaslOptions, SecurityOptions, TlsOptions } from './security-options.ts'

export interface TlsSettings {
  readonly ca: readonly string[] | undefined
  readonly cert: string | undefined
  readonly key: string | undefined
  readonly passphrase: string | undefined
  readonly servername: string | undefined
  readonly rejectUnauthorized: boolean
}

export interface SecuritySettings {
  readonly tls: TlsSettings | undefined
  readonly sasl: SaslOptions | undefined
}

export const NO_SECURITY: SecuritySettings = { tls: undefined, sasl: undefined }

const MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'] as const
const SECURITY_NAMES = ['tls', 'sasl']
const TLS_NAMES = ['ca', 'cert', 'key', 'passphrase', 'servername', 'rejectUnauthorized']
const PASSWORD_NAMES = ['mechanism', 'username', 'password']
const TOKEN_NAMES = ['mechanism', 'token']

/** What is wrong goes to `problems`, each with what to do; the result counts only where there are none. */
export function parseSecurity(options: SecurityOptions | undefined, problems: string[]): SecuritySettings {
  if (options === undefined) return NO_SECURITY
  checkNames('security', options, SECURITY_NAMES, problems)
  const { tls = false, sasl } = options
  return {
    tls: tls === false ? undefined : parseTls(tls === true ? {} : tls, problems),
    sasl: sasl === undefined ? undefined : parseSasl(sasl, problems),
  }
}

function parseTls(options: TlsOptions, problems: string[]): TlsSettings {
  checkNames('security.tls', options, TLS_NAMES, problems)
  const { ca, cert, key, passphrase, servername, rejectUnauthorized = true } = options
  if ((cert === undefined) !== (key === undefined)) {
    const [given, missing] = cert === undefined ? ['key', 'cert'] : ['cert', 'key']
    problems.push(`security.tls has ${given} without ${missing}: a client's certificate needs both`)
  }
  const list = ca === undefined ? undefined : isList(ca) ? ca : [ca]
  return {
    ca: list?.map((each) => pemText('ca', each, problems)),
    cert: cert === undefined ? undefined : pemText('cert', cert, problems),
    key: key === undefined ? undefined : pemText('key', key, problems),
    passphrase,
    servername,
    rejectUnauthorized,
  }
}

function isList(value: Pem | readonly Pem[]): value is readonly Pem[] {
  return Array.isArray(value)
}

function pemText(name: string, pem: Pem, problems: string[]): string {
  const text = typeof pem === 'string' ? pem : Buffer.from(pem).toString('utf8')
  if (text.includes('-----BEGIN ')) return text
  problems.push(
    `security.tls.${name} is no PEM text (it has no '-----BEGIN'): give what the file holds, readFileSync(path), not its path`,
  )
  return text
}

function parseSasl(options: SaslOptions, problems: string[]): SaslOptions {
  const { mechanism } = options
  if (!MECHANISMS.includes(mechanism)) {
    // JavaScript may give anything.
    const given: unknown = mechanism
    const [similar] = typeof given === 'string' ? similarNames(given.toUpperCase(), MECHANISMS) : []
    const hint = similar === undefined ? '' : `; did you mean '${similar}'?`
    problems.push(
      `security.sasl.mechanism is ${JSON.stringify(mechanism)}: it must be one of ${MECHANISMS.join(', ')}${hint}`,
    )
    return options
  }
  if (mechanism === 'OAUTHBEARER') return parseToken(options, problems)
  checkNames('security.sasl', options, PASSWORD_NAMES, problems)
  for (const name of ['username', 'password'] as const) {
    if (typeof options[name] === 'string' && options[name] !== '') continue
    problems.push(`security.sasl.${name} is missing or empty: ${mechanism} needs one`)
  }
  return options
}

function parseToken(options: OAuthOptions, problems: string[]): SaslOptions {
  checkNames('security.sasl', options, TOKEN_NAMES, problems)
  const { token } = options
  if (typeof token !== 'function' && (typeof token !== 'string' || token === ''))
    problems.push('security.sasl.token is missing: OAUTHBEARER needs a token, or a function that gives one')
  return options
}

function checkNames(where: string, given: object, known: readonly string[], problems: string[]): void {
  for (const name of Object.keys(given)) {
    if (known.includes(name)) continue
    const similar = similarNames(name, known).map((each) => `${where}.${each}`)
    const hint = similar.length === 0 ? `: there are ${known.join(', ')}` : `: did you mean ${similar.join(' or ')}?`
    problems.push(`there is no option ${where}.${name}${hint}`)
  }
}
