// `tidemill status` asks an application of another process: here the application is this one, and the command the other.
import { expect, test, vi } from 'vitest'
import { StreamsBuilder, serdes, topic } from '../../src/index.ts'
import { application, clientOf, createTopics, memoryBroker, send, temporaryDirectory } from '../app/harness.ts'
import { tidemill } from './command.ts'

test('each task is told with its lag and with what it waits for, as a table and as JSON', async () => {
  const { broker, servers: bootstrapServers } = await memoryBroker()
  const client = clientOf(broker)
  const input = topic('lines', { value: serdes.string })
  await createTopics(client, 2, input.name)
  const builder = new StreamsBuilder()
  let settle: () => void = () => undefined
  const gate = new Promise<void>((resolve) => (settle = resolve))
  builder.stream(input).foreachAsync(() => gate, { name: 'call' })
  const stateDir = temporaryDirectory()
  const { app } = application(builder.build(), { bootstrapServers, stateDir, applicationId: 'asked' })
  await app.start()
  await send(client, input.name, 1, ['a'])
  await vi.waitFor(() => expect(app.status().threads[0]?.tasks[0]?.waits.length).toBeGreaterThan(0), {
    timeout: 20_000,
  })
  const { code, stdout } = await tidemill(['status', 'asked', '--state-dir', stateDir])
  expect(code).toBe(0)
  expect(stdout).toMatch(/^asked: running, process \d+ on /)
  expect(stdout).toMatch(/TASK +ROLE +STATE +LAG +BEHIND/)
  expect(stdout).toMatch(/0_0: call has not settled for .* s: key null, lines-0 offset 0/)
  const told = JSON.parse((await tidemill(['--json', 'status', '--state-dir', stateDir])).stdout) as unknown
  expect(told).toMatchObject({
    pid: process.pid,
    status: {
      applicationId: 'asked',
      state: 'running',
      threads: [{ index: 1, tasks: [{ taskId: '0_0' }, { taskId: '0_1' }] }],
    },
  })
  settle()
})

test('an application that does not run is said to, with 1', async () => {
  const { code, stderr } = await tidemill(['status', 'nobody', '--state-dir', temporaryDirectory()])
  expect(code).toBe(1)
  expect(stderr).toMatch(/'nobody' runs on .*: start it/)
})
