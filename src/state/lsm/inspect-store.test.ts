import { expect, it } from 'vitest'
import { MemoryDisk } from '../../base/index.ts'
import { type ByteStore, keyCopy, valueCopy } from '../byte-store.ts'
import { changesOf } from '../pending-bytes.ts'
import { isStoreDirectory, readStore, verifyStore } from './inspect-store.ts'
import { LsmEngine } from './lsm-engine.ts'
import { LsmMemory } from './lsm-memory.ts'

async function filled(): Promise<MemoryDisk> {
  const disk = new MemoryDisk()
  const memory = new LsmMemory({ tableBytesMax: 700, blockBytes: 100 })
  const store: ByteStore = new LsmEngine({ disk, directory: 'app/0_0', memory }).open('store')
  for (let i = 0; i < 100; i++) {
    const key = Buffer.from(`k${i % 37}`)
    store.commit(changesOf([[key, Buffer.from(`v${i}`)]]), { changelogs: new Map(), streamTimeMs: i })
  }
  await store.close()
  return disk
}

it('a store is read without a change to its files', async () => {
  const disk = await filled()
  disk.replaceFile('app/0_0/store/run-999', Buffer.from('left by a crash'))
  const before = disk.snapshot()
  const reader = readStore(disk, 'app/0_0/store')
  const view = reader.get(Buffer.from('k3'), 0, 2)
  expect(view && valueCopy(view).toString()).toBe('v77')
  const keys: string[] = []
  const cursor = reader.cursor({})
  while (cursor.next()) keys.push(keyCopy(cursor).toString())
  expect(keys).toHaveLength(37)
  expect(reader.position?.streamTimeMs).toBe(99)
  reader.close()
  expect(disk.snapshot()).toEqual(before)
})

it('a whole store has no problems, and what a crash left is told apart', async () => {
  const disk = await filled()
  disk.replaceFile('app/0_0/store/run-999', Buffer.from('left by a crash'))
  const report = verifyStore(disk, 'app/0_0/store')
  expect(report.problems).toEqual([])
  expect(report.leftovers).toEqual(['run-999'])
  expect(report.runs).toBeGreaterThan(0)
  expect(report.entries).toBeGreaterThan(36)
  expect(isStoreDirectory(disk, 'app/0_0/store')).toBe(true)
  expect(isStoreDirectory(disk, 'app/0_0')).toBe(false)
})

it('verification finds every flipped bit of a run and says where', async () => {
  const disk = await filled()
  const [path, bytes] = [...disk.snapshot()].find(([name]) => name.includes('/run-')) as [string, Buffer]
  for (let at = 0; at < bytes.length; at++) {
    const flipped = Buffer.from(bytes)
    flipped[at] = (flipped[at] as number) ^ (1 << (at % 8))
    disk.replaceFile(path, flipped)
    const { problems } = verifyStore(disk, 'app/0_0/store')
    expect(problems.join(' ')).toMatch(/app\/0_0\/store\/run-\d+ (is damaged at offset \d+:|has format)/)
  }
})
