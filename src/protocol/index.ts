// Kafka's bytes <-> values.
//
// Each API has one constant, `fetchApi: Api<FetchRequest, FetchResponse, FetchRequestInput, FetchResponseInput>`, and each message that
// travels inside another or lies in a topic one `...Format` (`consumerProtocolSubscriptionFormat`, `offsetCommitKeyFormat`).
//
//   const request: FetchRequest = fetchApi.readRequest(reader, version)     as read: every field is there, in one order; a field
//                                                                           that the version lacks has its default
//   fetchApi.writeResponse(writer, response: FetchResponseInput, version)   as written: what has a default, or is not in every
//                                                                           version, may be left out; what the version lacks is
//                                                                           not written, whatever it is
//
// A value as read can be written again. `encodeRequest` and `encodeResponse` make whole frames with their headers.
//
// Values: names are Kafka's in lower camel case. int64 is a number: beyond 2^53 it is refused on reading, but for the two ends of the
// range (INT64_MAX, INT64_MIN). A uuid is 32 lower-case hex digits; ZERO_UUID is "none". Bytes and records are Buffer views into
// the frame: valid for ever, but they pin it, so what outlives the request is copied. Records may be written as a list of buffers.
// Bytes from peers that do not follow the format are a TidemillError 'invalid-wire-data'.
export * from './api.ts'
export * from './check-batch.ts'
export * from './compression.ts'
export * from './error-codes.ts'
export * from './generated/index.ts'
export * from './header.ts'
export * from './reader.ts'
export * from './record-batch.ts'
export * from './record-batch-builder.ts'
export * from './record-cursor.ts'
export * from './transaction-marker.ts'
export * from './writer.ts'
