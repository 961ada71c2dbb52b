// Writes src/protocol/generated from the table in src/protocol/schema: for each message its interface (as read: every field is there),
// its input interface (as written: what has a default may be left out), a reader and a writer. Run by `npm run generate`.
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import {
  type ApiSchema,
  type DataSchema,
  type Field,
  type Message,
  type Struct,
  apiGroups,
  dataSchemas,
  parseMessage,
} from '../src/protocol/schema/index.ts'

const OUTPUT = fileURLToPath(new URL('../src/protocol/generated/', import.meta.url))
const HEAD = '// Made by `npm run generate` from ../schema: change the table there.\n'

const TYPES: Readonly<Record<string, string>> = {
  bool: 'boolean',
  string: 'string',
  uuid: 'string',
  bytes: 'Buffer',
  records: 'Buffer',
}
const SIZES: Readonly<Record<string, number>> = {
  bool: 1,
  int8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  float64: 8,
  uuid: 16,
}
const VARIABLE = new Set(['string', 'bytes', 'records'])

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1)
const upperFirst = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** Emits the code of one message; names of its structs are prefixed by the message's own. */
class MessageWriter {
  readonly #name: string
  readonly #message: Message
  /** Structs whose input may leave something out, so that they have an input type of their own. */
  readonly #lenient: ReadonlySet<Struct>

  constructor(name: string, message: Message) {
    this.#name = name
    this.#message = message
    const lenient = new Set<Struct>()
    for (const struct of [...message.structs, message.root])
      if (
        struct.fields.some(
          (field) => this.#isOptional(field) || field.type === 'records' || (field.struct && lenient.has(field.struct)),
        )
      )
        lenient.add(struct)
    this.#lenient = lenient
  }

  get inputName(): string {
    return this.#inputOf(this.#message.root)
  }

  code(): string {
    const { root, structs } = this.#message
    const parts = [...structs, root].flatMap((struct) => [
      this.#interfaces(struct),
      this.#reader(struct),
      this.#writer(struct),
    ])
    return [...parts, ...this.#defaults()].join('\n')
  }

  #nameOf(struct: Struct): string {
    return this.#name + struct.name
  }

