// Runs recorded wire bytes: decode gives the recorded values, encode gives the recorded bytes (but where a case holds tagged fields
// that must be skipped). Two forms: the recorded one (objects) and our own compact one (rows), both gzip'd JSON.
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import * as protocol from '../../src/protocol/index.ts'
import { INT64_MAX, INT64_MIN, Reader, Writer } from '../../src/protocol/index.ts'
import {
  type Field,
  type Message,
  type Struct,
  apiGroups,
  dataSchemas,
  parseMessage,
} from '../../src/protocol/schema/index.ts'

export interface CaseFailure {
  readonly name: string
  readonly expected?: string
  readonly actual?: string
}

export interface RunResult {
  readonly passed: number
  readonly failed: CaseFailure[]
}

export interface WireCase {
  readonly apiKey: number
  readonly name: string
  readonly kind: 'request' | 'response' | 'header' | 'versionPrefixed'
  readonly version: number
  readonly headerVersion?: number
  readonly json: unknown
  readonly hex: string
  readonly records?: string
  readonly unknownTags?: boolean
}

/** Our own form: name, kind, version, values, bytes, and the records where there are any. Nothing to be skipped is in it. */
export type WireRow = readonly [string, WireCase['kind'], number, unknown, string, string?]

type Values = Readonly<Record<string, unknown>>

type AnyFormat = protocol.MessageFormat<unknown, never>

interface Codec {
  /** Undefined for headers, which are not in the table. */
  readonly message: Message | undefined
  readonly read: (reader: Reader) => unknown
  readonly write: (writer: Writer, value: never) => void
  readonly headerVersion?: number
}

export function run(file: string): RunResult {
  const failed: CaseFailure[] = []
  const cases = (JSON.parse(gunzipSync(readFileSync(file)).toString('utf8')) as readonly (WireCase | WireRow)[]).map(
    toCase,
  )
  for (const wireCase of cases) {
    const failure = runCase(wireCase)
    if (failure !== undefined)
      failed.push({ name: `${wireCase.name} ${wireCase.kind} v${wireCase.version}`, ...failure })
  }
  return { passed: cases.length - failed.length, failed }
}

function toCase(given: WireCase | WireRow): WireCase {
  if (!('length' in given)) return given
  const [name, kind, version, json, hex, records] = given
  const apiKey = [...protocol.apis.values()].find((api) => api.name === name)?.key ?? -1
  return { apiKey, name, kind, version, json, hex, ...(records === undefined ? {} : { records }) }
}

function runCase(wireCase: WireCase): Omit<CaseFailure, 'name'> | undefined {
  const bytes = Buffer.from(wireCase.hex, 'hex')
  const codec = codecOf(wireCase)
  if (
    codec.headerVersion !== undefined &&
    wireCase.headerVersion !== undefined &&
    codec.headerVersion !== wireCase.headerVersion
  )
    return { expected: `header version ${wireCase.headerVersion}`, actual: `header version ${codec.headerVersion}` }
  try {
    const reader = new Reader(bytes, { exactInt64: true })
    const value = codec.read(reader)
    reader.expectEnd('the case')
    const expected = JSON.stringify(withDefaults(codec.message, wireCase))
    const actual = JSON.stringify(
      codec.message === undefined ? value : javaJson(codec.message.root, value as Values, wireCase),
    )
    if (expected !== actual) return { expected, actual }
    if (wireCase.unknownTags === true) return undefined
    const writer = new Writer()
    codec.write(writer, value as never)
    const written = writer.toBuffer().toString('hex')
    return written === wireCase.hex ? undefined : { expected: wireCase.hex, actual: written }
  } catch (error) {
    return { expected: wireCase.hex, actual: String(error) }
  }
}

function codecOf({ apiKey, name, kind, version }: WireCase): Codec {
  if (name === 'RequestHeader') {
    const headerVersion = version as 1 | 2
    return {
      message: undefined,
      read: (reader) => readHeader(reader, headerVersion),
      write: (writer, value) => protocol.writeRequestHeader(writer, value, headerVersion),
    }
  }
  if (name === 'ResponseHeader') {
    const headerVersion = version as 0 | 1
    return {
      message: undefined,
      read: (reader) => ({ correlationId: protocol.readResponseHeader(reader, headerVersion) }),
      write: (writer, value: { readonly correlationId: number }) =>
        protocol.writeResponseHeader(writer, value.correlationId, headerVersion),
    }
  }
  if (kind === 'versionPrefixed') return formatCodec(name, version)
  const api = protocol.apis.get(apiKey)
  const schema = Object.values(apiGroups)
    .flat()
    .find((one) => one.key === apiKey)
  if (api === undefined || schema === undefined) throw new Error(`there is no API ${apiKey}`)
  const isRequest = kind === 'request'
  return {
    message: parseMessage(isRequest ? schema.request : schema.response, schema.versions, schema.flexible),
    read: (reader) => (isRequest ? api.readRequest(reader, version) : api.readResponse(reader, version)),
    write: (writer, value) =>
      isRequest ? api.writeRequest(writer, value, version) : api.writeResponse(writer, value, version),
    headerVersion: isRequest ? api.requestHeaderVersion(version) : api.responseHeaderVersion(version),
  }
}

