import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { Disk } from './disk.ts'
import { FaultDisk } from './fault-disk.ts'
import { MemoryDisk } from './memory-disk.ts'
import { NodeDisk } from './node-disk.ts'
import { seededPrng } from './prng.ts'

const directories: string[] = []
afterEach(() => directories.splice(0).forEach((path) => rmSync(path, { recursive: true, force: true })))

function nodeDisk(): Disk {
  const path = mkdtempSync(join(tmpdir(), 'tidemill-disk-'))
  directories.push(path)
  return new NodeDisk(join(path, 'root'))
}

const text = (value: string): Buffer => Buffer.from(value)

for (const [name, make] of [
  ['MemoryDisk', (): Disk => new MemoryDisk()],
  ['NodeDisk', nodeDisk],
  ['FaultDisk', (): Disk => new FaultDisk()],
] as const) {
  describe(`the disk contract on ${name}`, () => {
    it('reads back what was written in several chunks, also from another handle', async () => {
      const disk = make()
      disk.makeDirectory('a/b')
      const file = disk.open('a/b/file', 'create-new')
      file.write([text('hello '), text('world')], 0)
      file.write([text('W')], 6)
      await file.sync()
      const target = Buffer.alloc(20)
      expect(disk.open('a/b/file', 'read').read(target, 2, 18, 0)).toBe(11)
      expect(target.toString('latin1', 2, 13)).toBe('hello World')
      expect(file.size()).toBe(11)
      file.close()
    })

    it('cuts a file and fills a hole with zeros', () => {
      const disk = make()
      const file = disk.open('file', 'create')
      file.write([text('abcdef')], 0)
      file.truncate(2)
      file.write([text('x')], 4)
      file.syncNow()
      expect(disk.readFile('file')).toEqual(text('ab\0\0x'))
      file.close()
    })

    it('reads back a long file from anywhere, holes and cuts included', () => {
      const disk = make()
      const file = disk.open('file', 'create')
      const model = Buffer.alloc(1_000_000)
      const write = (position: number, length: number, fill: number): void => {
        const bytes = Buffer.alloc(length, fill)
        model.set(bytes, position)
        file.write([bytes.subarray(0, 100), bytes.subarray(100)], position)
      }
      write(0, 300_000, 1)
      write(600_000, 400_000, 2)
      write(262_000, 1_000, 3)
      file.truncate(700_000)
      file.truncate(1_000_000)
      model.fill(0, 700_000)
      for (const [from, length] of [
        [0, 1_000_000],
        [262_143, 2],
        [262_144, 262_144],
        [299_999, 400_002],
      ] as const) {
        // prettier-ignore
        const target = Buffer.alloc(length)
        expect(file.read(target, 0, length, from)).toBe(length)
        expect(target.equals(model.subarray(from, from + length))).toBe(true)
      }
      expect(disk.readFile('file')?.equals(model)).toBe(true)
      file.close()
    })

    it('lists sorted names, and nothing for what is missing', () => {
      const disk = make()
      disk.makeDirectory('d/z')
      disk.open('d/b', 'create').close()
      disk.replaceFile('d/a', text('1'))
      expect(disk.list('d')).toEqual(['a', 'b', 'z'])
      expect(disk.list('missing')).toEqual([])
      expect(disk.isDirectory('d/z')).toBe(true)
      expect(disk.isDirectory('d/a')).toBe(false)
      expect(disk.exists('d/c')).toBe(false)
      expect(disk.readFile('d/c')).toBeUndefined()
    })

    it('renames files and directories and removes them', () => {
      const disk = make()
      disk.makeDirectory('d')
      disk.replaceFile('d/a', text('1'))
      disk.replaceFile('d/a', text('22'))
      disk.rename('d', 'e')
      disk.rename('e/a', 'e/b')
      expect(disk.readFile('e/b')).toEqual(text('22'))
      disk.remove('e/b')
      disk.removeDirectory('e')
      disk.syncDirectory('')
      expect(disk.list('')).toEqual([])
    })

    it('refuses to make what exists and to open what does not', () => {
      const disk = make()
      disk.open('file', 'create-new').close()
      expect(() => disk.open('file', 'create-new')).toThrow(expect.objectContaining({ code: 'file-exists' }))
      expect(() => disk.open('other', 'read')).toThrow(expect.objectContaining({ code: 'disk-failed' }))
      expect(() => disk.open('no-directory/file', 'create')).toThrow(expect.objectContaining({ code: 'disk-failed' }))
    })
  })
}