  #inputOf(struct: Struct): string {
    return this.#lenient.has(struct) ? `${this.#nameOf(struct)}Input` : this.#nameOf(struct)
  }

  /** Whether a writer may leave the field out: it has a default of its own, or not every version carries it. */
  #isOptional(field: Field): boolean {
    const { versions } = this.#message
    return (
      field.default !== undefined ||
      field.tag !== undefined ||
      field.versions.from > versions.from ||
      field.versions.to < versions.to
    )
  }

  // ---- types ----

  #interfaces(struct: Struct): string {
    const fields = struct.fields.map((field) => `  readonly ${field.name}: ${this.#typeOf(field, false)}`)
    const result = `export interface ${this.#nameOf(struct)} {\n${fields.join('\n')}\n}\n`
    if (!this.#lenient.has(struct)) return result
    const inputs = struct.fields.map(
      (field) =>
        `  readonly ${field.name}${this.#isOptional(field) ? '?' : ''}: ${this.#typeOf(field, true)}${this.#isOptional(field) ? ' | undefined' : ''}`,
    )
    return `${result}export interface ${this.#inputOf(struct)} {\n${inputs.join('\n')}\n}\n`
  }

  #typeOf(field: Field, isInput: boolean): string {
    if (isInput && field.type === 'records') return 'RecordsInput'
    let type = TYPES[field.type] ?? 'number'
    if (field.struct !== undefined) type = isInput ? this.#inputOf(field.struct) : this.#nameOf(field.struct)
    if (field.isArray) type = `readonly ${type}[]`
    return field.nullable === undefined ? type : `${type} | null`
  }

  /** The value of a field that is not there. */
  #defaultOf(field: Field): string {
    const { default: text, type } = field
    if (text === 'null') return 'null'
    if (field.isArray) return '[]'
    if (field.struct !== undefined) return `DEFAULT_${this.#nameOf(field.struct)}`
    if (text === '9223372036854775807') return 'INT64_MAX'
    if (text !== undefined) return text
    if (type === 'bool') return 'false'
    if (type === 'string') return "''"
    if (type === 'uuid') return 'ZERO_UUID'
    return type === 'bytes' || type === 'records' ? 'EMPTY_BYTES' : '0'
  }

  /** Default values and tests for the structs that can be missing. */
  #defaults(): string[] {
    const needed = new Set<Struct>()
    for (const struct of [...this.#message.structs, this.#message.root])
      for (const field of struct.fields)
        if (field.struct && !field.isArray && this.#isOptional(field) && field.default !== 'null')
          needed.add(field.struct)
    return [...needed].map((struct) => {
      const values = struct.fields.map((field) => `${field.name}: ${this.#defaultOf(field)}`)
      const tests = struct.fields.map((field) => this.#isDefault(field, `message.${field.name}`))
      return `const DEFAULT_${this.#nameOf(struct)}: ${this.#nameOf(struct)} = { ${values.join(', ')} }\n
function isDefault${this.#nameOf(struct)}(message: ${this.#inputOf(struct)}): boolean {\n  return ${tests.join(' && ')}\n}\n`
    })
  }

  /** An expression: whether the value (perhaps undefined) is the field's default. */
  #isDefault(field: Field, value: string): string {
    const fallback = this.#defaultOf(field)
    if (fallback === 'null') return `(${value} ?? null) === null`
    if (field.isArray || (VARIABLE.has(field.type) && field.type !== 'string'))
      return `(${value} === undefined || ${value}?.length === 0)`
    if (field.struct !== undefined)
      return `(${value} === undefined || isDefault${this.#nameOf(field.struct)}(${value}))`
    return `(${value} ?? ${fallback}) === ${fallback}`
  }

  // ---- versions ----

  /** A condition on `version` for the range within what its parent allows; '' where it always holds. */
  #within(
    range: { readonly from: number; readonly to: number },
    parent: { readonly from: number; readonly to: number },
  ): string {
    const tests: string[] = []
    if (range.from === range.to && range.from !== parent.from && range.to !== parent.to)
      return `version === ${range.from}`
    if (range.from > parent.from) tests.push(`version >= ${range.from}`)
    if (range.to < parent.to) tests.push(`version <= ${range.to}`)
    return tests.join(' && ')
  }

  /** How generated code says whether a version is flexible: a constant where that is known for the whole message. */
  get #flexible(): 'flexible' | 'true' | 'false' {
    const { flexibleFrom, versions } = this.#message
    if (Number.isNaN(flexibleFrom)) return 'false'
    return flexibleFrom <= versions.from ? 'true' : 'flexible'
  }

  #flexibleLine(used: string): string {
    const isUsed = this.#flexible === 'flexible' && used.includes('flexible')
    return isUsed ? `  const flexible = version >= ${this.#message.flexibleFrom}\n` : ''
  }

  #parameter(body: string, name: string): string {
    return new RegExp(`\\b${name}\\b`).test(body) ? name : `_${name}`
  }

  // ---- reading ----

  #reader(struct: Struct): string {
    const name = this.#nameOf(struct)
    const tagged = struct.fields.filter((field) => field.tag !== undefined)
    const lines = struct.fields.map((field) =>
      field.tag === undefined ? this.#readField(field) : this.#declareTagged(field),
    )
    if (this.#flexible !== 'false') lines.push(this.#readTags(tagged))
    let body = lines.join('')
    body = `${this.#flexibleLine(body)}${body}  return { ${struct.fields.map((field) => field.name).join(', ')} }\n`
    return `function read${name}(${this.#parameter(body, 'reader')}: Reader, ${this.#parameter(body, 'version')}: number): ${name} {\n${body}}\n`
  }

  #declareTagged(field: Field): string {
    return `  let ${field.name}: ${this.#typeOf(field, false)} = ${this.#defaultOf(field)}\n`
  }

  #readField(field: Field): string {
    const condition = this.#within(field.versions, this.#message.versions)
    const simple = this.#readValue(field)
    const type = this.#typeOf(field, false)
    if (simple !== undefined)
      return condition === ''
        ? `  const ${field.name} = ${simple}\n`
        : `  const ${field.name}${this.#defaultOf(field).startsWith('DEFAULT') ? '' : `: ${type}`} = ${condition} ? ${simple} : ${this.#defaultOf(field)}\n`
    if (condition === '') return this.#readArray(field, '  ', true)
    return `  let ${field.name}: ${type} = ${this.#defaultOf(field)}\n  if (${condition}) {\n${this.#readArray(field, '    ', false)}  }\n`
  }

  /** An expression that reads the field; undefined where it takes statements (arrays of structs). */
  #readValue(field: Field): string | undefined {
    const flexible = this.#flexible
    const { type, struct } = field
    const nullable = field.nullable !== undefined
    if (struct !== undefined) {
      if (field.isArray) return undefined
      const read = `read${this.#nameOf(struct)}(reader, version)`
      return nullable ? `reader.int8() < 0 ? null : ${read}` : read
    }
    if (field.isArray) return `reader.${nullable ? `nullable${upperFirst(type)}s` : `${type}s`}(${flexible})`
    if (!VARIABLE.has(type)) return `reader.${type}()`
    const method = type === 'string' ? 'String' : 'Bytes'
    return `reader.${nullable ? `nullable${method}` : lowerFirst(method)}(${flexible})`
  }

  #readArray(field: Field, indent: string, declares: boolean): string {
    const struct = field.struct as Struct
    const name = this.#nameOf(struct)
    const sizeMin = this.#sizeMin(struct)
    const counter = `${field.name}Left`
    const nullable = field.nullable !== undefined
    const length = `let ${counter} = reader.${nullable ? 'nullableArrayLength' : 'arrayLength'}(${this.#flexible}, ${sizeMin})`
    const items = `const items: ${name}[] = []`
    const push = (list: string): string =>
      `for (; ${counter} > 0; ${counter}--) ${list}.push(read${name}(reader, version))`
    if (nullable)
      return (
        (declares ? `${indent}let ${field.name}: ${this.#typeOf(field, false)} = null\n` : '') +
        `${indent}${length}\n${indent}if (${counter} < 0) ${field.name} = null\n${indent}else {\n${indent}  ${items}\n${indent}  ${push('items')}\n${indent}  ${field.name} = items\n${indent}}\n`
      )
    if (declares)
      return `${indent}const ${field.name}: ${name}[] = []\n${indent}${length}\n${indent}${push(field.name)}\n`
    return `${indent}${items}\n${indent}${length}\n${indent}${push('items')}\n${indent}${field.name} = items\n`
  }

  /** The fewest bytes that the struct takes in any version, for the check of an array's length. */
  #sizeMin(struct: Struct): number {
    let size = 0
    for (const field of struct.fields) {
      const always =
        field.versions.from <= this.#message.versions.from && field.versions.to >= this.#message.versions.to
      if (!always || field.tag !== undefined) continue
      size +=
        field.isArray || VARIABLE.has(field.type) || field.struct !== undefined ? 1 : (SIZES[field.type] as number)
    }
    return Math.max(1, size)
  }

  #readTags(tagged: readonly Field[]): string {
    const open = this.#flexible === 'true' ? '' : '  if (flexible) '
    if (tagged.length === 0) return this.#flexible === 'true' ? '  reader.skipTags()\n' : `${open}reader.skipTags()\n`
    const cases = tagged.map((field) => {
      const value = this.#readValue(field)
      const condition = this.#within(field.versions, {
        from: this.#message.flexibleFrom,
        to: this.#message.versions.to,
      })
      const read =
        value === undefined ? `{\n${this.#readArray(field, '        ', false)}      }` : `${field.name} = ${value}`
      return `      ${tagged.indexOf(field) === 0 ? '' : 'else '}if (tag === ${field.tag}${condition === '' ? '' : ` && ${condition}`}) ${read}\n`
    })
    return `${open || '  '}${open === '' ? '' : '{\n    '}for (let tagsLeft = reader.uvarint(); tagsLeft > 0; tagsLeft--) {
      const tag = reader.uvarint()
      const end = reader.tagEnd()
${cases.join('')}      else reader.position = end
      reader.endTag(end)
    }\n${open === '' ? '' : '  }\n'}`
  }

  // ---- writing ----

  #writer(struct: Struct): string {
    const name = this.#nameOf(struct)
    const tagged = struct.fields
      .filter((field) => field.tag !== undefined)
      .toSorted((a, b) => (a.tag as number) - (b.tag as number))
    const lines = struct.fields.filter((field) => field.tag === undefined).map((field) => this.#writeField(field))
    if (this.#flexible !== 'false') lines.push(this.#writeTags(tagged))
    let body = lines.join('')
    body = this.#flexibleLine(body) + body
    const parameters = `${this.#parameter(body, 'writer')}: Writer, ${this.#parameter(body, 'message')}: ${this.#inputOf(struct)}, ${this.#parameter(body, 'version')}: number`
    return `function write${name}(${parameters}): void {\n${body}}\n`
  }

  #writeField(field: Field): string {
    const condition = this.#within(field.versions, this.#message.versions)
    const statements = this.#writeValue(field, this.#valueOf(field), 'writer')
    if (condition === '') return statements.map((line) => `  ${line}\n`).join('')
    if (statements.length === 1) return `  if (${condition}) ${statements[0]}\n`
    return `  if (${condition}) {\n${statements.map((line) => `    ${line}\n`).join('')}  }\n`
  }

  #valueOf(field: Field): string {
    const value = `message.${field.name}`
    if (!this.#isOptional(field)) return value
    const fallback = this.#defaultOf(field)
    if (field.nullable === undefined || fallback === 'null') return `${value} ?? ${fallback}`
    return `${value} === undefined ? ${fallback} : ${value}`
  }

  #writeValue(field: Field, value: string, writer: string): string[] {
    const flexible = this.#flexible
    const { type } = field
    const nullable = field.nullable !== undefined
    if (field.struct !== undefined) return this.#writeStructs(field, value, writer)
    if (!field.isArray && !VARIABLE.has(type)) return [`${writer}.${type}(${value})`]
    const plural = field.isArray ? 's' : ''
    if (!nullable) return [`${writer}.${type}${plural}(${value}, ${flexible})`]
    const allowed = `${writer}.nullable${upperFirst(type)}${plural}(${value}, ${flexible})`
    const condition = this.#within(
      field.nullable,
      field.versions.from > this.#message.versions.from ? field.versions : this.#message.versions,
    )
    if (condition === '' || type === 'records') return [allowed]
    // The writer refuses a null that this version cannot carry.
    const typeName = this.#typeOf({ ...field, nullable: undefined }, true)
    return [`if (${condition}) ${allowed}`, `else ${writer}.${type}${plural}((${value}) as ${typeName}, ${flexible})`]
  }

  #writeStructs(field: Field, value: string, writer: string): string[] {
    const struct = field.struct as Struct
    const write = `write${this.#nameOf(struct)}`
    const needsName = value !== `message.${field.name}`
    const local = needsName ? field.name : value
    const head = needsName ? [`const ${field.name} = ${value}`] : []
    if (!field.isArray) {
      if (field.nullable === undefined) return [`${write}(${writer}, ${value}, version)`]
      return [
        ...head,
        `${writer}.int8(${local} === null ? -1 : 1)`,
        `if (${local} !== null) ${write}(${writer}, ${local}, version)`,
      ]
    }
    if (field.nullable === undefined)
      return [
        ...head,
        `${writer}.arrayLength(${local}.length, ${this.#flexible})`,
        `for (const item of ${local}) ${write}(${writer}, item, version)`,
      ]
    return [
      ...head,
      `${writer}.arrayLength(${local} === null ? -1 : ${local}.length, ${this.#flexible})`,
      `if (${local} !== null) for (const item of ${local}) ${write}(${writer}, item, version)`,
    ]
  }

  #writeTags(tagged: readonly Field[]): string {
    const always = this.#flexible === 'true'
    if (tagged.length === 0) return always ? '  writer.uvarint(0)\n' : '  if (flexible) writer.uvarint(0)\n'
    const conditions = tagged.map((field) => {
      const version = this.#within(field.versions, { from: this.#message.flexibleFrom, to: this.#message.versions.to })
      return `${version === '' ? '' : `${version} && `}!(${this.#isDefault(field, `message.${field.name}`)})`
    })
    const names = tagged.map((field) => `has${upperFirst(field.name)}`)
    const lines = conditions.map((condition, i) => `const ${names[i]} = ${condition}`)
    lines.push(`writer.uvarint(${names.map((name) => `(${name} ? 1 : 0)`).join(' + ')})`)
    for (const [i, field] of tagged.entries()) {
      const content = this.#writeValue(field, this.#valueOf(field), 'content')
      lines.push(
        `if (${names[i]}) {`,
        '  const content = new Writer()',
        ...content.map((line) => `  ${line}`),
        `  writer.tag(${field.tag}, content)`,
        '}',
      )
    }
    if (always) return lines.map((line) => `  ${line}\n`).join('')
    return `  if (flexible) {\n${lines.map((line) => `    ${line}\n`).join('')}  }\n`
  }
}

