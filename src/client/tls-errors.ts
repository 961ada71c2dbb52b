// What TLS says when it fails, in words that help. OpenSSL's and Node's codes are stable, their texts are not.
import { RetriableError, TidemillError } from '../base/index.ts'

const UNTRUSTED: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_SIGNATURE_FAILURE',
])
const WRONG_TIME: ReadonlySet<string> = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'])
/** The first two bytes of a TLS alert record. */
const ALERT = [0x15, 0x03] as const

/** The error for a handshake that failed; a connection that just ended may be a broker that restarts. */
export function tlsError(error: NodeJS.ErrnoException, broker: string, hasOwnCertificate: boolean): TidemillError {
  const code = error.code ?? ''
  const advice = adviceFor(code, hasOwnCertificate)
  if (advice !== undefined) {
    const message = `TLS with broker ${broker} failed: ${error.message} (${code}): ${advice}`
    return new TidemillError('tls-failed', message, { cause: error })
  }
  const reason = error.message === '' ? code : error.message
  const message = `no broker answers with TLS at ${broker} (${reason}): is it running, and is this its port for TLS? For one without, leave security.tls out`
  return new RetriableError('broker-not-reachable', message, { cause: error })
}

function adviceFor(code: string, hasOwnCertificate: boolean): string | undefined {
  if (UNTRUSTED.has(code))
    return 'its certificate is of an authority that is not trusted: give that authority in security.tls.ca'
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return 'its certificate is for another name: connect by that name, or set security.tls.servername'
  if (WRONG_TIME.has(code)) return "its certificate is not valid now: renew it, or correct this machine's clock"
  if (/ALERT_(?:BAD_CERTIFICATE|UNKNOWN_CA|CERTIFICATE_\w+|HANDSHAKE_FAILURE)$/.test(code)) {
    return hasOwnCertificate
      ? "the broker does not trust this client's certificate: check security.tls.cert"
      : 'the broker wants a certificate of the client: give security.tls.cert and security.tls.key'
  }
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG')
    return 'what listens there does not speak TLS: leave security.tls out, or use the port for TLS'
  if (/^ERR_(?:SSL|OSSL|TLS)_/.test(code)) return 'check security.tls, and which versions and ciphers the broker allows'
  return undefined
}

/** Whether bytes that should begin a frame begin an alert of TLS: a port that wants TLS was spoken to without. */
export function looksLikeTls(start: Uint8Array): boolean {
  return start[0] === ALERT[0] && start[1] === ALERT[1]
}
