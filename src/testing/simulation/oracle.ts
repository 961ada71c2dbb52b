// What must hold when all is done, whatever went wrong on the way. The truth is a recomputation: the same topology over the input as
// it lies in the log, in the test driver, where nothing ever goes wrong.
import { must } from '../../base/index.ts'
import { RecordHeaders, type TopicPartition, topicPartition } from '../../record/index.ts'
import { changelogTopic } from '../../runtime/index.ts'
import { type ByteStore, MemoryEngine, type StateStore, type StoreDefinition, openStore } from '../../state/index.ts'
import type { Topology } from '../../topology/index.ts'
import { RawTestDriver, type RawTestRecord } from '../raw-test-driver.ts'
import type { LogRecord } from './read-logs.ts'
import { type OpenStore, isGlobalTask } from './virtual-instance.ts'
import { EPOCH_MS } from './virtual-process.ts'
import type { Outcome, WorldInput } from './world.ts'

/**
 * How an output topic is compared with the recomputation, key by key: 'sequence': the same values in the same order; 'values': the
 * same values, in any order; 'latest': the same last value; 'ignore': not at all.
 */
export type OutputCheck = 'sequence' | 'values' | 'latest' | 'ignore'

export interface OracleOptions {
  readonly topology: Topology
  readonly applicationId: string
  readonly isExactlyOnce: boolean
  readonly partitions: number
  readonly inputs: readonly WorldInput[]
  readonly outputs: Readonly<Record<string, OutputCheck>>
  readonly stores: 'latest' | 'ignore'
}

/** Problems that are told of one kind; more say nothing new. */
const PROBLEMS_MAX = 5

/** Stores that also keep how a change came: from where, by which instruction. A cache before them may say otherwise. */
const HOW_IT_CAME: ReadonlySet<StoreDefinition['kind']> = new Set(['suppress-buffer', 'fk-subscription'])

/** Says what is wrong. */
export async function checkOutcome(options: OracleOptions, outcome: Outcome): Promise<readonly string[]> {
  const problems = [...checkInputs(options, outcome), ...checkFencing(outcome)]
  const expected = await recompute(options, outcome)
  problems.push(...checkOutputs(options, outcome, expected))
  if (options.isExactlyOnce) problems.push(...checkChangelogs(options, outcome, expected))
  problems.push(...checkStores(options, outcome))
  return problems
}

// ---- the log itself ----

/** Every input was acknowledged, so it is there, once, and in order. */
function checkInputs({ inputs }: OracleOptions, { logs }: Outcome): readonly string[] {
  const sent = byKey(inputs, ({ topic, partition }) => `${topic}-${partition}`, textOf)
  const found = byKey(
    [...new Set(inputs.map(({ topic }) => topic))].flatMap((topic) => logs.get(topic) ?? []),
    ({ topic, partition }) => `${topic}-${partition}`,
    textOf,
  )
  return differences('input', sent, found, sequenceProblem)
}

/** A producer's epoch never falls in a log: what a fenced one sends is refused. */
function checkFencing({ allLogs }: Outcome): readonly string[] {
  const problems: string[] = []
  for (const records of allLogs.values()) {
    const epochs = new Map<string, number>()
    for (const { topic, partition, offset, producerId, producerEpoch } of records) {
      const key = `${partition}/${producerId}`
      const before = epochs.get(key) ?? -1
      if (producerEpoch < before) {
        problems.push(
          `${topic}-${partition} took a write of a fenced producer: ${producerId} has epoch ${producerEpoch} at offset ${offset}, ${before} before`,
        )
      }
      epochs.set(key, Math.max(before, producerEpoch))
    }
  }
  return problems.slice(0, PROBLEMS_MAX)
}

// ---- outputs and changelogs ----

/** By topic, what the topology makes of the input. */
async function recompute(
  options: OracleOptions,
  { logs }: Outcome,
): Promise<ReadonlyMap<string, readonly RawTestRecord[]>> {
  const { topology, applicationId, partitions } = options
  const driver = new RawTestDriver(topology, {
    applicationId,
    cacheBytesMax: 0,
    commit: 'each-record',
    startAtMs: EPOCH_MS,
    partitions,
    handlers: {
      onDeserializationError: undefined,
      onProcessingError: undefined,
      onProductionError: undefined,
      deadLetterTopic: undefined,
    },
  })
  const produced = new Map<string, RawTestRecord[]>()
  for (const record of inOrderOfTime(sourceRecords(topology, logs))) {
    driver.pipe(record)
    while (driver.inFlight > 0) {
      if (!driver.runCompletions()) await driver.completion()
    }
    for (const each of driver.takeProduced()) {
      const records = produced.get(each.topic)
      if (records === undefined) produced.set(each.topic, [each])
      else records.push(each)
    }
  }
  return produced
}

