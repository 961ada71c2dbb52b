// The command as a user calls it: a process with arguments, pipes and exit codes.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serveDirectory } from '../../src/app/index.ts'
import { type Ended, commandPath, tidemill as call } from './command.ts'

const dir = mkdtempSync(join(tmpdir(), 'tidemill-cli-'))
let broker: Awaited<ReturnType<typeof serveDirectory>>
let address = ''

const tidemill = (args: readonly string[], input = ''): Promise<Ended> =>
  call(args, { input, cwd: dir, bootstrapServers: address })

beforeAll(async () => {
  broker = await serveDirectory({
    dir: join(dir, 'data'),
    listen: { host: '127.0.0.1', port: 0 },
    durability: 'never',
    partitions: 1,
    autoCreateTopics: false,
  })
  address = `${broker.address.host}:${broker.address.port}`
})

afterAll(async () => {
  await broker.close()
  rmSync(dir, { recursive: true, force: true })
})

describe('the command line', () => {
  test('help names every command and ends with 0', async () => {
    const { code, stdout } = await tidemill(['--help'])
    expect(code).toBe(0)
    for (const name of [
      'demo',
      'run',
      'describe',
      'status',
      'reset',
      'plan',
      'broker',
      'topics',
      'produce',
      'consume',
      'groups',
      'stores',
    ])
      expect(stdout).toContain(name)
  })

  test('wrong words end with 2 and say where help is', async () => {
    const unknown = await tidemill(['brew'])
    expect(unknown.code).toBe(2)
    expect(unknown.stderr).toMatch(/unknown command 'brew'/)
    expect(unknown.stderr).toMatch(/tidemill --help/)
    const badNumber = await tidemill(['topics', 'create', 'x', '--partitions', 'none'])
    expect(badNumber.code).toBe(2)
    expect(badNumber.stderr).toMatch(/it is a whole number from 1/)
  })

  test('records go in by lines and come out by lines, with keys, as JSON and by a format', async () => {
    expect((await tidemill(['topics', 'create', 'notes', '-c', 'retention.ms=60000'])).stdout).toBe('created notes\n')
    expect((await tidemill(['topics', 'create', 'notes'])).stdout).toBe('notes exists already\n')
    const produced = await tidemill(['produce', 'notes', '-K', ':', '-H', 'from=test'], 'a:1\nb:2\n')
    expect(produced).toMatchObject({ code: 0, stdout: '' })
    expect(produced.stderr).toContain('wrote 2 records to notes')
    expect((await tidemill(['consume', 'notes', '--exit', '--keys'])).stdout).toBe('a\t1\nb\t2\n')
    const [first] = (await tidemill(['--json', 'consume', 'notes', '-n', '1'])).stdout.trim().split('\n')
    expect(JSON.parse(first as string)).toMatchObject({
      topic: 'notes',
      partition: 0,
      offset: 0,
      key: 'a',
      value: '1',
      headers: [['from', 'test']],
    })
    expect((await tidemill(['consume', 'notes', '--exit', '--value-format', 'hex', '--from', '1'])).stdout).toBe('32\n')
  })

  test('JSON lines become records, and a line that is none is named', async () => {
    await tidemill(['topics', 'create', 'json-notes'])
    const lines = `${JSON.stringify({ key: 'k', value: { n: 1 }, timestamp: 5, headers: { h: 'x' } })}\n${JSON.stringify({ key: 'k' })}\n`
    expect((await tidemill(['--json', 'produce', 'json-notes'], lines)).stdout).toBe(
      '{"topic":"json-notes","records":2}\n',
    )
    const read = (await tidemill(['--json', 'consume', 'json-notes', '--exit', '--value-format', 'json'])).stdout
      .trim()
      .split('\n')
    expect(read.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { value: { n: 1 }, timestamp: 5 },
      { value: null },
    ])
    const wrong = await tidemill(['--json', 'produce', 'json-notes'], '{"key":\n')
    expect(wrong.code).toBe(1)
    expect(wrong.stderr).toMatch(/line 1 is not JSON/)
  })

  test('a topic that is missing is an error that lists those that are there', async () => {
    const { code, stderr } = await tidemill(['consume', 'nots', '--exit'])
    expect(code).toBe(1)
    expect(stderr).toMatch(/no topic nots: there are .*notes/)
    expect(stderr).toMatch(/topic-not-found/)
  })

  test('a broker that nobody runs is an error that names the address', async () => {
    const { code, stderr } = await tidemill(['-b', '127.0.0.1:1', 'topics', 'list'])
    expect(code).toBe(1)
    expect(stderr).toMatch(/127\.0\.0\.1:1/)
  })

  test('topics and groups are listed and described', async () => {
    expect((await tidemill(['topics'])).stdout).toMatch(/NAME\s+PARTITIONS/)
    expect(JSON.parse((await tidemill(['--json', 'topics', 'describe', 'notes'])).stdout)).toMatchObject({
      name: 'notes',
      partitions: [{ partition: 0, start: 0, end: 2, records: 2 }],
      config: { 'retention.ms': '60000' },
    })
    expect((await tidemill(['groups'])).stdout).toBe('no groups yet\n')
    const missing = await tidemill(['groups', 'describe', 'nobody'])
    expect(missing.code).toBe(1)
    expect(missing.stderr).toMatch(/nobody/)
  })

  test('a module without a topology is refused by its exports', async () => {
    writeFileSync(join(dir, 'nothing.mjs'), 'export const one = 1\n')
    const refused = await tidemill(['describe', 'nothing.mjs'])
    expect(refused.code).toBe(1)
    expect(refused.stderr).toMatch(/one/)
  })

  test('a reader that goes away ends it without a message', async () => {
    await tidemill(['produce', 'notes'], Array.from({ length: 20_000 }, (_, i) => `line ${i}\n`).join(''))
    const env = { ...process.env, BOOTSTRAP_SERVERS: address }
    const child = spawn(process.execPath, [await commandPath(), 'consume', 'notes', '--exit'], { cwd: dir, env })
    let stderr = ''
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')))
    child.stdout.once('data', () => child.stdout.destroy())
    const code = await new Promise((resolve) => child.on('close', resolve))
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  })
})
