// Compares what a topology says of itself with the recorded answer: the text of describe(), internal topics, co-partitioning.
// Java prints nodes and arrows in the order of its hash maps, so they are compared as sets.
import { type SubTopology, type Topology, TidemillError } from 'tidemill'
import { UnsupportedOperationError, buildTopology } from './build-dsl.ts'
import { type CaseExpected, type Scenario, readCases } from './cases.ts'
import { UnknownFunctionError } from './functions.ts'
import type { ScenarioResult } from './run-scenarios.ts'

const APPLICATION_ID = 'app'
const ADDITIONAL_RETENTION_MS = 86_400_000

/** Runs all cases of a file of topologies without input. */
export function run(file: string, only: (scenario: Scenario) => boolean = () => true): ScenarioResult {
  const failed: { name: string; reason: string; expected?: string; actual?: string }[] = []
  const refused: { name: string; operation: string }[] = []
  const scenarios = readCases(file).filter(only)
  for (const scenario of scenarios) {
    const { name, expected } = scenario
    try {
      const topology = buildTopology(scenario)
      if (expected.buildError !== undefined) {
        failed.push({ name, reason: `build() accepts what Java refuses with ${expected.buildError}` })
        continue
      }
      const difference = checkDescribe(expected, topology)
      if (difference !== undefined) {
        failed.push({ name, reason: difference, expected: expected.describe ?? '', actual: topology.describe() })
      }
    } catch (error) {
      if (error instanceof UnsupportedOperationError || error instanceof UnknownFunctionError) {
        refused.push({ name, operation: error.message })
      } else if (expected.buildError === undefined || !(error instanceof TidemillError)) {
        failed.push({ name, reason: `build() threw ${String((error as Error).stack ?? error)}` })
      }
    }
  }
  return { passed: scenarios.length - failed.length - refused.length, failed, refused }
}

/** The first difference, as text. */
export function checkDescribe(expected: CaseExpected, topology: Topology): string | undefined {
  return (
    difference('describe', normalize(expected.describe ?? ''), normalize(topology.describe())) ??
    difference('internal topics', topicLines(expected.internalTopics ?? []), topicLines(internalTopics(topology))) ??
    uncovered(expected.copartitioned ?? [], copartitioned(topology))
  )
}

function difference(what: string, expected: readonly string[], actual: readonly string[]): string | undefined {
  const missing = expected.filter((line) => !actual.includes(line))
  const surplus = actual.filter((line) => !expected.includes(line))
  if (missing.length === 0 && surplus.length === 0) return undefined
  return `${what}: missing ${JSON.stringify(missing)}, not expected ${JSON.stringify(surplus)}`
}

/** A line for each sub-topology and node, with what is a set in order. */
function normalize(text: string): readonly string[] {
  const lines: string[] = []
  let subTopology = ''
  for (const line of text.split('\n')) {
    const trimmed = line.trim()
    if (/^(Topologies:|Sub-topology:)/.test(trimmed)) {
      subTopology = trimmed
      lines.push(subTopology)
    } else if (trimmed.startsWith('-->') || trimmed.startsWith('<--')) {
      lines.push(`${lines.pop()} ${trimmed.slice(0, 3)} ${sorted(trimmed.slice(4))}`)
    } else if (trimmed !== '') {
      lines.push(`${subTopology} ${node(trimmed)}`)
    }
  }
  return lines
}

function node(line: string): string {
  return line
    .replace(/extractor class: [^)]*/, 'extractor class: dynamic')
    .replace(/\[([^\]]*)\]/, (_, list: string) => `[${sorted(list)}]`)
}

function sorted(list: string): string {
  return list.split(', ').sort().join(', ')
}

interface TopicLine {
  readonly name: string
  readonly kind: string
  readonly subtopology: number
  readonly partitions?: number | undefined
  readonly config: Readonly<Record<string, string>>
}

function internalTopics(topology: Topology): readonly TopicLine[] {
  return topology.subTopologies.filter((subTopology) => !subTopology.isGlobal).flatMap(topicsOf)
}

function topicsOf({ id, repartitionTopics, changelogTopics, stores }: SubTopology): readonly TopicLine[] {
  const repartitions = repartitionTopics.map(({ name, partitions, config }) => ({
    name: `${APPLICATION_ID}-${name}`,
    kind: 'repartition',
    subtopology: id,
    partitions,
    config,
  }))
  const changelogs = changelogTopics.map(({ name, config, addRetentionTo }) => ({
    name: `${APPLICATION_ID}-${name}`,
    kind: 'changelog',
    subtopology: id,
    config: addRetentionTo === undefined ? config : withRetention(config, addRetentionTo),
  }))
  const sources = stores.flatMap((store) =>
    store.sourceTopic === undefined
      ? []
      : [
          {
            name: store.sourceTopic,
            kind: 'sourceChangelog',
            subtopology: id,
            config: sourceChangelogConfig(store),
          },
        ],
  )
  return [...repartitions, ...changelogs, ...sources]
}

/** What Java says of a source topic that serves as changelog; it does not set it. */
function sourceChangelogConfig(store: SubTopology['stores'][number]): Readonly<Record<string, string>> {
  const config = { 'cleanup.policy': 'compact', 'message.timestamp.type': 'CreateTime' }
  if (store.kind !== 'versioned') return config
  return { ...config, 'min.compaction.lag.ms': String(store.historyRetentionMs + ADDITIONAL_RETENTION_MS) }
}

function withRetention(config: Readonly<Record<string, string>>, key: string): Readonly<Record<string, string>> {
  return { ...config, [key]: String(Number(config[key]) + ADDITIONAL_RETENTION_MS) }
}

function topicLines(topics: readonly TopicLine[]): readonly string[] {
  return topics.map(({ name, kind, subtopology, partitions, config }) => {
    const settings = Object.entries(config)
      .map(([key, value]) => `${key}=${value}`)
      .sort()
    return `${kind} ${name} of ${subtopology}, partitions ${partitions ?? 'any'}: ${settings.join(' ')}`
  })
}

function copartitioned(topology: Topology): readonly (readonly string[])[] {
  const groups = topology.subTopologies.flatMap((subTopology) => subTopology.copartitionGroups)
  return groups.map((group) => group.map(({ name, isInternal }) => (isInternal ? `${APPLICATION_ID}-${name}` : name)))
}

/**
 * Java forgets some inputs of a join: those of a source node that was merged with another of the same topic, and the second join
 * at a repartition node that two joins share. Their partitions must be equal all the same, so what is recorded must be within
 * ours, and ours may ask for more.
 */
function uncovered(
  expected: readonly (readonly string[])[],
  actual: readonly (readonly string[])[],
): string | undefined {
  const missing = expected.find((group) => !actual.some((own) => group.every((topic) => own.includes(topic))))
  if (missing === undefined || missing.length < 2) return undefined
  return `co-partitioned: missing ${JSON.stringify(missing)} in ${JSON.stringify(actual)}`
}