function apiCode(schema: ApiSchema): string {
  const request = parseMessage(schema.request, schema.versions, schema.flexible)
  const response = parseMessage(schema.response, schema.versions, schema.flexible)
  const { name } = schema
  const requestWriter = new MessageWriter(`${name}Request`, request)
  const responseWriter = new MessageWriter(`${name}Response`, response)
  const { from, to } = request.versions
  return `// ---- ${name} (${schema.key}) ----\n
${requestWriter.code()}
${responseWriter.code()}
export const ${lowerFirst(name)}Api: Api<${name}Request, ${name}Response, ${requestWriter.inputName}, ${responseWriter.inputName}> = defineApi({
  key: ${schema.key},
  name: '${name}',
  minVersion: ${from},
  maxVersion: ${to},
  latestStableVersion: ${schema.latestIsUnstable === true ? to - 1 : to},
  flexibleFrom: ${Number.isNaN(request.flexibleFrom) ? 'NEVER_FLEXIBLE' : request.flexibleFrom},
  readRequest: read${name}Request,
  writeRequest: write${name}Request,
  readResponse: read${name}Response,
  writeResponse: write${name}Response,
})
`
}

function dataCode(schema: DataSchema): string {
  const message = parseMessage(schema.fields, schema.versions, schema.flexible)
  const { name } = schema
  const writer = new MessageWriter(name, message)
  return `// ---- ${name} ----\n
${writer.code()}
export const ${lowerFirst(name)}Format: MessageFormat<${name}, ${writer.inputName}> = {
  name: '${name}',
  minVersion: ${message.versions.from},
  maxVersion: ${message.versions.to},
  recordType: ${schema.recordType ?? -1},
  read: read${name},
  write: write${name},
}
`
}

