import { TopologyTestDriver } from 'tidemill/testing'
import { expect, test } from 'vitest'
import { tradeAt, tradesPerRow } from './src/feed.ts'
import stockStatistics, { statistics, trades } from './src/stock-statistics.ts'

test('each trade counts in the five windows that hold it', () => {
  using driver = new TopologyTestDriver(stockStatistics())
  driver.inputTopic(trades).pipe({ key: 'IBM', value: { type: 'ASK', price: 100, size: 1 }, timestamp: 10_500 })
  const results = driver.outputTopic(statistics).readAll()
  expect(results.map((result) => result.key.window.start)).toEqual([6_000, 7_000, 8_000, 9_000, 10_000])
  expect(results[0]?.value).toEqual({ count: 1, sum: 100, min: 100, average: 100 })
})

test('the last result of each window is that of a recount of its trades', () => {
  using driver = new TopologyTestDriver(stockStatistics())
  const input = driver.inputTopic(trades)
  const feed = Array.from({ length: 100 * tradesPerRow }, (_, index) => tradeAt(index))
  for (const { symbol, trade, atMs } of feed) input.pipe({ key: symbol, value: trade, timestamp: atMs })
  const last = new Map(
    driver
      .outputTopic(statistics)
      .readAll()
      .map(({ key, value }) => [`${key.key}@${key.window.start}`, value]),
  )
  const inWindow = feed
    .filter(({ symbol, atMs }) => symbol === 'IBM' && atMs >= 10_000 && atMs < 15_000)
    .map((one) => one.trade.price)
  expect(last.get('IBM@10000')?.count).toBe(inWindow.length)
  expect(last.get('IBM@10000')?.min).toBe(Math.min(...inWindow))
  expect(last.get('IBM@10000')?.average).toBeCloseTo(inWindow.reduce((a, b) => a + b, 0) / inWindow.length, 9)
})

test('a trade that is later than the grace of two seconds is in no window', () => {
  using driver = new TopologyTestDriver(stockStatistics())
  const input = driver.inputTopic(trades)
  input.pipe({ key: 'IBM', value: { type: 'ASK', price: 100, size: 1 }, timestamp: 60_000 })
  driver.outputTopic(statistics).readAll()
  input.pipe({ key: 'IBM', value: { type: 'BID', price: 1, size: 1 }, timestamp: 52_000 })
  expect(driver.outputTopic(statistics).isEmpty).toBe(true)
})
