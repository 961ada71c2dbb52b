import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { NodeDisk, TaskCorruptedError } from '../base/index.ts'
import { type ByteStore, LsmEngine, LsmMemory } from '../state/index.ts'
import { CompactionWorker } from './compaction-worker.ts'

let directory: string
let worker: CompactionWorker

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tidemill-compaction-'))
  worker = new CompactionWorker({ directory })
})
afterEach(async () => {
  await worker.close()
  rmSync(directory, { recursive: true })
})

function open(): ByteStore {
  const memory = new LsmMemory({ tableBytesMax: 20_000, blockBytes: 500 })
  return new LsmEngine({ disk: new NodeDisk(directory), directory: 'app/0_0', memory, compactor: worker }).open('store')
}

function put(store: ByteStore, from: number, to: number): void {
  store.commit(
    {
      each(visit) {
        for (let i = from; i < to; i++) {
          const row = Buffer.from(`key-${i % 500}value-${i}`)
          const keyEnd = `key-${i % 500}`.length
          visit(row, 0, keyEnd, keyEnd, row.length)
        }
      },
    },
    { changelogs: new Map(), streamTimeMs: to },
  )
}

function valueOf(store: ByteStore, key: string): string | undefined {
  const view = store.get(Buffer.from(key), 0, key.length)
  return view?.buffer.toString('utf8', view.valueStart, view.valueEnd)
}

const runs = (): readonly string[] =>
  readdirSync(join(directory, 'app/0_0/store')).filter((name) => name.startsWith('run-'))

it('a worker writes and merges what is committed, while commits and reads go on', async () => {
  const store = open()
  for (let i = 0; i < 20_000; i += 100) put(store, i, i + 100)
  expect(valueOf(store, 'key-7')).toBe('value-19507')
  await store.flush()
  expect(runs().length).toBeGreaterThan(0)
  expect(runs().length).toBeLessThan(49)
  for (let i = 0; i < 500; i++) expect(valueOf(store, `key-${i}`)).toBe(`value-${19_500 + i}`)
  await store.close()
  const again = open()
  expect(again.position()?.streamTimeMs).toBe(20_000)
  expect(valueOf(again, 'key-499')).toBe('value-19999')
  await again.destroy()
})

it('a commit that is far ahead waits for the worker, without a turn of the event loop', async () => {
  const store = open()
  for (let i = 0; i < 50_000; i += 100) put(store, i, i + 100)
  // At most some tables of 20,000 bytes wait in memory: the rest is on disk.
  expect(runs().length).toBeGreaterThan(0)
  await store.destroy()
})

it('damage that the worker finds is thrown by a later commit, by its type', async () => {
  const store = open()
  for (let i = 0; i < 2_000; i += 100) put(store, i, i + 100)
  await store.flush()
  const disk = new NodeDisk(directory)
  for (const name of runs()) {
    const file = disk.open(`app/0_0/store/${name}`, 'read-write')
    file.write([Buffer.from('damage')], 50)
    file.close()
  }
  const commitMuch = (): void => {
    for (let i = 0; i < 200_000; i += 100) put(store, i, i + 100)
  }
  expect(commitMuch).toThrow(TaskCorruptedError)
  expect(commitMuch).toThrow(expect.objectContaining({ path: expect.stringMatching(/^app\/0_0\/store\/run-/) }))
  await store.destroy()
})
