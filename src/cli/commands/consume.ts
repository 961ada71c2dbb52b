// tidemill consume: prints the records of a topic, and follows it.
import { type Command, InvalidArgumentError } from 'commander'
import { type Admin, type FetchedPartition, type Fetcher, type OffsetSpec, decodeFetched } from '../../client/index.ts'
import { type TopicPartition, topicPartition } from '../../record/index.ts'
import { serdes } from '../../serde/index.ts'
import type { Output } from '../output.ts'
import { type GlobalOptions, untilInterrupted, withClient } from '../session.ts'
import { TEXT_FORMATS, type TextFormat, decodeBytes, formatValue, parseTextFormat } from '../text-format.ts'
import { parsePartition } from './produce.ts'
import { mustExist, parseCount } from './topics.ts'

interface ConsumeOptions extends GlobalOptions {
  readonly from: OffsetSpec | number
  readonly count?: number
  readonly exit?: boolean
  readonly partition?: number
  readonly keyFormat: TextFormat
  readonly valueFormat: TextFormat
  readonly readUncommitted?: boolean
  readonly keys?: boolean
}

const POLL_MS = 500
const formats = TEXT_FORMATS.join(', ')
/** How records are read before the formats are applied: as bytes, null where there are none. */
const BYTES = { key: serdes.nullable(serdes.bytes), value: serdes.nullable(serdes.bytes) }

export function addConsumeCommand(program: Command): void {
  program
    .command('consume')
    .description('print the records of a topic, and go on with new ones until Ctrl-C')
    .argument('<topic>')
    .option(
      '--from <where>',
      "'earliest', 'latest', an offset, or a time such as 2026-01-31T12:00:00Z",
      parseFrom,
      'earliest',
    )
    .option('-n, --count <records>', 'stop after that many', parseCount)
    .option('-e, --exit', 'stop at the end of the topic')
    .option('-p, --partition <number>', 'only this partition', parsePartition)
    .option('--key-format <format>', `one of ${formats}`, parseTextFormat, 'string')
    .option('--value-format <format>', `one of ${formats}`, parseTextFormat, 'string')
    .option('--read-uncommitted', 'also records of transactions that are open or aborted')
    .option('-k, --keys', 'print keys before values, with a tab between')
    .action(async (topic: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<ConsumeOptions>()
      await withClient(options, async (client, output) => {
        const [metadata] = await mustExist(client, [topic])
        const all = Array.from({ length: metadata?.partitions ?? 1 }, (_, partition) =>
          topicPartition(topic, partition),
        )
        const partitions = options.partition === undefined ? all : [topicPartition(topic, options.partition)]
        const isolation = options.readUncommitted === true ? 'read-uncommitted' : 'read-committed'
        const fetcher = client.fetcher({ isolation, maxWaitMs: POLL_MS, reset: 'earliest' })
        const starts = await startOffsets(client.admin(), partitions, options.from)
        const ends =
          options.exit === true ? await client.admin().listOffsets(partitions, 'latest', isolation) : undefined
        for (const tp of partitions) fetcher.add(tp, starts.get(tp) ?? 0)
        try {
          await printAll(
            fetcher,
            partitions,
            options,
            output,
            ends && new Map([...ends].map(([tp, end]) => [tp, end.offset])),
          )
        } finally {
          await fetcher.close()
        }
      })
    })
}

async function printAll(
  fetcher: Fetcher,
  partitions: readonly TopicPartition[],
  options: ConsumeOptions,
  output: Output,
  ends: ReadonlyMap<TopicPartition, number> | undefined,
): Promise<void> {
  const signal = untilInterrupted()
  signal.addEventListener('abort', () => fetcher.wake())
  let left = options.count ?? Infinity
  const isAtEnd = (): boolean =>
    ends !== undefined && partitions.every((tp) => (fetcher.position(tp) ?? 0) >= (ends.get(tp) ?? 0))
  while (!signal.aborted && left > 0 && !isAtEnd()) {
    const { partitions: fetched, problems } = await fetcher.poll(POLL_MS)
    for (const problem of problems) output.note(`${problem.tp.topic}-${problem.tp.partition}: ${problem.kind}`)
    for (const one of fetched) left -= printPartition(one, left, options, output)
  }
}

/** Prints up to that many records; returns how many it printed. */
function printPartition(fetched: FetchedPartition, max: number, options: ConsumeOptions, output: Output): number {
  let printed = 0
  for (const record of decodeFetched(fetched, BYTES)) {
    if (printed === max) break
    const { topic, partition, offset, timestamp } = record
    const key = decodeBytes(record.key, options.keyFormat)
    const value = decodeBytes(record.value, options.valueFormat)
    output.line(options.keys === true ? `${formatValue(key)}\t${formatValue(value)}` : formatValue(value))
    if (output.isJson) {
      const headers = [...record.headers].map(([name, bytes]) => [name, bytes?.toString('utf8') ?? null])
      output.json({ topic, partition, offset, timestamp, key, value, headers })
    }
    printed++
  }
  return printed
}

async function startOffsets(
  admin: Admin,
  partitions: readonly TopicPartition[],
  from: OffsetSpec | number,
): Promise<ReadonlyMap<TopicPartition, number>> {
  if (typeof from === 'number') return new Map(partitions.map((tp) => [tp, from]))
  const found = await admin.listOffsets(partitions, from)
  const ends = await admin.listOffsets(partitions, 'latest')
  return new Map(
    partitions.map((tp) => [
      tp,
      [found.get(tp)?.offset ?? -1].map((offset) => (offset < 0 ? (ends.get(tp)?.offset ?? 0) : offset))[0] as number,
    ]),
  )
}

function parseFrom(text: string): OffsetSpec | number {
  if (text === 'earliest' || text === 'latest') return text
  if (/^\d+$/.test(text)) return Number(text)
  const atMs = Date.parse(text)
  if (Number.isNaN(atMs))
    throw new InvalidArgumentError("it is 'earliest', 'latest', an offset or a time such as 2026-01-31T12:00:00Z.")
  return { atMs }
}
