// Runs recorded scenarios: builds the topology through the public DSL, pipes bytes through the test driver, compares every
// record, store and name with the recorded answer.
import type { RecordHeaders, Topology } from 'tidemill'
import { TopologyTestDriver } from 'tidemill/testing'
import { RecordHeaders as Headers } from '../../src/record/index.ts'
import type { RawTestRecord } from '../../src/testing/raw-test-driver.ts'
import { UnsupportedOperationError, buildTopology } from './build-dsl.ts'
import {
  type CaseAnswer,
  type CaseHeaders,
  type CaseRecord,
  type CaseStep,
  type Scenario,
  fromBuffer,
  readCases,
  toBuffer,
} from './cases.ts'
import { checkDescribe } from './describe.ts'
import { UnknownFunctionError } from './functions.ts'
import { storeRows } from './store-rows.ts'

export interface ScenarioFailure {
  readonly name: string
  /** What differs, in a line. */
  readonly reason: string
  readonly expected?: string
  readonly actual?: string
}

export interface ScenarioResult {
  readonly passed: number
  readonly failed: readonly ScenarioFailure[]
  /** Scenarios that could not be built, and for what. */
  readonly refused: readonly { readonly name: string; readonly operation: string }[]
}

/** Runs all scenarios of a file. */
export function runScenarios(file: string, only: (scenario: Scenario) => boolean = () => true): ScenarioResult {
  const failed: ScenarioFailure[] = []
  const refused: { readonly name: string; readonly operation: string }[] = []
  const scenarios = readCases(file).filter(only)
  for (const scenario of scenarios) {
    try {
      runScenario(scenario)
    } catch (error) {
      if (error instanceof UnsupportedOperationError || error instanceof UnknownFunctionError) {
        refused.push({ name: scenario.name, operation: error.message })
      } else if (error instanceof Difference) {
        failed.push({ name: scenario.name, ...error.failure })
      } else {
        failed.push({ name: scenario.name, reason: `threw ${String((error as Error).stack ?? error)}` })
      }
    }
  }
  return { passed: scenarios.length - failed.length - refused.length, failed, refused }
}

/** What differs; thrown at the first difference. */
class Difference extends Error {
  readonly failure: Omit<ScenarioFailure, 'name'>

  constructor(reason: string, expected?: unknown, actual?: unknown) {
    super(reason)
    this.failure = {
      reason,
      ...(expected === undefined ? {} : { expected: print(expected) }),
      ...(actual === undefined ? {} : { actual: print(actual) }),
    }
  }
}

function print(data: unknown): string {
  if (!Array.isArray(data)) return typeof data === 'string' ? data : JSON.stringify(data)
  return data.map((row) => JSON.stringify(row)).join('\n')
}

function runScenario(scenario: Scenario): void {
  const { expected } = scenario
  const topology = build(scenario)
  if (topology === undefined) return
  if (expected.describe !== undefined) {
    const difference = checkDescribe(expected, topology)
    if (difference !== undefined)
      throw new Difference(`describe: ${difference}`, expected.describe, topology.describe())
  }
  if (expected.steps === undefined) return
  using driver = openDriver(scenario, topology)
  const changelogKeys = new Map<string, Set<string>>()
  if (!runSteps(scenario, driver, changelogKeys)) return
  if (scenario.javaDefect === undefined) compareStores(scenario, topology, driver, changelogKeys)
}

function build(scenario: Scenario): Topology | undefined {
  const { buildError } = scenario.expected
  try {
    const topology = buildTopology(scenario)
    if (buildError === undefined) return topology
  } catch (error) {
    if (error instanceof UnsupportedOperationError || error instanceof UnknownFunctionError) throw error
    if (buildError !== undefined) return undefined
    throw new Difference(`build() threw ${String((error as Error).stack ?? error)}`)
  }
  throw new Difference(`build() accepts what Java refuses with ${buildError}`)
}

function openDriver({ config }: Scenario, topology: Topology): TopologyTestDriver {
  const action = (handler: 'continue' | 'fail' | undefined): 'fail' | 'continue' | 'dead-letter' =>
    handler !== 'continue' ? 'fail' : config.deadLetterTopic === undefined ? 'continue' : 'dead-letter'
  return new TopologyTestDriver(topology, {
    applicationId: 'app',
    commit: 'each-record',
    cacheBytesMax: config.cacheMaxBytes ?? 10 * 1024 * 1024,
    onDeserializationError: action(config.deserializationHandler),
    onProcessingError: action(config.processingHandler),
    ...(config.deadLetterTopic === undefined ? {} : { deadLetterTopic: config.deadLetterTopic }),
  })
}

/** False: the run ended with an expected error. */
function runSteps(scenario: Scenario, driver: TopologyTestDriver, changelogKeys: Map<string, Set<string>>): boolean {
  const answers = scenario.javaDefect === undefined ? scenario.expected.steps : scenario.corrected?.steps
  for (const [i, step] of scenario.steps.entries()) {
    const answer = answers?.[i]
    const isErrorExpected = answer !== undefined && 'error' in answer
    const place = `step ${i} ${JSON.stringify(step)}`
    try {
      runStep(driver, step)
    } catch (error) {
      if (isErrorExpected) return false
      throw new Difference(`${place} threw ${String((error as Error).stack ?? error)}`, answer ?? [])
    }
    if (isErrorExpected) throw new Difference(`${place} should have failed with ${print(answer)}`)
    const produced = driver.raw.takeProduced()
    rememberKeys(produced, changelogKeys)
    if (answer !== undefined) compareStep(answer, produced, place, scenario.javaDefect !== undefined)
  }
  return true
}

