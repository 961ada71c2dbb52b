// tidemill produce: lines of standard input (or of a file) become records.
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { type Command, InvalidArgumentError } from 'commander'
import { TidemillError, partitionForKey, systemClock } from '../../base/index.ts'
import type { RecordProducer } from '../../client/index.ts'
import { RecordHeaders, topicPartition } from '../../record/index.ts'
import { type GlobalOptions, withClient } from '../session.ts'
import { TEXT_FORMATS, type TextFormat, encodeText, parseTextFormat } from '../text-format.ts'
import { mustExist } from './topics.ts'

interface ProduceOptions extends GlobalOptions {
  readonly file?: string
  readonly keySeparator?: string
  readonly keyFormat: TextFormat
  readonly valueFormat: TextFormat
  readonly header: readonly (readonly [string, string])[]
  readonly partition?: number
}

interface InputRecord {
  readonly key?: unknown
  readonly value?: unknown
  readonly headers?: Readonly<Record<string, string | null>>
  readonly partition?: number
  readonly timestamp?: number
}

interface OutgoingRecord {
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: RecordHeaders
  readonly partition: number | undefined
  readonly timestamp: number
}

const UNSENT_BYTES_MAX = 8 * 1024 * 1024
const formats = TEXT_FORMATS.join(', ')

export function addProduceCommand(program: Command): void {
  program
    .command('produce')
    .description('write records: one a line of standard input')
    .argument('<topic>')
    .option('-f, --file <path>', 'read lines from a file')
    .option(
      '-K, --key-separator <text>',
      'what stands between key and value in a line (default: lines are values without a key)',
    )
    .option('--key-format <format>', `one of ${formats}`, parseTextFormat, 'string')
    .option('--value-format <format>', `one of ${formats}`, parseTextFormat, 'string')
    .option('-H, --header <name=value>', 'a header for each record; may be given several times', collectHeader, [])
    .option(
      '-p, --partition <number>',
      "write to this partition (default: by the key, as Kafka's clients do)",
      parsePartition,
    )
    .addHelpText(
      'after',
      '\nWith --json each line is an object: {"key", "value", "headers", "partition", "timestamp"}, all optional.',
    )
    .action(async (topic: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<ProduceOptions>()
      await withClient(options, async (client, output) => {
        const [metadata] = await mustExist(client, [topic])
        const partitions = metadata?.partitions ?? 1
        const producer = client.producer({})
        const input = options.file === undefined ? process.stdin : createReadStream(options.file)
        let count = 0
        for await (const line of createInterface({ input, crlfDelay: Infinity })) {
          const record = options.json === true ? parseJsonLine(line, options, count + 1) : parseLine(line, options)
          const partition = record.partition ?? choosePartition(record.key, partitions, count)
          producer.append(topicPartition(topic, partition), record.key, record.value, record.timestamp, record.headers)
          count++
          if (producer.unsentBytes > UNSENT_BYTES_MAX) await producer.drained(UNSENT_BYTES_MAX / 2)
        }
        await finish(producer)
        output.json({ topic, records: count })
        output.note(`wrote ${count} record${count === 1 ? '' : 's'} to ${topic}`)
      })
    })
}

async function finish(producer: RecordProducer): Promise<void> {
  await producer.flush()
  const [failure] = producer.failures()
  await producer.close()
  if (failure !== undefined) throw failure.error
}

function choosePartition(key: Uint8Array | null, partitions: number, count: number): number {
  return key === null ? count % partitions : partitionForKey(partitions, key)
}

function parseLine(line: string, options: ProduceOptions): OutgoingRecord {
  const separator = options.keySeparator
  const at = separator === undefined ? -1 : line.indexOf(separator)
  const key = separator === undefined || at === -1 ? null : encodeText(line.slice(0, at), options.keyFormat)
  const text = separator === undefined || at === -1 ? line : line.slice(at + separator.length)
  const value = encodeText(text, options.valueFormat)
  return {
    key,
    value,
    headers: RecordHeaders.from(options.header),
    partition: options.partition,
    timestamp: systemClock.now(),
  }
}

function parseJsonLine(line: string, options: ProduceOptions, number: number): OutgoingRecord {
  let record: InputRecord
  try {
    record = JSON.parse(line) as InputRecord
  } catch (cause) {
    throw new TidemillError('invalid-argument', `line ${number} is not JSON: ${line.slice(0, 80)}`, { cause })
  }
  const encode = (value: unknown, format: TextFormat): Uint8Array | null => {
    if (value === undefined || value === null) return null
    return encodeText(format === 'json' || typeof value !== 'string' ? JSON.stringify(value) : value, format)
  }
  return {
    key: encode(record.key, options.keyFormat),
    value: encode(record.value, options.valueFormat),
    headers: RecordHeaders.from([...options.header, ...Object.entries(record.headers ?? {})]),
    partition: record.partition ?? options.partition,
    timestamp: record.timestamp ?? systemClock.now(),
  }
}

function collectHeader(
  text: string,
  before: readonly (readonly [string, string])[],
): readonly (readonly [string, string])[] {
  const at = text.indexOf('=')
  if (at < 1) throw new InvalidArgumentError('it is NAME=VALUE.')
  return [...before, [text.slice(0, at), text.slice(at + 1)]]
}

export function parsePartition(text: string): number {
  const partition = Number(text)
  if (text.trim() === '' || !Number.isSafeInteger(partition) || partition < 0)
    throw new InvalidArgumentError('it is a whole number from 0.')
  return partition
}
