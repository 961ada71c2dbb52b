// tidemill groups: list, describe with lag, delete.
import type { Command } from 'commander'
import { TidemillError } from '../../base/index.ts'
import type { Client } from '../../client/index.ts'
import { type GlobalOptions, withClient } from '../session.ts'

export function addGroupsCommand(program: Command): void {
  const groups = program
    .command('groups')
    .description('list, describe and delete consumer groups (an application is one)')
  const global = (command: Command): GlobalOptions => command.optsWithGlobals<GlobalOptions>()

  groups
    .command('list', { isDefault: true })
    .description('list the groups')
    .action(async (_options: unknown, command: Command) =>
      withClient(global(command), async (client, output) => {
        const all = await client.admin().listGroups()
        output.table(
          all.map((group) => ({ group: group.groupId, state: group.state, type: group.protocolType })),
          'no groups yet',
        )
      }),
    )

  groups
    .command('describe')
    .description('show members, committed offsets and lag of groups')
    .argument('<group...>')
    .action(async (names: readonly string[], _options: unknown, command: Command) =>
      withClient(global(command), async (client, output) => {
        for (const group of await client.admin().describeGroups(names)) {
          if (group.state === 'Dead')
            throw new TidemillError(
              'group-not-found',
              `no group ${group.groupId}: 'tidemill groups list' shows those that are there`,
            )
          const offsets = await offsetsOf(client, group.groupId)
          const members = group.members.map((member) => ({
            member: member.memberId,
            client: member.clientId,
            host: member.clientHost,
          }))
          output.json({ group: group.groupId, state: group.state, protocol: group.protocol, members, offsets })
          if (output.isJson) continue
          output.line(
            `${group.groupId}: ${group.state}, ${group.members.length} members, protocol ${group.protocol === '' ? '-' : group.protocol}`,
          )
          output.table(members, 'no members')
          output.table(offsets, 'no committed offsets')
        }
      }),
    )

  groups
    .command('delete')
    .description('delete groups that have no members, with their offsets')
    .argument('<group...>')
    .action(async (names: readonly string[], _options: unknown, command: Command) =>
      withClient(global(command), async (client, output) => {
        await client.admin().deleteGroups(names)
        output.json({ deleted: names })
        for (const name of names) output.line(`deleted ${name}`)
      }),
    )
}

async function offsetsOf(
  client: Client,
  groupId: string,
): Promise<readonly { topic: string; partition: number; committed: number; end: number; lag: number }[]> {
  const admin = client.admin()
  const committed = await admin.groupOffsets(groupId)
  const ends = await admin.listOffsets([...committed.keys()], 'latest')
  return [...committed]
    .map(([tp, { offset }]) => {
      const end = ends.get(tp)?.offset ?? offset
      return { topic: tp.topic, partition: tp.partition, committed: offset, end, lag: Math.max(0, end - offset) }
    })
    .toSorted((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1))
}
