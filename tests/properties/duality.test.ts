// A table is a stream of its changes: turned into one and back, it is the same table.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { StreamsBuilder, serdes, stores, topic } from 'tidemill'
import { TopologyTestDriver } from 'tidemill/testing'
import { PROPERTY_TIMEOUT_MS, RUNS, someChanges, tableOf, withoutDeleted } from './runs.ts'

const texts = { key: serdes.string, value: serdes.string }
const input = topic('input', texts)
const between = topic('between', texts)
const output = topic('output', texts)
const first = stores.keyValue('first', texts)
const inside = stores.keyValue('inside', texts)
const outside = stores.keyValue('outside', texts)

/** The table, and that table again by way of a stream inside of the topology, and by way of a topic. */
function thereAndBack(optimize: 'all' | 'none') {
  const builder = new StreamsBuilder({ optimize })
  const stream = builder.table(input, { store: first }).toStream()
  stream.toTable({ store: inside }).toStream().to(output)
  stream.to(between)
  builder.table(between, { store: outside })
  return builder.build()
}

const someWays = fc.record({ cache: fc.boolean(), optimize: fc.constantFrom('all' as const, 'none' as const) })

test('table -> stream -> table gives the table back, with its timestamps', { timeout: PROPERTY_TIMEOUT_MS }, () => {
  fc.assert(
    fc.property(someChanges(['a', 'b', 'c']), someWays, (changes, { cache, optimize }) => {
      using driver = new TopologyTestDriver(thereAndBack(optimize), { cache })
      driver.inputTopic(input).pipeAll(changes)
      driver.commit()
      const table = [...driver.store(first).rangeStored()]
      expect(Object.fromEntries(table.map(([key, { value }]) => [key, value]))).toEqual(tableOf(changes))
      expect([...driver.store(inside).rangeStored()]).toEqual(table)
      expect([...driver.store(outside).rangeStored()]).toEqual(table)
      expect(withoutDeleted(driver.outputTopic(output).readMap())).toEqual(tableOf(changes))
    }),
    RUNS,
  )
})

test(
  'stream -> table -> stream gives the stream back where nothing is held back',
  { timeout: PROPERTY_TIMEOUT_MS },
  () => {
    fc.assert(
      fc.property(someChanges(['a', 'b', 'c'], ['x', 'y', 'y']), (changes) => {
        const builder = new StreamsBuilder()
        builder.stream(input).toTable().toStream().to(output)
        using driver = new TopologyTestDriver(builder.build())
        driver.inputTopic(input).pipeAll(changes)
        const records = driver.outputTopic(output).readAll()
        expect(records.map(({ key, value, timestamp }) => ({ key, value, timestamp }))).toEqual(changes)
      }),
      RUNS,
    )
  },
)
