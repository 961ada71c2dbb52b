// Making topics: from CreateTopics, on demand by Metadata, and the two internal ones when a coordinator is first asked for.
// New topics can be used as soon as the request that made them is answered.
import { TidemillError, must } from '../base/index.ts'
import { ERROR } from '../protocol/index.ts'
import { randomId } from './catalog.ts'
import type { BrokerCore } from './core.ts'
import { OFFSETS_TOPIC, TRANSACTIONS_TOPIC, type Topic, type TopicEntry, topicNameProblem } from './topic.ts'

/** Makes the names that are missing. Returns the error code of those that could not be made. */
export function autoCreate(core: BrokerCore, names: readonly string[]): ReadonlyMap<string, number> {
  const problems = new Map<string, number>()
  const entries: TopicEntry[] = []
  for (const name of new Set(names)) {
    if (core.catalog.topics.has(name)) continue
    if (topicNameProblem(name) !== undefined) problems.set(name, ERROR.INVALID_TOPIC_EXCEPTION)
    else if (isInternalName(name)) internalTopic(core, name)
    else entries.push(newEntry(core, name, core.configs.number('num.partitions'), {}))
  }
  if (entries.length === 0) return problems
  try {
    createTopics(core, entries)
  } catch (error) {
    if (!(error instanceof TidemillError)) throw error
    core.warn(`topics could not be made: ${error.message}`)
    for (const entry of entries) problems.set(entry.name, ERROR.KAFKA_STORAGE_ERROR)
  }
  return problems
}

export function newEntry(
  core: BrokerCore,
  name: string,
  partitions: number,
  configs: Readonly<Record<string, string>>,
): TopicEntry {
  return { name, id: randomId(core.prng), partitions, configs }
}

export function createTopics(core: BrokerCore, entries: readonly TopicEntry[]): void {
  core.catalog.update((all) => {
    for (const entry of entries) all.set(entry.name, entry)
  })
}

/** The topic that a coordinator keeps its records in, made when it is first needed. Throws disk-full or disk-failed. */
export function internalTopic(core: BrokerCore, name: string): Topic {
  if (!core.catalog.topics.has(name)) {
    const configs = { 'cleanup.policy': 'compact', 'compression.type': 'producer', 'segment.bytes': '104857600' }
    createTopics(core, [newEntry(core, name, 1, configs)])
  }
  return must(core.catalog.topics.get(name), name)
}

function isInternalName(name: string): boolean {
  return name === OFFSETS_TOPIC || name === TRANSACTIONS_TOPIC
}
