// Punctuations of one clock of a task, in order of their next time (semantics 1.5). A callback gets the current time, once,
// however many of its times have passed; the next one is on the same grid.
import type { Punctuation } from '../topology/index.ts'
import type { NodeHost } from './node-host.ts'

export interface PunctuationSchedule extends Punctuation {
  readonly node: NodeHost
  readonly intervalMs: number
  readonly callback: (timeMs: number) => void
  nextMs: number
  isCancelled: boolean
}

export class PunctuationQueue {
  #schedules: PunctuationSchedule[] = []

  get isEmpty(): boolean {
    return this.#schedules.length === 0
  }

  schedule(node: NodeHost, intervalMs: number, firstMs: number, callback: (timeMs: number) => void): Punctuation {
    const schedule: PunctuationSchedule = {
      node,
      intervalMs,
      callback,
      nextMs: firstMs,
      isCancelled: false,
      cancel() {
        this.isCancelled = true
      },
    }
    this.#insert(schedule)
    return { cancel: () => schedule.cancel() }
  }

  /** Calls back for all that are due; returns whether any was. */
  fire(nowMs: number, run: (schedule: PunctuationSchedule, timeMs: number) => void): boolean {
    let hasFired = false
    for (;;) {
      const schedule = this.#schedules[0]
      if (schedule === undefined || schedule.nextMs > nowMs) return hasFired
      this.#schedules.shift()
      if (schedule.isCancelled) continue
      hasFired = true
      run(schedule, nowMs)
      if (schedule.isCancelled) continue
      schedule.nextMs = nextTime(schedule.nextMs, schedule.intervalMs, nowMs)
      this.#insert(schedule)
    }
  }

  clear(): void {
    this.#schedules = []
  }

  // Equal times stay in the order in which they were scheduled.
  #insert(schedule: PunctuationSchedule): void {
    let at = this.#schedules.length
    while (at > 0 && (this.#schedules[at - 1] as PunctuationSchedule).nextMs > schedule.nextMs) at--
    this.#schedules.splice(at, 0, schedule)
  }
}

/** The first time of an anchored schedule (KIP-1146): its start, or the next one on its grid after now. */
export function anchoredTime(startMs: number, intervalMs: number, nowMs: number): number {
  return startMs >= nowMs ? startMs : startMs + (Math.floor((nowMs - startMs) / intervalMs) + 1) * intervalMs
}

function nextTime(lastMs: number, intervalMs: number, nowMs: number): number {
  const next = lastMs + intervalMs
  return next > nowMs ? next : lastMs + (Math.floor((nowMs - lastMs) / intervalMs) + 1) * intervalMs
}
