import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { systemPrng } from '../base/index.ts'
import { StateDirectory } from './state-directory.ts'
import { askInstances } from './status-endpoint.ts'
import { BLOCKED_FILE } from './step-watchdog.ts'

test('where an application cannot answer, the step that blocks it is told from its state directory', async () => {
  const stateDir = mkdtempSync(join(tmpdir(), 'tidemill-status-'))
  onTestFinished(() => rmSync(stateDir, { recursive: true, force: true }))
  const directory = StateDirectory.open(stateDir, 'app', systemPrng())
  expect(await askInstances(stateDir)).toMatchObject([{ pid: process.pid, problem: 'it is starting or closing' }])
  directory.publish('127.0.0.1', 1) // nobody listens there
  writeFileSync(join(directory.path, BLOCKED_FILE), JSON.stringify({ node: 'spin of task 0_0', forMs: 4_000 }))
  expect(await askInstances(stateDir, 'app')).toMatchObject([
    { status: undefined, problem: 'spin of task 0_0 blocks the thread for 4.0 s' },
  ])
  expect(await askInstances(stateDir, 'ap')).toEqual([])
  directory.close()
  expect(await askInstances(stateDir)).toEqual([])
})
