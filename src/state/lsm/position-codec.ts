// A store's position as text in its files.
import { topicPartition } from '../../record/index.ts'
import type { ChangelogPosition, StorePosition } from '../byte-store.ts'

interface PositionText {
  readonly streamTimeMs: number
  readonly changelogs: readonly (readonly [topic: string, partition: number, ...position: readonly unknown[]])[]
}

export function encodePosition({ changelogs, streamTimeMs }: StorePosition): PositionText {
  return {
    streamTimeMs,
    changelogs: Array.from(changelogs, ([{ topic, partition }, { topicId, nextOffset, leaderEpoch }]) => [
      topic,
      partition,
      topicId,
      nextOffset,
      leaderEpoch,
    ]),
  }
}

export function decodePosition({ changelogs, streamTimeMs }: PositionText): StorePosition {
  return {
    streamTimeMs,
    changelogs: new Map(
      changelogs.map(([topic, partition, topicId, nextOffset, leaderEpoch]) => [
        topicPartition(topic, partition),
        // It was written by encodePosition, and its checksum is right.
        { topicId, nextOffset, leaderEpoch } as ChangelogPosition,
      ]),
    ),
  }
}
