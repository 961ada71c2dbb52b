import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ScramHash, ScramExchange } from './scram.ts'

// RFC 7677, section 3.
const CLIENT_NONCE = 'rOprNGfwEbeRWgbNEkqO'
const SERVER_FIRST = 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096'
const CLIENT_FINAL =
  'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ='
const SERVER_FINAL = 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4='

function exchange(): ScramExchange {
  return new ScramExchange({ hash: 'sha256', username: 'user', password: 'pencil', nonce: CLIENT_NONCE })
}

const say = async (to: ScramExchange, message: string): Promise<string | undefined> =>
  (await to.next(Buffer.from(message)))?.toString('utf8')

/** The server's side, written from RFC 5802 on its own. */
function serve(
  hash: ScramHash,
  password: string,
  first: string,
): { readonly first: string; end(final: string): string } {
  const bare = first.slice(3)
  const [, nonce = ''] = /,r=(.*)$/.exec(bare) ?? []
  const salt = Buffer.from('salt of the sea')
  const salted = pbkdf2Sync(password, salt, 4_096, hash === 'sha256' ? 32 : 64, hash)
  const hmac = (key: Buffer, text: string): Buffer => createHmac(hash, key).update(text).digest()
  const stored = createHash(hash).update(hmac(salted, 'Client Key')).digest()
  const serverFirst = `r=${nonce}more,s=${salt.toString('base64')},i=4096`
  return {
    first: serverFirst,
    end: (final) => {
      const [, withoutProof = '', proof = ''] = /^(.*),p=(.*)$/.exec(final) ?? []
      const signed = `${bare},${serverFirst},${withoutProof}`
      const signature = hmac(stored, signed)
      const key = Buffer.from(Buffer.from(proof, 'base64').map((byte, i) => byte ^ (signature[i] ?? 0)))
      if (!createHash(hash).update(key).digest().equals(stored)) return 'e=invalid-proof'
      return `v=${hmac(hmac(salted, 'Server Key'), signed).toString('base64')}`
    },
  }
}

describe('SCRAM', () => {
  test('says and accepts what RFC 7677 has in its example', async () => {
    const client = exchange()
    expect(client.first().toString()).toBe(`n,,n=user,r=${CLIENT_NONCE}`)
    expect(await say(client, SERVER_FIRST)).toBe(CLIENT_FINAL)
    expect(await say(client, SERVER_FINAL)).toBeUndefined()
  })

  test('lets any user and password in, with both hashes, and refuses any other password', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom<ScramHash>('sha256', 'sha512'),
        fc.string({ minLength: 1, unit: 'grapheme' }),
        fc.string({ minLength: 1, unit: 'grapheme' }),
        async (hash, username, password) => {
          const client = new ScramExchange({ hash, username, password, nonce: 'nonce' })
          const server = serve(hash, password, client.first().toString())
          expect(await say(client, server.end((await say(client, server.first)) ?? ''))).toBeUndefined()

          const wrong = new ScramExchange({ hash, username, password: `${password}.`, nonce: 'nonce' })
          const other = serve(hash, password, wrong.first().toString())
          expect(other.end((await say(wrong, other.first)) ?? '')).toBe('e=invalid-proof')
        },
      ),
      { numRuns: 15 },
    )
  })

  test('escapes what would end a name', () => {
    const client = new ScramExchange({ hash: 'sha256', username: 'a=b,c', password: 'p', nonce: 'n' })
    expect(client.first().toString()).toBe('n,,n=a=3Db=2Cc,r=n')
  })

  test.each([
    ['a nonce that is not ours', SERVER_FIRST.replace(CLIENT_NONCE, 'x'.repeat(20)), /our nonce/],
    ['a nonce that only repeats ours', `r=${CLIENT_NONCE},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`, /our nonce/],
    ['no salt', `r=${CLIENT_NONCE}x,i=4096`, /no salt/],
    ['too few iterations', `r=${CLIENT_NONCE}x,s=W22Z,i=1000`, /wants 1000 iterations, not 4096 to 1000000/],
    ['too many iterations', `r=${CLIENT_NONCE}x,s=W22Z,i=99999999`, /wants 99999999 iterations/],
    ['an extension that must be understood', `m=x,r=${CLIENT_NONCE}x,s=W22Z,i=4096`, /extension/],
    ['an error', 'e=other-error', /other-error/],
  ])('refuses a broker that answers with %s', async (_what, answer, message) => {
    await expect(say(exchange(), answer)).rejects.toThrow(message)
  })

  test('refuses a broker that does not know the password', async () => {
    const client = exchange()
    await say(client, SERVER_FIRST)
    await expect(say(client, 'v=AAAATRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=')).rejects.toMatchObject({
      code: 'authentication-failed',
      message: expect.stringContaining('could not prove that it knows the password') as string,
    })
    await expect(say(client, 'v=')).rejects.toThrow(/could not prove/)
  })
})