function runStep(driver: TopologyTestDriver, step: CaseStep): void {
  if (step.type === 'wallClock') return driver.advanceWallClock(step.advanceMs)
  const { topic, key, value, ts, headers } = step
  const record = {
    topic,
    partition: 0,
    key: toBuffer(key),
    value: toBuffer(value),
    timestamp: ts,
    headers: toHeaders(headers),
  }
  driver.raw.pipe(record)
}

function toHeaders(headers: CaseHeaders | undefined): RecordHeaders {
  return headers === undefined
    ? Headers.empty
    : Headers.from(headers.map(([name, value]) => [name, toBuffer(value)] as const))
}

function rememberKeys(produced: readonly RawTestRecord[], changelogKeys: Map<string, Set<string>>): void {
  for (const { topic, key } of produced) {
    if (key === null || !isChangelog(topic)) continue
    const keys = changelogKeys.get(topic) ?? new Set()
    changelogKeys.set(topic, keys.add(key.toString('latin1')))
  }
}

function isChangelog(topic: string): boolean {
  return topic.startsWith('app-') && topic.endsWith('-changelog')
}

// ---- comparing ----

// By topic; a changelog's records by key, for only the order of each key's is Java's to say.
function compareStep(
  answer: Exclude<CaseAnswer, { readonly error: string }> | CaseAnswer,
  produced: readonly RawTestRecord[],
  place: string,
  isSinksOnly: boolean,
): void {
  const records = answer as readonly CaseRecord[]
  const isCompared = (topic: string): boolean => !isSinksOnly || !topic.startsWith('app-')
  const expected = grouped(records.filter(({ topic }) => isCompared(topic)))
  const actual = grouped(produced.map(toCaseRecord).filter(({ topic }) => isCompared(topic)))
  for (const topic of new Set([...expected.keys(), ...actual.keys()])) {
    const want = expected.get(topic) ?? []
    const got = actual.get(topic) ?? []
    if (isEqual(want, got)) continue
    throw new Difference(`${place}: records of ${topic}`, want, got)
  }
}

function grouped(records: readonly CaseRecord[]): Map<string, CaseRecord[]> {
  const groups = new Map<string, CaseRecord[]>()
  for (const record of records) {
    const id = isChangelog(record.topic) ? `${record.topic} key ${JSON.stringify(record.key)}` : record.topic
    const group = groups.get(id)
    if (group === undefined) groups.set(id, [record])
    else group.push(record)
  }
  return groups
}

function isEqual(want: readonly CaseRecord[], got: readonly CaseRecord[]): boolean {
  if (want.length !== got.length) return false
  return want.every((record, i) => {
    const other = got[i] as CaseRecord
    const isTimeEqual = record.ts === null || record.ts === other.ts
    const parts = (one: CaseRecord): string => JSON.stringify([one.key, one.value, comparable(one.headers)])
    return isTimeEqual && parts(record) === parts(other)
  })
}

// Of a dead letter the exception's class is ours; message and stack trace were not recorded.
function comparable(headers: CaseHeaders = []): CaseHeaders {
  return headers
    .filter(([name]) => name !== '__streams.errors.message' && name !== '__streams.errors.stacktrace')
    .map(([name, value]) => (name === '__streams.errors.exception' ? [name, '*'] : [name, value]))
}

function toCaseRecord({ topic, key, value, timestamp, headers }: RawTestRecord): CaseRecord {
  const record = { topic, key: fromBuffer(key), value: fromBuffer(value), ts: timestamp }
  if (headers.size === 0) return record
  return { ...record, headers: [...headers].map(([name, bytes]) => [name, fromBuffer(bytes)]) }
}

function compareStores(
  { expected, name }: Scenario,
  topology: Topology,
  driver: TopologyTestDriver,
  changelogKeys: Map<string, Set<string>>,
): void {
  for (const [store, { rows }] of Object.entries(expected.stores ?? {})) {
    const keys = new Set(changelogKeys.get(`app-${store}-changelog`))
    for (const row of rows) if (typeof row[0] === 'string') keys.add(row[0])
    const actual = storeRows(topology, driver.raw.store(store, 0), keys)
    if (actual === undefined) continue
    const want = sorted(rows)
    const got = sorted(actual)
    if (JSON.stringify(want) !== JSON.stringify(got)) throw new Difference(`store ${store} of ${name}`, want, got)
  }
}

function sorted(rows: readonly (readonly unknown[])[]): readonly (readonly unknown[])[] {
  return rows.toSorted((a, b) => {
    const [x, y] = [JSON.stringify(a[0]), JSON.stringify(b[0])]
    return x < y ? -1 : x > y ? 1 : Number(a[1]) - Number(b[1]) || Number(a[2]) - Number(b[2]) || 0
  })
}
