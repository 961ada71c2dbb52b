import { expect, test } from 'vitest'
import { type Processor, stores } from '../index.ts'
import { serdes } from '../serde/index.ts'
import { ProcessorTestDriver } from './processor-test-driver.ts'

const seen = stores.keyValue('seen', { key: serdes.string, value: serdes.int64 })

const counting: Processor<string, string, string, string> = {
  stores: [seen],
  init(context) {
    const counts = context.store(seen)
    const ticks = context.schedule('10s', 'wall-clock', (now) => {
      context.forward({ key: 'tick', value: String(now), timestamp: now, headers: context.record.headers }, 'ticks')
      if (now >= 20_000) ticks.cancel()
    })
    return {
      process(record) {
        const count = (counts.get(record.key) ?? 0) + 1
        counts.put(record.key, count)
        context.forward({
          ...record,
          value: `${record.value}#${count} of ${context.record.topic}@${context.record.offset}`,
        })
        if (record.value === 'commit') context.commit()
      },
    }
  },
}

test('gives what was forwarded to all and to one child, with stores and the record context', () => {
  using driver = new ProcessorTestDriver(counting, { children: ['out', 'ticks'], topic: 'clicks' })
  driver.process({ key: 'a', value: 'x', timestamp: 5 })
  driver.process({ key: 'a', value: 'y' })
  expect(driver.takeForwarded().map(({ key, value, timestamp, child }) => [key, value, timestamp, child])).toEqual([
    ['a', 'x#1 of clicks@0', 5, undefined],
    ['a', 'y#2 of clicks@1', 0, undefined],
  ])
  expect(driver.store(seen).get('a')).toBe(2)
})

test('moves the clock, and shows what is scheduled and cancelled', () => {
  using driver = new ProcessorTestDriver(counting, { children: ['out', 'ticks'] })
  expect(driver.scheduled).toEqual([
    { intervalMs: 10_000, clock: 'wall-clock', startAtMs: undefined, isCancelled: false },
  ])
  driver.advanceWallClock('10s')
  driver.advanceWallClock('15s')
  driver.advanceWallClock('15s')
  expect(driver.forwarded.map(({ value, child }) => [value, child])).toEqual([['10000', 'ticks'], ['25000', 'ticks']]) // prettier-ignore
  expect(driver.scheduled[0]?.isCancelled).toBe(true)
})

test('knows a commit request until it is answered', () => {
  using driver = new ProcessorTestDriver(counting, { children: ['out', 'ticks'] })
  driver.process({ key: 'a', value: 'x' })
  expect(driver.hasCommitRequest).toBe(false)
  driver.process({ key: 'a', value: 'commit' })
  expect(driver.hasCommitRequest).toBe(true)
  driver.commit()
  expect(driver.hasCommitRequest).toBe(false)
})
