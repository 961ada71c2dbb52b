// How restoring goes, for people: a bar on a terminal, a line every few seconds elsewhere, and a summary when all is read back.
// What is done at once is not worth a line.
import { type Clock, systemClock } from '../base/index.ts'
import { type RestoreProgress, RestoreTotals } from '../runtime/index.ts'

export interface RestoreDisplayOptions {
  readonly clock: Clock
  readonly isTerminal: boolean
  /** Where it goes: standard error, without line ends of its own. */
  readonly write: (text: string) => void
}

const BAR_WIDTH = 24
const DRAW_EVERY_MS = 100
const LINE_EVERY_MS = 5_000
/** What takes less is not told. */
const WORTH_TELLING_MS = 1_000
const CLEAR_LINE = '\r\u001b[K'

export class RestoreDisplay {
  readonly #options: RestoreDisplayOptions
  readonly #totals: RestoreTotals
  #toldAtMs = 0
  #isDrawn = false

  constructor(options: RestoreDisplayOptions) {
    this.#options = options
    this.#totals = new RestoreTotals(options.clock)
  }

  /** Give it to `onRestore`. */
  update(progress: RestoreProgress): void {
    const nowMs = this.#options.clock.monotonicMs()
    if (this.#totals.openCount === 0) this.#toldAtMs = nowMs
    this.#totals.update(progress)
    if (this.#totals.openCount === 0) this.#end()
    else if (progress.phase === 'started' || progress.phase === 'progress') this.#tell(nowMs)
  }

  #tell(nowMs: number): void {
    const { isTerminal, write } = this.#options
    const isEarly = nowMs - this.#toldAtMs < (isTerminal ? DRAW_EVERY_MS : LINE_EVERY_MS)
    if (isEarly || this.#totals.elapsedMs < WORTH_TELLING_MS) return
    this.#toldAtMs = nowMs
    const text = describe(this.#totals, isTerminal)
    write(isTerminal ? `${CLEAR_LINE}${text}` : `${text}\n`)
    this.#isDrawn = isTerminal
  }

  #end(): void {
    const { write } = this.#options
    const { finishedCount, finishedRecords, elapsedMs } = this.#totals
    if (this.#isDrawn) write(CLEAR_LINE)
    this.#isDrawn = false
    if (elapsedMs < WORTH_TELLING_MS) return
    write(`restored ${finishedCount} store partitions: ${grouped(finishedRecords)} records in ${seconds(elapsedMs)}\n`)
  }
}

/** On standard error, as a terminal or a pipe shows it. */
export function openRestoreDisplay(): RestoreDisplay {
  return new RestoreDisplay({
    clock: systemClock,
    isTerminal: process.stderr.isTTY,
    write: (text) => void process.stderr.write(text),
  })
}

function describe(totals: RestoreTotals, withBar: boolean): string {
  const { done, total } = totals.offsets()
  const share = total === 0 ? 1 : Math.min(1, done / total)
  const perSecond = (done * 1_000) / Math.max(1, totals.elapsedMs)
  const etaMs = totals.etaMs()
  const left = etaMs === undefined ? '' : `, ${seconds(etaMs)} left`
  const filled = Math.round(share * BAR_WIDTH)
  const bar = withBar ? `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)} ` : ''
  return `restoring ${totals.openCount} store partitions ${bar}${Math.floor(share * 100)} %, ${grouped(done)} of ${grouped(total)}, ${grouped(Math.round(perSecond))}/s${left}`
}

function seconds(ms: number): string {
  return ms < 10_000 ? `${(ms / 1_000).toFixed(1)} s` : `${Math.round(ms / 1_000)} s`
}

function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',')
}
