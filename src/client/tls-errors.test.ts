import { expect, test } from 'vitest'
import { looksLikeTls, tlsError } from './tls-errors.ts'

const failing = (code: string): Error => Object.assign(new Error('reason'), { code })

test.each([
  ['SELF_SIGNED_CERT_IN_CHAIN', 'security.tls.ca'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'security.tls.servername'],
  ['CERT_HAS_EXPIRED', 'renew it'],
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'give security.tls.cert and security.tls.key'],
  ['ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE', 'give security.tls.cert and security.tls.key'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'leave security.tls out'],
  ['ERR_SSL_NO_SHARED_CIPHER', 'check security.tls'],
])('%s is not tried again, and its message has "%s"', (code, advice) => {
  expect(tlsError(failing(code), 'kafka:9093', false)).toMatchObject({
    name: 'TidemillError',
    code: 'tls-failed',
    message: expect.stringMatching(
      new RegExp(`^TLS with broker kafka:9093 failed: reason \\(${code}\\): .*${advice}`),
    ) as string,
  })
})

test('a certificate of ours that the broker does not trust is told from none', () => {
  const { message } = tlsError(failing('ERR_SSL_TLSV1_ALERT_UNKNOWN_CA'), 'kafka:9093', true)
  expect(message).toContain('check security.tls.cert')
})

test('a connection that just ends is tried again', () => {
  expect(tlsError(failing('ECONNRESET'), 'kafka:9093', false)).toMatchObject({
    name: 'RetriableError',
    code: 'broker-not-reachable',
    message: expect.stringContaining('For one without, leave security.tls out') as string,
  })
})

test('an alert of TLS is told from the size of a frame', () => {
  expect(looksLikeTls(Buffer.from([0x15, 0x03, 0x03, 0x00]))).toBe(true)
  expect(looksLikeTls(Buffer.from([0x00, 0x00, 0x15, 0x03]))).toBe(false)
})
