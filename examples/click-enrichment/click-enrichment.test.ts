import { TopologyTestDriver } from 'tidemill/testing'
import { expect, test } from 'vitest'
import clickEnrichment, { activities, profiles, searches, views } from './src/click-enrichment.ts'
import { clickAt } from './src/feed.ts'

test('a view is enriched with the profile and with a search in the second after it', () => {
  using driver = new TopologyTestDriver(clickEnrichment())
  driver.inputTopic(profiles).pipe({ key: 1, value: { name: 'Ada', zip: '12345', interests: [] }, timestamp: 0 })
  driver.inputTopic(views).pipe({ key: 1, value: { userId: 1, page: '/news' }, timestamp: 1_000 })
  driver.inputTopic(searches).pipe({ key: 1, value: { userId: 1, terms: 'tent' }, timestamp: 1_800 })
  expect(driver.outputTopic(activities).readValues()).toEqual([
    { user: 'Ada', zip: '12345', page: '/news', searched: 'tent' },
  ])
})

test('a search before the view does not count, and a view without one goes out once its time is over', () => {
  using driver = new TopologyTestDriver(clickEnrichment())
  driver.inputTopic(searches).pipe({ key: 7, value: { userId: 7, terms: 'tent' }, timestamp: 900 })
  driver.inputTopic(views).pipe({ key: 7, value: { userId: 7, page: '/' }, timestamp: 1_000 })
  expect(driver.outputTopic(activities).isEmpty).toBe(true)
  driver.inputTopic(views).pipe({ key: 8, value: { userId: 8, page: '/' }, timestamp: 10_000 })
  expect(driver.outputTopic(activities).readAll()).toMatchObject([
    { key: 7, value: { user: null, zip: null, page: '/', searched: null }, timestamp: 1_000 },
  ])
})

test('the feed is the same in every run and holds late and early events', () => {
  const clicks = Array.from({ length: 2_000 }, (_, index) => clickAt(index))
  expect(clicks).toEqual(Array.from({ length: 2_000 }, (_, index) => clickAt(index)))
  const behindMs = clicks.map((click, index) => index * 100 - click.atMs)
  expect(behindMs.filter((ms) => ms > 0 && ms <= 400).length).toBeGreaterThan(100)
  expect(behindMs.filter((ms) => ms === 60_000).length).toBeGreaterThan(5)
})
