// The process that state.ts watches: counts keys with state on disk and little memory, and says what it needed. It runs the compiled
// package, as users do: what loads sources needs memory of its own.
// node --expose-gc scripts/state-count.mjs SERVERS STATE_DIR RECORDS
import { setTimeout as sleep } from 'node:timers/promises'
import { Streams, StreamsBuilder, serdes, topic } from '../dist/index.js'

const MIB = 1_024 * 1_024
const POLL_MS = 100
const COMMIT_MS = 5_000

const [servers, stateDir, records] = process.argv.slice(2)
const builder = new StreamsBuilder({ key: serdes.string, value: serdes.bytes })
builder
  .stream(topic('events', { key: serdes.string, value: serdes.bytes }))
  .groupByKey()
  .count({ store: 'counts' })
const app = new Streams(builder.build(), {
  applicationId: 'count',
  bootstrapServers: servers,
  stateDir,
  commitInterval: COMMIT_MS,
  cacheBytesMax: 4 * MIB,
  uncommittedBytesMax: 8 * MIB,
  stateMemoryBytesMax: 32 * MIB,
  consumer: { bufferedBytesMax: 8 * MIB, fetchMaxBytes: 4 * MIB },
})
await app.start()
const processed = () =>
  app
    .metrics()
    .filter(({ name }) => name === 'tidemill_records_processed_total')
    .reduce((sum, { value }) => sum + value, 0)
while (app.state !== 'error' && processed() < Number(records)) await sleep(POLL_MS)
// Past a commit, so that nothing waits.
await sleep(COMMIT_MS + 1_000)
globalThis.gc?.()
await sleep(POLL_MS)
const { rss: rssBytes, heapUsed: heapBytes, arrayBuffers: buffersBytes } = process.memoryUsage()
await app.close()
const maxRssBytes = process.resourceUsage().maxRSS * 1_024
console.log(JSON.stringify({ rssBytes, maxRssBytes, heapBytes, buffersBytes }))
