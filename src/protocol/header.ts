// The headers of requests and responses. Frames here are without the 4-byte size that TCP puts in front.
import type { AnyApi, Api } from './api.ts'
import { apis } from './generated/index.ts'
import type { Reader } from './reader.ts'
import { Writer } from './writer.ts'

export interface RequestHeader {
  readonly apiKey: number
  readonly apiVersion: number
  readonly correlationId: number
  readonly clientId: string | null
}

/**
 * Reads a request's header; the reader then stands at the body. An API that is not known is taken to have header 1: enough to
 * answer with an error, not to read the body.
 */
export function readRequestHeader(reader: Reader): RequestHeader {
  const apiKey = reader.int16()
  const apiVersion = reader.int16()
  const correlationId = reader.int32()
  // Never compact, also in flexible headers: a broker must be able to read it before it knows the version.
  const clientId = reader.nullableString(false)
  const api = apis.get(apiKey)
  if (api !== undefined && api.requestHeaderVersion(apiVersion) === 2) reader.skipTags()
  return { apiKey, apiVersion, correlationId, clientId }
}

export function writeRequestHeader(writer: Writer, header: RequestHeader, headerVersion: 1 | 2): void {
  writer.int16(header.apiKey)
  writer.int16(header.apiVersion)
  writer.int32(header.correlationId)
  writer.nullableString(header.clientId, false)
  if (headerVersion === 2) writer.uvarint(0)
}

/** Reads a response's header: the correlation id. */
export function readResponseHeader(reader: Reader, headerVersion: 0 | 1): number {
  const correlationId = reader.int32()
  if (headerVersion === 1) reader.skipTags()
  return correlationId
}

export function writeResponseHeader(writer: Writer, correlationId: number, headerVersion: 0 | 1): void {
  writer.int32(correlationId)
  if (headerVersion === 1) writer.uvarint(0)
}

/** A whole request frame, in chunks to be sent one after another. */
export function encodeRequest<Input>(
  api: Api<unknown, unknown, Input, never>,
  version: number,
  envelope: { readonly correlationId: number; readonly clientId: string | null },
  message: Input,
): Buffer[] {
  const writer = new Writer()
  writeRequestHeader(writer, { apiKey: api.key, apiVersion: version, ...envelope }, api.requestHeaderVersion(version))
  api.writeRequest(writer, message, version)
  return writer.finish()
}

/** A whole response frame, in chunks to be sent one after another. */
export function encodeResponse<Input>(
  api: Api<unknown, unknown, never, Input>,
  version: number,
  correlationId: number,
  message: Input,
): Buffer[] {
  const writer = new Writer()
  writeResponseHeader(writer, correlationId, api.responseHeaderVersion(version))
  api.writeResponse(writer, message, version)
  return writer.finish()
}

/** Whether a version of the API is known. */
export function isVersionKnown(api: AnyApi, version: number): boolean {
  return version >= api.minVersion && version <= api.maxVersion
}
