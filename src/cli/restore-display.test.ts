import { describe, expect, it } from 'vitest'
import { ManualClock } from '../base/index.ts'
import type { RestoreProgress } from '../runtime/index.ts'
import { RestoreDisplay } from './restore-display.ts'

function shown(isTerminal: boolean): { display: RestoreDisplay; clock: ManualClock; texts: string[] } {
  const texts: string[] = []
  const clock = new ManualClock()
  const display = new RestoreDisplay({ clock, isTerminal, write: (text) => texts.push(text) })
  return { display, clock, texts }
}

function at(phase: RestoreProgress['phase'], offset: number, partition = 0): RestoreProgress {
  const place = { taskId: '0_0', store: 'counts', topic: 'changelog', partition }
  return {
    phase,
    ...place,
    startOffset: 100,
    endOffset: 10_100,
    offset,
    records: offset - 100,
    elapsedMs: 0,
    isStandby: false,
  }
}

describe('how restoring is shown', () => {
  it('is a bar on a terminal, with the pace and the time that is left, and a summary at the end', () => {
    const { display, clock, texts } = shown(true)
    display.update(at('started', 100))
    display.update(at('started', 100, 1))
    clock.advance(2_000)
    display.update(at('progress', 5_100))
    expect(texts).toEqual([
      '\r\u001b[Krestoring 2 store partitions ██████░░░░░░░░░░░░░░░░░░ 25 %, 5,000 of 20,000, 2,500/s, 6.0 s left',
    ])
    clock.advance(50)
    display.update(at('progress', 6_100))
    expect(texts).toHaveLength(1)
    clock.advance(950)
    display.update(at('finished', 10_100))
    display.update(at('finished', 10_100, 1))
    expect(texts.slice(1)).toEqual(['\r\u001b[K', 'restored 2 store partitions: 20,000 records in 3.0 s\n'])
  })

  it('is a line every five seconds elsewhere', () => {
    const { display, clock, texts } = shown(false)
    display.update(at('started', 100))
    for (let second = 1; second <= 9; second++) {
      clock.advance(1_000)
      display.update(at('progress', 100 + 1_000 * second))
    }
    expect(texts).toEqual(['restoring 1 store partitions 50 %, 5,000 of 10,000, 1,000/s, 5.0 s left\n'])
  })

  it('is nothing where it takes no time', () => {
    const { display, clock, texts } = shown(false)
    display.update(at('started', 100))
    clock.advance(500)
    display.update(at('finished', 10_100))
    expect(texts).toEqual([])
  })
})
