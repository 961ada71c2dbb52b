import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RecordHeaders } from '../../record/index.ts'
import { serdes } from '../../serde/index.ts'
import { responsePartition, subscriptionResponseSerde, subscriptionSerde } from './messages.ts'

const context = { topic: 't', headers: RecordHeaders.empty, isKey: false }
const hash = Buffer.from('8f1ed1bee7a8db3923f45acd37a3dbd0', 'hex')
const hashes = fc.option(fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes)))

describe('messages of a foreign-key join', () => {
  test('a subscription has the bytes of SubscriptionWrapper, in both versions', () => {
    const subscription = { hash, instruction: 0, primaryKey: 'key' } as const
    const bytesOf = (primaryPartition: number | undefined): string =>
      Buffer.from(subscriptionSerde(serdes.string).encode({ ...subscription, primaryPartition }, context)).toString(
        'hex',
      )
    expect(bytesOf(undefined)).toBe('00008f1ed1bee7a8db3923f45acd37a3dbd06b6579')
    expect(bytesOf(1)).toBe('01008f1ed1bee7a8db3923f45acd37a3dbd06b657900000001')
  })

  test('subscriptions come back as they were', () => {
    const serde = subscriptionSerde(serdes.string)
    const subscriptions = fc.record({
      hash: hashes,
      instruction: fc.constantFrom(0, 1, 2, 3),
      primaryKey: fc.string(),
      primaryPartition: fc.option(fc.nat(), { nil: undefined }),
    })
    fc.assert(
      fc.property(subscriptions, (subscription) => {
        expect(serde.decode(serde.encode(subscription, context), context)).toEqual(subscription)
      }),
    )
  })

  test('a response has the bytes of SubscriptionResponseWrapper; only an empty value is written otherwise', () => {
    const serde = subscriptionResponseSerde(serdes.string)
    const bytesOf = (foreignValue: string | null): string =>
      Buffer.from(serde.encode({ hash, foreignValue, primaryPartition: 3 }, context)).toString('hex')
    expect(bytesOf('key')).toBe('008f1ed1bee7a8db3923f45acd37a3dbd06b6579')
    expect(bytesOf(null)).toBe('008f1ed1bee7a8db3923f45acd37a3dbd0')
    expect(bytesOf('')).toBe('018f1ed1bee7a8db3923f45acd37a3dbd0')
  })

  test('a foreign value of zero bytes is a value', () => {
    const serde = subscriptionResponseSerde(serdes.string)
    const back = (foreignValue: string | null): string | null =>
      serde.decode(serde.encode({ hash: null, foreignValue, primaryPartition: 0 }, context), context).foreignValue
    expect(back('')).toBe('')
    expect(back(null)).toBeNull()
  })

  test.each([[''], ['02'], ['00'], ['0000aa']])('the bytes %j are refused with a hint', (hex) => {
    const bytes = Buffer.from(hex, 'hex')
    expect(() => subscriptionSerde(serdes.string).decode(bytes, context)).toThrow(/foreign-key join/)
  })

  test('a response goes back to the partition that asked; to that of its key where nobody said', () => {
    expect(responsePartition({ hash, foreignValue: 'v', primaryPartition: 4 })).toBe(4)
    expect(responsePartition({ hash, foreignValue: 'v', primaryPartition: undefined })).toBeUndefined()
  })
})
