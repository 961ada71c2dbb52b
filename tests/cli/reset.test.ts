// `tidemill reset` on an application that has run, through the same client as everything else.
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { openClient } from '../../src/app/index.ts'
import type { Client } from '../../src/client/index.ts'
import { RecordHeaders, topicPartition } from '../../src/record/index.ts'
import { application, countsOf, createTopics, readUntil, send, temporaryDirectory, wordCount } from '../app/harness.ts'
import { commandPath, tidemill } from './command.ts'

beforeAll(async () => void (await commandPath()))

/** An application that has counted two lines and was closed, on an embedded directory. */
async function counted(): Promise<{ dir: string; servers: string; stateDir: string }> {
  const dir = temporaryDirectory()
  const servers = `embedded:${join(dir, 'data')}`
  const stateDir = join(dir, 'state')
  await withClient(servers, async (client) => {
    await createTopics(client, 1, 'lines', 'word-counts')
    await send(client, 'lines', 1, ['a b', 'a'])
    const { app } = application(wordCount(), { bootstrapServers: servers, stateDir })
    await app.start()
    await readUntil(client, 'word-counts', 1, (all) => countsOf(all)['a'] === 2)
    await app.close()
  })
  return { dir, servers, stateDir }
}

async function withClient<T>(bootstrapServers: string, run: (client: Client) => Promise<T>): Promise<T> {
  const client = await openClient({ bootstrapServers })
  try {
    return await run(client)
  } finally {
    await client.close()
  }
}

const offsetOf = (servers: string): Promise<number | undefined> =>
  withClient(
    servers,
    async (client) => (await client.admin().groupOffsets('app')).get(topicPartition('lines', 0))?.offset,
  )

const topicsOf = (servers: string): Promise<readonly string[]> =>
  withClient(servers, async (client) =>
    (await client.admin().listTopics()).flatMap(({ name }) => (name.startsWith('_') ? [] : [name])).toSorted(),
  )

test(
  'a dry run changes nothing; --execute moves offsets, deletes internal topics and state, and it counts anew',
  { timeout: 60_000 },
  async () => {
    const { dir, servers, stateDir } = await counted()
    const reset = (...more: readonly string[]) =>
      tidemill(['-b', servers, 'reset', '-a', 'app', '--input-topics', 'lines,nothing', ...more], { cwd: dir })
    const before = await topicsOf(servers)
    const dry = await reset()
    expect(dry.stderr).toContain('nothing was done yet: --execute does it')
    expect(dry.stdout).toMatch(/^nothing does not exist: left out\n/)
    expect(dry.stdout).toMatch(/lines +0 +2 +0\n/)
    expect(dry.stdout).toContain('would delete app-counts-changelog')
    expect(dry.stdout).toMatch(/local state is left in .*state\/app: --state-dir deletes it/)
    expect([await topicsOf(servers), await offsetOf(servers), existsSync(join(stateDir, 'app'))]).toEqual([
      before,
      2,
      true,
    ])
    const done = await reset('--execute', '--state-dir', stateDir)
    expect(done).toMatchObject({ code: 0, stderr: '' })
    expect(done.stdout).toContain('deleted app-counts-changelog')
    expect([await topicsOf(servers), await offsetOf(servers), existsSync(join(stateDir, 'app'))]).toEqual([
      ['lines', 'word-counts'],
      0,
      false,
    ])
    await withClient(servers, async (client) => {
      const { app } = application(wordCount(), { bootstrapServers: servers, stateDir })
      onTestFinished(() => app.close())
      await app.start()
      const isTwice = (all: readonly { readonly key: string | null }[]): boolean =>
        all.filter(({ key }) => key === 'b').length === 2
      expect(countsOf(await readUntil(client, 'word-counts', 1, isTwice))['b']).toBe(1)
      await app.close()
    })
  },
)

test('every place of an offset that Java knows, within the log', { timeout: 60_000 }, async () => {
  const { dir, servers } = await counted()
  const file = join(dir, 'offsets.csv')
  writeFileSync(file, 'lines,0,1\nothers,3,7\n')
  await withClient(servers, async (client) => {
    const producer = client.producer({})
    const late = Date.parse('2026-01-31T12:00:00Z')
    producer.append(topicPartition('lines', 0), null, Buffer.from('late'), late, RecordHeaders.empty)
    await producer.flush()
    await producer.close()
  })
  const to = async (...place: readonly string[]): Promise<unknown> => {
    const args = ['-b', servers, '--json', 'reset', '-a', 'app', '--input-topics', 'lines', ...place]
    return (JSON.parse((await tidemill(args, { cwd: dir })).stdout) as { moves: { to: number }[] }).moves.map(
      (move) => move.to,
    )
  }
  const places = [['--to-latest'], ['--to-offset', '1'], ['--to-offset', '99'], ['--shift-by', '-1'], ['--from-file', file], ['--to-datetime', '2026-01-31T11:00:00.000'], ['--by-duration', 'P36500D']] // prettier-ignore
  const found: unknown[] = []
  for (const place of places) found.push(await to(...place))
  expect(found).toEqual([[3], [1], [3], [1], [1], [2], [0]])
  const two = await tidemill(['-b', servers, 'reset', '-a', 'app', '--to-latest', '--shift-by', '1'], { cwd: dir })
  expect(two.code).toBe(2)
  const foreign = await tidemill(['-b', servers, 'reset', '-a', 'app', '--internal-topics', 'lines'], { cwd: dir })
  expect([foreign.code, foreign.stderr]).toEqual([1, expect.stringMatching(/lines: not internal topics of 'app'/)])
})

test('members that are active are named and refused; --force removes them', { timeout: 60_000 }, async () => {
  const { dir, servers } = await counted()
  await withClient(servers, async (client) => {
    // A member that a crash left behind.
    const member = client.groupMember({ groupId: 'app', topics: ['lines'], assignors: [lone] })
    onTestFinished(() => member.close({ leaveGroup: false }))
    member.start()
    while (member.state !== 'stable') await member.waitForEvent(20)
    const refused = await tidemill(['-b', servers, 'reset', '-a', 'app'], { cwd: dir })
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/'app' is running: tidemill .*--force/)])
    await member.close({ leaveGroup: false })
    const properties = join(dir, 'client.properties')
    writeFileSync(properties, `# a client\nbootstrap.servers=${servers}\n`)
    const args = ['reset', '-a', 'app', '--config-file', properties, '--input-topics', 'lines', '--force', '--execute']
    const forced = await tidemill(args, { cwd: dir })
    expect([forced.code, forced.stdout]).toEqual([0, expect.stringContaining('removed 1 members')])
    expect(await offsetOf(servers)).toBe(0)
  })
})

const lone = {
  name: 'lone',
  isCooperative: false,
  subscriptionUserData: () => null,
  assign: (members: readonly { readonly memberId: string }[]) =>
    Promise.resolve(new Map(members.map(({ memberId }) => [memberId, { partitions: [], userData: null }]))),
}
