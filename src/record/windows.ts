// Window definitions: which windows a timestamp falls into. Pure data and arithmetic; aligned to the epoch as Java's.
import { TidemillError } from '../base/index.ts'
import { type Duration, durationMs, formatDuration, positiveDurationMs } from './duration.ts'
import type { Window } from './stream-record.ts'

/** Windows of one size that start every `advanceMs`; tumbling where the two are equal. End exclusive. Java: TimeWindows. */
export interface TimeWindows {
  readonly kind: 'time'
  readonly sizeMs: number
  readonly advanceMs: number
  readonly graceMs: number
}

/** Windows around each record, both ends inclusive. Java: SlidingWindows. */
export interface SlidingWindows {
  readonly kind: 'sliding'
  readonly timeDifferenceMs: number
  readonly graceMs: number
}

/** Windows of records that are no further apart than the gap, both ends inclusive. Java: SessionWindows. */
export interface SessionWindows {
  readonly kind: 'session'
  readonly inactivityGapMs: number
  readonly graceMs: number
}

/** One window from a start on, without an end (`end` is Infinity). Java: UnlimitedWindows. */
export interface UnlimitedWindows {
  readonly kind: 'unlimited'
  readonly startMs: number
}

/** Windows of a function of one's own. Java: a subclass of Windows. */
export interface CustomWindows {
  readonly kind: 'custom'
  readonly sizeMs: number
  readonly graceMs: number
  /** The windows of a timestamp in ascending order of their start. */
  readonly windowsFor: (timestamp: number) => readonly Window[]
}

/** Any definition of windows; made by `tumbling`, `hopping`, `sliding`, `session`, `unlimited` and `windows`. */
export type Windows = TimeWindows | SlidingWindows | SessionWindows | UnlimitedWindows | CustomWindows

/** Windows whose membership a timestamp alone decides. */
export type EnumerableWindows = TimeWindows | UnlimitedWindows | CustomWindows

/**
 * Divides time into windows of one size, one after another. Java: TimeWindows.ofSizeAndGrace.
 *
 * @param options `size`, and `grace`: how long after its end a window takes late records (default 0).
 * @throws TidemillError `invalid-argument` where the size is 0 or a duration is not one.
 * @example
 * orders.groupByKey().windowedBy(tumbling({ size: '5m', grace: '30s' })).count()
 */
export function tumbling(options: { readonly size: Duration; readonly grace?: Duration }): TimeWindows {
  const sizeMs = positiveDurationMs(options.size, 'size of the tumbling windows')
  return Object.freeze({ kind: 'time', sizeMs, advanceMs: sizeMs, graceMs: graceMs(options, 'tumbling') })
}

/**
 * Makes windows of one size that overlap: a new one starts every `advance`. Java: TimeWindows.advanceBy.
 *
 * @param options `size`, `advance` (at most the size), and `grace` (default 0).
 * @throws TidemillError `invalid-argument` where the advance is 0 or longer than the size.
 * @example
 * trades.groupByKey().windowedBy(hopping({ size: '5s', advance: '1s' })).count()
 */
export function hopping(options: {
  readonly size: Duration
  readonly advance: Duration
  readonly grace?: Duration
}): TimeWindows {
  const sizeMs = positiveDurationMs(options.size, 'size of the hopping windows')
  const advanceMs = positiveDurationMs(options.advance, 'advance of the hopping windows')
  if (advanceMs > sizeMs) {
    throw new TidemillError(
      'invalid-argument',
      `advance ${formatDuration(advanceMs)} is longer than size ${formatDuration(sizeMs)}: ` +
        `records between windows would be lost; make advance at most ${formatDuration(sizeMs)}`,
    )
  }
  return Object.freeze({ kind: 'time', sizeMs, advanceMs, graceMs: graceMs(options, 'hopping') })
}

/**
 * Makes a window for each set of records of a key that are no further apart than `timeDifference`. Java: SlidingWindows.
 *
 * @param options `timeDifference` (0 and more), and `grace` (default 0).
 * @throws TidemillError `invalid-argument` where a duration is not one.
 * @example
 * logins.groupByKey().windowedBy(sliding({ timeDifference: '10m' })).count()
 */