/** The product finds out about the header's version from the API; recorded headers have random keys, so the version is given. */
function readHeader(reader: Reader, headerVersion: 1 | 2): protocol.RequestHeader {
  const start = reader.position
  const known = headerVersion === 2 ? protocol.apiVersionsApi : protocol.saslHandshakeApi
  const copy = Buffer.from(reader.buffer.subarray(start))
  copy.writeInt16BE(known.key, 0)
  copy.writeInt16BE(known.maxVersion, 2)
  const copyReader = new Reader(copy)
  const header = protocol.readRequestHeader(copyReader)
  const result = { ...header, apiKey: reader.int16(), apiVersion: reader.int16() }
  reader.position = start + copyReader.position
  return result
}

function isFormat(value: unknown, name: string): boolean {
  return typeof value === 'object' && value !== null && 'recordType' in value && 'name' in value && value.name === name
}

function formatCodec(name: string, version: number): Codec {
  const schema = dataSchemas.find((one) => one.name === name)
  const format = (Object.values(protocol) as readonly unknown[]).find((value) => isFormat(value, name)) as
    | AnyFormat
    | undefined
  if (schema === undefined || format === undefined) throw new Error(`there is no format ${name}`)
  return {
    message: parseMessage(schema.fields, schema.versions, schema.flexible),
    read: (reader) => {
      const found = reader.int16()
      if (found !== version) throw new Error(`the version in front is ${found}`)
      return format.read(reader, version)
    },
    write: (writer, value) => writer.raw(protocol.encodeVersioned(format, value, version)),
  }
}

// ---- our values in Java's JSON form, every field of every version present, in the table's order ----

function javaJson(struct: Struct, value: Values, wireCase: WireCase): Values {
  return Object.fromEntries(struct.fields.map((field) => [field.name, fieldJson(field, value[field.name], wireCase)]))
}

function fieldJson(field: Field, value: unknown, wireCase: WireCase): unknown {
  if (value === null) return null
  if (field.isArray) return (value as readonly unknown[]).map((item) => elementJson(field, item, wireCase))
  return elementJson(field, value, wireCase)
}

function elementJson(field: Field, value: unknown, wireCase: WireCase): unknown {
  if (field.struct !== undefined) return javaJson(field.struct, value as Values, wireCase)
  if (field.type === 'int64')
    return value === INT64_MAX ? String(2n ** 63n - 1n) : String(value === INT64_MIN ? -(2n ** 63n) : value)
  if (field.type === 'uint32') return String(value)
  if (field.type === 'uuid') return Buffer.from(value as string, 'hex').toString('base64url')
  if (field.type === 'records' && (value as Buffer).toString('hex') === wireCase.records) return '@records'
  return Buffer.isBuffer(value) ? value.toString('base64') : value
}

/** The recorded values with the defaults of absent fields filled in. */
function withDefaults(message: Message | undefined, wireCase: WireCase): unknown {
  if (message === undefined) {
    const { requestApiKey, requestApiVersion, ...rest } = wireCase.json as Values
    return requestApiKey === undefined ? rest : { apiKey: requestApiKey, apiVersion: requestApiVersion, ...rest }
  }
  return fill(message.root, wireCase.json as Values)
}

function fill(struct: Struct, given: Values): Values {
  return Object.fromEntries(struct.fields.map((field) => [field.name, fillField(field, given[field.name])]))
}

function fillField(field: Field, given: unknown): unknown {
  if (given === undefined) return defaultJson(field)
  if (given === null || field.struct === undefined) return given
  const struct = field.struct
  return field.isArray ? (given as readonly Values[]).map((item) => fill(struct, item)) : fill(struct, given as Values)
}

function defaultJson(field: Field): unknown {
  if (field.default === 'null') return null
  if (field.isArray) return []
  if (field.struct !== undefined) return fill(field.struct, {})
  if (field.type === 'int64' || field.type === 'uint32') return field.default ?? '0'
  if (field.type === 'uuid') return 'AAAAAAAAAAAAAAAAAAAAAA'
  if (field.type === 'bool') return field.default === 'true'
  if (field.type === 'string' || field.type === 'bytes')
    return field.default === undefined || field.default === "''" ? '' : field.default
  return Number(field.default ?? 0)
}
