// The recorded cases as data: one gzip'd JSON object a line. Bytes are null, text, or { hex }.
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { type ScenarioRow, fromRow } from './compact.ts'

export type CaseBytes = null | string | { readonly hex: string }
export type CaseHeaders = readonly (readonly [name: string, value: CaseBytes])[]

export type CaseStep =
  | {
      readonly type: 'record'
      readonly topic: string
      readonly key: CaseBytes
      readonly value: CaseBytes
      readonly ts: number
      readonly headers?: CaseHeaders
    }
  | { readonly type: 'wallClock'; readonly advanceMs: number }

export interface CaseRecord {
  readonly topic: string
  readonly key: CaseBytes
  readonly value: CaseBytes
  /** null: none was set. */
  readonly ts: number | null
  readonly headers?: CaseHeaders
}

export type CaseAnswer = readonly CaseRecord[] | { readonly error: string; readonly cause?: string }

export interface CaseStore {
  readonly kind: 'keyValue' | 'window' | 'session' | 'versioned'
  readonly rows: readonly (readonly unknown[])[]
}

export interface CaseConfig {
  readonly optimization?: string
  readonly cacheMaxBytes?: number
  readonly storeType?: 'rocksDB' | 'inMemory'
  readonly storeFormat?: 'DEFAULT' | 'HEADERS'
  readonly timestampExtractor?: string
  readonly deserializationHandler?: 'continue' | 'fail'
  readonly processingHandler?: 'continue' | 'fail'
  readonly deadLetterTopic?: string
  readonly explicitNames?: boolean
  readonly api?: 'dsl' | 'processor'
}

export interface CaseOp {
  readonly op: string
  readonly id?: string
  readonly on?: string
  readonly [field: string]: any
}

export interface CaseExpected {
  readonly buildError?: string
  readonly describe?: string
  readonly internalTopics?: readonly any[]
  readonly copartitioned?: readonly (readonly string[])[]
  readonly steps?: readonly CaseAnswer[]
  readonly stores?: Readonly<Record<string, CaseStore>>
}

export interface Scenario {
  readonly name: string
  readonly feature: string
  readonly mayBeInvalid?: boolean
  readonly config: CaseConfig
  readonly topology: readonly CaseOp[]
  readonly steps: readonly CaseStep[]
  readonly expected: CaseExpected
  readonly javaDefect?: string
  readonly corrected?: { readonly steps: readonly CaseAnswer[] }
}

/** Cases of a file: an array, or one a line: an object, or a row of our own form. */
export function readCases(file: string): readonly Scenario[] {
  const text = gunzipSync(readFileSync(file)).toString('utf8')
  // The files are made by the recorder, one shape.
  if (/^\[\s*\{/.test(text)) return JSON.parse(text) as readonly Scenario[]
  const lines = text.split('\n').filter((line) => line !== '')
  return lines.map((line) => {
    const row = JSON.parse(line) as Scenario | ScenarioRow
    return 'name' in row ? row : fromRow(row)
  })
}

export function toBuffer(bytes: CaseBytes): Buffer | null {
  if (bytes === null) return null
  return typeof bytes === 'string' ? Buffer.from(bytes, 'utf8') : Buffer.from(bytes.hex, 'hex')
}

/** As answers are written: text where all bytes are printable ASCII. */
export function fromBuffer(bytes: Uint8Array | null): CaseBytes {
  if (bytes === null) return null
  const buffer = Buffer.from(bytes)
  for (const byte of buffer) if (byte < 0x20 || byte > 0x7e) return { hex: buffer.toString('hex') }
  return buffer.toString('latin1')
}