function sourceRecords(topology: Topology, logs: Outcome['logs']): readonly (readonly LogRecord[])[] {
  const sources = topology.nodes.flatMap((node) => (node.kind === 'source' ? node.topics : []))
  const names = new Set(sources.filter(({ isInternal }) => !isInternal).map(({ name }) => name))
  const queues = new Map<TopicPartition, LogRecord[]>()
  for (const record of [...names].flatMap((name) => logs.get(name) ?? [])) {
    const tp = topicPartition(record.topic, record.partition)
    const queue = queues.get(tp)
    if (queue === undefined) queues.set(tp, [record])
    else queue.push(record)
  }
  return [...queues.values()]
}

/** Merges the partitions as a task does that has records of all: the lowest timestamp first. */
function* inOrderOfTime(queues: readonly (readonly LogRecord[])[]): Generator<LogRecord> {
  const heads = queues.map(() => 0)
  for (;;) {
    let best = -1
    for (const [i, queue] of queues.entries()) {
      const record = queue[must(heads[i], 'head')]
      if (record === undefined) continue
      const first = best < 0 ? undefined : queues[best]?.[must(heads[best], 'head')]
      if (first === undefined || record.timestamp < first.timestamp) best = i
    }
    if (best < 0) return
    yield must(queues[best]?.[must(heads[best], 'head')], 'record')
    heads[best] = must(heads[best], 'head') + 1
  }
}

function checkOutputs(
  { topology, outputs, isExactlyOnce }: OracleOptions,
  { logs }: Outcome,
  expected: ReadonlyMap<string, readonly RawTestRecord[]>,
): readonly string[] {
  const sinks = topology.nodes.flatMap((node) =>
    node.kind === 'sink' && typeof node.topic === 'object' && !node.topic.isInternal ? [node.topic.name] : [],
  )
  return [...new Set(sinks)].flatMap((topic) => {
    const check = outputs[topic] ?? 'latest'
    if (check === 'ignore') return []
    const wanted = byKey(expected.get(topic) ?? [], keyText, valueText)
    const found = byKey(logs.get(topic) ?? [], keyText, valueText)
    return differences(`output ${topic}`, wanted, found, outputProblem(check, isExactlyOnce))
  })
}

type Compare = (wanted: readonly string[], found: readonly string[]) => string | undefined

/** At least once, what was done again may be there again. */
function outputProblem(check: OutputCheck, isExactlyOnce: boolean): Compare {
  if (check === 'latest') return latestProblem
  if (!isExactlyOnce) return coverProblem
  return check === 'sequence' ? sequenceProblem : valuesProblem
}

function checkChangelogs(
  { topology, stores, applicationId }: OracleOptions,
  { logs }: Outcome,
  expected: ReadonlyMap<string, readonly RawTestRecord[]>,
): readonly string[] {
  if (stores === 'ignore') return []
  return topology.stores.flatMap((store) => {
    const topic = changelogTopic(applicationId, store.name)
    if (store.sourceTopic !== undefined || !store.logging || HOW_IT_CAME.has(store.kind)) return []
    // Rows of the same key and time have numbers, which begin anew with the store.
    const hasNumbers = store.kind === 'window' && store.retainDuplicates
    const keyOf = hasNumbers ? unnumberedKeyText : keyText
    const wanted = byKey(expected.get(topic) ?? [], keyOf, valueText)
    const found = byKey(logs.get(topic) ?? [], keyOf, valueText)
    return differences(`store ${store.name}`, wanted, found, hasNumbers ? valuesProblem : latestProblem)
  })
}

// ---- stores ----

/** What a task has open is what its changelog says, up to where the task is. */
function checkStores(options: OracleOptions, { logs, instances }: Outcome): readonly string[] {
  const { topology, applicationId } = options
  const problems: string[] = []
  for (const definition of [...topology.stores, ...topology.globalStores]) {
    if (!definition.logging && !definition.isGlobal) continue
    const topic = definition.sourceTopic ?? changelogTopic(applicationId, definition.name)
    for (const instance of instances) {
      for (const open of instance.stores) {
        if (open.store.name !== definition.name) continue
        const what = `store ${definition.name} of task ${open.taskId} on ${instance.name}`
        problems.push(...storeProblems(what, open, definition, { ...options, log: logs.get(topic) ?? [], topic }))
      }
    }
  }
  return problems.slice(0, PROBLEMS_MAX)
}

