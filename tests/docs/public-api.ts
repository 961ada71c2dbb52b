// What the source says of the public API: the members of its interfaces and classes with their text, read from the syntax alone.
import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Folders that public types come from. */
const FOLDERS = [
  'src/app',
  'src/base',
  'src/broker',
  'src/client',
  'src/dsl',
  'src/metrics',
  'src/processors',
  'src/query',
].concat('src/record', 'src/runtime', 'src/serde', 'src/state', 'src/testing', 'src/topology')

export interface Member {
  readonly name: string
  readonly isMethod: boolean
  readonly isOptional: boolean
  readonly isStatic: boolean
  /** The text of the declarations without comments and bodies; several for overloads. */
  readonly texts: readonly string[]
  /** The text of the type, of a property. */
  readonly type: string
  readonly doc: string
}

export interface Declaration {
  readonly name: string
  readonly kind: 'interface' | 'class' | 'function' | 'type' | 'const'
  /** From the root of the checkout. */
  readonly file: string
  readonly doc: string
  readonly extends: readonly string[]
  readonly members: readonly Member[]
  /** The text without bodies, with the comments inside. */
  readonly text: string
}

let declared: ReadonlyMap<string, Declaration> | undefined

/** Every exported declaration of the public folders, by its name (the first of two with one name) and as `folder/Name`. */
export function declarations(): ReadonlyMap<string, Declaration> {
  declared ??= readAll()
  return declared
}

export function declaration(name: string): Declaration {
  const found = declarations().get(name)
  if (found === undefined) throw new Error(`the source exports no '${name}'`)
  return found
}

/** A member of an interface or class, inherited ones included. */
export function membersOf(name: string): readonly Member[] {
  const { members, extends: parents } = declaration(name)
  const inherited = parents.flatMap((parent) => (declarations().has(parent) ? membersOf(parent) : []))
  // One that is declared again keeps its place.
  return [...new Map([...inherited, ...members].map((member) => [member.name, member])).values()]
}

/** The public members that are functions, without the phantoms of types. */
export function operatorsOf(name: string): readonly string[] {
  return declaration(name)
    .members.filter((member) => member.isMethod && /^\w+$/.test(member.name))
    .map((member) => member.name)
}

function readAll(): ReadonlyMap<string, Declaration> {
  const all = new Map<string, Declaration>()
  for (const folder of FOLDERS.flatMap((one) => filesUnder(one))) {
    for (const one of readFile(folder)) {
      const inFolder = `${one.file.split('/')[1]}/${one.name}`
      if (!all.has(one.name)) all.set(one.name, one)
      if (!all.has(inFolder)) all.set(inFolder, one)
    }
  }
  return all
}

function filesUnder(folder: string): readonly string[] {
  let entries: readonly string[]
  try {
    entries = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
  } catch {
    return []
  }
  return entries
    .filter((file) => file.endsWith('.ts') && !/\.(test|contract)\.ts$|harness/.test(file))
    .map((file) => relative('.', join(folder, file)).replaceAll('\\', '/'))
    .toSorted()
}

function readFile(file: string): readonly Declaration[] {
  const text = readFileSync(join(root, file), 'utf8')
  if (!text.includes('export ')) return []
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true)
  return source.statements.flatMap((statement) => readStatement(statement, source, file))
}

function readStatement(node: ts.Statement, source: ts.SourceFile, file: string): readonly Declaration[] {
  if (!hasModifier(node, ts.SyntaxKind.ExportKeyword)) return []
  const common = { file, doc: docOf(node), text: textOf(node, source), extends: [], members: [] }
  if (ts.isInterfaceDeclaration(node) || ts.isClassDeclaration(node)) {
    return [
      {
        ...common,
        name: node.name?.text ?? '',
        kind: ts.isClassDeclaration(node) ? 'class' : 'interface',
        extends: parentsOf(node, source),
        members: readMembers(node, source),
      },
    ]
  }
  if (ts.isFunctionDeclaration(node)) return [{ ...common, name: node.name?.text ?? '', kind: 'function' }]
  if (ts.isTypeAliasDeclaration(node)) {
    return [{ ...common, name: node.name.text, kind: 'type', ...aliasParts(node.type, source) }]
  }
  if (ts.isVariableStatement(node)) {
    return node.declarationList.declarations.map((one) => ({
      ...common,
      name: one.name.getText(source),
      kind: 'const' as const,
    }))
  }
  return []
}

/** Members of a type that is made of others: `A & B & { ... }`, and of all sides of a union. */
function aliasParts(type: ts.TypeNode, source: ts.SourceFile): Pick<Declaration, 'extends' | 'members'> {
  if (ts.isParenthesizedTypeNode(type)) return aliasParts(type.type, source)
  if (ts.isTypeLiteralNode(type)) return { extends: [], members: readMembers(type, source) }
  if (ts.isTypeReferenceNode(type)) return { extends: [type.typeName.getText(source)], members: [] }
  if (!ts.isIntersectionTypeNode(type) && !ts.isUnionTypeNode(type)) return { extends: [], members: [] }
  const parts = type.types.map((one) => aliasParts(one, source))
  const members = new Map(parts.flatMap((part) => part.members).map((member) => [member.name, member]))
  for (const { members: own } of parts) {
    for (const member of own) if (member.type !== 'never') members.set(member.name, member)
  }
  return { extends: parts.flatMap((part) => part.extends), members: [...members.values()] }
}

