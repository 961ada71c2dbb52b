// The functions of the recorded cases: what a case names, as JavaScript. Values are turned into text first; where text is
// joined, null is written `null`. `f:x` is the function f with the argument x.
import type { TimestampExtractor, Windowed } from 'tidemill'

type Key = string | Windowed<unknown> | null
type Value = string | number | bigint | null | undefined

/** As the cases print it; null stays null. */
export function textOf(data: unknown): string | null {
  if (data === null || data === undefined) return null
  if (typeof data === 'string') return data
  if (isWindowed(data)) return `${joined(data.key)}@${data.window.start}/${endOf(data.window.end)}`
  return typeof data === 'number' || typeof data === 'bigint' ? String(data) : JSON.stringify(data)
}

function isWindowed(data: unknown): data is Windowed<unknown> {
  return typeof data === 'object' && data !== null && 'window' in data
}

// Java's longest window ends at the greatest long.
function endOf(end: number): string {
  return end === Infinity ? '9223372036854775807' : String(end)
}

function joined(data: unknown): string {
  return textOf(data) ?? 'null'
}

function parse(name: string): { readonly base: string; readonly argument: string } {
  const colon = name.indexOf(':')
  return colon < 0 ? { base: name, argument: '' } : { base: name.slice(0, colon), argument: name.slice(colon + 1) }
}

/** A function that a case names and that is not known: the case cannot be run. */
export class UnknownFunctionError extends Error {}

function unknown(kind: string, name: string): never {
  throw new UnknownFunctionError(`${kind} function '${name}'`)
}

class IllegalState extends Error {
  override readonly name = 'IllegalState'
}

function throwIf(value: Value, argument: string): void {
  if (textOf(value)?.includes(argument) === true) throw new IllegalState(`the value contains ${argument}`)
}

export function predicate(name: string): (value: any, key: any) => boolean {
  const { base, argument } = parse(name)
  switch (base) {
    case 'valueLengthEven':
      return (value: Value) => value !== null && value !== undefined && joined(value).length % 2 === 0
    case 'keyIsA':
      return (_value, key: Key) => key === 'A'
    case 'valueContains':
      return (value: Value) => textOf(value)?.includes(argument) === true
    case 'valueLessThan':
      return (value: Value) => {
        const text = textOf(value)
        return text !== null && text < argument
      }
    case 'valueNotNull':
      return (value: Value) => value !== null && value !== undefined
    case 'throwIfContains':
      return (value: Value) => {
        throwIf(value, argument)
        return true
      }
    default:
      return unknown('predicate', name)
  }
}

export function valueFunction(name: string): (value: any, key: any) => any {
  const { base, argument } = parse(name)
  const ofText = (f: (text: string) => string | null) => (value: Value) => {
    const text = textOf(value)
    return text === null ? null : f(text)
  }
  switch (base) {
    case 'keyedConcat':
      return (value: Value, key: Key) => `${joined(key)}~${joined(value)}`
    case 'upper':
      return ofText((text) => text.toUpperCase())
    case 'append':
      return ofText((text) => text + argument)
    case 'identity':
      return (value: Value) => value ?? null
    case 'firstChar':
      return ofText((text) => text.slice(0, 1))
    case 'longToString':
      return ofText((text) => text)
    case 'nullIfContains':
      return ofText((text) => (text.includes(argument) ? null : text))
    case 'throwIfContains':
      return (value: Value) => {
        throwIf(value, argument)
        return value ?? null
      }
    default:
      return unknown('value', name)
  }
}

export function keyFunction(name: string): (value: any, key: any) => any {
  const { base, argument } = parse(name)
  switch (base) {
    case 'firstCharOfValue':
      return (value: Value) => textOf(value)?.slice(0, 1) || null
    case 'lastCharOfValue':
      return (value: Value) => textOf(value)?.slice(-1) || null
    case 'keyThenFirstChar':
      return (value: Value, key: Key) => joined(key) + (textOf(value)?.slice(0, 1) ?? '')
    case 'keyAppend':
      return (_value, key: Key) => joined(key) + argument
    case 'keyUpper':
      return (_value, key: Key) => textOf(key)?.toUpperCase() ?? null
    case 'keyText':
      return (_value, key: Key) => textOf(key)
    case 'innerKey':
      return (_value, key: Key) => (isWindowed(key) ? textOf(key.key) : textOf(key))
    case 'nullKeyIfContains':
      return (value: Value, key: Key) => (textOf(value)?.includes(argument) === true ? null : key)
    default:
      return unknown('key', name)
  }
}

export function keyValueFunction(name: string): (value: any, key: any) => [any, any] {
  switch (name) {
    case 'swapFirstChars':
      return (value: Value, key: Key) => [textOf(value)?.slice(0, 1) || 'null', joined(key)]
    case 'keyAppendValueUpper':
      return (value: Value, key: Key) => [`${joined(key)}1`, textOf(value)?.toUpperCase() ?? null]
    case 'groupByFirstChar':
      return (value: Value) => [textOf(value)?.slice(0, 1) || null, value ?? null]
    case 'sameKey':
      return (value: Value, key: Key) => [textOf(key), value ?? null]
    default:
      return unknown('key-value', name)
  }
}

