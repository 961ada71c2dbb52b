// A node's context that tells which punctuations were asked for; everything else is the context's own.
import type { NodeContext, Punctuation, PunctuationClock } from '../topology/index.ts'

export interface AskedPunctuation {
  readonly intervalMs: number
  readonly clock: PunctuationClock
  readonly startAtMs: number | undefined
}

export function observed(
  context: NodeContext,
  onSchedule: (asked: AskedPunctuation, punctuation: Punctuation) => Punctuation,
): NodeContext {
  return new Proxy(context, {
    get(target, property) {
      if (property === 'schedule') {
        const schedule: NodeContext['schedule'] = (intervalMs, clock, callback, startAtMs) =>
          onSchedule({ intervalMs, clock, startAtMs }, target.schedule(intervalMs, clock, callback, startAtMs))
        return schedule
      }
      // Getters and methods read private fields: they must see the context itself.
      const value: unknown = Reflect.get(target, property, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
