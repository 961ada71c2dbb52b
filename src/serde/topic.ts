// Topics as values: a name with the serdes of its keys and values, from which types flow through a topology.
import { TidemillError } from '../base/index.ts'
import { bytes } from './bytes.ts'
import { nullable } from './nullable.ts'
import type { Decoder, Encoder, Serde, UntypedSerde } from './serde.ts'

/** What `stream` and `table` read from. */
export interface TopicSource<out K, out V> {
  readonly kind: 'topic' | 'topic-pattern'
  readonly name: string
  readonly key: Decoder<K>
  readonly value: Decoder<V>
}

/** What `to` writes to. */
export interface TopicSink<in K, in V> {
  readonly kind: 'topic'
  readonly name: string
  readonly key: Encoder<K>
  readonly value: Encoder<V>
}

/** Settings of a topic that is created; Kafka's names (`cleanup.policy`, `retention.ms`, ...). */
export type TopicConfig = Readonly<Record<string, string | number | boolean>>

/** A topic with its serdes. Made by {@link topic}. */
export interface Topic<in out K, in out V> {
  readonly kind: 'topic'
  readonly name: string
  readonly key: Serde<K>
  readonly value: Serde<V>
  /** For whoever creates the topic; undefined: the default of the broker. */
  readonly partitions: number | undefined
  readonly config: TopicConfig
}

/** All topics whose whole name matches. Made by {@link topicPattern}. */
export interface TopicPattern<in out K, in out V> {
  readonly kind: 'topic-pattern'
  /** The pattern's text. */
  readonly name: string
  readonly pattern: RegExp
  readonly key: Serde<K>
  readonly value: Serde<V>
}

/** The type of a topic's keys. */
export type KeyOf<T> = T extends { readonly key: Decoder<infer K> } ? K : never

/** The type of a topic's values. */
export type ValueOf<T> = T extends { readonly value: Decoder<infer V> } ? V : never

/** A serde, or one whose type is unknown. */
type AnySerde = Serde<any> | UntypedSerde

/** The type that a serde option gives; without one: bytes, or null. */
type TypeOf<S> = S extends UntypedSerde ? unknown : S extends Serde<infer T> ? T : Buffer | null

/** Options of {@link topic}. */
export interface TopicOptions<
  out K = Serde<any> | UntypedSerde | undefined,
  out V = Serde<any> | UntypedSerde | undefined,
> {
  /** Serde of the keys. @defaultValue none: a key is its bytes, or null */
  readonly key?: K
  /** Serde of the values. @defaultValue none: a value is its bytes, or null */
  readonly value?: V
  /** How many partitions the topic gets where Tidemill creates it. @defaultValue what the broker's `num.partitions` says */
  readonly partitions?: number
  /** Kafka's topic settings where Tidemill creates it, such as `{ 'cleanup.policy': 'compact' }`. @defaultValue the broker's */
  readonly config?: TopicConfig
}

const NAME_LENGTH_MAX = 249

/**
 * Names a topic and says how its keys and values are written. Types flow from it.
 *
 * @throws TidemillError `invalid-argument` where Kafka does not allow the name, or a number of partitions is not one.
 * @example
 * const orders = topic('orders', { key: serdes.string, value: serdes.json<Order>() })
 */
export function topic<
  const KS extends AnySerde | undefined = undefined,
  const VS extends AnySerde | undefined = undefined,
>(name: string, options: TopicOptions<KS, VS> = {}): Topic<TypeOf<KS>, TypeOf<VS>> {
  checkTopicName(name)
  const { partitions } = options
  if (partitions !== undefined && (!Number.isInteger(partitions) || partitions < 1)) {
    throw new TidemillError(
      'invalid-argument',
      `topic '${name}' has partitions: ${partitions}; it must be a whole number, 1 or more`,
    )
  }
  const fields = {
    kind: 'topic',
    name,
    key: options.key ?? nullable(bytes),
    value: options.value ?? nullable(bytes),
    partitions,
    config: Object.freeze({ ...options.config }),
  } as const
  // The conditional types above say what the defaults are; the compiler cannot follow `??` through them.
  return Object.freeze(fields) as unknown as Topic<TypeOf<KS>, TypeOf<VS>>
}

/**
 * Names all topics whose whole name matches a pattern, also those that come later. Java: stream(Pattern).
 *
 * @throws TidemillError `invalid-argument` where the pattern has the flag g or y, which make matching depend on history.
 * @example
 * builder.stream(topicPattern(/clicks-.+/, { key: serdes.string, value: serdes.json<Click>() }))
 */
export function topicPattern<
  const KS extends AnySerde | undefined = undefined,
  const VS extends AnySerde | undefined = undefined,
>(pattern: RegExp, options: { readonly key?: KS; readonly value?: VS } = {}): TopicPattern<TypeOf<KS>, TypeOf<VS>> {
  if (pattern.global || pattern.sticky) {
    throw new TidemillError('invalid-argument', `topic pattern ${String(pattern)} has the flag g or y: leave it out`)
  }
  const fields = {
    kind: 'topic-pattern',
    name: pattern.source,
    pattern: new RegExp(`^(?:${pattern.source})$`, pattern.flags),
    key: options.key ?? nullable(bytes),
    value: options.value ?? nullable(bytes),
  } as const
  // As in topic().
  return Object.freeze(fields) as unknown as TopicPattern<TypeOf<KS>, TypeOf<VS>>
}

/**
 * Throws where Kafka does not allow the name.
 *
 * @internal
 */
export function checkTopicName(name: string): void {
  const problem = topicNameProblem(name)
  if (problem !== undefined) throw new TidemillError('invalid-argument', `topic name ${problem}`)
}

/**
 * What is wrong with a name that is to be part of a topic's name (a store's too), or undefined.
 *
 * @internal
 */
export function topicNameProblem(name: string): string | undefined {
  if (name === '') return `'' is empty`
  if (name === '.' || name === '..') return `'${name}' is not allowed: it must not be '.' or '..'`
  if (name.length > NAME_LENGTH_MAX) {
    return `'${name.slice(0, 40)}...' has ${name.length} characters: the most that Kafka allows is ${NAME_LENGTH_MAX}`
  }
  const illegal = /[^a-zA-Z0-9._-]/.exec(name)
  if (illegal === null) return undefined
  return `'${name}' has a character that a topic name cannot have: '${illegal[0]}'; allowed are letters, digits, '.', '_' and '-'`
}
