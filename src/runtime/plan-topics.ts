// How many partitions each internal topic needs and how many tasks each sub-topology has, from the partition counts of the
// topics that exist: a pure function, so that start() can say what is wrong before it joins a group. Order as in Kafka Streams:
// repartition topics first (fixed number, else the most that any source of the writing sub-topology has), then the sets that
// must be co-partitioned, then changelogs (as many as tasks).
import { TidemillError, must } from '../base/index.ts'
import type { InternalTopic, SubTopology, Topology } from '../topology/index.ts'
import { topicName } from './names.ts'

export interface PlannedTopic {
  /** With the application id in front. */
  readonly name: string
  readonly kind: InternalTopic['kind']
  readonly partitions: number
  readonly config: Readonly<Record<string, string>>
}

export interface PlanTopicsOptions {
  readonly applicationId: string
  /** Added to the retention of window and versioned changelogs. */
  readonly windowChangelogExtraRetentionMs: number
  /** Settings that override the product's own. */
  readonly topicDefaults: Readonly<Record<string, string>>
}

export interface TopicPlan {
  readonly internalTopics: readonly PlannedTopic[]
  /** Sub-topology -> number of tasks; global ones have none. */
  readonly taskCounts: ReadonlyMap<number, number>
  /** Full topic name -> partitions, of everything that is read. */
  readonly partitions: ReadonlyMap<string, number>
}

/**
 * @param partitionsOf partitions of a user topic, undefined where it does not exist
 * @throws TidemillError `topic-not-found` (names all of them), `not-copartitioned`
 */
export function planTopics(
  topology: Topology,
  partitionsOf: (topic: string) => number | undefined,
  options: PlanTopicsOptions,
): TopicPlan {
  const { applicationId } = options
  const partitions = userTopicPartitions(topology, partitionsOf, applicationId)
  const repartitionTopics = topology.subTopologies.flatMap((each) => each.repartitionTopics)
  countRepartitionTopics(topology.subTopologies, repartitionTopics, partitions, applicationId)
  for (const each of topology.subTopologies) copartition(each, partitions, applicationId)
  const taskCounts = new Map<number, number>()
  for (const each of topology.subTopologies) {
    if (!each.isGlobal) taskCounts.set(each.id, mostPartitions(each, partitions, applicationId))
  }
  const storeConfigs = changelogConfigs(topology)
  const changelogs = topology.subTopologies.flatMap((each) =>
    each.changelogTopics.map((topic) =>
      planned(topic, must(taskCounts.get(each.id), 'number of tasks'), options, storeConfigs.get(topic.name)),
    ),
  )
  const repartitions = repartitionTopics.map((topic) =>
    planned(topic, must(partitions.get(`${applicationId}-${topic.name}`), topic.name), options),
  )
  return { internalTopics: [...repartitions, ...changelogs], taskCounts, partitions }
}

/** Names of all internal topics, with the application id in front. */
export function internalTopicNames(topology: Topology, applicationId: string): readonly string[] {
  return topology.subTopologies.flatMap((each) =>
    [...each.repartitionTopics, ...each.changelogTopics].map(({ name }) => `${applicationId}-${name}`),
  )
}

/** Names of the source topics that must exist already. */
export function userTopics(topology: Topology): readonly string[] {
  const names = topology.subTopologies.flatMap((each) =>
    each.sourceTopics.filter(({ isInternal }) => !isInternal).map(({ name }) => name),
  )
  return [...new Set(names)]
}

function userTopicPartitions(
  topology: Topology,
  partitionsOf: (topic: string) => number | undefined,
  applicationId: string,
): Map<string, number> {
  const partitions = new Map<string, number>()
  const missing: string[] = []
  for (const name of userTopics(topology)) {
    const count = partitionsOf(name)
    if (count === undefined) missing.push(name)
    else partitions.set(name, count)
  }
  if (missing.length > 0) throw missingTopics(missing, applicationId)
  return partitions
}

export function missingTopics(
  missing: readonly string[],
  applicationId: string,
  use: 'reads' | 'writes to' = 'reads',
): TidemillError {
  const names = missing.map((name) => `'${name}'`).join(', ')
  const [what, them] = missing.length === 1 ? [`topic ${names} does`, 'it'] : [`topics ${names} do`, 'them']
  return new TidemillError(
    'topic-not-found',
    `${what} not exist, and application '${applicationId}' ${use} ${them}: create ${them} first ` +
      `(tidemill topics create ${missing.join(' ')}, or createTopics of tidemill/client)`,
  )
}

