import { expect, test } from 'vitest'
import { parseSecurity } from './parse-security.ts'
import type { SecurityOptions } from './security-options.ts'

const PEM = '-----BEGIN CERTIFICATE-----\n...'

function problemsOf(options: unknown): readonly string[] {
  const problems: string[] = []
  parseSecurity(options as SecurityOptions, problems)
  return problems
}

test('what is given is read into plain data, certificates as text', () => {
  const problems: string[] = []
  const tls = { ca: Buffer.from(PEM), cert: PEM, key: Uint8Array.from(Buffer.from(PEM)) }
  expect(parseSecurity({ tls }, problems)).toEqual({
    tls: {
      ca: [PEM],
      cert: PEM,
      key: PEM,
      passphrase: undefined,
      servername: undefined,
      rejectUnauthorized: true,
    },
    sasl: undefined,
  })
  expect(parseSecurity({ tls: true }, problems).tls).toMatchObject({ ca: undefined, rejectUnauthorized: true })
  expect(parseSecurity({ tls: false }, problems).tls).toBeUndefined()
  expect(problems).toEqual([])
})

test('every mistake is told, each with what to do', () => {
  expect(problemsOf({ tsl: true })).toEqual([
    'there is no option security.tsl: did you mean security.sasl or security.tls?',
  ])
  expect(problemsOf({ tls: { ca: './ca.pem', cert: PEM } })).toEqual([
    "security.tls has cert without key: a client's certificate needs both",
    "security.tls.ca is no PEM text (it has no '-----BEGIN'): give what the file holds, readFileSync(path), not its path",
  ])
  expect(problemsOf({ sasl: { mechanism: 'scram-sha-512', username: 'u', password: 'p' } })).toEqual([
    'security.sasl.mechanism is "scram-sha-512": it must be one of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER; did you mean \'SCRAM-SHA-512\'?',
  ])
  expect(problemsOf({ sasl: { mechanism: 'PLAIN', username: 'u', password: '' } })).toEqual([
    'security.sasl.password is missing or empty: PLAIN needs one',
  ])
  expect(problemsOf({ sasl: { mechanism: 'OAUTHBEARER' } })).toEqual([
    'security.sasl.token is missing: OAUTHBEARER needs a token, or a function that gives one',
  ])
})
