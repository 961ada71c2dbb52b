import { describe, expect, test } from 'vitest'
import { ManualClock, seededPrng } from '../../src/base/index.ts'
import { type SaslOptions, createClient } from '../../src/client/index.ts'
import { Connection } from '../../src/client/connection.ts'
import { Authenticator } from '../../src/client/sasl/authenticator.ts'
import { ERROR, heartbeatApi } from '../../src/protocol/index.ts'
import { type Script, ScriptedTransport, settle } from './scripted-transport.ts'

const PLAIN: SaslOptions = { mechanism: 'PLAIN', username: 'alice', password: 'secret' }
const heartbeat = { groupId: 'g', generationId: 1, memberId: 'm' }

/** Lets everybody in for a time, and answers heartbeats. */
const welcoming =
  (sessionLifetimeMs: number): Script =>
  ({ api, answer }) => {
    if (api.name === 'SaslHandshake') return answer({ errorCode: 0, mechanisms: ['PLAIN'] })
    if (api.name === 'Heartbeat') return answer({ errorCode: 0 })
    return answer({ errorCode: 0, errorMessage: null, authBytes: Buffer.alloc(0), sessionLifetimeMs })
  }

async function open(transport: ScriptedTransport, clock: ManualClock, sasl: SaslOptions = PLAIN): Promise<Connection> {
  const authenticator = new Authenticator({ sasl, clock, prng: seededPrng(1), timeoutMs: 1_000 })
  return Connection.open(
    { host: 'scripted', port: 1 },
    { transport, clock, clientId: 'test', requestTimeoutMs: 1_000, authenticator },
  )
}

const asked = (transport: ScriptedTransport): readonly string[] => transport.received.map(({ api }) => api.name)

describe('a connection with SASL', () => {
  test('proves who it is before it is given out', async () => {
    const transport = new ScriptedTransport()
    transport.script = welcoming(0)
    const clock = new ManualClock()
    const connection = await open(transport, clock)
    expect(transport.received.map(({ request }) => request)).toEqual([
      { mechanism: 'PLAIN' },
      { authBytes: Buffer.from('\0alice\0secret') },
    ])
    clock.advance(1e9)
    await connection.request(heartbeatApi, heartbeat)
    expect(asked(transport)).toEqual(['SaslHandshake', 'SaslAuthenticate', 'Heartbeat'])
  })

  test('proves it again before its session ends; what is asked meanwhile waits, in order', async () => {
    const transport = new ScriptedTransport()
    transport.script = welcoming(10_000)
    const clock = new ManualClock()
    const connection = await open(transport, clock)
    clock.advance(8_499)
    await connection.request(heartbeatApi, heartbeat)
    expect(asked(transport).slice(2)).toEqual(['Heartbeat'])
    clock.advance(1)
    const answered: number[] = []
    await Promise.all(
      [1, 2, 3].map(async (n) => {
        await connection.request(heartbeatApi, { ...heartbeat, generationId: n })
        answered.push(n)
      }),
    )
    expect(asked(transport).slice(3)).toEqual([
      'SaslHandshake',
      'SaslAuthenticate',
      'Heartbeat',
      'Heartbeat',
      'Heartbeat',
    ])
    expect(answered).toEqual([1, 2, 3])
    await connection.request(heartbeatApi, heartbeat)
    expect(asked(transport).slice(8)).toEqual(['Heartbeat'])
  })

  test('ends, with all that waits, where it is refused the second time', async () => {
    const transport = new ScriptedTransport()
    transport.script = welcoming(10_000)
    const clock = new ManualClock()
    const connection = await open(transport, clock)
    transport.script = ({ answer }) => answer({ errorCode: ERROR.UNSUPPORTED_SASL_MECHANISM, mechanisms: ['GSSAPI'] })
    clock.advance(9_000)
    const waiting = [1, 2].map(() => connection.request(heartbeatApi, heartbeat))
    for (const each of waiting) await expect(each).rejects.toMatchObject({ code: 'authentication-failed' })
    expect(connection.isOpen).toBe(false)
  })

  test.each([
    [
      'names what the broker offers',
      { errorCode: ERROR.UNSUPPORTED_SASL_MECHANISM, mechanisms: ['GSSAPI', 'SCRAM-SHA-512'] },
      'broker scripted:1 does not offer PLAIN; it offers GSSAPI, SCRAM-SHA-512: set security.sasl.mechanism to one of them',
    ],
    [
      'says that none is asked for',
      { errorCode: ERROR.ILLEGAL_SASL_STATE, mechanisms: [] },
      'broker scripted:1 asks for no authentication at this port: leave security.sasl out, or use its port for SASL',
    ],
  ])('%s', async (_what, response, message) => {
    const transport = new ScriptedTransport()
    transport.script = ({ answer }) => answer(response)
    await expect(open(transport, new ManualClock())).rejects.toMatchObject({ code: 'authentication-failed', message })
  })

  test('says whom the broker refuses, and is not tried again', async () => {
    const transport = new ScriptedTransport()
    transport.script = ({ api, answer }) => {
      if (api.name === 'SaslHandshake') return answer({ errorCode: 0, mechanisms: ['PLAIN'] })
      const errorMessage = 'Authentication failed: Invalid username or password'
      return answer({ errorCode: ERROR.SASL_AUTHENTICATION_FAILED, errorMessage, authBytes: Buffer.alloc(0) })
    }
    const clock = new ManualClock()
    const client = createClient({ clientId: 'test', transport, clock, prng: seededPrng(1), sasl: PLAIN })
    await expect(client.admin().listGroups()).rejects.toMatchObject({
      code: 'authentication-failed',
      message:
        "broker scripted:1 refused user 'alice' (PLAIN): Authentication failed: Invalid username or password: check security.sasl.username and password, and that the user exists for this mechanism",
    })
    expect(transport.connectCount).toBe(1)
    await client.close()
  })
})

describe('a broker that hangs up on the first words', () => {
  test.each([
    ['may want TLS', 'ApiVersions', /the port may want TLS \(security\.tls\)/],
    ['may want a password', 'Heartbeat', /the port may want authentication \(security\.sasl\)/],
  ])('%s', async (_what, during, message) => {
    const transport = new ScriptedTransport()
    if (during === 'ApiVersions') transport.apiVersions = ({ cut }) => cut()
    transport.script = ({ cut }) => cut()
    const clock = new ManualClock()
    const options = { transport, clock, clientId: 'test', requestTimeoutMs: 1_000 }
    const attempt = async (): Promise<unknown> => {
      const connection = await Connection.open({ host: 'scripted', port: 1 }, options)
      return connection.request(heartbeatApi, heartbeat)
    }
    await expect(attempt()).rejects.toThrow(message)
    await settle()
  })
})
