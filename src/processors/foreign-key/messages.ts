// What the two internal topics of a foreign-key join carry, and their bytes: Java's SubscriptionWrapper and
// SubscriptionResponseWrapper, newest versions.
//
//   subscription:  version | (0x80 if there is no hash) · instruction · [hash, 16 bytes] · primary key · partition int32 (version 1)
//   response:      version | (0x80 if there is no hash) · [hash, 16 bytes] · foreign value
//
// In Java a foreign value of zero bytes reads as missing. We write its form (version 0) wherever that is not
// ambiguous, and version 1 with nothing else in it for a value that is there and empty.
import { TidemillError } from '../../base/index.ts'
import type { Serde } from '../../serde/index.ts'
import type { Subscription, SubscriptionInstruction } from '../../state/index.ts'

const NO_HASH = 0x80
const VERSION_MASK = 0x7f
const HASH_BYTES = 16
const SUBSCRIPTION_VERSION = 1
const RESPONSE_VERSION = 0
const RESPONSE_VERSION_EMPTY_VALUE = 1
const NO_BYTES = Buffer.alloc(0)

/** The answer to a subscription. */
export interface SubscriptionResponse<out V = any> {
  readonly hash: Buffer | null
  /** null: the foreign table has none. */
  readonly foreignValue: V | null
  /** Not in the bytes: tells the sink where the left task is; undefined where an old version asked. */
  readonly primaryPartition: number | undefined
}

/** Of the subscription topic and the subscription store. One without a partition has version 0, which releases up to 3.3 read. */
export function subscriptionSerde(primaryKey: Serde<any>): Serde<Subscription<any>> {
  return {
    encode(subscription, context) {
      const { hash, instruction, primaryPartition } = subscription
      const version = primaryPartition === undefined ? 0 : SUBSCRIPTION_VERSION
      const head = Buffer.of(version | (hash === null ? NO_HASH : 0), instruction)
      const key = primaryKey.encode(subscription.primaryKey, { ...context, topic: `${context.topic}-pk`, isKey: true })
      if (primaryPartition === undefined) return Buffer.concat([head, hash ?? NO_BYTES, key])
      const partition = Buffer.allocUnsafe(4)
      partition.writeInt32BE(primaryPartition)
      return Buffer.concat([head, hash ?? NO_BYTES, key, partition])
    },
    decode(bytes, context) {
      const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      const written = buffer.length < 2 ? -1 : (buffer[0] as number) & VERSION_MASK
      if (written < 0 || written > SUBSCRIPTION_VERSION) throw unreadable('subscription', written, context.topic)
      const hasHash = ((buffer[0] as number) & NO_HASH) === 0
      const keyStart = 2 + (hasHash ? HASH_BYTES : 0)
      const keyEnd = buffer.length - (written === 0 ? 0 : 4)
      if (keyEnd < keyStart) throw unreadable('subscription', written, context.topic)
      const keyContext = { ...context, topic: `${context.topic}-pk`, isKey: true }
      return {
        hash: hasHash ? Buffer.from(buffer.subarray(2, keyStart)) : null,
        // Whoever wrote a version that we read, wrote one of the four.
        instruction: buffer[1] as SubscriptionInstruction,
        primaryKey: primaryKey.decode(buffer.subarray(keyStart, keyEnd), keyContext),
        primaryPartition: written === 0 ? undefined : buffer.readInt32BE(keyEnd),
      }
    },
  }
}

/** Of the response topic. An old version that asked is answered in version 0: there an empty foreign value cannot be told from a missing one. */
export function subscriptionResponseSerde(foreignValue: Serde<any>): Serde<SubscriptionResponse> {
  return {
    encode(response, context) {
      const value = response.foreignValue === null ? NO_BYTES : foreignValue.encode(response.foreignValue, context)
      const isEmptyValue = response.foreignValue !== null && value.length === 0
      const isOldAsker = response.primaryPartition === undefined
      const written = isEmptyValue && !isOldAsker ? RESPONSE_VERSION_EMPTY_VALUE : RESPONSE_VERSION
      const head = Buffer.of(written | (response.hash === null ? NO_HASH : 0))
      return Buffer.concat([head, response.hash ?? NO_BYTES, value])
    },
    decode(bytes, context) {
      const written = bytes.length < 1 ? -1 : (bytes[0] as number) & VERSION_MASK
      if (written < 0 || written > RESPONSE_VERSION_EMPTY_VALUE) throw unreadable('response', written, context.topic)
      const hasHash = ((bytes[0] as number) & NO_HASH) === 0
      const valueStart = 1 + (hasHash ? HASH_BYTES : 0)
      if (bytes.length < valueStart) throw unreadable('response', written, context.topic)
      const value = bytes.subarray(valueStart)
      const isMissing = value.length === 0 && written === RESPONSE_VERSION
      return {
        hash: hasHash ? Buffer.from(bytes.subarray(1, valueStart)) : null,
        foreignValue: isMissing ? null : foreignValue.decode(value, context),
        primaryPartition: undefined,
      }
    },
  }
}

/** Partition of the response topic: the left task that asked. */
export function responsePartition(response: SubscriptionResponse): number | undefined {
  const partition = response.primaryPartition
  return partition === undefined || partition < 0 ? undefined : partition
}

function unreadable(what: string, version: number, topic: string): TidemillError {
  const found = version < 0 ? 'too few bytes' : `version ${version}`
  return new TidemillError(
    'deserialization-failed',
    `${topic} holds a ${what} of a foreign-key join with ${found}, which this version does not read: upgrade, or reset the application`,
  )
}
