// Typed keys of one store <-> their bytes and the key that a Map finds them by.
import { ByteWriter, TidemillError } from '../base/index.ts'
import {
  type RangeReader,
  type Serde,
  type SerdeContext,
  isPrimitiveSerde,
  rangeReader,
  valueWriter,
} from '../serde/index.ts'
import { storeSerdeContext } from './value-format.ts'

export class KeyCodec<K> {
  /** Holds the key that was encoded last. */
  readonly writer: ByteWriter = new ByteWriter(128)
  readonly #storeName: string
  readonly #context: SerdeContext
  readonly #isPrimitive: boolean
  readonly #read: RangeReader<K>
  readonly #write: (key: K, writer: ByteWriter, context: SerdeContext) => void

  constructor(serde: Serde<K>, storeName: string, topic: string) {
    this.#storeName = storeName
    this.#context = storeSerdeContext(topic, true)
    this.#isPrimitive = isPrimitiveSerde(serde)
    this.#read = rangeReader(serde)
    this.#write = valueWriter(serde)
  }

  /** Appends the key to a writer. */
  append(key: K, writer: ByteWriter): void {
    if (key === null || key === undefined) throw this.#missing(key)
    this.#write(key, writer, this.#context)
  }

  /** Encodes into `writer`, alone; it stays there until the next call. */
  encode(key: K): ByteWriter {
    const { writer } = this
    writer.reset()
    this.append(key, writer)
    return writer
  }

  /** What stands for the key in a Map. */
  mapKey(key: K): unknown {
    if (this.#isPrimitive) {
      if (key === null || key === undefined) throw this.#missing(key)
      return key
    }
    const { buffer, position } = this.encode(key)
    return buffer.toString('latin1', 0, position)
  }

  decode(buffer: Buffer, start: number, end: number): K {
    return this.#read(buffer, start, end, this.#context)
  }

  #missing(key: unknown): TidemillError {
    return new TidemillError(
      'invalid-argument',
      `the key is ${String(key)}: store '${this.#storeName}' has no entry without a key`,
    )
  }
}
