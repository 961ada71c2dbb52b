// The documentation is what the code does: programs compile and print what stands below them, signatures and tables are the source's,
// every operator has its section, and every link leads somewhere.
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { compilePrograms } from './compile-programs.ts'
import { drawings } from './drawings.ts'
import { docsFolder, expectedPage, programsOf, readPages, signaturesOf } from './pages.ts'
import { declarations, operatorsOf } from './public-api.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const pages = readPages()
const programs = pages.flatMap((page) => programsOf(page))

/** All of whose methods are operators that a page describes. */
const FACES = ['KStream', 'KTable', 'KGroupedStream', 'KGroupedTable', 'TimeWindowedKStream', 'SessionWindowedKStream']
  .concat('CogroupedKStream', 'TimeWindowedCogroupedKStream', 'SessionWindowedCogroupedKStream')
  .concat(
    'StreamsBuilder',
    'TopologyBuilder',
    'Stores',
    'ProcessingContext',
    'ProcessorContext',
    'FixedKeyProcessorContext',
  )
  .concat('Streams', 'TopologyTestDriver', 'TestInputTopic', 'TestOutputTopic', 'ProcessorTestDriver')

test.each(pages)('$name says what the code says (npm run docs writes it)', async (page) => {
  expect(page.text).toBe(await expectedPage(page))
})

test.each(Object.entries(drawings()))('%s shows what a topology gives', (name, text) => {
  expect(readFileSync(join(docsFolder, name), 'utf8')).toBe(text)
})

test('every program of the documentation compiles', { timeout: 60_000 }, () => {
  expect(programs.length).toBeGreaterThan(0)
  const sources = Object.fromEntries(
    programs.map(({ page, line, source }) => [
      `${page.replace(/^..\/|\.md$/g, '')}-${line}.ts`,
      `${source}\nexport {}\n`,
    ]),
  )
  expect(compilePrograms(sources).map(({ file, line, message }) => `docs/${file} line ${line}: ${message}`)).toEqual([])
})

test('every operator has a section', () => {
  const described = signaturesOf(pages)
  // The interfaces of the DSL are all in one folder: one that is new is found.
  const faces = [...declarations().values()].filter(
    ({ file, kind, name }) => file.startsWith('src/dsl/api/') && kind === 'interface' && operatorsOf(name).length > 0,
  )
  const names = new Set([
    ...FACES,
    ...faces.map((face) => face.name).filter((name) => !/Options$|AndSubtract$|^Synchronous$/.test(name)),
  ])
  const missing = [...names].flatMap((name) =>
    described.has(name)
      ? []
      : operatorsOf(name)
          .map((member) => `${name}.${member}`)
          .filter((one) => !described.has(one)),
  )
  expect(missing).toEqual([])
})

test('a section stands below a heading with the name of what it describes', () => {
  const misplaced = pages.flatMap(({ name, text }) => {
    let heading = ''
    return text.split('\n').flatMap((line) => {
      if (/^#+ /.test(line)) heading = line
      const operator = /^<!-- signature (?:KStream|KTable)\.(\w+) -->$/.exec(line)?.[1]
      return operator === undefined || heading.includes(operator) ? [] : [`${name}: ${operator} below '${heading}'`]
    })
  })
  expect(misplaced).toEqual([])
})

test('every link leads to a file and a heading that exist', () => {
  const files = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md']
    .map((name) => join(root, name))
    .concat(pages.map(({ name }) => join(docsFolder, name)))
  const broken = files.flatMap((file) => {
    const text = readFileSync(file, 'utf8').replace(/^```.*?^```$/gms, '')
    return [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = '']) => {
      if (/^https?:/.test(target)) return []
      const [path = '', anchor] = target.split('#')
      const to = path === '' ? file : join(dirname(file), path)
      const isThere = existsSync(to) && (anchor === undefined || anchorsOf(to).has(anchor))
      return isThere ? [] : [`${file.slice(root.length)}: ${target}`]
    })
  })
  expect(broken).toEqual([])
})

test('the index of the documentation links every page', () => {
  const index = readFileSync(join(docsFolder, 'README.md'), 'utf8')
  expect(
    pages.map(({ name }) => name).filter((name) => !name.endsWith('README.md') && !index.includes(`](${name})`)),
  ).toEqual([])
})

/** As GitHub makes them of headings. */
function anchorsOf(file: string): ReadonlySet<string> {
  const headings = readFileSync(file, 'utf8').matchAll(/^#+ (.*)$/gm)
  return new Set(
    [...headings].map(([, title = '']) =>
      title
        .toLowerCase()
        .replace(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    ),
  )
}
