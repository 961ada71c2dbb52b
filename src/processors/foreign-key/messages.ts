// What the two internal topics of a foreign-key join carry, and their bytes (Java: SubscriptionWrapper,
// SubscriptionResponseWrapper; newest version). The primary key is written by its own serde.
import type { Serde } from '../../serde/index.ts'

/** 0..3 as on the wire. */
export const INSTRUCTION = {
  deleteNoPropagate: 0,
  deleteAndPropagate: 1,
  propagateNullIfMissing: 2,
  propagateOnlyIfPresent: 3,
} as const

export interface Subscription<out P = any> {
  /** Of the left value's bytes; null: the left side deleted it. */
  readonly hash: Buffer | null
  readonly instruction: number
  readonly primaryKey: P
  /** Partition of the left task; -1 where an old version wrote it. */
  readonly primaryPartition: number
}

export interface SubscriptionResponse<out V = any> {
  readonly hash: Buffer | null
  /** null: the foreign table has none. */
  readonly foreignValue: V | null
  /** Not on the wire: tells the sink where the left task is. */
  readonly primaryPartition: number
}

/** Of the subscription topic and the subscription store. */
export function subscriptionSerde(primaryKey: Serde<any>): Serde<Subscription> {
  throw new Error(`not written yet ${String(primaryKey)}`)
}

/** Of the response topic. */
export function subscriptionResponseSerde(foreignValue: Serde<any>): Serde<SubscriptionResponse> {
  throw new Error(`not written yet ${String(foreignValue)}`)
}

/** Partition of the response topic: the left task that asked. */
export function responsePartition(response: SubscriptionResponse): number | undefined {
  return response.primaryPartition >= 0 ? response.primaryPartition : undefined
}
