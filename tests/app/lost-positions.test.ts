// Which positions of stores are no longer in their log by topic id, offset and leader epoch, on a broker in memory.
import { expect, test } from 'vitest'
import type { Client } from '../../src/client/index.ts'
import { MemoryDisk } from '../../src/base/index.ts'
import { startBroker } from '../../src/broker/index.ts'
import { type TopicPartition, topicPartition } from '../../src/record/index.ts'
import { lookUpLogs, lostPositions } from '../../src/runtime/index.ts'
import type { ChangelogPosition } from '../../src/state/index.ts'
import { clientOf, createTopics, send } from './harness.ts'

const CHANGELOG = 'app-counts-changelog'
const tp: TopicPartition = topicPartition(CHANGELOG, 0)

/** What is said of a position; undefined: the store goes on from there. */
async function problemOf(client: Client, position: ChangelogPosition | undefined): Promise<string | undefined> {
  const stored = { tp, position }
  return (await lostPositions(client, [stored], await lookUpLogs(client, [tp]))).get(stored)
}

test('a position is lost past the end, before the start, of another topic, and beyond its leader epoch', async () => {
  const disk = new MemoryDisk()
  const first = await startBroker({ disk })
  const before = clientOf(first)
  await createTopics(before, 1, CHANGELOG)
  await send(before, CHANGELOG, 1, ['a', 'b', 'c'])
  await first.close()
  // Another start is another leader epoch: offsets 3 and 4 are its own.
  const broker = await startBroker({ disk })
  const client = clientOf(broker)
  await client.cluster.refresh([CHANGELOG])
  await send(client, CHANGELOG, 1, ['d', 'e'])
  const { id: topicId = '' } = client.cluster.topic(CHANGELOG) ?? {}
  const epoch = client.cluster.leader(tp)?.epoch ?? -1
  const at = (nextOffset: number, leaderEpoch: number): ChangelogPosition => ({ topicId, nextOffset, leaderEpoch })

  expect(await problemOf(client, undefined)).toBeUndefined()
  expect(await problemOf(client, at(5, epoch))).toBeUndefined()
  expect(await problemOf(client, at(3, epoch - 1))).toBeUndefined()
  expect(await problemOf(client, at(5, -1))).toBeUndefined()
  expect(await problemOf(client, at(6, epoch))).toBe('is past the end of the log (5)')
  expect(await problemOf(client, { ...at(2, epoch), topicId: '0'.repeat(32) })).toBe(
    'is of a topic of that name that was deleted',
  )
  expect(await problemOf(client, at(4, epoch - 1))).toMatch(
    /^is beyond what the log has of leader epoch \d+ \(up to offset 3\)/,
  )
  await client.admin().deleteRecords(new Map([[tp, 2]]))
  expect(await problemOf(client, at(1, epoch - 1))).toBe('is before the start of the log (2)')
  expect(await problemOf(client, at(2, epoch - 1))).toBeUndefined()
  await broker.close()
})