function countRepartitionTopics(
  subTopologies: readonly SubTopology[],
  topics: readonly InternalTopic[],
  partitions: Map<string, number>,
  applicationId: string,
): void {
  for (const topic of topics)
    if (topic.partitions !== undefined) partitions.set(`${applicationId}-${topic.name}`, topic.partitions)
  let unknown = topics.filter((topic) => !partitions.has(`${applicationId}-${topic.name}`))
  for (let isPartial = false; unknown.length > 0;) {
    for (const topic of unknown) {
      const count = widestSource(subTopologies, topic, partitions, applicationId, isPartial)
      if (count !== undefined) partitions.set(`${applicationId}-${topic.name}`, count)
    }
    const left = unknown.filter((topic) => !partitions.has(`${applicationId}-${topic.name}`))
    if (left.length < unknown.length) isPartial = false
    else if (isPartial) throw unresolvable(left)
    // The two topics of a foreign-key join feed each other: what is known of their sources must do, as in Java.
    else isPartial = true
    unknown = left
  }
}

/** Of the sources of who writes the topic; undefined while one is not known (`isPartial`: while none is). */
function widestSource(
  subTopologies: readonly SubTopology[],
  { name }: InternalTopic,
  partitions: ReadonlyMap<string, number>,
  applicationId: string,
  isPartial: boolean,
): number | undefined {
  const writers = subTopologies.filter((each) => each.sinkTopics.some((sink) => sink.isInternal && sink.name === name))
  const sources = writers.flatMap((each) =>
    each.sourceTopics.map((ref) => partitions.get(topicName(applicationId, ref))),
  )
  const known = sources.filter((count) => count !== undefined)
  if (known.length === 0 || (known.length < sources.length && !isPartial)) return undefined
  return Math.max(...known)
}

function unresolvable(topics: readonly InternalTopic[]): TidemillError {
  const names = topics.map(({ name }) => `'${name}'`).join(', ')
  return new TidemillError(
    'invalid-topology',
    `the number of partitions of ${names} cannot be derived, for they feed each other or nothing writes them: ` +
      'give one of them a number with repartition({ partitions })',
  )
}

function copartition(subTopology: SubTopology, partitions: Map<string, number>, applicationId: string): void {
  const fixed = new Map(
    subTopology.repartitionTopics.map((topic) => [`${applicationId}-${topic.name}`, topic.partitions]),
  )
  for (const group of subTopology.copartitionGroups) {
    const names = group.map((ref) => topicName(applicationId, ref))
    const binding = names.filter((name) => !fixed.has(name) || fixed.get(name) !== undefined)
    const first = binding[0]
    const differing = binding.find((name) => partitions.get(name) !== partitions.get(first as string))
    if (first !== undefined && differing !== undefined) throw notCopartitioned(first, differing, partitions)
    const count =
      first === undefined ? Math.max(...names.map((name) => partitions.get(name) ?? 0)) : partitions.get(first)
    for (const name of names) partitions.set(name, must(count, name))
  }
}

function notCopartitioned(a: string, b: string, partitions: ReadonlyMap<string, number>): TidemillError {
  return new TidemillError(
    'not-copartitioned',
    `topics '${a}' (${partitions.get(a)} partitions) and '${b}' (${partitions.get(b)}) are joined, ` +
      'so they must have as many partitions as each other: repartition one of them',
  )
}

function mostPartitions(each: SubTopology, partitions: ReadonlyMap<string, number>, applicationId: string): number {
  return Math.max(0, ...each.sourceTopics.map((ref) => partitions.get(topicName(applicationId, ref)) ?? 0))
}

function planned(
  topic: InternalTopic,
  partitions: number,
  options: PlanTopicsOptions,
  storeConfig?: Readonly<Record<string, string>>,
): PlannedTopic {
  const name = `${options.applicationId}-${topic.name}`
  return { name, kind: topic.kind, partitions, config: internalTopicConfig(topic, options, storeConfig) }
}

/** What users said of the changelogs of their stores, by the name of the topic without the application id. */
export function changelogConfigs(topology: Topology): ReadonlyMap<string, Readonly<Record<string, string>>> {
  return new Map(topology.stores.map((store) => [`${store.name}-changelog`, store.changelogConfig]))
}

/** Library settings < topicDefaults < those of the store; a retention that the user set is not extended. */
export function internalTopicConfig(
  topic: InternalTopic,
  options: PlanTopicsOptions,
  storeConfig: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const config: Record<string, string> = {
    ...topic.config,
    'message.timestamp.type': 'CreateTime',
    ...options.topicDefaults,
  }
  const extended = topic.addRetentionTo
  if (extended !== undefined && topic.config[extended] !== undefined) {
    config[extended] = String(Number(topic.config[extended]) + options.windowChangelogExtraRetentionMs)
  }
  return { ...config, ...storeConfig }
}