/** The imports that the code uses. */
function withImports(code: string): string {
  const uses = (name: string): boolean => new RegExp(`\\b${name}\\b`).test(code)
  const line = (names: readonly string[], from: string): string => {
    const used = names.filter((name) => uses(name.replace('type ', '')))
    return used.length === 0 ? '' : `import { ${used.join(', ')} } from '${from}'\n`
  }
  return (
    HEAD +
    line(['EMPTY_BYTES'], '../../base/index.ts') +
    line(['type Api', 'type MessageFormat', 'NEVER_FLEXIBLE', 'defineApi'], '../api.ts') +
    line(['INT64_MAX', 'type Reader', 'ZERO_UUID'], '../reader.ts') +
    line(['type RecordsInput', code.includes('new Writer(') ? 'Writer' : 'type Writer'], '../writer.ts') +
    `\n${code}`
  )
}

function indexCode(): string {
  const groups = Object.entries(apiGroups)
  const files = [...groups.map(([file]) => file), 'data']
  const constants = groups.map(([file, schemas]) => ({
    file,
    names: schemas.map((schema) => `${lowerFirst(schema.name)}Api`),
  }))
  return `${HEAD}import type { AnyApi } from '../api.ts'
${constants.map(({ file, names }) => `import { ${names.join(', ')} } from './${file}.ts'`).join('\n')}

${files.map((file) => `export * from './${file}.ts'`).join('\n')}

/** Every API that there is a codec for, by key. */
export const apis: ReadonlyMap<number, AnyApi> = new Map<number, AnyApi>(
  [${constants.flatMap(({ names }) => names).join(', ')}].map((api): [number, AnyApi] => [api.key, api]),
)
`
}

/** The text of each generated file, by its name. */
export function generateProtocol(): ReadonlyMap<string, string> {
  const files = new Map<string, string>()
  for (const [file, schemas] of Object.entries(apiGroups))
    files.set(`${file}.ts`, withImports(schemas.map(apiCode).join('\n')))
  files.set('data.ts', withImports(dataSchemas.map(dataCode).join('\n')))
  files.set('index.ts', indexCode())
  return files
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  mkdirSync(OUTPUT, { recursive: true })
  for (const [file, code] of generateProtocol()) writeFileSync(`${OUTPUT}${file}`, code)
}
