import { expect, test } from 'vitest'
import { RecordHeaders, topicPartition } from '../record/index.ts'
import { serdes } from '../serde/index.ts'
import { MemoryEngine, type StoreDefinition, openStore } from '../state/index.ts'
import { TaskStore, TaskStoreHost } from './task-store.ts'

const changelog = topicPartition('app-store-changelog', 0)
const definition: StoreDefinition = {
  kind: 'key-value',
  name: 'store',
  key: serdes.string,
  value: serdes.string,
  type: 'memory',
  format: 'plain',
  caching: false,
  logging: true,
  changelogConfig: {},
  sourceTopic: undefined,
  isGlobal: false,
  lruEntriesMax: undefined,
  ttlMs: undefined,
}

function open(): TaskStore {
  const host = new TaskStoreHost({
    definition,
    applicationId: 'app',
    context: { topic: null, partition: -1, offset: -1, timestamp: -1, headers: RecordHeaders.empty },
    collector: {
      topic: () => {
        throw new Error('nothing is written here')
      },
      origins: undefined,
    },
    changelogs: [changelog],
    engine: () => new MemoryEngine(),
    cacheBytesMax: () => 0,
    onDropped: () => undefined,
  })
  return new TaskStore(host, openStore(definition, host))
}

test('the position of a store does not go back to what its producer wrote before the task was elsewhere', () => {
  const store = open()
  store.restore([], changelog, { topicId: 'one', nextOffset: 25, leaderEpoch: 0 })
  store.setPosition(changelog, { topicId: 'one', nextOffset: 21, leaderEpoch: 0 })
  store.commit()
  expect(store.store.position()?.changelogs.get(changelog)?.nextOffset).toBe(25)
  store.setPosition(changelog, { topicId: 'one', nextOffset: 26, leaderEpoch: 0 })
  store.commit()
  expect(store.store.position()?.changelogs.get(changelog)?.nextOffset).toBe(26)
})

test('the position is taken as it is where the changelog was made anew', () => {
  const store = open()
  store.restore([], changelog, { topicId: 'one', nextOffset: 25, leaderEpoch: 0 })
  store.setPosition(changelog, { topicId: 'another', nextOffset: 3, leaderEpoch: 0 })
  expect(store.position(changelog)?.nextOffset).toBe(3)
})
