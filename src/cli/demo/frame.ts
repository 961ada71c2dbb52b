// The demo's page as lines of styled text: drawn on a terminal, printed plainly into a pipe, or written as a picture.
import type { Example } from './examples.ts'
import type { Results, Throughput } from './results.ts'

export type Style = 'plain' | 'bold' | 'dim' | 'accent'
export type Segment = readonly [text: string, style: Style]
export type Line = readonly Segment[]

export interface FrameInput {
  readonly address: string
  readonly dir: string
  readonly guarantee: string
  readonly upSeconds: number
  readonly examples: readonly Example[]
  readonly throughput: ReadonlyMap<string, Throughput>
  readonly results: Results
}

const WORDS_SHOWN = 12
const CLICKS_SHOWN = 6
const BAR_WIDTH = 28

export function drawFrame(input: FrameInput): readonly Line[] {
  return [
    [
      ['Tidemill', 'bold'],
      [
        ` three applications, ${input.guarantee}, on a broker in this process: ${input.address}, data in ${input.dir}, up ${input.upSeconds} s`,
        'dim',
      ],
    ],
    [],
    ...input.examples.flatMap((example) => [
      heading(example, input.throughput.get(example.id)),
      ...body(example.id, input.results),
      [],
    ]),
    ...hints(input),
  ]
}

function heading(example: Example, throughput: Throughput | undefined): Line {
  const figures =
    throughput === undefined
      ? ''
      : `  ${throughput.fedPerSecond} records/s in, ${throughput.resultsPerSecond} results/s out, lag ${throughput.lag}`
  return [
    [example.title, 'accent'],
    [figures, 'dim'],
  ]
}

function body(id: string, results: Results): readonly Line[] {
  if (id === 'word-count') return words(results)
  return id === 'stock-statistics' ? stocks(results) : clicks(results)
}

function words(results: Results): readonly Line[] {
  const top = [...results.counts].toSorted((a, b) => b[1] - a[1]).slice(0, WORDS_SHOWN)
  const most = top[0]?.[1] ?? 1
  return top.map(([word, count]) => [
    [`  ${word.padEnd(12)} ${String(count).padStart(8)} `, 'plain'],
    ['█'.repeat(Math.max(1, Math.round((count / most) * BAR_WIDTH))), 'accent'],
  ])
}

function stocks(results: Results): readonly Line[] {
  const rows = [...results.windows].toSorted((a, b) => (a[0] < b[0] ? -1 : 1))
  if (rows.length === 0) return []
  return [
    [['  symbol  window from     trades       min   average', 'dim']],
    ...rows.map(([symbol, row]): Line => {
      const from = new Date(row.start).toISOString().slice(11, 19)
      return [
        [
          `  ${symbol.padEnd(6)}  ${from} (5 s)  ${String(row.count).padStart(6)}  ${row.min.toFixed(2).padStart(8)}  ${row.average.toFixed(2).padStart(8)}`,
          'plain',
        ],
      ]
    }),
  ]
}

function clicks(results: Results): readonly Line[] {
  const last = results.clicks.slice(-CLICKS_SHOWN)
  if (last.length === 0) return []
  return [
    [['  visitor     zip    page           then searched for', 'dim']],
    ...last.map((click): Line => [
      [`  ${click.user.padEnd(10)}  ${click.zip.padEnd(5)}  ${click.page.padEnd(13)}  ${click.searched}`, 'plain'],
    ]),
  ]
}

function hints(input: FrameInput): readonly Line[] {
  return [
    [
      ['Look in:  ', 'dim'],
      [`npx tidemill -b ${input.address} consume word-counts --keys --value-format int64`, 'plain'],
    ],
    [
      ['          ', 'dim'],
      [`kcat -b ${input.address} -C -t user-activity`, 'plain'],
    ],
    [['Ctrl-C ends it; started again, it goes on where it stopped.', 'dim']],
  ]
}

const ANSI: Readonly<Record<Style, string>> = { plain: '', bold: '\u001b[1m', dim: '\u001b[2m', accent: '\u001b[36m' }

export function toAnsi(lines: readonly Line[]): string {
  return lines
    .map((line) => line.map(([text, style]) => (ANSI[style] === '' ? text : `${ANSI[style]}${text}\u001b[0m`)).join(''))
    .join('\n')
}

const COLOURS: Readonly<Record<Style, string>> = {
  plain: '#d6deeb',
  bold: '#ffffff',
  dim: '#7f8ea3',
  accent: '#5ccfe6',
}
const CHARACTER_WIDTH = 8.4
const LINE_HEIGHT = 19
const MARGIN = 18

/** The page as a picture: the same lines, set in a monospaced font. */
export function toSvg(lines: readonly Line[]): string {
  const columns = Math.max(...lines.map((line) => line.reduce((sum, [text]) => sum + text.length, 0)))
  const width = Math.ceil(columns * CHARACTER_WIDTH + 2 * MARGIN)
  const height = lines.length * LINE_HEIGHT + 2 * MARGIN
  const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  const texts = lines.map((line, row) => {
    const spans = line.map(
      ([text, style]) =>
        `<tspan fill="${COLOURS[style]}"${style === 'bold' ? ' font-weight="bold"' : ''}>${escape(text)}</tspan>`,
    )
    return `<text x="${MARGIN}" y="${MARGIN + (row + 0.75) * LINE_HEIGHT}" xml:space="preserve">${spans.join('')}</text>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="14">
<rect width="100%" height="100%" rx="8" fill="#0f1724"/>
${texts.join('\n')}
</svg>
`
}

/** One line for an output that is not a terminal. */
export function toPlainLine(input: FrameInput): string {
  const parts = input.examples.map((example) => {
    const throughput = input.throughput.get(example.id)
    return `${example.id}: ${throughput?.fedPerSecond ?? 0}/s in, ${throughput?.resultsPerSecond ?? 0}/s out, lag ${throughput?.lag ?? 0}`
  })
  const top = [...input.results.counts].toSorted((a, b) => b[1] - a[1]).slice(0, 3)
  return `${String(input.upSeconds).padStart(4)} s  ${parts.join(' | ')} | top words ${top.map(([word, count]) => `${word} ${count}`).join(', ')}`
}
