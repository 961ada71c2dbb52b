// The drawings of docs/windows.md. What they show was computed: the same records go through a topology with each kind of windows, and
// its table is drawn.
import { type Windowed, type Windows, StreamsBuilder, serdes, topic } from 'tidemill'
import { hopping, session, sliding, tumbling, unlimited, windows } from 'tidemill'
import { TopologyTestDriver } from 'tidemill/testing'

const readings = topic('readings', { key: serdes.string, value: serdes.string })

/** Seconds of the records in the drawings of windows, all of one key. */
const RECORDS = [4, 9, 16, 29, 33, 51]
const END_SECOND = 60

interface Bar {
  readonly from: number
  readonly to: number
  readonly count: number
  /** Both ends belong to it. */
  readonly isClosed: boolean
}

/** The drawings by the names of their files. */
export function drawings(): Readonly<Record<string, string>> {
  const shifts = [0, 15, 40, 60]
  const custom = windows({
    size: '25s',
    windowsFor: (timestamp) => {
      const index = shifts.findLastIndex((start) => start * 1_000 <= timestamp)
      return [{ start: (shifts[index] ?? 0) * 1_000, end: (shifts[index + 1] ?? 0) * 1_000 }]
    },
  })
  return {
    'windows-tumbling.svg': windowDrawing('tumbling({ size: 20s })', tumbling({ size: '20s' })),
    'windows-hopping.svg': windowDrawing(
      'hopping({ size: 20s, advance: 10s })',
      hopping({ size: '20s', advance: '10s' }),
    ),
    'windows-sliding.svg': windowDrawing('sliding({ timeDifference: 20s })', sliding({ timeDifference: '20s' })),
    'windows-session.svg': windowDrawing('session({ inactivityGap: 10s })', session({ inactivityGap: '10s' })),
    'windows-unlimited.svg': windowDrawing('unlimited({ start: 8s })', unlimited({ start: 8_000 })),
    'windows-custom.svg': windowDrawing('windows({ ... }): shifts of 15, 25 and 20 s', custom),
    'grace.svg': graceDrawing(),
    'emit.svg': emitDrawing(),
  }
}

/** The windows of the records with their counts, in the order of their starts. */
function countsOf(kind: Windows): readonly Bar[] {
  const builder = new StreamsBuilder()
  const last = new Map<string, Bar>()
  const grouped = builder.stream(readings).groupByKey()
  // The overloads are of one kind each.
  const table = kind.kind === 'session' ? grouped.windowedBy(kind).count() : grouped.windowedBy(kind).count()
  table.toStream().foreach((count, { window }: Windowed<string>) => {
    const id = `${window.start}-${window.end}`
    if (count === null) return void last.delete(id)
    const isClosed = kind.kind === 'sliding' || kind.kind === 'session'
    last.set(id, { from: window.start / 1_000, to: window.end / 1_000, count, isClosed })
  })
  using driver = new TopologyTestDriver(builder.build())
  for (const second of RECORDS) driver.inputTopic(readings).pipe({ key: 'a', value: 'x', timestamp: second * 1_000 })
  return [...last.values()].toSorted((a, b) => a.from - b.from || a.to - b.to)
}

const WIDTH = 720
const LEFT = 24
const RIGHT = 24
const INK = '#1f2933'
const QUIET = '#7b8794'
const BAR = '#bcdcf5'
const EDGE = '#2b6cb0'
const DOT = '#c2410c'

const round = (value: number): number => Math.round(value * 10) / 10
const x = (second: number): number => round(LEFT + ((WIDTH - LEFT - RIGHT) * second) / END_SECOND)

function windowDrawing(title: string, kind: Windows): string {
  const bars = countsOf(kind)
  const lanes = lanesOf(bars)
  const laneCount = Math.max(...lanes) + 1
  const axis = 44 + laneCount * 26
  return svg(axis + 34, `${title}: which windows the records fall into, and their counts`, [
    text(LEFT, 20, title, { weight: 'bold' }),
    ...RECORDS.map((second) => line(x(second), 30, x(second), axis, '#e4e7eb')),
    ...bars.flatMap((bar, i) => barOf(bar, 34 + (lanes[i] ?? 0) * 26)),
    ...axisOf(axis, 10),
    ...RECORDS.map((second) => dot(x(second), axis)),
  ])
}

/** Each bar in the first lane where it lies clear of the others. */
function lanesOf(bars: readonly Bar[]): readonly number[] {
  const ends: number[] = []
  return bars.map((bar) => {
    const free = ends.findIndex((end) => end <= bar.from - (bar.isClosed ? 0.5 : 0))
    const lane = free === -1 ? ends.length : free
    ends[lane] = Math.min(bar.to, END_SECOND)
    return lane
  })
}

function barOf({ from, to, count, isClosed }: Bar, top: number): readonly string[] {
  const isEndless = to === Infinity
  const left = x(from)
  const width = Math.max(round(Math.min(x(to), WIDTH - 8) - left), 16)
  return [
    `<rect x="${left}" y="${top}" width="${width}" height="20" rx="${isClosed ? 8 : 0}" fill="${BAR}" stroke="${EDGE}"/>`,
    text(left + width / 2, top + 14, isEndless ? `${count}, and on without end` : String(count), { anchor: 'middle' }),
  ]
}

function axisOf(y: number, step: number): readonly string[] {
  const ticks = Array.from({ length: END_SECOND / step + 1 }, (_, i) => i * step)
  return [
    line(LEFT, y, WIDTH - RIGHT, y, INK),
    ...ticks.flatMap((second) => [
      line(x(second), y, x(second), y + 5, INK),
      text(x(second), y + 20, `${second} s`, { anchor: 'middle', fill: QUIET }),
    ]),
  ]
}

