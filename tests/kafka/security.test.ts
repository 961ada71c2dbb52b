// TLS and SASL against a real Apache Kafka with a listener for each way in.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Streams, serdes, topic } from 'tidemill'
import { type Kafka, type SecurityOptions, connect } from 'tidemill/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { lines, wordCounts } from '../../examples/word-count/src/word-count.ts'
import { KafkaCluster, freePorts } from '../../scripts/kafka-cluster.ts'
import { sleep, systemClock, systemPrng } from '../../src/base/index.ts'
import { runCli } from '../../src/cli/program.ts'
import { TcpTransport } from '../../src/client/index.ts'
import { Connection } from '../../src/client/connection.ts'
import { Authenticator } from '../../src/client/sasl/authenticator.ts'
import { metadataApi } from '../../src/protocol/index.ts'
import { type Certificates, makeCertificates } from './certificates.ts'
import { until } from './harness.ts'

const WAYS = ['PLAINTEXT', 'CONTROLLER', 'TLS', 'MTLS', 'SASL', 'SASLTLS'] as const
const PROTOCOLS = 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,TLS:SSL,MTLS:SSL,SASL:SASL_PLAINTEXT,SASLTLS:SASL_SSL'
const PASSWORD = 'open sesame='
const SESSION_MS = 2_000
const modules = 'org.apache.kafka.common.security'

const scratch = mkdtempSync(join(tmpdir(), 'tidemill-security-'))
let ports: readonly number[]
let certificates: Certificates
let cluster: KafkaCluster

function properties(): Readonly<Record<string, string>> {
  const sasl = (listener: string): Readonly<Record<string, string>> => ({
    [`listener.name.${listener}.plain.sasl.jaas.config`]: `${modules}.plain.PlainLoginModule required user_alice="${PASSWORD}";`,
    [`listener.name.${listener}.scram-sha-256.sasl.jaas.config`]: `${modules}.scram.ScramLoginModule required;`,
    [`listener.name.${listener}.scram-sha-512.sasl.jaas.config`]: `${modules}.scram.ScramLoginModule required;`,
    [`listener.name.${listener}.oauthbearer.sasl.jaas.config`]: `${modules}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";`,
  })
  const listeners = WAYS.map((way, i) => `${way}://127.0.0.1:${ports[i]}`)
  return {
    listeners: listeners.join(','),
    'advertised.listeners': listeners.filter((each) => !each.startsWith('CONTROLLER')).join(','),
    'listener.security.protocol.map': PROTOCOLS,
    'controller.quorum.voters': `1@127.0.0.1:${ports[WAYS.indexOf('CONTROLLER')]}`,
    'inter.broker.listener.name': 'PLAINTEXT',
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': certificates.serverFile,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': certificates.caFile,
    'listener.name.mtls.ssl.client.auth': 'required',
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,OAUTHBEARER',
    'listener.name.sasltls.sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
    'listener.name.sasltls.oauthbearer.connections.max.reauth.ms': String(SESSION_MS),
    ...sasl('sasl'),
    ...sasl('sasltls'),
  }
}

beforeAll(async () => {
  certificates = makeCertificates(scratch)
  ports = await freePorts(WAYS.length)
  const scram = (mechanism: string): readonly string[] => [
    '--add-scram',
    `${mechanism}=[name=alice,password="${PASSWORD}"]`,
  ]
  const version = process.env['KAFKA_VERSION']
  cluster = await KafkaCluster.start({
    isLight: true,
    properties: properties(),
    formatArguments: [...scram('SCRAM-SHA-256'), ...scram('SCRAM-SHA-512')],
    ...(version !== undefined && { version }),
  })
})
afterAll(async () => {
  await cluster.stop()
  rmSync(scratch, { recursive: true, force: true })
})

const at = (way: (typeof WAYS)[number]): string => `127.0.0.1:${ports[WAYS.indexOf(way)]}`