export function flatValues(name: string): (value: any, key: any) => any[] {
  switch (name) {
    case 'chars':
      return (value: Value) => (textOf(value) ?? '').split('')
    case 'duplicate':
      return (value: Value) => (textOf(value) === null ? [] : [value, `${joined(value)}2`])
    case 'keyAndValue':
      return (value: Value, key: Key) => [textOf(key), value ?? null]
    case 'none':
      return () => []
    default:
      return unknown('flat values', name)
  }
}

export function flatMap(name: string): (value: any, key: any) => [any, any][] {
  switch (name) {
    case 'charsAsKeys':
      return (value: Value) => (textOf(value) ?? '').split('').map((char) => [char, value])
    case 'duplicateSuffix':
      return (value: Value, key: Key) => [
        [key, value],
        [`${joined(key)}2`, value],
      ]
    default:
      return unknown('flat map', name)
  }
}

function withoutFirst(text: string, part: string): string {
  const at = text.indexOf(part)
  return at < 0 ? text : text.slice(0, at) + text.slice(at + part.length)
}

function nullIfLonger(text: string, argument: string): string | null {
  return text.length > Number(argument) ? null : text
}

/** (aggregate, value) */
export function reducer(name: string): (a: any, b: any) => any {
  const { base, argument } = parse(name)
  switch (base) {
    case 'concat':
      return (a: Value, b: Value) => joined(a) + joined(b)
    case 'last':
      return (_a, b: Value) => b ?? null
    case 'removeFirst':
      return (a: Value, b: Value) => withoutFirst(joined(a), joined(b))
    case 'maxString':
      return (a: Value, b: Value) => (textOf(b) === null || joined(a) >= joined(b) ? a : b)
    case 'nullIfLong':
      return (a: Value, b: Value) => nullIfLonger(joined(a) + joined(b), argument)
    default:
      return unknown('reduce', name)
  }
}

/** (aggregate, value, key) */
export function aggregator(name: string): (aggregate: any, value: any, key: any) => any {
  const { base, argument } = parse(name)
  switch (base) {
    case 'concat':
      return (aggregate: Value, value: Value) => joined(aggregate) + joined(value)
    case 'concatDash':
      return (aggregate: Value, value: Value) => `${joined(aggregate)}-${joined(value)}`
    case 'last':
      return (_aggregate, value: Value) => value ?? null
    case 'concatKey':
      return (aggregate: Value, value: Value, key: Key) => `${joined(aggregate)}${joined(key)}=${joined(value)};`
    case 'nullIfLong':
      return (aggregate: Value, value: Value) => nullIfLonger(joined(aggregate) + joined(value), argument)
    case 'removeFirst':
      return (aggregate: Value, value: Value) => withoutFirst(joined(aggregate), joined(value))
    default:
      return unknown('aggregate', name)
  }
}

export function merger(name: string): (a: any, b: any, key: any) => any {
  switch (name) {
    case 'concat':
      return (a: Value, b: Value) => joined(a) + joined(b)
    case 'bracket':
      return (a: Value, b: Value) => `[${joined(a)}|${joined(b)}]`
    default:
      return unknown('merge', name)
  }
}

/** (left, right, key) */
export function joiner(name: string): (left: any, right: any, key: any) => any {
  const { base, argument } = parse(name)
  switch (base) {
    case 'concat':
      return (left: Value, right: Value) => `${joined(left)}+${joined(right)}`
    case 'concatWithKey':
      return (left: Value, right: Value, key: Key) => `${joined(key)}:${joined(left)}+${joined(right)}`
    case 'nullIfRightContains':
      return (left: Value, right: Value) =>
        textOf(right)?.includes(argument) === true ? null : `${joined(left)}+${joined(right)}`
    default:
      return unknown('join', name)
  }
}

/** (value or null, key) */
export function transform(name: string): (value: any, key: any) => any {
  const { base, argument } = parse(name)
  switch (base) {
    case 'orNull':
      return (value: Value) => (textOf(value) === null ? 'null!' : `${joined(value)}!`)
    case 'keyAndValue':
      return (value: Value, key: Key) => `${joined(key)}>${joined(value)}`
    case 'nullIfContains':
      return (value: Value) => (textOf(value)?.includes(argument) === true ? null : (value ?? null))
    default:
      return unknown('transform', name)
  }
}

export function timestamps(name: string): TimestampExtractor {
  const { base, argument } = parse(name)
  switch (base) {
    case 'failOnInvalid':
      return 'fail-on-invalid'
    case 'logAndSkip':
      return 'skip-invalid'
    case 'partitionTimeOnInvalid':
      return 'partition-time-on-invalid'
    case 'plusLength':
      return (record) => record.timestamp + Number(argument) * (textOf(record.value)?.length ?? 0)
    case 'negativeIfContains':
      return (record) => (textOf(record.value)?.includes(argument) === true ? -1 : record.timestamp)
    case 'partitionTimePlusOne':
      return (_record, partitionTime) => partitionTime + 1
    default:
      return unknown('timestamp', name)
  }
}
