// How restoring goes, for people: a bar on a terminal, a line every few seconds elsewhere, and a summary when all is read back.
// What is done at once is not worth a line.
import { type Clock, systemClock } from '../base/index.ts'
import type { RestoreProgress } from '../runtime/index.ts'

export interface RestoreDisplayOptions {
  readonly clock: Clock
  readonly isTerminal: boolean
  /** Where it goes: standard error, without line ends of its own. */
  readonly write: (text: string) => void
}

interface Totals {
  readonly stores: number
  readonly done: number
  readonly total: number
}

const BAR_WIDTH = 24
const DRAW_EVERY_MS = 100
const LINE_EVERY_MS = 5_000
/** What takes less is not told. */
const WORTH_TELLING_MS = 1_000
const CLEAR_LINE = '\r\u001b[K'

export class RestoreDisplay {
  readonly #options: RestoreDisplayOptions
  readonly #open = new Map<string, RestoreProgress>()
  /** Of those that are finished since the first began. */
  #finishedOffsets = 0
  #finishedStores = 0
  #records = 0
  #sinceMs = 0
  #toldAtMs = 0
  #isDrawn = false

  constructor(options: RestoreDisplayOptions) {
    this.#options = options
  }

  /** Give it to `onRestore`. */
  update(progress: RestoreProgress): void {
    const nowMs = this.#options.clock.monotonicMs()
    const key = `${progress.topic}-${progress.partition}`
    if (this.#open.size === 0) this.#begin(nowMs)
    if (progress.phase === 'started' || progress.phase === 'progress') {
      this.#open.set(key, progress)
      this.#tell(nowMs)
      return
    }
    this.#open.delete(key)
    this.#finishedOffsets += progress.offset - progress.startOffset
    this.#finishedStores++
    this.#records += progress.records
    if (this.#open.size === 0) this.#end(nowMs)
  }

  #begin(nowMs: number): void {
    this.#finishedOffsets = this.#finishedStores = this.#records = 0
    this.#sinceMs = this.#toldAtMs = nowMs
  }

  #tell(nowMs: number): void {
    const { isTerminal, write } = this.#options
    const elapsedMs = nowMs - this.#sinceMs
    if (elapsedMs < WORTH_TELLING_MS || nowMs - this.#toldAtMs < (isTerminal ? DRAW_EVERY_MS : LINE_EVERY_MS)) return
    this.#toldAtMs = nowMs
    const text = describe(this.#totals(), elapsedMs, isTerminal)
    write(isTerminal ? `${CLEAR_LINE}${text}` : `${text}\n`)
    this.#isDrawn = isTerminal
  }

  #end(nowMs: number): void {
    const { write } = this.#options
    if (this.#isDrawn) write(CLEAR_LINE)
    this.#isDrawn = false
    const elapsedMs = nowMs - this.#sinceMs
    if (elapsedMs < WORTH_TELLING_MS) return
    write(
      `restored ${this.#finishedStores} store partitions: ${grouped(this.#records)} records in ${seconds(elapsedMs)}\n`,
    )
  }

  #totals(): Totals {
    let done = this.#finishedOffsets
    let total = this.#finishedOffsets
    for (const { startOffset, endOffset, offset } of this.#open.values()) {
      done += offset - startOffset
      total += endOffset - startOffset
    }
    return { stores: this.#open.size, done, total }
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

function describe({ stores, done, total }: Totals, elapsedMs: number, withBar: boolean): string {
  const share = total === 0 ? 1 : Math.min(1, done / total)
  const perSecond = (done * 1_000) / Math.max(1, elapsedMs)
  const left = perSecond > 0 ? `, ${seconds(((total - done) * 1_000) / perSecond)} left` : ''
  const filled = Math.round(share * BAR_WIDTH)
  const bar = withBar ? `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)} ` : ''
  return `restoring ${stores} store partitions ${bar}${Math.floor(share * 100)} %, ${grouped(done)} of ${grouped(total)}, ${grouped(Math.round(perSecond))}/s${left}`
}

function seconds(ms: number): string {
  return ms < 10_000 ? `${(ms / 1_000).toFixed(1)} s` : `${Math.round(ms / 1_000)} s`
}

function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',')
}
