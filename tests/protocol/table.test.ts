// The table of messages against Kafka's own definitions (where these lie beside the checkout), and the generated code against the table.
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { generateProtocol } from '../../scripts/generate-protocol.ts'
import {
  type Field,
  type Message,
  type VersionRange,
  apiGroups,
  dataSchemas,
  intersect,
  parseMessage,
  parseRange,
} from '../../src/protocol/schema/index.ts'

const DEFINITIONS = fileURLToPath(new URL('../../../shared/reference/protocol-messages/', import.meta.url))

interface KafkaField {
  readonly name: string
  readonly type: string
  readonly versions?: string
  readonly nullableVersions?: string
  readonly taggedVersions?: string
  readonly tag?: number
  readonly default?: string | number | boolean | null
  readonly fields?: readonly KafkaField[]
}

interface KafkaMessage {
  readonly apiKey?: number
  readonly validVersions: string
  readonly flexibleVersions: string
  readonly latestVersionUnstable?: boolean
  readonly fields: readonly KafkaField[]
  readonly commonStructs?: readonly { readonly name: string; readonly fields: readonly KafkaField[] }[]
}

/** One line a field: everything that matters on the wire, in a form that both sides can be brought to. */
type Line = readonly [
  depth: number,
  name: string,
  type: string,
  versions: string,
  nullable: string,
  tag: string,
  value: string,
]

function definition(name: string): KafkaMessage {
  return JSON.parse(readFileSync(`${DEFINITIONS}${name}.json`, 'utf8').replaceAll(/^\s*\/\/.*$/gm, '')) as KafkaMessage
}

const show = (range: VersionRange | undefined): string =>
  range === undefined || range.from > range.to ? 'never' : `${range.from}-${range.to}`

function ourLines(fields: readonly Field[], parent: VersionRange, depth = 0): Line[] {
  return fields.flatMap((field): Line[] => {
    const versions = intersect(field.versions, parent)
    return [
      [
        depth,
        field.name,
        `${field.isArray ? '[]' : ''}${field.struct === undefined ? field.type : 'struct'}`,
        show(versions),
        show(field.nullable && intersect(field.nullable, versions)),
        String(field.tag),
        field.default === "''" ? '' : (field.default ?? implicitDefault(field.isArray ? '[]' : field.type)),
      ],
      ...(field.struct === undefined ? [] : ourLines(field.struct.fields, versions, depth + 1)),
    ]
  })
}

function kafkaLines(message: KafkaMessage): Line[] {
  const common = new Map(message.commonStructs?.map(({ name, fields }) => [name, fields]))
  const walk = (fields: readonly KafkaField[], parent: VersionRange, depth: number): Line[] =>
    fields.flatMap((field): Line[] => {
      const versions = intersect(parseRange(field.versions ?? field.taggedVersions ?? ''), parent)
      if (versions.from > versions.to) return []
      const element = field.type.trim().replace('[]', '')
      const inner = field.fields ?? common.get(element)
      return [
        [
          depth,
          field.name.charAt(0).toLowerCase() + field.name.slice(1),
          `${field.type.trim().startsWith('[]') ? '[]' : ''}${inner === undefined ? element : 'struct'}`,
          show(versions),
          show(
            field.nullableVersions === undefined ? undefined : intersect(parseRange(field.nullableVersions), versions),
          ),
          String(field.tag),
          field.default === undefined
            ? implicitDefault(field.type.trim())
            : String(field.default).replace('0x7fffffff', '2147483647'),
        ],
        ...(inner === undefined ? [] : walk(inner, versions, depth + 1)),
      ]
    })
  return walk(message.fields, parseRange(message.validVersions), 0)
}

function implicitDefault(type: string): string {
  if (type === 'bool') return 'false'
  return /^u?int|^float/.test(type) ? '0' : ''
}

function compare(name: string, message: Message): void {
  const kafka = definition(name)
  expect(show(message.versions)).toBe(show(parseRange(kafka.validVersions)))
  const flexible = kafka.flexibleVersions === 'none' ? Number.NaN : parseRange(kafka.flexibleVersions).from
  expect(message.flexibleFrom).toBe(flexible)
  expect(ourLines(message.root.fields, message.versions)).toEqual(kafkaLines(kafka))
}

describe.skipIf(!existsSync(DEFINITIONS))('the table says what Kafka’s definitions say', () => {
  test.each(Object.values(apiGroups).flat())(
    '$name',
    ({ key, name, versions, flexible, request, response, latestIsUnstable }) => {
      const kafka = definition(`${name}Request`)
      expect(key).toBe(kafka.apiKey)
      expect(latestIsUnstable ?? false).toBe(kafka.latestVersionUnstable ?? false)
      compare(`${name}Request`, parseMessage(request, versions, flexible))
      compare(`${name}Response`, parseMessage(response, versions, flexible))
    },
  )

  test.each(dataSchemas)('$name', ({ name, recordType, versions, flexible, fields }) => {
    if (recordType !== undefined) expect(recordType).toBe(definition(name).apiKey)
    compare(name, parseMessage(fields, versions, flexible))
  })
})

test('the committed codecs are those that the table gives', () => {
  for (const [file, code] of generateProtocol()) {
    const committed = readFileSync(new URL(`../../src/protocol/generated/${file}`, import.meta.url), 'utf8')
    expect(committed === code, `run npm run generate: ${file} is old`).toBe(true)
  }
})
