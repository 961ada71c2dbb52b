// State comes back: recorded cases run with a restart in the middle, as after a crash, and end as if nothing had been. Left out are
// those whose answer may change: stores without a changelog, and operators that keep a time of their own which is forgotten
// (as Java's is): windows, suppress, joins of streams, punctuations.
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { TopologyTestDriver } from 'tidemill/testing'
import { RecordHeaders } from '../../src/record/index.ts'
import { buildTopology } from './build-dsl.ts'
import { type CaseRecord, type Scenario, fromBuffer, readCases, toBuffer } from './cases.ts'
import { storeRows } from './store-rows.ts'

const folder = fileURLToPath(new URL('data/scenarios', import.meta.url))
const FORGETFUL = /"logging":false|"window"|"graceMs"|suppress|unctuate|cancelAfter|anchored|partitionTime/

function isKept({ topology, config, expected, javaDefect }: Scenario): boolean {
  const hasFailed = expected.steps?.some((step) => 'error' in step) ?? true
  const isForgetful = FORGETFUL.test(JSON.stringify(topology)) || config.timestampExtractor !== undefined
  const hasHandlers = config.deadLetterTopic !== undefined || config.processingHandler !== undefined
  return !hasFailed && !isForgetful && !hasHandlers && javaDefect === undefined
}

const scenarios = readdirSync(folder).flatMap((file) => readCases(`${folder}/${file}`).filter(isKept))

const plain = ({ topic, key, value, ts }: Omit<CaseRecord, 'headers'>): string =>
  JSON.stringify([topic, key, value, ts])

function outputs(driver: TopologyTestDriver): readonly string[] {
  const records = driver.raw.takeProduced().filter(({ topic }) => !topic.startsWith('app-'))
  return records
    .map(({ topic, key, value, timestamp }) =>
      plain({ topic, key: fromBuffer(key), value: fromBuffer(value), ts: timestamp }),
    )
    .toSorted()
}

test.each(scenarios.map((scenario) => [scenario.name, scenario] as const))(
  '%s goes on after a restart',
  async (_, scenario) => {
    const { steps, config, expected } = scenario
    const topology = buildTopology(scenario)
    const cacheBytesMax = config.cacheMaxBytes ?? 0
    await using driver = new TopologyTestDriver(topology, {
      applicationId: 'app',
      commit: 'each-record',
      cacheBytesMax,
    })
    for (const [i, step] of steps.entries()) {
      if (i === steps.length >> 1) {
        await driver.restart()
        expect(outputs(driver)).toEqual([])
      }
      if (step.type === 'wallClock') {
        driver.advanceWallClock(step.advanceMs)
      } else {
        const { topic, key, value, ts, headers = [] } = step
        const own = RecordHeaders.from(headers.map(([name, bytes]) => [name, toBuffer(bytes)] as const))
        driver.raw.pipe({
          topic,
          partition: 0,
          key: toBuffer(key),
          value: toBuffer(value),
          timestamp: ts,
          headers: own,
        })
      }
      // Cases with errors are left out above.
      const answer = expected.steps?.[i] as readonly CaseRecord[]
      const wanted = answer.filter(({ topic }) => !topic.startsWith('app-')).map(plain)
      expect(outputs(driver)).toEqual(wanted.toSorted())
    }
    for (const [name, { rows }] of Object.entries(expected.stores ?? {})) {
      const keys = new Set(rows.map((row) => String(row[0])))
      const actual = storeRows(topology, driver.raw.store(name, 0), keys)
      const sorted = (all: readonly (readonly unknown[])[]): readonly string[] =>
        all.map((row) => JSON.stringify(row)).toSorted()
      if (actual !== undefined) expect(sorted(actual)).toEqual(sorted(rows))
    }
  },
)
