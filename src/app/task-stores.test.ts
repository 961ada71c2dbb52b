import { describe, expect, it } from 'vitest'
import { MemoryDisk } from '../base/index.ts'
import { topicPartition } from '../record/index.ts'
import { type ByteChanges, type ByteStore, LsmMemory, type StoreDefinition } from '../state/index.ts'
import { serdes } from '../serde/index.ts'
import { TaskStores, releaseTasks, storesOf, taskDirectories } from './task-stores.ts'

const definition: StoreDefinition = {
  kind: 'key-value',
  name: 'counts',
  key: serdes.string,
  value: serdes.int64,
  type: 'disk',
  format: 'timestamped',
  caching: false,
  logging: true,
  changelogConfig: {},
  sourceTopic: undefined,
  isGlobal: false,
  lruEntriesMax: undefined,
  ttlMs: undefined,
}

function threadOn(disk: MemoryDisk, thread: number): TaskStores {
  return new TaskStores({ disk, thread, memory: new LsmMemory(), onWarning: () => undefined })
}

function one(key: string): ByteChanges {
  const buffer = Buffer.from(key)
  return { each: (visit) => visit(buffer, 0, buffer.length, 0, 0) }
}

function commit(store: ByteStore, key: string, nextOffset: number): void {
  const position = { topicId: 'id', nextOffset, leaderEpoch: 0 }
  store.commit(one(key), { changelogs: new Map([[topicPartition('changelog', 0), position]]), streamTimeMs: -1 })
}

describe('the stores of tasks', () => {
  it('are open in one thread at a time, and free again when that closes them or has ended', () => {
    const disk = new MemoryDisk()
    const [first, second] = [threadOn(disk, 1), threadOn(disk, 2)]
    expect(first.tryOpen('0_0')).toBe(true)
    expect(first.tryOpen('0_0')).toBe(true)
    expect(second.tryOpen('0_0')).toBe(false)
    first.close('0_0')
    expect(second.tryOpen('0_0')).toBe(true)
    expect(first.tryOpen('0_1')).toBe(true)
    releaseTasks(disk, 2)
    expect(threadOn(disk, 3).tryOpen('0_1')).toBe(false)
    expect(threadOn(disk, 3).tryOpen('0_0')).toBe(true)
    releaseTasks(disk)
    expect(threadOn(disk, 4).tryOpen('0_1')).toBe(true)
  })

  it('tell of tasks that nobody has open how far they are, without opening them', async () => {
    const disk = new MemoryDisk()
    const thread = threadOn(disk, 1)
    thread.tryOpen('1_0')
    const store = thread.engine('1_0', definition).open('counts')
    commit(store, 'a', 7)
    commit(store, 'b', 9)
    expect(thread.dormant()).toEqual(new Map())
    await store.close()
    thread.close('1_0')
    expect(threadOn(disk, 2).dormant()).toEqual(new Map([['1_0', 9]]))
  })

  it('are set aside by name, the two newest of each store are kept', async () => {
    const disk = new MemoryDisk()
    const thread = threadOn(disk, 1)
    thread.tryOpen('0_0')
    expect(thread.setAside('0_0', 'counts')).toBeUndefined()
    for (let i = 1; i <= 4; i++) {
      const store = thread.engine('0_0', definition).open('counts')
      commit(store, 'a', i)
      await store.close()
      expect(thread.setAside('0_0', 'counts')).toBe(`memory/0_0/counts.set-aside-${i}`)
    }
    expect(disk.list('0_0')).toEqual(['.lock', 'counts.set-aside-3', 'counts.set-aside-4'])
    expect(storesOf(disk, '0_0')).toEqual([])
    expect(taskDirectories(disk)).toEqual(['0_0'])
  })
})
