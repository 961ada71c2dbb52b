import { describe, expect, test } from 'vitest'
import { ManualClock } from '../../base/index.ts'
import type { OAuthToken } from '../security-options.ts'
import { OAuthBearerExchange, TokenSource } from './oauth-bearer.ts'

describe('OAUTHBEARER', () => {
  test('sends the token and its extensions as RFC 7628 has them', () => {
    const exchange = new OAuthBearerExchange({ token: 'abc', extensions: { logicalCluster: 'lkc-1' } })
    expect(exchange.first().toString()).toBe('n,,\x01auth=Bearer abc\x01logicalCluster=lkc-1\x01\x01')
  })

  test('ends with an empty answer, and lets a server that refuses come to its point', async () => {
    expect(await new OAuthBearerExchange({ token: 'abc' }).next(Buffer.alloc(0))).toBeUndefined()
    const refused = new OAuthBearerExchange({ token: 'abc' })
    expect(await refused.next(Buffer.from('{"status":"invalid_token"}'))).toEqual(Buffer.from([1]))
    expect(refused.refusal).toBe('{"status":"invalid_token"}')
  })
})

describe('a source of tokens', () => {
  const counting = (lifeMs: number | undefined, clock: ManualClock) => {
    let count = 0
    const give = async (): Promise<OAuthToken> => {
      const token = `token ${++count}`
      return lifeMs === undefined ? { token } : { token, expiresAt: new Date(clock.now() + lifeMs) }
    }
    return new TokenSource(give, clock)
  }

  test('asks once for all who ask at the same time', async () => {
    const source = counting(undefined, new ManualClock())
    const tokens = await Promise.all([source.token(1_000), source.token(1_000)])
    expect(tokens.map(({ token }) => token)).toEqual(['token 1', 'token 1'])
    expect((await source.token(1_000)).token).toBe('token 2')
  })

  test('keeps a token until four fifths of its time are over', async () => {
    const clock = new ManualClock(1_000_000)
    const source = counting(10_000, clock)
    expect((await source.token(1_000)).token).toBe('token 1')
    clock.advance(7_999)
    expect((await source.token(1_000)).token).toBe('token 1')
    clock.advance(1)
    expect((await source.token(1_000)).token).toBe('token 2')
  })

  test('says when the function fails, gives nothing, or never comes back', async () => {
    const clock = new ManualClock()
    const failing = new TokenSource(() => Promise.reject(new Error('no network')), clock)
    await expect(failing.token(1_000)).rejects.toMatchObject({
      code: 'authentication-failed',
      message: 'security.sasl.token: no network',
    })
    await expect(new TokenSource(() => '', clock).token(1_000)).rejects.toThrow(/it gave no token: return a text/)
    const hanging = new TokenSource(() => new Promise(() => undefined), clock).token(1_000)
    const told = expect(hanging).rejects.toThrow('security.sasl.token: it has not given a token for 1000 ms')
    clock.advance(1_000)
    await told
  })
})
