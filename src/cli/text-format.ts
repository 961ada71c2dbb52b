// How keys and values look on the command line: text to bytes for `produce`, bytes to text or JSON for `consume`.
import { InvalidArgumentError } from 'commander'
import { RecordHeaders } from '../record/index.ts'
import { type Serde, serdes } from '../serde/index.ts'

export const TEXT_FORMATS = [
  'string',
  'json',
  'int16',
  'int32',
  'int64',
  'float32',
  'float64',
  'boolean',
  'uuid',
  'hex',
  'base64',
  'windowed',
] as const
export type TextFormat = (typeof TEXT_FORMATS)[number]

const NUMBERS: Readonly<Partial<Record<TextFormat, Serde<number>>>> = {
  int16: serdes.int16,
  int32: serdes.int32,
  int64: serdes.int64,
  float32: serdes.float32,
  float64: serdes.float64,
}
const START_BYTES = 8
const context = { topic: 'command line', headers: RecordHeaders.empty, isKey: false }

export function parseTextFormat(text: string): TextFormat {
  const format = TEXT_FORMATS.find((name) => name === text)
  if (format === undefined) throw new InvalidArgumentError(`it is one of ${TEXT_FORMATS.join(', ')}.`)
  return format
}

/** Text of the command line as bytes. */
export function encodeText(text: string, format: TextFormat): Uint8Array {
  const numbers = NUMBERS[format]
  if (numbers !== undefined) return numbers.encode(parseNumber(text, format), context)
  switch (format) {
    case 'hex':
      return Buffer.from(text, 'hex')
    case 'base64':
      return Buffer.from(text, 'base64')
    case 'boolean':
      return serdes.boolean.encode(text === 'true', context)
    case 'uuid':
      return serdes.uuid.encode(text, context)
    case 'json':
      JSON.parse(text) // refuses what is none
      return Buffer.from(text, 'utf8')
    default:
      return Buffer.from(text, 'utf8')
  }
}

/** Bytes as something that prints well and goes into JSON. */
export function decodeBytes(bytes: Uint8Array | null, format: TextFormat): unknown {
  if (bytes === null) return null
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const numbers = NUMBERS[format]
  if (numbers !== undefined) return numbers.decode(buffer, context)
  switch (format) {
    case 'hex':
    case 'base64':
      return buffer.toString(format)
    case 'boolean':
      return serdes.boolean.decode(buffer, context)
    case 'uuid':
      return serdes.uuid.decode(buffer, context)
    case 'json':
      return JSON.parse(buffer.toString('utf8')) as unknown
    case 'windowed':
      return decodeWindowed(buffer)
    default:
      return buffer.toString('utf8')
  }
}

/** Java's time-windowed key with a text key: the key, then the start of the window. */
function decodeWindowed(buffer: Buffer): string {
  const end = buffer.length - START_BYTES
  return `${buffer.toString('utf8', 0, end)}@${new Date(Number(buffer.readBigInt64BE(end))).toISOString()}`
}

function parseNumber(text: string, format: TextFormat): number {
  const value = Number(text)
  if (text.trim() === '' || Number.isNaN(value))
    throw new InvalidArgumentError(`'${text}' is not a number, and the format is ${format}.`)
  return value
}

export function formatValue(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'null')
}
