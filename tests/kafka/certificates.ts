// Certificates for a test: an authority, a server that it vouches for, a client that it vouches for, and one of nobody's.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Identity {
  readonly cert: string
  readonly key: string
}

export interface Certificates {
  readonly ca: string
  readonly caFile: string
  /** Key and certificate in one file, for the names localhost and 127.0.0.1. */
  readonly serverFile: string
  readonly client: Identity
  readonly stranger: Identity
}

const openssl = (...args: readonly string[]): void => void execFileSync('openssl', args, { stdio: 'pipe' })
const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'] as const

/** Makes them all in a directory; needs openssl. */
export function makeCertificates(dir: string): Certificates {
  const file = (name: string): string => join(dir, name)
  const read = (name: string): string => readFileSync(file(name), 'utf8')
  const selfSigned = (name: string): void =>
    openssl(
      'req',
      '-x509',
      ...NEW_KEY,
      '-days',
      '2',
      '-subj',
      `/CN=${name}`,
      '-keyout',
      file(`${name}.key`),
      '-out',
      file(`${name}.pem`),
    )
  const signed = (name: string, extension: string): void => {
    openssl('req', ...NEW_KEY, '-subj', `/CN=${name}`, '-keyout', file(`${name}.key`), '-out', file(`${name}.csr`))
    writeFileSync(file(`${name}.ext`), extension)
    const by = ['-CA', file('authority.pem'), '-CAkey', file('authority.key'), '-CAcreateserial']
    openssl(
      'x509',
      '-req',
      ...by,
      '-days',
      '2',
      '-in',
      file(`${name}.csr`),
      '-extfile',
      file(`${name}.ext`),
      '-out',
      file(`${name}.pem`),
    )
  }
  selfSigned('authority')
  selfSigned('stranger')
  signed('server', 'subjectAltName=DNS:localhost,IP:127.0.0.1')
  signed('client', 'extendedKeyUsage=clientAuth')
  writeFileSync(file('server-all.pem'), read('server.key') + read('server.pem'))
  const identity = (name: string): Identity => ({ cert: read(`${name}.pem`), key: read(`${name}.key`) })
  return {
    ca: read('authority.pem'),
    caFile: file('authority.pem'),
    serverFile: file('server-all.pem'),
    client: identity('client'),
    stranger: identity('stranger'),
  }
}
