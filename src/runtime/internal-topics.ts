// Makes the topics that an application keeps for itself, or checks those that exist: done by the leader of the group before
// tasks are given out, and by start() so that what is wrong is said there.
import { TidemillError } from '../base/index.ts'
import type { Client } from '../client/index.ts'
import type { Topology } from '../topology/index.ts'
import {
  type PlannedTopic,
  type TopicPlan,
  internalTopicNames,
  missingTopics,
  planTopics,
  userTopics,
} from './plan-topics.ts'
import type { ThreadConfig } from './thread-config.ts'

/**
 * Plans the application's topics against what the cluster has, and creates the internal ones that are missing.
 *
 * @throws TidemillError `topic-not-found`, `not-copartitioned`, `internal-topic-mismatch`
 */
export async function ensureTopics(topology: Topology, client: Client, config: ThreadConfig): Promise<TopicPlan> {
  const known = new Map<string, number>()
  for (const { name, partitions } of await client.cluster.refresh(userTopics(topology))) known.set(name, partitions)
  const plan = planTopics(topology, (name) => known.get(name), config)
  await createInternalTopics(plan.internalTopics, client, config)
  return plan
}

/**
 * Looks that all topics which the topology names are there, so that metadata of all of them is known from the first record on.
 *
 * @throws TidemillError `topic-not-found`
 */
export async function checkSinks(topology: Topology, client: Client, config: ThreadConfig): Promise<void> {
  const deadLetters = config.handlers.deadLetterTopic
  const sinks = [...topology.topics, ...(deadLetters === undefined ? [] : [deadLetters])]
  const known = await client.cluster.refresh([...sinks, ...internalTopicNames(topology, config.applicationId)])
  const names = new Set(known.map(({ name }) => name))
  const missing = sinks.filter((name) => !names.has(name))
  if (missing.length > 0) throw missingTopics(missing, config.applicationId, 'writes to')
}

async function createInternalTopics(
  topics: readonly PlannedTopic[],
  client: Client,
  config: ThreadConfig,
): Promise<void> {
  if (topics.length === 0) return
  const names = topics.map(({ name }) => name)
  const existing = new Map((await client.cluster.refresh(names)).map((topic) => [topic.name, topic.partitions]))
  const missing = topics.filter(({ name }) => !existing.has(name))
  if (missing.length > 0) {
    const { replicationFactor } = config
    await client
      .admin()
      .createTopics(missing.map(({ name, partitions, config }) => ({ name, partitions, replicationFactor, config })))
    for (const topic of await client.cluster.refresh(names)) existing.set(topic.name, topic.partitions)
  }
  for (const topic of topics) checkPartitions(topic, existing.get(topic.name), config)
}

function checkPartitions(topic: PlannedTopic, partitions: number | undefined, config: ThreadConfig): void {
  // A topic that was just created may not show yet; whoever reads it will wait for it.
  if (partitions === undefined || partitions === topic.partitions) return
  throw new TidemillError(
    'internal-topic-mismatch',
    `internal topic '${topic.name}' has ${partitions} partitions, but the topology needs ${topic.partitions}: ` +
      `the source topics or the topology have changed. Give application '${config.applicationId}' a new application id, ` +
      'or delete its internal topics (its state is then rebuilt from the sources)',
  )
}
