// The file `.checkpoint` in a task's directory of Kafka Streams: how far the stores beside it have their changelogs. FORMAT, text:
//   0                                 version
//   2                                 number of lines that follow
//   app-counts-changelog 3 1234       topic, partition, offset of the last record that is in the store; -4: not known
import { TidemillError } from '../../base/index.ts'

/** A line of a `.checkpoint` file. */
export interface CheckpointEntry {
  readonly topic: string
  readonly partition: number
  /** Of the last changelog record that is in the store; undefined: the store is there, how far is not known. */
  readonly offset: number | undefined
}

const VERSION = 0
const OFFSET_UNKNOWN = -4

/**
 * Writes the text of a `.checkpoint` file (Java: `OffsetCheckpoint`). Kafka Streams, started on a directory whose stores are in the
 * state that it says, restores from the next offset on.
 *
 * @example
 * formatCheckpoint([{ topic: 'app-counts-changelog', partition: 3, offset: 1234 }])
 */
export function formatCheckpoint(entries: readonly CheckpointEntry[]): string {
  const lines = entries.map(({ topic, partition, offset }) => `${topic} ${partition} ${offset ?? OFFSET_UNKNOWN}`)
  return [VERSION, entries.length, ...lines].map((line) => `${line}\n`).join('')
}

/**
 * Reads the text of a `.checkpoint` file.
 *
 * @throws TidemillError `invalid-wire-data`, with the line that is not as it should be
 * @example
 * const [entry] = parseCheckpoint('0\n1\napp-counts-changelog 3 1234\n')
 * console.log(entry?.offset)
 */
export function parseCheckpoint(text: string): readonly CheckpointEntry[] {
  const [version, count, ...lines] = text.split('\n')
  if (version !== String(VERSION)) throw broken(1, version ?? '', `the version ${VERSION}`)
  const entries = lines.filter((line) => line !== '').map((line, i) => parseLine(line, i + 3))
  if (count !== String(entries.length)) throw broken(2, count ?? '', `${entries.length}, the number of lines after it`)
  return entries
}

function parseLine(line: string, lineNumber: number): CheckpointEntry {
  const match = /^(\S+)\s+(\d+)\s+(-?\d+)$/.exec(line)
  const offset = Number(match?.[3])
  if (match === null || !(offset >= 0 || offset === OFFSET_UNKNOWN))
    throw broken(lineNumber, line, 'a topic, a partition and an offset')
  return {
    topic: match[1] as string,
    partition: Number(match[2]),
    offset: offset === OFFSET_UNKNOWN ? undefined : offset,
  }
}

function broken(lineNumber: number, line: string, expected: string): TidemillError {
  return new TidemillError(
    'invalid-wire-data',
    `this is no .checkpoint file of Kafka Streams: line ${lineNumber} is '${line.slice(0, 80)}', not ${expected}`,
  )
}
