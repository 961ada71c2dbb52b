// Lengths of time as users write them. Parsed once to milliseconds; inside everything is a number that ends in Ms.
import { TidemillError } from '../base/index.ts'

type DurationUnit = 'ms' | 's' | 'm' | 'h' | 'd'

/**
 * A length of time: milliseconds, or a number with one unit (`'250ms'`, `'5s'`, `'90s'`, `'2h'`, `'7d'`). Java: Duration.
 *
 * @example
 * const size: Duration = '5m'
 */
export type Duration = number | `${number}${DurationUnit}`

const UNIT_MS: Readonly<Record<DurationUnit, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const PATTERN = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/

/**
 * Reads a duration that comes from outside, such as a setting or a command line, and returns its milliseconds.
 *
 * @throws TidemillError `invalid-argument` where the text is not a number with a unit.
 * @example
 * tumbling({ size: duration(process.env['WINDOW'] ?? '1m') })
 */
export function duration(text: string): number {
  return durationMs(text, 'duration')
}

/**
 * Milliseconds of a duration, a whole number, 0 or more. `name` is how messages call it.
 *
 * @internal
 */
export function durationMs(value: number | string, name: string): number {
  const ms = typeof value === 'number' ? value : parseMs(value, name)
  if (ms < 0) throw new TidemillError('invalid-argument', `${name} is ${value}: a duration cannot be negative`)
  if (!Number.isSafeInteger(ms)) {
    throw new TidemillError('invalid-argument', `${name} is ${value}: a duration is a whole number of milliseconds`)
  }
  return ms
}

/**
 * As durationMs, and not 0.
 *
 * @internal
 */
export function positiveDurationMs(value: number | string, name: string): number {
  const ms = durationMs(value, name)
  if (ms === 0) throw new TidemillError('invalid-argument', `${name} is 0: it must be longer, at least '1ms'`)
  return ms
}

/**
 * The shortest text of a length of time, for messages: 90000 is '90s'.
 *
 * @internal
 */
export function formatDuration(ms: number): string {
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    if (ms !== 0 && ms % UNIT_MS[unit] === 0) return `${ms / UNIT_MS[unit]}${unit}`
  }
  return `${ms}ms`
}

function parseMs(text: string, name: string): number {
  const match = PATTERN.exec(text)
  if (match === null) {
    throw new TidemillError(
      'invalid-argument',
      `${name} is '${text}', which is not a duration: write milliseconds as a number, or a number with one of the units ` +
        `ms, s, m, h, d, such as '250ms', '90s' or '7d'`,
    )
  }
  // 1.1 * 1000 is 1100.0000000000002: round what a decimal fraction could not hold.
  const ms = Number(match[1]) * UNIT_MS[match[2] as DurationUnit]
  return Math.abs(ms - Math.round(ms)) < 1e-6 ? Math.round(ms) : ms
}
