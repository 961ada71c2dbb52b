import { describe, expect, it } from 'vitest'
import { type Disk, FaultDisk, MemoryDisk, crc32c } from '../../base/index.ts'
import { byteStoreContract } from '../byte-store.contract.ts'
import { type ByteStore, keyCopy, valueCopy } from '../byte-store.ts'
import { changesOf } from '../pending-bytes.ts'
import { NO_POSITION } from '../test-host.ts'
import { InlineCompactor } from './inline-compactor.ts'
import { LsmEngine } from './lsm-engine.ts'
import { LsmMemory } from './lsm-memory.ts'
import { LsmStore } from './lsm-store.ts'
import { parseIndex } from './run-format.ts'

/** Small limits, so that few commits make runs, several blocks and merges. */
const smallMemory = (): LsmMemory => new LsmMemory({ tableBytesMax: 700, blockBytes: 100, blockBytesMax: 500 })

function openOn(disk: Disk, memory: LsmMemory = smallMemory(), directory: string = 'app/0_0/store'): LsmStore {
  const compactor = new InlineCompactor(disk)
  return new LsmStore({ disk, directory, name: 'store', memory, compactor, compression: 'none', segmentBytes: 0 })
}

function openSegmented(disk: Disk): LsmStore {
  const compactor = new InlineCompactor(disk)
  const options = { disk, directory: 'app/0_0/window', name: 'window', memory: smallMemory(), compactor }
  return new LsmStore({ ...options, compression: 'lz4', segmentBytes: 1 })
}

const put = (store: ByteStore, entries: Readonly<Record<string, string | null>>): void =>
  store.commit(
    changesOf(
      Object.entries(entries).map(([key, value]) => [Buffer.from(key), value === null ? null : Buffer.from(value)]),
    ),
    NO_POSITION,
  )

function textOf(store: ByteStore): string {
  const rows: string[] = []
  const cursor = store.cursor({})
  while (cursor.next()) rows.push(`${keyCopy(cursor).toString()}=${valueCopy(cursor).toString()}`)
  return rows.join(' ')
}

