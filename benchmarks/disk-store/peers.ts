// Other engines, side by side. They are no dependency: the benchmark installs them into a cache of the user's, with the binaries
// that their packages bring, and says so where it cannot.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { type BenchEngine, VALUE, keyOf } from './engine.ts'

const VERSIONS = { 'classic-level': '3.0.0', lmdb: '3.5.6' } as const
export type Peer = keyof typeof VERSIONS

/** undefined where it cannot be installed. */
export async function openPeer(peer: Peer, directory: string): Promise<BenchEngine | undefined> {
  const folder = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'tidemill', 'stores')
  if (!existsSync(join(folder, 'node_modules', peer))) install(peer, folder)
  try {
    const module = createRequire(join(folder, 'index.js'))(peer)
    return peer === 'lmdb' ? openLmdb(module, directory) : await openLevel(module, directory)
  } catch (error) {
    console.log(`${peer} is left out: ${(error as Error).message.split('\n')[0]}`)
    return undefined
  }
}

function install(peer: Peer, folder: string): void {
  mkdirSync(folder, { recursive: true })
  const name = `${peer}@${VERSIONS[peer]}`
  console.log(`installing ${name} into ${folder}`)
  spawnSync('npm', ['install', '--prefix', folder, '--no-save', '--no-package-lock', '--ignore-scripts', name])
}

interface Level {
  open(): Promise<void>
  batch(operations: readonly object[]): Promise<void>
  getSync(key: Buffer): Buffer | undefined
  iterator(options: object): { nextv(size: number): Promise<readonly unknown[]>; close(): Promise<void> }
  compactRange(start: Buffer, end: Buffer): Promise<void>
  close(): Promise<void>
}

async function openLevel(
  module: { readonly ClassicLevel: new (location: string, options: object) => Level },
  directory: string,
): Promise<BenchEngine> {
  const options = { keyEncoding: 'buffer', valueEncoding: 'buffer', compression: false, cacheSize: 32 * 1_024 * 1_024 }
  const db = new module.ClassicLevel(join(directory, 'level'), options)
  await db.open()
  const batch = (numbers: readonly number[]): Promise<void> =>
    db.batch(numbers.map((number) => ({ type: 'put', key: keyOf(number), value: VALUE })))
  return {
    name: 'classic-level',
    load: batch,
    finishLoad: async () => undefined,
    commit: batch,
    breathe: () => undefined,
    get: (number) => db.getSync(keyOf(number)) !== undefined,
    async scan(from, count) {
      const iterator = db.iterator({ gte: keyOf(from) })
      const rows = await iterator.nextv(count)
      await iterator.close()
      return rows.length
    },
    compact: () => db.compactRange(Buffer.alloc(0), Buffer.alloc(17, 0xff)),
    close: () => db.close(),
  }
}

interface Lmdb {
  put(key: Buffer, value: Buffer): Promise<boolean>
  transaction(action: () => void): Promise<void>
  getBinaryFast(key: Buffer): Buffer | undefined
  getRange(options: object): Iterable<{ readonly value: Buffer }>
  flushed: Promise<unknown>
  close(): Promise<void>
}

function openLmdb(module: { open(options: object): Lmdb }, directory: string): BenchEngine {
  const path = join(directory, 'lmdb')
  const db = module.open({ path, keyEncoding: 'binary', encoding: 'binary', noReadAhead: true })
  const batch = (numbers: readonly number[]): Promise<void> =>
    db.transaction(() => {
      for (const number of numbers) void db.put(keyOf(number), VALUE)
    })
  return {
    name: 'lmdb',
    load: batch,
    async finishLoad() {
      await db.flushed
    },
    commit: batch,
    breathe: () => undefined,
    get: (number) => db.getBinaryFast(keyOf(number)) !== undefined,
    scan(from, count) {
      let seen = 0
      for (const { value } of db.getRange({ start: keyOf(from), limit: count })) if (value.length > 0) seen++
      return seen
    },
    compact: () => undefined,
    close: () => db.close(),
  }
}
