// npm run bench -- application: a whole application on the embedded broker, on disk. How long from start() on an empty
// directory to the first result, and how much of a core it takes when nothing comes.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { connect } from '../src/app/client.ts'
import { Streams } from '../src/app/index.ts'
import wordCount, { lines, wordCounts } from '../examples/word-count/src/word-count.ts'

const IDLE_MS = 10_000
const SETTLE_MS = 2_000

const dir = mkdtempSync(join(tmpdir(), 'tidemill-application-'))
const bootstrapServers = `embedded:${join(dir, 'data')}`
const startedMs = performance.now()
const kafka = await connect(bootstrapServers)
await kafka.createTopics([lines, wordCounts])
const producer = kafka.producer()
await producer.send(lines, { value: 'first' })
const app = new Streams(wordCount(), {
  applicationId: 'bench',
  bootstrapServers,
  stateDir: join(dir, 'state'),
  processingGuarantee: 'exactly-once',
})
await app.start()
for await (const { key } of kafka.read(wordCounts, { from: 'earliest' })) if (key === 'first') break
console.log(`start to first result     ${(performance.now() - startedMs).toFixed(0).padStart(7)} ms  bar 1500 ms`)

await setTimeout(SETTLE_MS)
const before = process.cpuUsage()
await setTimeout(IDLE_MS)
const { user, system } = process.cpuUsage(before)
console.log(`idle application          ${((user + system) / 10 / IDLE_MS).toFixed(2).padStart(7)} % of a core  bar 2 %`)
const closingMs = performance.now()
await app.close()
await kafka.close()
console.log(`close                     ${(performance.now() - closingMs).toFixed(0).padStart(7)} ms`)
rmSync(dir, { recursive: true, force: true })