/** Names in `extends`, looking through Omit and Pick. */
function parentsOf(node: ts.InterfaceDeclaration | ts.ClassDeclaration, source: ts.SourceFile): readonly string[] {
  return (node.heritageClauses ?? [])
    .filter((clause) => clause.token === ts.SyntaxKind.ExtendsKeyword)
    .flatMap((clause) => clause.types)
    .map((type) => {
      const name = type.expression.getText(source)
      const [first] = type.typeArguments ?? []
      const isPart = name === 'Omit' || name === 'Pick'
      return isPart && first !== undefined && ts.isTypeReferenceNode(first) ? first.typeName.getText(source) : name
    })
}

type WithMembers = ts.InterfaceDeclaration | ts.ClassDeclaration | ts.TypeLiteralNode

function readMembers(node: WithMembers, source: ts.SourceFile): readonly Member[] {
  const members = new Map<string, Member>()
  for (const one of node.members as ts.NodeArray<ts.ClassElement | ts.TypeElement>) {
    if (isHidden(one)) continue
    const name = ts.isConstructorDeclaration(one) ? 'constructor' : (one.name?.getText(source) ?? '')
    const before = members.get(name)
    // The implementation of overloads is no signature.
    if (before !== undefined && 'body' in one && one.body !== undefined) continue
    members.set(name, {
      name,
      isMethod: ts.isMethodSignature(one) || ts.isMethodDeclaration(one),
      isOptional: 'questionToken' in one && one.questionToken !== undefined,
      isStatic: hasModifier(one, ts.SyntaxKind.StaticKeyword),
      texts: [...(before?.texts ?? []), textOf(one, source).replace(/;$/, '')],
      type: 'type' in one && one.type !== undefined ? (one.type as ts.TypeNode).getText(source) : '',
      doc: before?.doc ?? docOf(one),
    })
  }
  return [...members.values()]
}

function isHidden(node: ts.ClassElement | ts.TypeElement): boolean {
  if (node.name !== undefined && ts.isPrivateIdentifier(node.name)) return true
  if (hasModifier(node, ts.SyntaxKind.PrivateKeyword)) return true
  return docOf(node).includes('@internal')
}

function hasModifier(node: ts.Node, kind: ts.SyntaxKind): boolean {
  return ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some((modifier) => modifier.kind === kind)
}

/** The text of the doc comment, without its stars. */
function docOf(node: ts.Node): string {
  const docs = (node as { readonly jsDoc?: readonly ts.JSDoc[] }).jsDoc ?? []
  const last = docs.at(-1)
  if (last === undefined) return ''
  return last
    .getText()
    .replace(/^\/\*\*[ \t]?|\s*\*\/$/g, '')
    .replace(/^[ \t]*\* ?/gm, '')
    .trim()
}

/** Source text without doc comment, modifiers and body, moved to the left margin. */
function textOf(node: ts.Node, source: ts.SourceFile): string {
  const start = node.getStart(source)
  const body = (node as { readonly body?: ts.Node }).body
  const text = source.text.slice(start, body === undefined ? node.getEnd() : body.getFullStart()).trimEnd()
  const indent = start - (source.text.lastIndexOf('\n', start) + 1)
  return text.replaceAll(`\n${' '.repeat(indent)}`, '\n').replace(/^(?:export |async |declare )+/, '')
}

/** The files that users import, by the name of the module. */
export const ENTRIES: Readonly<Record<string, string>> = {
  tidemill: 'src/index.ts',
  'tidemill/broker': 'src/app/broker.ts',
  'tidemill/client': 'src/app/client.ts',
  'tidemill/formats': 'src/app/formats.ts',
  'tidemill/testing': 'src/testing/index.ts',
}

/** What an entry exports: declarations by the names that users know. */
export function exportsOf(file: string): ReadonlyMap<string, Declaration> {
  const path = join(root, file)
  const source = ts.createSourceFile(file, readFileSync(path, 'utf8'), ts.ScriptTarget.ES2023, true)
  const found = new Map(readFile(file).map((one) => [one.name, one]))
  for (const statement of source.statements) {
    if (!ts.isExportDeclaration(statement) || statement.moduleSpecifier === undefined) continue
    const target = (statement.moduleSpecifier as ts.StringLiteral).text
    const from = exportsOf(relative('.', join(dirname(file), target)).replaceAll('\\', '/'))
    const clause = statement.exportClause
    if (clause === undefined) for (const [name, one] of from) found.set(name, one)
    else if (ts.isNamedExports(clause)) {
      for (const { name, propertyName } of clause.elements) {
        const one = from.get((propertyName ?? name).text)
        if (one !== undefined) found.set(name.text, one)
      }
    }
  }
  return found
}
