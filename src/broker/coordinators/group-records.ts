// The records of __consumer_offsets, as Kafka writes them: committed offsets (value version 3) and classic groups (version 3).
import {
  type GroupMetadataValue,
  type GroupMetadataValueInput,
  decodeRecordKey,
  decodeVersioned,
  encodeRecordKey,
  encodeVersioned,
  groupMetadataKeyFormat,
  groupMetadataValueFormat,
  offsetCommitKeyFormat,
  offsetCommitValueFormat,
} from '../../protocol/index.ts'
import type { CommittedOffset } from './committed-offsets.ts'
import type { CoordinatorRecord } from './coordinator-log.ts'

const OFFSET_VALUE_VERSION = 3
const GROUP_VALUE_VERSION = 3

export type GroupRecord =
  | {
      readonly kind: 'offset'
      readonly group: string
      readonly topic: string
      readonly partition: number
      readonly value: CommittedOffset | undefined
    }
  | { readonly kind: 'group'; readonly group: string; readonly value: GroupMetadataValue | undefined }

/** Without a value: the tombstone. */
export function offsetRecord(
  group: string,
  topic: string,
  partition: number,
  value: CommittedOffset | undefined,
): CoordinatorRecord {
  return {
    key: encodeRecordKey(offsetCommitKeyFormat, { group, topic, partition }),
    value: value === undefined ? null : encodeVersioned(offsetCommitValueFormat, value, OFFSET_VALUE_VERSION),
  }
}

export function groupRecord(group: string, value: GroupMetadataValueInput | undefined): CoordinatorRecord {
  return {
    key: encodeRecordKey(groupMetadataKeyFormat, { group }),
    value: value === undefined ? null : encodeVersioned(groupMetadataValueFormat, value, GROUP_VALUE_VERSION),
  }
}

/** Undefined for records of other kinds. */
export function readGroupRecord(key: Buffer, value: Buffer | null): GroupRecord | undefined {
  const type = key.readInt16BE(0)
  // Type 0 is the same key from before Kafka 0.9.
  if (type === offsetCommitKeyFormat.recordType || type === 0) {
    const read = decodeRecordKey(offsetCommitKeyFormat, key)
    const offset = value === null ? undefined : decodeVersioned(offsetCommitValueFormat, value)
    return { kind: 'offset', ...read, value: offset }
  }
  if (type !== groupMetadataKeyFormat.recordType) return undefined
  const { group } = decodeRecordKey(groupMetadataKeyFormat, key)
  // What is kept of it outlives the frame that it was read from.
  const copy = value === null ? undefined : decodeVersioned(groupMetadataValueFormat, Buffer.from(value))
  return { kind: 'group', group, value: copy }
}