/** One window, its grace, and records on time, late and too late. */
function graceDrawing(): string {
  const axis = 120
  const zone = (from: number, to: number, label: string, fill: string): readonly string[] => [
    `<rect x="${x(from)}" y="52" width="${round(x(to) - x(from))}" height="30" fill="${fill}" stroke="${EDGE}"/>`,
    text((x(from) + x(to)) / 2, 72, label, { anchor: 'middle' }),
  ]
  return svg(axis + 62, 'A tumbling window of 20 s with a grace of 10 s, along stream time', [
    text(LEFT, 20, 'tumbling({ size: 20s, grace: 10s }): the window 0..20 s, along stream time', { weight: 'bold' }),
    ...zone(0, 20, 'the window: records on time', BAR),
    ...zone(20, 30, 'grace', '#fde9c8'),
    ...zone(30, 60, 'closed: a record of 0..20 s is dropped and counted', '#f1f3f5'),
    ...axisOf(axis, 10),
    line(x(20), 42, x(20), axis, EDGE),
    text(x(20), 40, 'end', { anchor: 'middle', fill: QUIET }),
    line(x(30), 42, x(30), axis, EDGE),
    text(x(30), 40, 'closes', { anchor: 'middle', fill: QUIET }),
    text(
      LEFT,
      axis + 44,
      'Stream time is the highest timestamp so far. It never goes back, and only records move it.',
      { fill: QUIET },
    ),
  ])
}

interface Step {
  readonly second: number
  readonly streamTime: number
  readonly state: 'open' | 'grace' | 'closed'
  readonly outputs: readonly string[]
}

const EMIT_SECONDS = [3, 14, 24, 8, 31, 12, 45]

/** What three ways of emitting send on, record by record. */
function emitDrawing(): string {
  const rows = ['record at', 'stream time', 'window 0..20 s', 'emit on update', 'emit on close', 'suppress']
  const steps = emitSteps()
  const column = (i: number): number => round(150 + i * 80)
  const row = (i: number): number => 62 + i * 30
  const cells = steps.flatMap(({ second, streamTime, state, outputs }, i) => {
    const values = [`${second} s`, `${streamTime} s`, state, ...outputs]
    const fill = { open: BAR, grace: '#fde9c8', closed: '#f1f3f5' }[state]
    return [
      `<rect x="${column(i)}" y="${row(2) - 19}" width="78" height="26" fill="${fill}"/>`,
      ...values.map((value, j) =>
        text(column(i) + 39, row(j), value, {
          anchor: 'middle',
          ...(j > 2 && value !== '-' && { fill: DOT, weight: 'bold' }),
        }),
      ),
    ]
  })
  return svg(row(rows.length - 1) + 62, 'What is sent on for the window 0..20 s, record by record', [
    text(LEFT, 24, 'count of the window 0..20 s with a grace of 10 s, record by record', { weight: 'bold' }),
    ...rows.map((name, i) => text(LEFT, row(i), name, { fill: QUIET })),
    ...cells,
    text(LEFT, row(rows.length - 1) + 30, 'The record at 8 s comes late, within grace, and is counted.', {
      fill: QUIET,
    }),
    text(LEFT, row(rows.length - 1) + 48, 'The record at 12 s comes when the window is closed, and is dropped.', {
      fill: QUIET,
    }),
  ])
}

function emitSteps(): readonly Step[] {
  const outputs: string[][] = [[], [], []]
  const grace = { size: '20s', grace: '10s' } as const
  const builder = new StreamsBuilder()
  const grouped = builder.stream(readings).groupByKey()
  const ways = [
    grouped.windowedBy(tumbling(grace)).count(),
    grouped.windowedBy(tumbling(grace), { emit: 'on-window-close' }).count(),
    grouped.windowedBy(tumbling(grace)).count().suppress({ until: 'window-closes' }),
  ]
  for (const [i, table] of ways.entries()) {
    table.toStream().foreach((count, { window }) => {
      if (window.start === 0) outputs[i]?.push(String(count))
    })
  }
  using driver = new TopologyTestDriver(builder.build())
  let streamTime = 0
  return EMIT_SECONDS.map((second) => {
    streamTime = Math.max(streamTime, second)
    driver.inputTopic(readings).pipe({ key: 'a', value: 'x', timestamp: second * 1_000 })
    const state = streamTime < 20 ? 'open' : streamTime < 30 ? 'grace' : 'closed'
    return { second, streamTime, state, outputs: outputs.map((made) => made.splice(0).join(', ') || '-') }
  })
}

interface TextOptions {
  readonly anchor?: 'middle'
  readonly fill?: string
  readonly weight?: 'bold'
}

function text(left: number, top: number, words: string, { anchor, fill = INK, weight }: TextOptions = {}): string {
  const extra = `${anchor === undefined ? '' : ` text-anchor="${anchor}"`}${weight === undefined ? '' : ` font-weight="${weight}"`}`
  return `<text x="${round(left)}" y="${top}" fill="${fill}"${extra}>${words}</text>`
}

function line(x1: number, y1: number, x2: number, y2: number, stroke: string): string {
  return `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="${stroke}"/>`
}

function dot(left: number, top: number): string {
  return `<circle cx="${left}" cy="${top}" r="5" fill="${DOT}"/>`
}

function svg(height: number, title: string, parts: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" font-family="sans-serif" font-size="13">`,
    `<title>${title}</title>`,
    `<rect width="${WIDTH}" height="${height}" rx="6" fill="#ffffff" stroke="#e4e7eb"/>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n')
}