export function sliding(options: { readonly timeDifference: Duration; readonly grace?: Duration }): SlidingWindows {
  const timeDifferenceMs = durationMs(options.timeDifference, 'timeDifference of the sliding windows')
  return Object.freeze({ kind: 'sliding', timeDifferenceMs, graceMs: graceMs(options, 'sliding') })
}

/**
 * Joins records of a key into sessions that end after `inactivityGap` without a record. Java: SessionWindows.
 *
 * @param options `inactivityGap`, and `grace` (default 0).
 * @throws TidemillError `invalid-argument` where the gap is 0 or a duration is not one.
 * @example
 * clicks.groupByKey().windowedBy(session({ inactivityGap: '30m', grace: '5m' })).count()
 */
export function session(options: { readonly inactivityGap: Duration; readonly grace?: Duration }): SessionWindows {
  const inactivityGapMs = positiveDurationMs(options.inactivityGap, 'inactivityGap of the sessions')
  return Object.freeze({ kind: 'session', inactivityGapMs, graceMs: graceMs(options, 'session') })
}

/**
 * Makes one window that never ends, of all records from `start` on. Java: UnlimitedWindows.
 *
 * @param options `start` in ms since 1970 or as a Date (default 0).
 * @throws TidemillError `invalid-argument` where the start is negative.
 * @example
 * visits.groupByKey().windowedBy(unlimited({ start: new Date('2026-01-01') })).count()
 */
export function unlimited(options: { readonly start?: number | Date } = {}): UnlimitedWindows {
  const startMs = Number(options.start ?? 0)
  if (!Number.isSafeInteger(startMs) || startMs < 0) {
    throw new TidemillError(
      'invalid-argument',
      `start of the unlimited window is ${startMs}: give ms since 1970, 0 or more, or a Date`,
    )
  }
  return Object.freeze({ kind: 'unlimited', startMs })
}

/**
 * Makes windows by a function of one's own, such as calendar months. Java: extending Windows.
 *
 * @param options `size`: the longest a window can be (stores keep that much and the grace); `windowsFor`: the windows of a
 *   timestamp, ascending by start; `grace` (default 0).
 * @throws TidemillError `invalid-argument` where the size is 0 or a duration is not one.
 * @example
 * const days = windows({ size: '1d', windowsFor: (ts) => [{ start: midnight(ts), end: midnight(ts) + 86_400_000 }] })
 */
export function windows(options: {
  readonly size: Duration
  readonly windowsFor: (timestamp: number) => readonly Window[]
  readonly grace?: Duration
}): CustomWindows {
  const sizeMs = positiveDurationMs(options.size, 'size of the windows')
  return Object.freeze({ kind: 'custom', sizeMs, graceMs: graceMs(options, 'custom'), windowsFor: options.windowsFor })
}

/**
 * Start of the first window that holds the timestamp; the others start every `advanceMs` until the timestamp.
 *
 * @internal
 */
export function firstWindowStart(windows: TimeWindows, timestamp: number): number {
  const { sizeMs, advanceMs } = windows
  const earliest = Math.max(0, timestamp - sizeMs + advanceMs)
  return earliest - (earliest % advanceMs)
}

/**
 * The windows that a timestamp falls into, in ascending order of their start.
 *
 * @internal
 */
export function windowsFor(windows: EnumerableWindows, timestamp: number): readonly Window[] {
  switch (windows.kind) {
    case 'time': {
      const result: Window[] = []
      for (let start = firstWindowStart(windows, timestamp); start <= timestamp; start += windows.advanceMs) {
        result.push({ start, end: start + windows.sizeMs })
      }
      return result
    }
    case 'unlimited':
      return timestamp >= windows.startMs ? [{ start: windows.startMs, end: Infinity }] : []
    case 'custom':
      return windows.windowsFor(timestamp)
  }
}

function graceMs(options: { readonly grace?: Duration }, kind: string): number {
  return durationMs(options.grace ?? 0, `grace of the ${kind} windows`)
}