/** A token as Kafka takes them where no real authority is configured: not signed. */
function unsignedToken(subject: string, lifeMs = 3_600_000): string {
  const now = systemClock.now() / 1_000
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'none' })}.${part({ sub: subject, iat: now, exp: now + lifeMs / 1_000 })}.`
}

let names = 0
async function writesAndReads(servers: string, security: SecurityOptions): Promise<void> {
  await using kafka: Kafka = await connect(servers, { security })
  const made = topic(`secure-${names++}`, { key: serdes.string, value: serdes.string, partitions: 1 })
  await kafka.createTopics([made])
  await using producer = kafka.producer()
  await producer.send(made, { key: 'k', value: 'v' })
  const read: unknown[] = []
  for await (const { value } of kafka.read(made, { until: 'end' })) read.push(value)
  expect(read).toEqual(['v'])
}

const password = (mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512', secret = PASSWORD) =>
  ({ mechanism, username: 'alice', password: secret }) as const

/** What a first request fails with. */
async function failure(servers: string, security: SecurityOptions): Promise<unknown> {
  await using kafka = await connect(servers, { security })
  return await kafka.topics().then(
    () => undefined,
    (error: unknown) => error,
  )
}

describe('TLS', () => {
  test('carries everything, with the authority that is given', async () => {
    await writesAndReads(at('TLS'), { tls: { ca: certificates.ca } })
  })

  test('shows the certificate of the client', async () => {
    await writesAndReads(at('MTLS'), { tls: { ca: Buffer.from(certificates.ca), ...certificates.client } })
  })

  test('takes any certificate where it is told to', async () => {
    await writesAndReads(at('TLS'), { tls: { rejectUnauthorized: false } })
  })

  test('fails at once where the authority is not trusted, and says what to give', async () => {
    expect(await failure(at('TLS'), { tls: true })).toMatchObject({
      code: 'tls-failed',
      message: expect.stringContaining('give that authority in security.tls.ca') as string,
    })
  })

  test('fails at once where the certificate is for another name', async () => {
    expect(await failure(at('TLS'), { tls: { ca: certificates.ca, servername: 'kafka.example' } })).toMatchObject({
      code: 'tls-failed',
      message: expect.stringContaining('its certificate is for another name') as string,
    })
  })

  test('fails at once where the broker wants a certificate and gets none, or one that it does not trust', async () => {
    expect(await failure(at('MTLS'), { tls: { ca: certificates.ca } })).toMatchObject({
      code: 'tls-failed',
      message: expect.stringContaining('give security.tls.cert and security.tls.key') as string,
    })
    expect(await failure(at('MTLS'), { tls: { ca: certificates.ca, ...certificates.stranger } })).toMatchObject({
      code: 'tls-failed',
      message: expect.stringContaining('check security.tls.cert') as string,
    })
  })

  test('is asked for by the message where a port wants it and it is off', async () => {
    expect(await failure(at('TLS'), {})).toMatchObject({
      code: 'tls-failed',
      message: expect.stringContaining('the broker speaks TLS at this port: set security.tls') as string,
    })
  })
})

describe('SASL', () => {
  test.each(['PLAIN', 'SCRAM-SHA-256'] as const)('%s lets a user in', async (mechanism) => {
    await writesAndReads(at('SASL'), { sasl: password(mechanism) })
  })

  test('SCRAM-SHA-512 lets a user in over TLS', async () => {
    await writesAndReads(at('SASLTLS'), { tls: { ca: certificates.ca }, sasl: password('SCRAM-SHA-512') })
  })

  test('OAUTHBEARER takes a token of a function', async () => {
    const token = async () => unsignedToken('alice')
    await writesAndReads(at('SASL'), { sasl: { mechanism: 'OAUTHBEARER', token } })
  })

  test.each(['PLAIN', 'SCRAM-SHA-256'] as const)(
    '%s: a wrong password fails at once and names the user',
    async (mechanism) => {
      expect(await failure(at('SASL'), { sasl: password(mechanism, 'wrong') })).toMatchObject({
        code: 'authentication-failed',
        message: expect.stringMatching(
          /refused user 'alice' \(.*check security\.sasl\.username and password/,
        ) as string,
      })
    },
  )

  test('a token that is over fails at once', async () => {
    const token = unsignedToken('alice', -60_000)
    expect(await failure(at('SASL'), { sasl: { mechanism: 'OAUTHBEARER', token } })).toMatchObject({
      code: 'authentication-failed',
      message: expect.stringMatching(
        /refused the token \(OAUTHBEARER\).*check its audience, scope and expiry/s,
      ) as string,
    })
  })

  test('a mechanism that the broker does not have fails with those that it has', async () => {
    expect(await failure(at('SASL'), { sasl: password('SCRAM-SHA-512') })).toMatchObject({
      code: 'authentication-failed',
      message: expect.stringMatching(/does not offer SCRAM-SHA-512; it offers .*PLAIN/) as string,
    })
  })

  test('on a port without it fails with the advice to leave it out', async () => {
    expect(await failure(at('PLAINTEXT'), { sasl: password('PLAIN') })).toMatchObject({
      code: 'authentication-failed',
      message: expect.stringContaining('asks for no authentication at this port') as string,
    })
  })

  test('is done again within the connection before the session ends', async () => {
    const tokens: string[] = []
    const token = (): string => {
      tokens.push(unsignedToken('alice'))
      return tokens.at(-1) ?? ''
    }
    const tls = { ca: [certificates.ca], cert: undefined, key: undefined, passphrase: undefined, servername: undefined }
    const address = { host: '127.0.0.1', port: ports[WAYS.indexOf('SASLTLS')] ?? 0 }
    const common = { clock: systemClock, prng: systemPrng() }
    const connection = await Connection.open(address, {
      ...common,
      transport: new TcpTransport({ ...common, bootstrap: [address], tls: { ...tls, rejectUnauthorized: true } }),
      clientId: 'test',
      requestTimeoutMs: 10_000,
      authenticator: new Authenticator({ ...common, sasl: { mechanism: 'OAUTHBEARER', token }, timeoutMs: 10_000 }),
    })
    const endMs = systemClock.monotonicMs() + 2.5 * SESSION_MS
    while (systemClock.monotonicMs() < endMs) {
      await Promise.all([1, 2, 3].map(() => connection.request(metadataApi, { topics: [] })))
      await sleep(systemClock, 50)
    }
    expect(connection.isOpen).toBe(true)
    expect(tokens.length).toBeGreaterThan(2)
    connection.close()
  })
})

describe('an application', () => {
  test('in worker threads gets in with tokens of a function of the caller', async () => {
    let asked = 0
    const security: SecurityOptions = {
      tls: { ca: certificates.ca },
      sasl: {
        mechanism: 'OAUTHBEARER',
        token: () => {
          asked++
          return { token: unsignedToken('alice'), expiresAt: systemClock.now() + 60_000 }
        },
      },
    }
    await using kafka = await connect(at('SASLTLS'), { security })
    await kafka.createTopics([lines, wordCounts], { partitions: 2 })
    await using app = new Streams(new URL('../../examples/word-count/src/word-count.ts', import.meta.url), {
      applicationId: 'secure-words',
      bootstrapServers: at('SASLTLS'),
      security,
      threads: 2,
      processingGuarantee: 'exactly-once',
      stateDir: join(scratch, 'state'),
    })
    await app.start()
    await using producer = kafka.producer()
    await producer.send(lines, { value: 'who goes there who' })
    await until('the words are counted', async () => {
      for await (const { key, value } of kafka.read(wordCounts, { until: 'end' }))
        if (key === 'who' && value === 2) return true
      return false
    })
    expect(asked).toBeGreaterThanOrEqual(3)
  })

  test('does not start with a wrong password, and says so', async () => {
    const { default: wordCount } = await import('../../examples/word-count/src/word-count.ts')
    await using app = new Streams(wordCount(), {
      applicationId: 'secure-wrong',
      bootstrapServers: at('SASL'),
      security: { sasl: password('SCRAM-SHA-256', 'wrong') },
      stateDir: join(scratch, 'state'),
    })
    await expect(app.start()).rejects.toMatchObject({ code: 'authentication-failed' })
  })
})

test('the command line gets in with a file that names the rest', async () => {
  const file = join(scratch, 'security.json')
  const sasl = { ...password('SCRAM-SHA-512'), password: 'env:SECURE_PASSWORD' }
  writeFileSync(file, JSON.stringify({ tls: { ca: 'authority.pem' }, sasl }))
  process.env['SECURE_PASSWORD'] = PASSWORD
  expect(await runCli(['-b', at('SASLTLS'), '--security', file, 'topics', 'create', 'by-cli'], '0')).toBe(0)
  await using kafka = await connect(at('PLAINTEXT'))
  expect((await kafka.topics()).map(({ name }) => name)).toContain('by-cli')
})
