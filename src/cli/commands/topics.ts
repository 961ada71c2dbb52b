// tidemill topics: list, create, describe, delete, and add partitions.
import { type Command, InvalidArgumentError } from 'commander'
import { TidemillError } from '../../base/index.ts'
import type { Client, TopicMetadata } from '../../client/index.ts'
import { topicPartition } from '../../record/index.ts'
import { type GlobalOptions, withClient } from '../session.ts'

const collectConfig = (text: string, before: Readonly<Record<string, string>>): Readonly<Record<string, string>> => {
  const at = text.indexOf('=')
  if (at < 1) throw new InvalidArgumentError('it is NAME=VALUE, such as retention.ms=60000.')
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) }
}

export function parseCount(text: string): number {
  const count = Number(text)
  if (!Number.isSafeInteger(count) || count < 1) throw new InvalidArgumentError('it is a whole number from 1.')
  return count
}

export function addTopicsCommand(program: Command): void {
  const topics = program.command('topics').description('list, create, describe and delete topics')
  const global = (command: Command): GlobalOptions => command.optsWithGlobals<GlobalOptions>()

  topics
    .command('list', { isDefault: true })
    .description('list the topics')
    .option('--internal', "also the broker's own topics")
    .action(async (options: { readonly internal?: boolean }, command: Command) =>
      withClient(global(command), async (client, output) => {
        const all = await client.admin().listTopics()
        const shown = all.filter((topic) => options.internal === true || !topic.isInternal)
        output.table(
          shown.map((topic) => ({ name: topic.name, partitions: topic.partitions, id: topic.id })),
          'no topics yet: tidemill topics create NAME',
        )
      }),
    )

  topics
    .command('create')
    .description('create topics; those that exist are left as they are')
    .argument('<name...>')
    .option('-p, --partitions <count>', "number of partitions (default: the broker's)", parseCount)
    .option('-r, --replication-factor <count>', "replicas (default: the broker's)", parseCount)
    .option('-c, --config <name=value>', 'a topic setting; may be given several times', collectConfig, {})
    .action(
      async (
        names: readonly string[],
        options: {
          readonly partitions?: number
          readonly replicationFactor?: number
          readonly config: Readonly<Record<string, string>>
        },
        command: Command,
      ) =>
        withClient(global(command), async (client, output) => {
          const results = await client.admin().createTopics(
            names.map((name) => ({
              name,
              partitions: options.partitions ?? -1,
              replicationFactor: options.replicationFactor ?? -1,
              config: options.config,
            })),
          )
          output.json(Object.fromEntries(results))
          for (const [name, result] of results)
            output.line(result === 'created' ? `created ${name}` : `${name} exists already`)
        }),
    )

  topics
    .command('describe')
    .description('show the partitions and settings of topics')
    .argument('<name...>')
    .action(async (names: readonly string[], _options: unknown, command: Command) =>
      withClient(global(command), async (client, output) => {
        for (const topic of await mustExist(client, names)) {
          const description = await describeTopic(client, topic)
          output.json(description)
          output.line(`${topic.name}: ${topic.partitions} partitions, id ${topic.id}`)
          if (!output.isJson) {
            output.table(description.partitions, 'no partitions')
            const settings = Object.entries(description.config).map(([setting, value]) => `  ${setting}=${value}`)
            output.line(['settings:', ...settings].join('\n'))
          }
        }
      }),
    )

  topics
    .command('delete')
    .description('delete topics with everything in them')
    .argument('<name...>')
    .action(async (names: readonly string[], _options: unknown, command: Command) =>
      withClient(global(command), async (client, output) => {
        await mustExist(client, names)
        await client.admin().deleteTopics(names)
        output.json({ deleted: names })
        for (const name of names) output.line(`deleted ${name}`)
      }),
    )

  topics
    .command('add-partitions')
    .description('raise the number of partitions of a topic')
    .argument('<name>')
    .argument('<total>', 'the new number of partitions', parseCount)
    .action(async (name: string, total: number, _options: unknown, command: Command) =>
      withClient(global(command), async (client, output) => {
        await mustExist(client, [name])
        await client.admin().createPartitions(name, total)
        output.json({ name, partitions: total })
        output.line(`${name} has ${total} partitions`)
      }),
    )
}

/** The topics, or an error that names those that are missing. */
export async function mustExist(client: Client, names: readonly string[]): Promise<readonly TopicMetadata[]> {
  const found = await client.cluster.refresh(names)
  const missing = names.filter((name) => !found.some((topic) => topic.name === name))
  if (missing.length === 0) return found
  const all = (await client.admin().listTopics()).filter((topic) => !topic.isInternal).map((topic) => topic.name)
  const there = all.length === 0 ? 'there are no topics' : `there are ${all.slice(0, 20).join(', ')}`
  throw new TidemillError(
    'topic-not-found',
    `no topic ${missing.join(', ')}: ${there}; 'tidemill topics create' makes one`,
  )
}

async function describeTopic(
  client: Client,
  topic: TopicMetadata,
): Promise<{
  name: string
  id: string
  partitions: readonly { partition: number; start: number; end: number; records: number }[]
  config: Readonly<Record<string, string>>
}> {
  const admin = client.admin()
  const partitions = Array.from({ length: topic.partitions }, (_, partition) => topicPartition(topic.name, partition))
  const [starts, ends, configs] = await Promise.all([
    admin.listOffsets(partitions, 'earliest'),
    admin.listOffsets(partitions, 'latest'),
    admin.topicConfigs([topic.name]),
  ])
  return {
    name: topic.name,
    id: topic.id,
    partitions: partitions.map((tp) => {
      const start = starts.get(tp)?.offset ?? 0
      const end = ends.get(tp)?.offset ?? 0
      return { partition: tp.partition, start, end, records: end - start }
    }),
    config: configs.get(topic.name) ?? {},
  }
}
