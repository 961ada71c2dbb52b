// What a member writes while older releases are in the group, read from the internal topics, and that results stay the same.
import { expect, test } from 'vitest'
import { StreamsBuilder, type Topology, type UpgradeFrom, serdes, topic } from '../../src/index.ts'
import { TopologyTestDriver } from '../../src/testing/index.ts'

const strings = { key: serdes.string, value: serdes.string }
const bytes = { key: serdes.string, value: serdes.bytes }
const people = topic('people', strings)
const teams = topic('teams', strings)
const out = topic('out', { key: serdes.string, value: serdes.int64 })
const joined = topic('joined', strings)

function grouped(): Topology {
  const builder = new StreamsBuilder()
  const table = builder.table(people)
  table
    .groupBy((team, person) => [team.slice(0, 1), `${person}${team}`], { ...strings, name: 'by-team' })
    .count()
    .toStream()
    .to(out)
  return builder.build()
}

function foreignKeys(): Topology {
  const builder = new StreamsBuilder()
  const right = builder.table(teams)
  builder
    .table(people)
    .join(right, (person, team) => `${person}@${team}`, { foreignKey: (person) => person.slice(0, 1), name: 'in-team' })
    .toStream()
    .to(joined)
  return builder.build()
}

/** The bytes of the internal topic whose name ends so, as hex. */
function written(driver: TopologyTestDriver, ending: string): readonly string[] {
  const [name = ''] = [...driver.producedTopics].filter((each) => each.endsWith(ending))
  return driver
    .outputTopic(topic(name, bytes))
    .readValues()
    .map((value) => Buffer.from(value).toString('latin1'))
}

test.each<[UpgradeFrom | undefined, readonly string[]]>([
  [undefined, ['1a1\x01', '\x061a21a1\x02']],
  ['3.5', ['1a1\x01', '\x061a21a1\x02']],
  ['3.4', ['1a1\x01', '1a1\x00', '1a2\x01']],
  ['2.4', ['1a1\x01', '1a1\x00', '1a2\x01']],
])('upgraded from %s, a change within a group is written as %j', (upgradeFrom, changes) => {
  using driver = new TopologyTestDriver(grouped(), upgradeFrom === undefined ? {} : { upgradeFrom })
  driver.inputTopic(people).pipeAll([
    { key: '1', value: 'a1' },
    { key: '1', value: 'a2' },
  ])
  expect(driver.outputTopic(out).readMap()).toEqual(new Map([['a', 1]]))
  expect(written(driver, '-repartition')).toEqual(changes)
})

test.each<[UpgradeFrom | undefined, number, number]>([
  [undefined, 1, 4],
  ['3.4', 1, 4],
  ['3.3', 0, 0],
  ['2.4', 0, 0],
])('upgraded from %s, a subscription has version %d and %d bytes of partition', (upgradeFrom, version, length) => {
  using driver = new TopologyTestDriver(foreignKeys(), upgradeFrom === undefined ? {} : { upgradeFrom })
  driver.inputTopic(teams).pipe({ key: 'a', value: 'A' })
  driver.inputTopic(people).pipe({ key: '1', value: 'ann' })
  driver.inputTopic(teams).pipe({ key: 'a', value: 'B' })
  expect(driver.outputTopic(joined).readValues()).toEqual(['ann@A', 'ann@B'])
  for (const kept of ['-subscription-registration-topic', '-subscription-store-changelog']) {
    const [value = ''] = written(driver, kept)
    expect(value.charCodeAt(0)).toBe(version)
    expect(value).toHaveLength(2 + 16 + 1 + length)
  }
})
