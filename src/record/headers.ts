// Record headers: an immutable list of names and bytes, in order, names may repeat (as Kafka's).

/** A header: its name, and its bytes or null. Names may repeat. */
export type Header = readonly [name: string, value: Buffer | null]

/**
 * The headers of a record. Java: Headers, but immutable: `with` and `without` give new ones.
 *
 * @example
 * const headers = RecordHeaders.from({ source: 'shop' }).with('severity', 'high')
 * console.log(headers.get('severity'), headers.without('source').size)
 */
export class RecordHeaders implements Iterable<Header> {
  static readonly empty: RecordHeaders = new RecordHeaders([])
  readonly entries: readonly Header[]

  /** @internal Use {@link RecordHeaders.from}. */
  constructor(entries: readonly Header[]) {
    this.entries = entries
  }

  /** Makes headers of names and values; strings are written as UTF-8. */
  static from(
    headers:
      | Readonly<Record<string, string | Uint8Array | null>>
      | Iterable<readonly [string, string | Uint8Array | null]>,
  ): RecordHeaders {
    const pairs = Symbol.iterator in headers ? [...headers] : Object.entries(headers)
    return pairs.length === 0
      ? RecordHeaders.empty
      : new RecordHeaders(pairs.map(([name, value]) => [name, toBytes(value)]))
  }

  get size(): number {
    return this.entries.length
  }

  /** The last value of that name as text, or undefined. */
  get(name: string): string | undefined {
    return this.getBytes(name)?.toString('utf8')
  }

  /** The last value of that name, null where it is null, or undefined where there is no such header. */
  getBytes(name: string): Buffer | null | undefined {
    for (let i = this.entries.length - 1; i >= 0; i--) {
      const entry = this.entries[i] as Header
      if (entry[0] === name) return entry[1]
    }
    return undefined
  }

  /** All values of that name as text, in order. */
  getAll(name: string): readonly (string | null)[] {
    return this.entries.filter((entry) => entry[0] === name).map((entry) => entry[1]?.toString('utf8') ?? null)
  }

  /** These headers and one more at the end. */
  with(name: string, value: string | Uint8Array | null): RecordHeaders {
    return new RecordHeaders([...this.entries, [name, toBytes(value)]])
  }

  /** These headers without those of that name. */
  without(name: string): RecordHeaders {
    const rest = this.entries.filter((entry) => entry[0] !== name)
    return rest.length === this.entries.length ? this : new RecordHeaders(rest)
  }

  [Symbol.iterator](): Iterator<Header> {
    return this.entries[Symbol.iterator]()
  }
}

function toBytes(value: string | Uint8Array | null): Buffer | null {
  if (value === null) return null
  return typeof value === 'string' ? Buffer.from(value, 'utf8') : Buffer.from(value)
}
