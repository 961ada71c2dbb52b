// The port through which a task writes: sinks and changelogs. Sends never wait and never fail for the network's sake: what a
// broker refuses comes back at the next commit.
import type { RecordHeaders } from '../record/index.ts'
import type { ErrorContext } from './error-handling.ts'

/** Where the records of a task go. */
export interface RecordCollector {
  /** The writer of a topic, always the same one for the same name: ask once, keep it. Throws where there is no such topic. */
  topic(name: string): TopicWriter
  /** Keeps with the records that are written where they came from, for when the broker refuses them; undefined: it keeps nothing. */
  readonly origins: RecordOrigins | undefined
}

export interface RecordOrigins {
  /** Of the records that are written from now on. */
  set(origin: ErrorContext | undefined): void
}

/** Appends to one topic. */
export interface TopicWriter {
  readonly topic: string
  /** As of the last metadata; at least 1. */
  readonly partitions: number
  /** Appends a record; the bytes are copied. Partition -1: any (the writer stays with one while it fills a batch). */
  send(
    partition: number,
    key: Uint8Array | null,
    value: Uint8Array | null,
    timestamp: number,
    headers: RecordHeaders,
  ): void
  /** The same from ranges of one buffer; a keyEnd or valueEnd of -1 is null. */
  sendRange(
    partition: number,
    buffer: Buffer,
    keyStart: number,
    keyEnd: number,
    valueStart: number,
    valueEnd: number,
    timestamp: number,
    headers: RecordHeaders,
  ): void
}
