// The broker alone, over loopback TCP from another process: records of 100 B in batches of 64 KiB, eight requests in flight, acks=all.
//   tsx benchmarks/broker.ts [seconds]
// Prints a line a mode: records/s, MiB/s, requests/s, and the broker's CPU time a record.
import { type ChildProcess, fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import * as net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startBroker } from '../src/broker/index.ts'
import { RecordBatchBuilder, createTopicsApi, encodeRequest, produceApi } from '../src/protocol/index.ts'

const SECONDS = Number(process.argv[3] ?? process.argv[2] ?? 5)
const RECORD_BYTES = 100
const BATCH_BYTES = 64 * 1024
const IN_FLIGHT = 8
const PRODUCE_VERSION = 9

interface BrokerReport {
  readonly port?: number
  readonly cpuUs?: number
}

if (process.argv[2] === '--broker')
  await runBroker(process.argv[3] ?? '', process.argv[4] === 'always' ? 'always' : 'never')
else for (const durability of ['never', 'always'] as const) await measure(durability)

async function runBroker(dir: string, durability: 'always' | 'never'): Promise<void> {
  const broker = await startBroker({ dir, durability })
  let before = process.cpuUsage()
  process.on('message', (message) => {
    if (message === 'start') before = process.cpuUsage()
    else {
      const { user, system } = process.cpuUsage(before)
      process.send?.({ cpuUs: user + system } satisfies BrokerReport)
      void broker.close().then(() => process.exit(0))
    }
  })
  process.send?.({ port: broker.address?.port ?? 0 } satisfies BrokerReport)
}

async function measure(durability: 'always' | 'never'): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'tidemill-bench-'))
  const child = fork(fileURLToPath(import.meta.url), ['--broker', dir, durability], { execArgv: process.execArgv })
  try {
    const { port } = await nextMessage(child)
    const socket = net.connect(port ?? 0, '127.0.0.1')
    socket.setNoDelay(true)
    await new Promise((resolve) => socket.once('connect', resolve))
    const { frame, records } = produceFrame()
    await exchange(socket, createFrame(), 1, () => 0)
    await exchange(socket, frame, IN_FLIGHT, () => 200)
    child.send('start')
    const startMs = performance.now()
    const endMs = startMs + SECONDS * 1000
    const requests = await exchange(socket, frame, IN_FLIGHT, () => (performance.now() < endMs ? Infinity : 0))
    const seconds = (performance.now() - startMs) / 1000
    child.send('stop')
    const { cpuUs } = await nextMessage(child)
    socket.destroy()
    const count = requests * records
    console.log(
      `broker produce ${durability.padEnd(6)}: ${Math.round(count / seconds).toLocaleString('en')} records/s, ` +
        `${Math.round((requests * frame.length) / seconds / 2 ** 20)} MiB/s, ${Math.round(requests / seconds)} requests/s, ` +
        `${(((cpuUs ?? 0) * 1000) / count).toFixed(0)} ns CPU a record`,
    )
  } finally {
    child.kill()
    rmSync(dir, { recursive: true, force: true })
  }
}

/** Keeps so many requests in flight until `more()` is no longer above the number sent; returns how many were answered. */
function exchange(socket: net.Socket, frame: Buffer, inFlight: number, more: () => number): Promise<number> {
  return new Promise((resolve) => {
    let sent = 0
    let answered = 0
    let rest: Buffer = Buffer.alloc(0)
    const send = (): void => {
      sent++
      socket.write(frame)
    }
    const onData = (chunk: Buffer): void => {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
        rest = rest.subarray(4 + rest.readInt32BE(0))
        answered++
        if (sent < more()) send()
      }
      if (answered < sent) return
      socket.off('data', onData)
      resolve(answered)
    }
    socket.on('data', onData)
    for (let i = 0; i < inFlight; i++) send()
  })
}

function createFrame(): Buffer {
  const topics = [{ name: 'bench', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }]
  return sized(
    encodeRequest(createTopicsApi, 5, { correlationId: 1, clientId: 'bench' }, { topics, validateOnly: false }),
  )
}

function produceFrame(): { readonly frame: Buffer; readonly records: number } {
  const builder = new RecordBatchBuilder()
  const value = Buffer.alloc(RECORD_BYTES, 'x')
  let records = 0
  for (; builder.sizeBytes < BATCH_BYTES - 2 * RECORD_BYTES; records++) builder.appendRecord(Date.now(), null, value)
  const topicData = [{ name: 'bench', partitionData: [{ index: 0, records: builder.build({}) }] }]
  const request = { acks: -1, timeoutMs: 30_000, topicData }
  return {
    frame: sized(encodeRequest(produceApi, PRODUCE_VERSION, { correlationId: 2, clientId: 'bench' }, request)),
    records,
  }
}

function sized(chunks: readonly Buffer[]): Buffer {
  const body = Buffer.concat(chunks)
  const size = Buffer.alloc(4)
  size.writeInt32BE(body.length, 0)
  return Buffer.concat([size, body])
}

function nextMessage(child: ChildProcess): Promise<BrokerReport> {
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message as BrokerReport))
    child.once('exit', (code) => reject(new Error(`the broker ended with ${code}`)))
  })
}
