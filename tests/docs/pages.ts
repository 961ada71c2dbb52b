// The pages of docs/, and README.md, and what a program can know of them. A page holds, between its sentences:
//
//   ```ts head           what the programs of the page begin with
//   ```ts run            a program; what it prints stands in the ```text block behind it
//   <!-- signature X --> a declaration of the source, in the ```ts block behind it: `KStream.filter`, `tumbling`, `TableQuery`
//   <!-- options X -->   the members of an interface, in the table behind it
//   <!-- errors -->      the error codes, in the table behind it
//   <!-- metrics -->     the metrics that the source counts, in the table behind it
//
// expectedPage() makes what is derived anew; a page is right when nothing changes.
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ERROR_CODES } from '../../src/base/index.ts'
import { declaration, membersOf } from './public-api.ts'
import { runProgram } from './run-program.ts'

export const docsFolder: string = fileURLToPath(new URL('../../docs', import.meta.url))

export interface Page {
  /** `joins.md` */
  readonly name: string
  readonly text: string
}

export interface Program {
  readonly page: string
  /** Of its first line in the page. */
  readonly line: number
  /** With the head of the page, imports first. */
  readonly source: string
}

/** By their names in docs/; the one of the project's front is `../README.md`. */
export function readPages(): readonly Page[] {
  return readdirSync(docsFolder)
    .filter((name) => name.endsWith('.md'))
    .concat('../README.md')
    .toSorted()
    .map((name) => ({ name, text: readFileSync(join(docsFolder, name), 'utf8') }))
}

/** The programs of a page. */
export function programsOf(page: Page): readonly Program[] {
  const programs: Program[] = []
  let head = ''
  const lines = page.text.split('\n')
  for (let i = 0; i < lines.length; i++) {
    const end = fenceEnd(lines, i)
    if (end === undefined) continue
    const body = lines.slice(i + 1, end).join('\n')
    if (lines[i] === '```ts head') head = body
    if (lines[i] === '```ts run') programs.push({ page: page.name, line: i + 1, source: joined(head, body) })
    i = end
  }
  return programs
}

/** What `<!-- signature X -->` marks name, over all pages. */
export function signaturesOf(pages: readonly Page[]): ReadonlySet<string> {
  return new Set(pages.flatMap(({ text }) => [...text.matchAll(/^<!-- signature (\S+) -->$/gm)].map((m) => m[1] ?? '')))
}

