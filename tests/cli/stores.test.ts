// `tidemill stores` on a state directory that nobody uses.
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { NodeDisk } from '../../src/base/index.ts'
import { topicPartition } from '../../src/record/index.ts'
import { serdes } from '../../src/serde/index.ts'
import { type ByteChanges, LsmEngine, setStoreAside } from '../../src/state/index.ts'
import { RecordHeaders } from '../../src/record/index.ts'
import { tidemill } from './command.ts'

const dir = mkdtempSync(join(tmpdir(), 'tidemill-stores-'))
const context = { topic: 'stores', headers: RecordHeaders.empty, isKey: false }

function row(word: string, timestamp: bigint, count: number): readonly [Buffer, Buffer] {
  const stamp = Buffer.alloc(8)
  stamp.writeBigInt64BE(timestamp)
  return [Buffer.from(word), Buffer.concat([stamp, serdes.int64.encode(count, context)])]
}

function changesOf(rows: readonly (readonly [Buffer, Buffer])[]): ByteChanges {
  return {
    each(visit) {
      for (const [key, value] of rows) {
        visit(Buffer.concat([key, value]), 0, key.length, key.length, key.length + value.length)
      }
    },
  }
}

beforeAll(async () => {
  const engine = new LsmEngine({ disk: new NodeDisk(join(dir, 'word-count')), directory: '1_0' })
  const store = engine.open('counts')
  const position = { topicId: 'id', nextOffset: 3, leaderEpoch: 0 }
  const positions = { changelogs: new Map([[topicPartition('changelog', 0), position]]), streamTimeMs: -1 }
  store.commit(changesOf([row('kafka', 5n, 2), row('kale', 6n, 1), row('lead', 7n, 1)]), positions)
  await store.flush()
  await store.close()
})

afterAll(() => rmSync(dir, { recursive: true, force: true }))

const stores = (...args: readonly string[]): ReturnType<typeof tidemill> => tidemill(['stores', ...args], { cwd: dir })

test(
  'stores are listed, looked into and verified, and a damaged one is told by its file',
  { timeout: 120_000 },
  async () => {
    const listed = await tidemill(['--json', 'stores', dir], { cwd: dir })
    expect(JSON.parse(listed.stdout)).toMatchObject([
      { instance: 'word-count', task: '1_0', store: 'counts', entries: 3, changelog: 'changelog-0@3', state: 'ok' },
    ])
    const got = await stores('get', dir, 'counts', 'kafka', '--value-format', 'int64')
    expect(got).toMatchObject({ code: 0, stdout: '1_0\tkafka\t2\ttimestamp 5\n' })
    const scanned = await stores('scan', dir, '1_0/counts', '--prefix', 'ka', '--value-format', 'int64', '--json')
    expect(
      scanned.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      { task: '1_0', key: 'kafka', value: 2, timestamp: 5 },
      { task: '1_0', key: 'kale', value: 1, timestamp: 6 },
    ])
    const missing = await stores('get', dir, 'sums', 'kafka')
    expect(missing).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('has no store sums; it has word-count/1_0/counts'),
    })
    const files = join(dir, 'word-count', '1_0', 'counts')
    const run = join(files, readdirSync(files).find((name) => name.startsWith('run-')) ?? '')
    const bytes = readFileSync(run)
    bytes[3] = (bytes[3] ?? 0) ^ 1
    writeFileSync(run, bytes)
    const verified = await stores('verify', dir)
    expect(verified).toMatchObject({ code: 1, stdout: expect.stringContaining('word-count/1_0/counts: DAMAGED') })
    expect(verified.stderr).toContain('1 of 1 stores are damaged')
    // The application would put it aside: it is still there to be looked at.
    const disk = new NodeDisk(join(dir, 'word-count'))
    expect(setStoreAside(disk, '1_0', 'counts')).toBe('1_0/counts.set-aside-1')
    expect((await stores(dir)).stdout).toMatch(/counts\.set-aside-1 .*set aside, damaged: /)
    expect((await stores('verify', dir)).code).toBe(0)
    disk.rename('1_0/counts.set-aside-1', '1_0/counts')
  },
)

test('a directory that a process uses is not read, unless one insists', { timeout: 120_000 }, async () => {
  writeFileSync(
    join(dir, 'word-count', '.lock'),
    JSON.stringify({ pid: process.pid, startTime: '', host: '127.0.0.1', port: 0, nonce: 'nonce' }),
  )
  const refused = await stores(dir)
  expect(refused).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`is in use by process ${process.pid}: stop it first`),
  })
  expect((await stores(dir, '--force')).code).toBe(0)
})
