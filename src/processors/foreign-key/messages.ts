// What the two internal topics of a foreign-key join carry, and their bytes: Java's SubscriptionWrapper and
// SubscriptionResponseWrapper, newest versions.
//
//   subscription:  version | (0x80 if there is no hash) · instruction · [hash, 16 bytes] · primary key · partition int32 (version 1)
//   response:      version | (0x80 if there is no hash) · [hash, 16 bytes] · foreign value
//
// In Java a foreign value of zero bytes reads as missing. We write its form (version 0) wherever that is not
// ambiguous, and version 1 with nothing else in it for a value that is there and empty.
import { ByteWriter, TidemillError, asBuffer } from '../../base/index.ts'
import { RecordHeaders } from '../../record/index.ts'
import { type FastSerde, type Serde, type SerdeContext, rangeReader, valueWriter } from '../../serde/index.ts'
import type { Subscription, SubscriptionInstruction } from '../../state/index.ts'

const NO_HASH = 0x80
const VERSION_MASK = 0x7f
const HASH_BYTES = 16
const SUBSCRIPTION_VERSION = 1
const RESPONSE_VERSION = 0
const RESPONSE_VERSION_EMPTY_VALUE = 1

/** The answer to a subscription. */
export interface SubscriptionResponse<out V = any> {
  readonly hash: Buffer | null
  /** null: the foreign table has none. */
  readonly foreignValue: V | null
  /** Not in the bytes: tells the sink where the left task is; undefined where an old version asked. */
  readonly primaryPartition: number | undefined
}

/** Of the subscription topic and the subscription store. One without a partition has version 0, which releases up to 3.3 read. */
export function subscriptionSerde(primaryKey: Serde<any>): FastSerde<Subscription<any>> {
  const writeKey = valueWriter(primaryKey)
  const readKey = rangeReader(primaryKey)
  const keyContext = new KeyContext()
  const encodeInto = (subscription: Subscription<any>, writer: ByteWriter, context: SerdeContext): void => {
    const { hash, instruction, primaryPartition } = subscription
    const version = primaryPartition === undefined ? 0 : SUBSCRIPTION_VERSION
    writer.uint8(version | (hash === null ? NO_HASH : 0))
    writer.uint8(instruction)
    if (hash !== null) writer.bytes(hash)
    writeKey(subscription.primaryKey, writer, keyContext.of(context))
    if (primaryPartition !== undefined) writer.int32(primaryPartition)
  }
  const decodeRange = (buffer: Buffer, start: number, end: number, context: SerdeContext): Subscription<any> => {
    const written = end - start < 2 ? -1 : (buffer[start] as number) & VERSION_MASK
    if (written < 0 || written > SUBSCRIPTION_VERSION) throw unreadable('subscription', written, context.topic)
    const hasHash = ((buffer[start] as number) & NO_HASH) === 0
    const hashStart = start + 2
    const keyStart = hashStart + (hasHash ? HASH_BYTES : 0)
    const keyEnd = end - (written === 0 ? 0 : 4)
    if (keyEnd < keyStart) throw unreadable('subscription', written, context.topic)
    return {
      hash: hasHash ? copyOf(buffer, hashStart, keyStart) : null,
      // Whoever wrote a version that we read, wrote one of the four.
      instruction: buffer[start + 1] as SubscriptionInstruction,
      primaryKey: readKey(buffer, keyStart, keyEnd, keyContext.of(context)),
      primaryPartition: written === 0 ? undefined : buffer.readInt32BE(keyEnd),
    }
  }
  return fastSerde(encodeInto, decodeRange)
}

/** Of the response topic. An old version that asked is answered in version 0: there an empty foreign value cannot be told from a missing one. */
export function subscriptionResponseSerde(foreignValue: Serde<any>): FastSerde<SubscriptionResponse> {
  const writeValue = valueWriter(foreignValue)
  const readValue = rangeReader(foreignValue)
  const encodeInto = (response: SubscriptionResponse, writer: ByteWriter, context: SerdeContext): void => {
    const { hash } = response
    const start = writer.position
    writer.uint8(RESPONSE_VERSION | (hash === null ? NO_HASH : 0))
    if (hash !== null) writer.bytes(hash)
    if (response.foreignValue === null) return
    const valueStart = writer.position
    writeValue(response.foreignValue, writer, context)
    const isOldAsker = response.primaryPartition === undefined
    if (writer.position === valueStart && !isOldAsker)
      writer.buffer[start] = RESPONSE_VERSION_EMPTY_VALUE | (hash === null ? NO_HASH : 0)
  }
  const decodeRange = (buffer: Buffer, start: number, end: number, context: SerdeContext): SubscriptionResponse => {
    const written = end - start < 1 ? -1 : (buffer[start] as number) & VERSION_MASK
    if (written < 0 || written > RESPONSE_VERSION_EMPTY_VALUE) throw unreadable('response', written, context.topic)
    const hasHash = ((buffer[start] as number) & NO_HASH) === 0
    const valueStart = start + 1 + (hasHash ? HASH_BYTES : 0)
    if (end < valueStart) throw unreadable('response', written, context.topic)
    const isMissing = end === valueStart && written === RESPONSE_VERSION
    return {
      hash: hasHash ? copyOf(buffer, start + 1, valueStart) : null,
      foreignValue: isMissing ? null : readValue(buffer, valueStart, end, context),
      primaryPartition: undefined,
    }
  }
  return fastSerde(encodeInto, decodeRange)
}

function fastSerde<T>(encodeInto: FastSerde<T>['encodeInto'], decodeRange: FastSerde<T>['decodeRange']): FastSerde<T> {
  return {
    encode(value, context) {
      const writer = new ByteWriter(128)
      encodeInto(value, writer, context)
      return writer.toBuffer()
    },
    decode: (bytes, context) => decodeRange(asBuffer(bytes), 0, bytes.length, context),
    encodeInto,
    decodeRange,
  }
}

/** What the serde of primary keys is told: a topic of its own. Made once for each topic of the message. */
class KeyContext {
  readonly #context = { topic: '-pk', headers: RecordHeaders.empty, isKey: true }
  #topic = ''

  of({ topic, headers }: SerdeContext): SerdeContext {
    const context = this.#context
    if (topic !== this.#topic) {
      this.#topic = topic
      context.topic = `${topic}-pk`
    }
    context.headers = headers
    return context
  }
}

function copyOf(buffer: Buffer, start: number, end: number): Buffer {
  const copy = Buffer.allocUnsafe(end - start)
  for (let i = start, to = 0; i < end; i++, to++) copy[to] = buffer[i] as number
  return copy
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