/** The page with all that is derived in it made anew. */
export async function expectedPage(page: Page): Promise<string> {
  const lines = page.text.split('\n')
  const made: string[] = []
  const programs = programsOf(page).values()
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] as string
    const end = fenceEnd(lines, i)
    made.push(line)
    if (end !== undefined) {
      made.push(...lines.slice(i + 1, end + 1))
      i = end
      if (line === '```ts run') {
        made.push(...(await outputOf(programs.next().value)))
        i = skipFence(lines, i, '```text')
      }
      continue
    }
    const mark = /^<!-- (signature|options|errors|metrics)(?: (\S+))? -->$/.exec(line)
    if (mark === null) continue
    const name = mark[2] ?? ''
    switch (mark[1]) {
      case 'signature':
        made.push('```ts', ...signature(name).split('\n'), '```')
        i = skipFence(lines, i, '```ts')
        break
      case 'options':
        made.push(...optionsTable(name))
        i = skipTable(lines, i)
        break
      case 'metrics':
        made.push(...metricsTable())
        i = skipTable(lines, i)
        break
      default:
        made.push('| code | meaning |', '|---|---|')
        made.push(...Object.entries(ERROR_CODES).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`))
        i = skipTable(lines, i)
    }
  }
  return made.join('\n')
}

function fenceEnd(lines: readonly string[], start: number): number | undefined {
  if (!lines[start]?.startsWith('```')) return undefined
  const end = lines.indexOf('```', start + 1)
  return end === -1 ? undefined : end
}

/** The last line of a block that follows, blank lines between; else where we are. */
function skipFence(lines: readonly string[], at: number, opening: string): number {
  let next = at + 1
  while (lines[next] === '') next++
  if (lines[next] !== opening) return at
  return fenceEnd(lines, next) ?? at
}

function skipTable(lines: readonly string[], at: number): number {
  let last = at
  while (lines[last + 1]?.startsWith('|')) last++
  return last
}

async function outputOf(program: Program | undefined): Promise<readonly string[]> {
  if (program === undefined) return []
  try {
    const output = await runProgram(program.source)
    return output === '' ? [] : ['', '```text', ...output.trimEnd().split('\n'), '```']
  } catch (error) {
    const { stack, message } = error as Error
    throw new Error(`docs/${program.page}, the program at line ${program.line}: ${stack ?? message}`, { cause: error })
  }
}

/** Imports of both, then the rest of both. */
function joined(head: string, body: string): string {
  const [headImports, headRest] = apart(`${head}\n`)
  const [imports, rest] = apart(`${body}\n`)
  return `${headImports}${imports}${headRest}${rest}`
}

function apart(text: string): readonly [imports: string, rest: string] {
  const imports = [...text.matchAll(/^import [^'"]*?from '[^']+'\n/gm)].map((match) => match[0])
  return [imports.join(''), imports.reduce((rest, one) => rest.replace(one, ''), text)]
}

function signature(name: string): string {
  const [owner = '', member] = name.split('.')
  if (member === undefined) return declaration(owner).kind === 'class' ? classText(owner) : declaration(owner).text
  const found = membersOf(owner).find((one) => one.name === member)
  if (found === undefined) throw new Error(`${owner} has no member '${member}'`)
  return found.texts.join('\n')
}

/** The public members of a class without their bodies, each under the first line of its comment. */
function classText(name: string): string {
  const members = declaration(name).members.flatMap(({ doc, texts }) => {
    const [first = ''] = doc.split(/\n\s*\n|\n(?=@)/)
    const comment = first === '' ? [] : [`/** ${first.replace(/\s+/g, ' ')} */`]
    return [...comment, ...texts].flatMap((text) => text.split('\n').map((line) => `  ${line}`))
  })
  return [`class ${name} {`, ...members, '}'].join('\n')
}

function optionsTable(name: string): readonly string[] {
  const rows = membersOf(name).map(({ name: option, type, isOptional, doc, texts, isMethod }) => {
    const [text = '', defaultText = ''] = doc.split(/\s*@defaultValue\s+/)
    const java = /\s*((?:`[a-z_*]+(?:\.[a-z_*]+)+`(?:, )?)+)\.?$/.exec(defaultText === '' ? text : defaultText)
    const without = (sentence: string): string => (java === null ? sentence : sentence.replace(java[0], ''))
    const type_ = isMethod ? (texts[0] ?? '').replace(/^\w+\??/, '') : type
    return {
      option: `\`${option}\``,
      type: `\`${cell(type_)}\``,
      byDefault: cell(without(defaultText).replace(/\.$/, '')) || (isOptional ? '' : 'required'),
      meaning: cell(defaultText === '' ? without(text) : text),
      java: java?.[1] ?? '',
    }
  })
  const hasJava = rows.some((row) => row.java !== '')
  return [
    `| option | type | default | meaning |${hasJava ? ' Java |' : ''}`,
    `|---|---|---|---|${hasJava ? '---|' : ''}`,
    ...rows.map(
      (row) => `| ${row.option} | ${row.type} | ${row.byDefault} | ${row.meaning} |${hasJava ? ` ${row.java} |` : ''}`,
    ),
  ]
}

/** Found where the source makes them: the method that is called, the name, and what is said of it. */
function metricsTable(): readonly string[] {
  const source = fileURLToPath(new URL('../../src', import.meta.url))
  const call =
    /\.(counter|gauge|gaugeFrom|histogram)\((?:(?!\.(?:counter|gauge|histogram))[^])*?'(tidemill_\w+)'[^]*?description: '([^']+)'/g
  const rows = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .flatMap((file) => [...readFileSync(join(source, file), 'utf8').matchAll(call)])
    .map(([, kind = '', name, meaning]) => `| \`${name}\` | ${kind.replace('From', '')} | ${meaning} |`)
  return ['| metric | kind | meaning |', '|---|---|---|', ...rows.toSorted()]
}

function cell(text: string): string {
  return text
    .replace(/\{@link ([^}]+)\}/g, '`$1`')
    .replaceAll('|', '\\|')
    .replace(/\s+/g, ' ')
    .replace(/^\\\| /, '')
    .trim()
}
