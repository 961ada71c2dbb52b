// A process is killed again and again in the middle of its work, and starts again on its state directory.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { seededPrng, sleep, systemClock } from '../../src/base/index.ts'
import { clientOf, createTopics, memoryBroker, readUntil, send, temporaryDirectory } from './harness.ts'
import { counts, words } from './topologies.ts'

const PARTITIONS = 2
const KILLS = 2
const WORDS = ['a', 'b', 'c', 'd', 'e']
const PER_ROUND = 400

const script = fileURLToPath(new URL('./word-count-process.ts', import.meta.url))

async function startProcess(...args: readonly string[]): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['--import', 'tsx', script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child.stdout as NodeJS.EventEmitter, 'data')
  return child
}

test.each(['exactly-once', 'at-least-once'] as const)(
  '%s: killed in the middle of its work, nothing is lost and what was promised once is there once',
  { timeout: 120_000 },
  async (guarantee) => {
    const { broker, servers } = await memoryBroker()
    const client = clientOf(broker)
    await createTopics(client, PARTITIONS, words.name, counts.name)
    const stateDir = temporaryDirectory()
    const prng = seededPrng(7)
    let sent = 0
    const sendRound = async (): Promise<void> => {
      await send(
        client,
        words.name,
        PARTITIONS,
        Array.from({ length: PER_ROUND }, () => WORDS[sent++ % WORDS.length] as string),
      )
    }
    // The members of a killed process would hold up the group for their session's length, which is longer than this test may take.
    for (let kill = 0; kill < KILLS; kill++) {
      await sendRound()
      const child = await startProcess(servers, stateDir, guarantee)
      await sendRound()
      await sleep(systemClock, prng.integer(120))
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    await startProcess(servers, stateDir, guarantee)
    const each = sent / WORDS.length
    const records = await readUntil(client, counts.name, PARTITIONS, (all) => {
      const last = new Map(all.map(({ key, value }) => [key, Number(value.readBigInt64BE(0))]))
      return WORDS.every((word) => (last.get(word) ?? 0) >= each)
    })
    for (const word of WORDS) {
      const seen = records.filter(({ key }) => key === word).map(({ value }) => Number(value.readBigInt64BE(0)))
      const expected = Array.from({ length: each }, (_, i) => i + 1)
      if (guarantee === 'exactly-once') expect(seen).toEqual(expected)
      else expect([...new Set(seen)].sort((a, b) => a - b).slice(0, each)).toEqual(expected)
    }
  },
)
