// The notation of the message table. One line a field, nested fields indented by two spaces more:
//
//   name: type versions #tag = default
//
// type      bool int8 int16 uint16 int32 uint32 int64 float64 string bytes records uuid, or a struct (capitalised; its fields
//           follow where it is first named); `[]` makes it an array; `?` allows null (`?7+`: from version 7 on)
// versions  where the field exists, as `3`, `3-5` or `3+`; left out: wherever the struct that it is in does
// #tag      number of a tagged field
// = default what the field is where it is missing, and what a writer may leave out; left out: 0, '', false, no element, none
import { assert, must } from '../../base/index.ts'

export interface ApiSchema {
  readonly key: number
  readonly name: string
  readonly versions: string
  /** The first flexible version, or 'none'. */
  readonly flexible: string
  readonly latestIsUnstable?: boolean
  readonly request: string
  readonly response: string
}

export interface DataSchema {
  readonly name: string
  /** Of keys in coordinators' topics. */
  readonly recordType?: number
  readonly versions: string
  readonly flexible: string
  readonly fields: string
}

export interface VersionRange {
  readonly from: number
  readonly to: number
}

export interface Field {
  readonly name: string
  /** Of one element where it is an array. */
  readonly type: string
  readonly isArray: boolean
  readonly struct: Struct | undefined
  /** Within the message's; a struct that has fewer versions does not narrow those of its fields. */
  readonly versions: VersionRange
  /** Versions in which it may be null. */
  readonly nullable: VersionRange | undefined
  readonly tag: number | undefined
  /** As written. */
  readonly default: string | undefined
}

export interface Struct {
  /** Unique in its message. */
  readonly name: string
  readonly fields: readonly Field[]
}

export interface Message {
  readonly versions: VersionRange
  /** NaN where no version is flexible. */
  readonly flexibleFrom: number
  readonly root: Struct
  /** All but the root, inner ones first. */
  readonly structs: readonly Struct[]
}

const LINE =
  /^(?<name>\w+): (?<type>\w+)(?<array>\[\])?(?<nullable>\?(?<nullableRange>[\d+-]+)?)?(?: (?<versions>\d[\d+-]*))?(?: #(?<tag>\d+))?(?: = (?<default>\S+))?$/

export function parseRange(text: string): VersionRange {
  const [from, to] = text.endsWith('+') ? [text.slice(0, -1), 'Infinity'] : text.split('-')
  return { from: Number(from), to: Number(to ?? from) }
}

export function parseMessage(lines: string, versions: string, flexible: string): Message {
  const all = parseRange(versions)
  const rows = lines.split('\n').filter((line) => line.trim() !== '')
  const known = new Map<string, Struct>()
  const parse = (start: number, depth: number): readonly [readonly Field[], number] => {
    const fields: Field[] = []
    let at = start
    while (at < rows.length && depthOf(rows[at] as string) === depth) {
      const row = rows[at] as string
      const groups = must(LINE.exec(row.trim())?.groups, `a field in '${row}'`)
      const own = groups['versions'] === undefined ? all : intersect(parseRange(groups['versions']), all)
      const type = groups['type'] as string
      at++
      let struct: Struct | undefined
      if (/^[A-Z]/.test(type)) {
        struct = known.get(type)
        const hasFields = at < rows.length && depthOf(rows[at] as string) > depth
        assert(
          hasFields === (struct === undefined),
          () => `struct ${type} must be described once, where it is first named`,
        )
        if (struct === undefined) {
          const [inner, next] = parse(at, depth + 1)
          at = next
          struct = { name: type, fields: inner }
          known.set(type, struct)
        }
      }
      fields.push({
        name: groups['name'] as string,
        type,
        isArray: groups['array'] !== undefined,
        struct,
        versions: own,
        nullable: nullableRange(groups, own),
        tag: groups['tag'] === undefined ? undefined : Number(groups['tag']),
        default: groups['default'],
      })
    }
    return [fields, at]
  }
  const first = rows[0]
  const [fields, end] = first === undefined ? [[], 0] : parse(0, depthOf(first))
  assert(end === rows.length, () => `the indentation of '${rows[end]}' does not fit`)
  return {
    versions: all,
    flexibleFrom: flexible === 'none' ? Number.NaN : parseRange(flexible).from,
    root: { name: '', fields },
    structs: [...known.values()],
  }
}

function nullableRange(groups: Record<string, string | undefined>, own: VersionRange): VersionRange | undefined {
  if (groups['nullable'] === undefined) return undefined
  return groups['nullableRange'] === undefined ? own : intersect(parseRange(groups['nullableRange']), own)
}

function depthOf(row: string): number {
  return (row.length - row.trimStart().length) / 2
}

export function intersect(a: VersionRange, b: VersionRange): VersionRange {
  return { from: Math.max(a.from, b.from), to: Math.min(a.to, b.to) }
}
