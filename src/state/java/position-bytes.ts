// How far a store has read its input topics (KIP-796), and Kafka Streams' bytes of it. They travel in the header `c` of changelog
// records and lie in the column family `offsets` of a store. FORMAT (integers big-endian):
//   uint8 0 | int32 topics | topics x (int32 length | UTF-8 name | int32 partitions | partitions x (int32 partition | int64 offset))
// Kafka Streams sends zero bytes after it in the header: a reader stops after the last topic.
import { ByteWriter, TidemillError, asBuffer, readInt64 } from '../../base/index.ts'

/** Offsets by topic and partition: the last record of each that is in a store. Java: `Position`. */
export type PositionMap = ReadonlyMap<string, ReadonlyMap<number, number>>

const VERSION = 0

/**
 * Writes a position as Kafka Streams does (Java: `PositionSerde`).
 *
 * @example
 * encodePosition(new Map([['orders', new Map([[0, 41]])]]))
 */
export function encodePosition(position: PositionMap): Buffer {
  const writer = new ByteWriter(64)
  writer.uint8(VERSION)
  writer.int32(position.size)
  for (const [topic, offsets] of position) {
    const name = Buffer.from(topic, 'utf8')
    writer.int32(name.length)
    writer.bytes(name)
    writer.int32(offsets.size)
    for (const [partition, offset] of offsets) {
      writer.int32(partition)
      writer.int64(offset)
    }
  }
  return writer.toBuffer()
}

/**
 * Reads a position that Kafka Streams or {@link encodePosition} wrote; bytes after it are not looked at.
 *
 * @throws TidemillError `invalid-wire-data`
 * @example
 * const position = decodePosition(encodePosition(new Map([['orders', new Map([[0, 41]])]])))
 * console.log(position.get('orders')?.get(0))
 */
export function decodePosition(bytes: Uint8Array): PositionMap {
  const reader = new PositionReader(asBuffer(bytes))
  const version = reader.uint8()
  if (version !== VERSION) throw broken(`its version is ${version}, and the only one known is ${VERSION}`)
  const position = new Map<string, ReadonlyMap<number, number>>()
  for (let topics = reader.count(); topics > 0; topics--) {
    const topic = reader.text()
    const offsets = new Map<number, number>()
    for (let partitions = reader.count(); partitions > 0; partitions--) offsets.set(reader.count(), reader.int64())
    position.set(topic, offsets)
  }
  return position
}

function broken(problem: string): TidemillError {
  return new TidemillError('invalid-wire-data', `these bytes are no position of a store: ${problem}`)
}

class PositionReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  uint8(): number {
    return this.#bytes.readUInt8(this.#take(1))
  }

  /** An int32 that is not negative. */
  count(): number {
    const count = this.#bytes.readInt32BE(this.#take(4))
    if (count < 0) throw broken(`there is ${count} where a number from 0 on belongs, at byte ${this.#at - 4}`)
    return count
  }

  int64(): number {
    return readInt64(this.#bytes, this.#take(8))
  }

  text(): string {
    const length = this.count()
    const start = this.#take(length)
    return this.#bytes.toString('utf8', start, start + length)
  }

  #take(byteCount: number): number {
    const start = this.#at
    if (start + byteCount > this.#bytes.length)
      throw broken(`they end after ${this.#bytes.length} bytes, within a field that begins at byte ${start}`)
    this.#at += byteCount
    return start
  }
}