describe('the disk engine', () => {
  const disks = new WeakMap<ByteStore, Disk>()
  for (const [name, open, runs] of [
    ['a store on disk', openOn, 200],
    ['a compressed store of segments', openSegmented, 100],
  ] as const) {
    const on = (disk: Disk): ByteStore => {
      const store = open(disk)
      disks.set(store, disk)
      return store
    }
    const reopen = (closed: ByteStore): ByteStore => on(disks.get(closed) as Disk)
    byteStoreContract(name, { open: () => on(new MemoryDisk()), reopen }, runs)
  }

  it('has one run when it was restored, and as many as the sizes say when it was followed', async () => {
    const disk = new MemoryDisk()
    const store = openOn(disk)
    const runs = (): number => disk.list('app/0_0/store').filter((name) => name.startsWith('run-')).length
    const load = (from: number): void => {
      const keys = Array.from({ length: 100 }, (_, i) => Buffer.from(`key-${(from + i) * 7_919}`))
      store.load(changesOf(keys.map((key) => [key, Buffer.from('restored')])), NO_POSITION)
    }
    for (let i = 0; i < 2_000; i += 100) load(i)
    await store.flush()
    put(store, { first: 'of one’s own' })
    expect(runs()).toBe(1)
    expect(
      textOf(store)
        .split(' ')
        .filter((row) => row.endsWith('=restored')),
    ).toHaveLength(2_000)
    for (let i = 2_000; i < 2_300; i += 100) {
      load(i)
      await store.flush()
    }
    put(store, { second: 'of one’s own' })
    expect(runs()).toBeGreaterThan(1)
    await store.close()
  })

  it('has no two segments in a file, and drops the files of those that expire', async () => {
    const disk = new MemoryDisk()
    const store = openSegmented(disk)
    for (let i = 0; i < 300; i++) put(store, { [`${i % 4}-${i}`]: 'v'.repeat(20), [`\u00ff-${i}`]: 'w' })
    await store.flush()
    const before = disk.list('app/0_0/window').filter((name) => name.startsWith('run-')).length
    const firstBytes = (): Set<string> => {
      const found = new Set<string>()
      for (const [path, bytes] of disk.snapshot()) if (path.includes('/run-')) found.add(keysIn(bytes))
      return found
    }
    expect([...firstBytes()].sort()).toEqual(['0', '1', '2', '3', '\u00c3'])
    store.deleteBelow(Buffer.from('2'))
    await store.flush()
    expect([...firstBytes()].sort()).toEqual(['2', '3', '\u00c3'])
    expect(disk.list('app/0_0/window').filter((name) => name.startsWith('run-')).length).toBeLessThan(before)
    await store.destroy()
  })

  it('leaves no file behind when it is destroyed', async () => {
    const disk = new MemoryDisk()
    const store = openOn(disk)
    for (let i = 0; i < 50; i++) put(store, { [`k${i}`]: 'v'.repeat(30) })
    await store.destroy()
    expect(disk.snapshot().size).toBe(0)
  })

  it('merges runs as they come, and drops what was deleted', async () => {
    const disk = new MemoryDisk()
    const store = openOn(disk)
    for (let i = 0; i < 2_000; i++) put(store, { [`k${i % 100}`]: `v${i}`, [`k${(i + 50) % 100}`]: null })
    expect(disk.list('app/0_0/store').length).toBeLessThan(16)
    store.compact()
    expect(disk.list('app/0_0/store').filter((name) => name.startsWith('run-'))).toHaveLength(1)
    expect(store.approximateCount()).toBe(50)
    await store.destroy()
  })

  it('drops whole runs of what expired', async () => {
    const disk = new MemoryDisk()
    const store = openOn(disk)
    for (let i = 0; i < 100; i++) {
      put(store, { [`${String(i).padStart(4, '0')}-a`]: 'v'.repeat(50), [`${String(i).padStart(4, '0')}-b`]: 'v' })
      store.deleteBelow(Buffer.from(String(Math.max(0, i - 3)).padStart(4, '0')))
    }
    expect(textOf(store).split(' ')).toHaveLength(8)
    expect(store.approximateBytes()).toBeLessThan(5_000)
    await store.destroy()
  })

  it('keeps a cursor as it was while runs are merged and removed under it', async () => {
    const disk = new MemoryDisk()
    const store = openOn(disk)
    for (let i = 0; i < 60; i++) put(store, { [`k${String(i).padStart(2, '0')}`]: 'v'.repeat(20) })
    const cursor = store.cursor({})
    expect(cursor.next()).toBe(true)
    for (let i = 0; i < 60; i++) put(store, { [`k${String(i).padStart(2, '0')}`]: null, [`z${i}`]: 'w' })
    store.compact()
    let count = 1
    while (cursor.next()) {
      expect(valueCopy(cursor).toString()).toBe('v'.repeat(20))
      count++
    }
    expect(count).toBe(60)
    await store.close()
    const runs = disk.list('app/0_0/store').filter((name) => name.startsWith('run-'))
    expect(runs).toHaveLength(1)
  })

  it('writes the largest table where all together are over the limit', () => {
    const memory = new LsmMemory({ tablesBytesMax: 8_000, tableBytesMax: 100_000 })
    const disk = new MemoryDisk()
    const stores = ['a', 'b', 'c'].map((name) => openOn(disk, memory, name))
    for (let i = 0; i < 300; i++) put(stores[i % 3] as LsmStore, { [`k${i}`]: 'v'.repeat(i % 3 === 0 ? 60 : 10) })
    expect(stores.reduce((sum, { tableBytes }) => sum + tableBytes, 0)).toBeLessThan(8_000)
    expect(disk.list('a').some((name) => name.startsWith('run-'))).toBe(true)
  })

  it('holds what was committed when the disk is full, and goes on when there is room again', async () => {
    const disk = new FaultDisk()
    const store = openOn(disk)
    put(store, { a: '1' })
    for (let after = 0; after < 12; after++) {
      disk.planFailure({ code: 'disk-full', after, isLasting: true })
      let failed = 0
      for (let i = 0; i < 30; i++) {
        try {
          put(store, { [`k${after}-${i}`]: 'v'.repeat(40) })
        } catch {
          failed++
        }
      }
      expect(failed).toBeGreaterThan(0)
      disk.heal()
      const before = textOf(store)
      put(store, { [`after-${after}`]: 'v' })
      expect(textOf(store).split(' ').length).toBe(before.split(' ').length + 1)
    }
    const content = textOf(store)
    await store.close()
    expect(textOf(openOn(disk))).toBe(content)
  })
})

