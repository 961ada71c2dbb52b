// The typed ends of a test: topics that records are put into, and topics that are read.
import { type Duration, RecordHeaders, durationMs } from '../record/index.ts'
import type { Serde, SerdeContext } from '../serde/index.ts'
import type { RawTestDriver, RawTestRecord } from './raw-test-driver.ts'

/** A record that was read from a topic. */
export interface TestRecord<out K, out V> {
  readonly key: K
  readonly value: V
  readonly timestamp: number
  readonly headers: RecordHeaders
  readonly partition: number
}

type HeaderInput = Parameters<typeof RecordHeaders.from>[0] | RecordHeaders

interface TestInputFields<out V> {
  /** null: a tombstone. */
  readonly value: V | null
  /** ms since 1970 or a Date. @defaultValue the topic's time: the driver's wall clock and what advance() added */
  readonly timestamp?: number | Date
  readonly headers?: HeaderInput
  /** @defaultValue by the key, as a producer chooses */
  readonly partition?: number
}

/** A record to put in. `key` may be left out where it may be null. */
export type TestInput<K, V> = TestInputFields<V> & (null extends K ? { readonly key?: K | null } : { readonly key: K })

/** A topic with both serdes; what `topic()` makes is one. */
export interface TopicSerdes<in out K, in out V> {
  readonly name: string
  readonly key: Serde<K>
  readonly value: Serde<V>
}

/** What a test input needs of its driver. */
export interface InputHost {
  readonly raw: RawTestDriver
  partitionFor(key: Buffer | null): number
}

/**
 * A topic that a test puts records into. Java: TestInputTopic. Made by {@link TopologyTestDriver.inputTopic}.
 *
 * @example
 * const input = driver.inputTopic(lines)
 * input.pipeAll([{ value: 'one' }, { value: 'two', timestamp: 1_000 }])
 * input.advance('1m')
 */
export class TestInputTopic<in out K, in out V> {
  readonly name: string
  readonly #host: InputHost
  readonly #serdes: TopicSerdes<K, V>
  #advancedMs = 0

  /** @internal */
  constructor(host: InputHost, serdes: TopicSerdes<K, V>) {
    this.name = serdes.name
    this.#host = host
    this.#serdes = serdes
  }

  /** Puts a record in and does all work that follows from it. */
  pipe(record: TestInput<K, V>): void {
    const headers = toHeaders(record.headers)
    const key = this.#encode(record.key ?? null, 'key', headers)
    const value = this.#encode(record.value, 'value', headers)
    const partition = record.partition ?? this.#host.partitionFor(key)
    this.#host.raw.pipe({ topic: this.name, partition, key, value, timestamp: this.#timestamp(record), headers })
  }

  /** Puts records in, one after the other. */
  pipeAll(records: Iterable<TestInput<K, V>>): void {
    for (const record of records) this.pipe(record)
  }

  /** Moves the time that records without a timestamp get. The driver's wall clock stays. */
  advance(by: Duration): void {
    this.#advancedMs += durationMs(by, 'advance')
  }

  #timestamp({ timestamp }: TestInput<K, V>): number {
    if (timestamp === undefined) return this.#host.raw.clock.now() + this.#advancedMs
    return typeof timestamp === 'number' ? timestamp : timestamp.getTime()
  }

  #encode(data: K | V | null, part: 'key' | 'value', headers: RecordHeaders): Buffer | null {
    if (data === null) return null
    const context: SerdeContext = { topic: this.name, headers, isKey: part === 'key' }
    // The half that it is, is the half that it goes to.
    const bytes =
      part === 'key' ? this.#serdes.key.encode(data as K, context) : this.#serdes.value.encode(data as V, context)
    return Buffer.from(bytes)
  }
}

/** What a test output needs of its driver: records of its topic, as they come. */
export interface OutputHost {
  /** Records of a topic that were produced and not read yet; reading takes them out of it. */
  unread(topic: string): RawTestRecord[]
}

/**
 * A topic that a test reads. What was read is taken. Java: TestOutputTopic. Made by {@link TopologyTestDriver.outputTopic}.
 *
 * @example
 * const output = driver.outputTopic(wordCounts)
 * console.log(output.read()?.value, output.size)
 * for (const { key, value } of output) console.log(key, value)
 */
export class TestOutputTopic<in out K, in out V> implements Iterable<TestRecord<K, V>> {
  readonly name: string
  readonly #host: OutputHost
  readonly #serdes: TopicSerdes<K, V>

  /** @internal */
  constructor(host: OutputHost, serdes: TopicSerdes<K, V>) {
    this.name = serdes.name
    this.#host = host
    this.#serdes = serdes
  }

  /** Records that are not read yet. */
  get size(): number {
    return this.#host.unread(this.name).length
  }

  get isEmpty(): boolean {
    return this.size === 0
  }

  /** Takes the next record; undefined where there is none. */
  read(): TestRecord<K, V> | undefined {
    const record = this.#host.unread(this.name).shift()
    return record === undefined ? undefined : this.#decode(record)
  }

  /** Takes all records that are there. */
  readAll(): TestRecord<K, V>[] {
    return this.#takeAll().map((record) => this.#decode(record))
  }

  /** Takes the values of all records that are there. */
  readValues(): V[] {
    return this.readAll().map((record) => record.value)
  }

  /** Takes all records and gives the last value of each key, in the order of their first. Keys are told apart by their bytes. */
  readMap(): Map<K, V> {
    const last = new Map<string, TestRecord<K, V>>()
    for (const raw of this.#takeAll()) {
      const id = raw.key === null ? '' : `=${raw.key.toString('latin1')}`
      const record = this.#decode(raw)
      last.set(id, { ...record, key: last.get(id)?.key ?? record.key })
    }
    return new Map([...last.values()].map(({ key, value }) => [key, value]))
  }

  /** Takes record after record until there are none. */
  *[Symbol.iterator](): IterableIterator<TestRecord<K, V>> {
    for (let record = this.read(); record !== undefined; record = this.read()) yield record
  }

  #takeAll(): RawTestRecord[] {
    return this.#host.unread(this.name).splice(0)
  }

  #decode({ key, value, timestamp, headers, partition }: RawTestRecord): TestRecord<K, V> {
    const context = { topic: this.name, headers }
    return {
      // Null comes as it is: a missing key, a tombstone.
      key: (key === null ? null : this.#serdes.key.decode(key, { ...context, isKey: true })) as K,
      value: (value === null ? null : this.#serdes.value.decode(value, { ...context, isKey: false })) as V,
      timestamp,
      headers,
      partition,
    }
  }
}

function toHeaders(input: HeaderInput | undefined): RecordHeaders {
  if (input === undefined) return RecordHeaders.empty
  return input instanceof RecordHeaders ? input : RecordHeaders.from(input)
}