function storeProblems(
  what: string,
  { taskId, store }: OpenStore,
  definition: StoreDefinition,
  options: OracleOptions & { readonly log: readonly LogRecord[]; readonly topic: string },
): readonly string[] {
  const { applicationId, topic, log } = options
  const changelogs = store.position()?.changelogs
  const own = isGlobalTask(taskId) ? undefined : Number(taskId.split('_')[1])
  const isTaken = ({ partition, offset }: LogRecord): boolean =>
    (own === undefined || partition === own) &&
    offset < (changelogs?.get(topicPartition(topic, partition))?.nextOffset ?? 0)
  const taken = log.filter(isTaken)
  const wanted = rowsOf(replay(definition, applicationId, own ?? 0, taken))
  return differences(`${what} after ${taken.length} records`, wanted, rowsOf(store), sequenceProblem)
}

function rowsOf(store: ByteStore | undefined): ReadonlyMap<string, readonly string[]> {
  const rows = new Map<string, readonly string[]>()
  const cursor = store?.cursor({})
  while (cursor?.next() === true) {
    const { buffer, keyStart, keyEnd, valueStart, valueEnd } = cursor
    rows.set(buffer.toString('hex', keyStart, keyEnd), [buffer.toString('hex', valueStart, valueEnd)])
  }
  return rows
}

/** The bytes that a store has which reads a changelog from its start. */
function replay(
  definition: StoreDefinition,
  applicationId: string,
  partition: number,
  log: readonly LogRecord[],
): ByteStore | undefined {
  let opened: ByteStore | undefined
  const engine = new MemoryEngine()
  const store: StateStore = openStore(definition, {
    applicationId,
    record: { topic: null, partition, offset: -1, timestamp: -1, headers: RecordHeaders.empty },
    setRecordContext: () => undefined,
    logChange: () => undefined,
    engine: () => ({ type: definition.type, open: (name) => (opened = engine.open(name)) }),
    cacheBytesMax: () => 0,
    dropped: () => undefined,
  })
  const records = log.flatMap(({ key, value, timestamp, headers }) =>
    key === null ? [] : [{ key, value, timestamp, headers }],
  )
  store.restore(records, { changelogs: new Map(), streamTimeMs: -1 })
  return opened
}

// ---- comparing ----

function byKey<R>(
  records: readonly R[],
  keyOf: (record: R) => string,
  valueOf: (record: R) => string,
): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>()
  for (const record of records) {
    const key = keyOf(record)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [valueOf(record)])
    else group.push(valueOf(record))
  }
  return groups
}

function keyText({ partition, key }: { readonly partition: number; readonly key: Buffer | null }): string {
  return `${partition}/${key === null ? 'null' : key.toString('hex')}`
}

function unnumberedKeyText({ partition, key }: { readonly partition: number; readonly key: Buffer | null }): string {
  return keyText({ partition, key: key?.subarray(0, -4) ?? null })
}

function valueText({ value }: { readonly value: Buffer | null }): string {
  return value === null ? 'null' : value.toString('hex')
}

function textOf({ key, value, timestamp }: Pick<LogRecord, 'key' | 'value' | 'timestamp'>): string {
  return `${key?.toString('hex') ?? 'null'}=${value?.toString('hex') ?? 'null'}@${timestamp}`
}

function differences(
  what: string,
  wanted: ReadonlyMap<string, readonly string[]>,
  found: ReadonlyMap<string, readonly string[]>,
  compare: Compare,
): readonly string[] {
  const problems: string[] = []
  for (const key of new Set([...wanted.keys(), ...found.keys()])) {
    const problem = compare(wanted.get(key) ?? [], found.get(key) ?? [])
    if (problem !== undefined) problems.push(`${what}: key ${key}: ${problem}`)
    if (problems.length >= PROBLEMS_MAX) break
  }
  return problems
}

function sequenceProblem(wanted: readonly string[], found: readonly string[]): string | undefined {
  const at = wanted.findIndex((value, i) => found[i] !== value)
  if (at < 0 && wanted.length === found.length) return undefined
  const i = at < 0 ? wanted.length : at
  return `value ${i} is ${found[i] ?? 'missing'}, not ${wanted[i] ?? 'missing'} (${found.length} of ${wanted.length})`
}

function valuesProblem(wanted: readonly string[], found: readonly string[]): string | undefined {
  return sequenceProblem(wanted.toSorted(), found.toSorted())
}

function latestProblem(wanted: readonly string[], found: readonly string[]): string | undefined {
  const last = wanted.at(-1) ?? 'null'
  const lastFound = found.at(-1) ?? 'null'
  return last === lastFound ? undefined : `the last value is ${lastFound}, not ${last}`
}

function coverProblem(wanted: readonly string[], found: readonly string[]): string | undefined {
  const there = new Set(found)
  const missing = wanted.filter((value) => !there.has(value))
  return missing.length === 0 ? undefined : `${missing.length} of ${wanted.length} are lost, the first is ${missing[0]}`
}