describe('a damaged store', () => {
  function filled(): MemoryDisk {
    const disk = new MemoryDisk()
    const store = openOn(disk)
    for (let i = 0; i < 100; i++) put(store, { [`k${i % 37}`]: `v${i}` })
    return disk
  }

  it('is set aside, said, and starts empty', () => {
    const disk = filled()
    const manifest = disk.readFile('app/0_0/store/MANIFEST') as Buffer
    manifest[20] = (manifest[20] as number) ^ 1
    disk.replaceFile('app/0_0/store/MANIFEST', manifest)
    const warnings: string[] = []
    const engine = new LsmEngine({ disk, directory: 'app/0_0', onWarning: (message) => warnings.push(message) })
    expect(textOf(engine.open('store'))).toBe('')
    expect(warnings).toEqual([
      'app/0_0/store/MANIFEST is damaged at offset 0: its checksum is wrong; the store is set aside and restored from its changelog ' +
        '(check the disk); its files are in app/0_0/store.set-aside-1 on memory',
    ])
    expect(disk.list('app/0_0/store.set-aside-1')).toContain('MANIFEST')
  })

  it('never gives a wrong value, whichever bit of whichever file flips', () => {
    const disk = filled()
    const right = new Map(
      textOf(openOn(clone(disk)))
        .split(' ')
        .map((row) => row.split('=') as [string, string]),
    )
    let found = 0
    let harmless = 0
    for (const [path, bytes] of disk.snapshot()) {
      const step = Math.max(1, Math.floor(bytes.length / 60))
      for (let at = 0; at < bytes.length; at += step) {
        const flipped = Buffer.from(bytes)
        flipped[at] = (flipped[at] as number) ^ (1 << (at % 8))
        const damaged = clone(disk)
        damaged.replaceFile(path, flipped)
        try {
          const store = openOn(damaged)
          for (const row of textOf(store)
            .split(' ')
            .filter((text) => text !== '')) {
            const [key, value] = row.split('=') as [string, string]
            // A log that is cut short gives an earlier state: an older value of the key, never another.
            const [now, then] = [Number(right.get(key)?.slice(1)), Number(value.slice(1))]
            expect(then % 37).toBe(Number(key.slice(1)))
            expect(then).toBeLessThanOrEqual(now)
          }
          harmless++
        } catch (error) {
          expect((error as { code?: string }).code).toBe('store-corrupt')
          found++
        }
      }
    }
    expect(found).toBeGreaterThan(50)
    expect(harmless).toBeGreaterThan(5)
  })

  it('refuses a format that is newer, by name', () => {
    const disk = filled()
    const manifest = disk.readFile('app/0_0/store/MANIFEST') as Buffer
    manifest.writeUInt32LE(9, 8)
    rewriteCrc(manifest)
    disk.replaceFile('app/0_0/store/MANIFEST', manifest)
    expect(() => openOn(disk)).toThrow(/MANIFEST has format 9, this version of Tidemill reads up to 1: upgrade/)
  })
})

/** The first bytes of the keys in a run's index, each once. */
function keysIn(run: Buffer): string {
  const footer = run.length - 56
  const indexAt = run.readDoubleLE(footer)
  const blocks = run.readUInt32LE(footer + 24)
  const { bytes, keys, lastKey } = parseIndex(run.subarray(indexAt, footer), blocks)
  const first = Array.from({ length: blocks }, (_, i) =>
    bytes.toString('latin1', keys[i * 2], (keys[i * 2] as number) + 1),
  )
  return [...new Set([...first, lastKey.toString('latin1', 0, 1)])].join('')
}

function clone(disk: MemoryDisk): MemoryDisk {
  const copy = new MemoryDisk()
  for (const [path, bytes] of disk.snapshot()) {
    copy.makeDirectory(path.slice(0, path.lastIndexOf('/')))
    copy.replaceFile(path, bytes)
  }
  return copy
}

function rewriteCrc(bytes: Buffer): void {
  bytes.writeUInt32LE(crc32c(bytes, 0, bytes.length - 4), bytes.length - 4)
}
