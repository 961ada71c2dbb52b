// What the generated code gives for each API and each message, and what generic code (connections, dispatch, tools) works with.
import { assert } from '../base/index.ts'
import { Writer } from './writer.ts'
import { Reader } from './reader.ts'

/** Stands for "no version is flexible". */
export const NEVER_FLEXIBLE = 0x7fff

interface ApiFacts<Request, Response, RequestInput, ResponseInput> {
  readonly key: number
  /** Kafka's name: 'Produce'. */
  readonly name: string
  /** The lowest version that is spoken. */
  readonly minVersion: number
  /** The highest version that is known, perhaps one that brokers do not offer unless told to. */
  readonly maxVersion: number
  readonly latestStableVersion: number
  /** From here on: compact lengths and tagged fields (KIP-482). */
  readonly flexibleFrom: number
  readonly readRequest: (reader: Reader, version: number) => Request
  readonly writeRequest: (writer: Writer, message: RequestInput, version: number) => void
  readonly readResponse: (reader: Reader, version: number) => Response
  readonly writeResponse: (writer: Writer, message: ResponseInput, version: number) => void
}

/** One Kafka API: its versions and how its bodies (without headers) are read and written. */
export interface Api<Request, Response, RequestInput = Request, ResponseInput = Response> extends ApiFacts<
  Request,
  Response,
  RequestInput,
  ResponseInput
> {
  readonly requestHeaderVersion: (version: number) => 1 | 2
  readonly responseHeaderVersion: (version: number) => 0 | 1
}

/** An API of which only the facts matter, not the types of its messages. */
export type AnyApi = Api<unknown, unknown, never, never>

const API_VERSIONS_KEY = 18

export function defineApi<Request, Response, RequestInput, ResponseInput>(
  facts: ApiFacts<Request, Response, RequestInput, ResponseInput>,
): Api<Request, Response, RequestInput, ResponseInput> {
  const { flexibleFrom } = facts
  // A client that asks for the versions cannot know yet how we answer: that response always has the oldest header (KIP-511).
  const flexibleResponseFrom = facts.key === API_VERSIONS_KEY ? NEVER_FLEXIBLE : flexibleFrom
  return {
    ...facts,
    requestHeaderVersion: (version) => (version >= flexibleFrom ? 2 : 1),
    responseHeaderVersion: (version) => (version >= flexibleResponseFrom ? 1 : 0),
  }
}

/** A message that travels inside another or lies in a topic. */
export interface MessageFormat<Message, Input = Message> {
  readonly name: string
  readonly minVersion: number
  readonly maxVersion: number
  /** Of the keys in coordinators' topics: the int16 in front of them, which tells what kind of record it is; else -1. */
  readonly recordType: number
  readonly read: (reader: Reader, version: number) => Message
  readonly write: (writer: Writer, message: Input, version: number) => void
}

/** Writes the version (int16) and the message: user data of the consumer protocol, values in coordinators' topics. */
export function encodeVersioned<Input>(format: MessageFormat<unknown, Input>, message: Input, version: number): Buffer {
  assert(version >= format.minVersion && version <= format.maxVersion, () => `${format.name} has no version ${version}`)
  const writer = new Writer()
  writer.int16(version)
  format.write(writer, message, version)
  return writer.toBuffer()
}

/** Reads what {@link encodeVersioned} wrote. A version above the known ones is read as the highest of them, as Java does. */
export function decodeVersioned<Message>(format: MessageFormat<Message, never>, bytes: Buffer): Message {
  const reader = new Reader(bytes)
  return format.read(reader, Math.min(reader.int16(), format.maxVersion))
}

/** Writes the key of a record in a coordinator's topic: its kind (int16) and the message. */
export function encodeRecordKey<Input>(format: MessageFormat<unknown, Input>, message: Input): Buffer {
  assert(format.recordType >= 0, () => `${format.name} is not the key of a coordinator's record`)
  const writer = new Writer()
  writer.int16(format.recordType)
  format.write(writer, message, 0)
  return writer.toBuffer()
}

/** Reads the body of a key whose kind the caller has looked at: `bytes.readInt16BE(0)`. */
export function decodeRecordKey<Message>(format: MessageFormat<Message, never>, bytes: Buffer): Message {
  return format.read(new Reader(bytes, { position: 2 }), 0)
}