describe('MemoryDisk', () => {
  it('is full at its limit and has room again after a removal', () => {
    const disk = new MemoryDisk({ bytesMax: 10 })
    disk.open('a', 'create').write([text('12345678')], 0)
    const file = disk.open('b', 'create')
    expect(() => file.write([text('123')], 0)).toThrow(expect.objectContaining({ code: 'disk-full' }))
    disk.remove('a')
    file.write([text('123')], 0)
    expect(disk.freeBytes()).toBe(7)
  })
})

describe('FaultDisk', () => {
  it('keeps what was synced in every crash image, and loses the rest in the worst', async () => {
    const disk = new FaultDisk()
    const file = disk.open('log', 'create')
    disk.syncDirectory('')
    file.write([text('safe')], 0)
    const sync = file.sync()
    file.write([text('gone')], 4)
    await sync
    expect(disk.crashImage('lost', seededPrng(1)).readFile('log')).toEqual(text('safe'))
    expect(disk.crashImage('kept', seededPrng(1)).readFile('log')).toEqual(text('safegone'))
    const seen = new Set<string>()
    for (let seed = 0; seed < 200; seed++) {
      const bytes = disk.crashImage('torn', seededPrng(seed)).readFile('log')?.toString() ?? ''
      expect('safegone'.startsWith(bytes) && bytes.length >= 4).toBe(true)
      seen.add(bytes)
    }
    expect(seen.size).toBeGreaterThan(3)
  })

  it('lets a later write arrive without an earlier one when writes are reordered', () => {
    const disk = new FaultDisk()
    const file = disk.open('log', 'create')
    disk.syncDirectory('')
    file.write([text('aa')], 0)
    file.write([text('bb')], 2)
    const images = new Set<string>()
    for (let seed = 0; seed < 100; seed++) {
      images.add(disk.crashImage('reordered', seededPrng(seed)).readFile('log')?.toString() ?? '')
    }
    expect(images.has('\0\0bb')).toBe(true)
  })

  it('loses names whose directory was not synced, with all that is below', () => {
    const disk = new FaultDisk()
    disk.makeDirectory('d')
    disk.replaceFile('d/kept', text('1'))
    expect(disk.crashImage('lost', seededPrng(1)).list('')).toEqual([])
    disk.syncDirectory('')
    disk.open('d/new', 'create').syncNow()
    expect(disk.crashImage('lost', seededPrng(1)).list('d')).toEqual(['kept'])
    disk.syncDirectory('d')
    expect(disk.crashImage('lost', seededPrng(1)).list('d')).toEqual(['kept', 'new'])
  })

  it('loses a directory whose parents were made with it and not synced', () => {
    const disk = new FaultDisk()
    disk.makeDirectory('a/b/c')
    disk.syncDirectory('a/b')
    disk.syncDirectory('a')
    expect(disk.crashImage('lost', seededPrng(1)).exists('a/b/c')).toBe(false)
    disk.syncDirectory('')
    expect(disk.crashImage('lost', seededPrng(1)).isDirectory('a/b/c')).toBe(true)
  })

  it('fails the planned operation, after a part of the write', () => {
    const disk = new FaultDisk()
    const file = disk.open('log', 'create')
    disk.planFailure({ code: 'disk-full', after: 1, operations: ['write'] })
    file.write([text('good')], 0)
    expect(() => file.write([text('bad!')], 4)).toThrow(expect.objectContaining({ code: 'disk-full' }))
    expect(file.size()).toBe(6)
    file.write([text('good')], 4)
    expect(file.size()).toBe(8)
  })
})
