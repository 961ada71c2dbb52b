// The process that state.ts watches: counts keys with state on disk and little memory, and says what it needed.
// node --expose-gc --import tsx scripts/state-count.ts SERVERS STATE_DIR RECORDS
import { fileURLToPath } from 'node:url'
import { Streams } from '../src/app/index.ts'
import { sleep, systemClock } from '../src/base/index.ts'
import { StreamsBuilder, serdes, topic } from '../src/index.ts'

export const APPLICATION = 'count'
export const INPUT = 'events'
export const STORE = 'counts'

export interface StateReport {
  /** After a collection, when all is committed. */
  readonly rssBytes: number
  readonly maxRssBytes: number
  readonly heapBytes: number
  readonly buffersBytes: number
}

const MIB = 1_024 * 1_024
const POLL_MS = 100

async function count(servers: string, stateDir: string, records: number): Promise<void> {
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.bytes })
  builder
    .stream(topic(INPUT, { key: serdes.string, value: serdes.bytes }))
    .groupByKey()
    .count({ store: STORE })
  const app = new Streams(builder.build(), {
    applicationId: APPLICATION,
    bootstrapServers: servers,
    stateDir,
    commitInterval: '5s',
    cacheBytesMax: 4 * MIB,
    uncommittedBytesMax: 8 * MIB,
    stateMemoryBytesMax: 32 * MIB,
    consumer: { bufferedBytesMax: 8 * MIB, fetchMaxBytes: 4 * MIB },
    onDeserializationError: 'fail',
  })
  await app.start()
  const processed = (): number => {
    const values = app.metrics().filter(({ name }) => name === 'tidemill_records_processed_total')
    return values.reduce((sum, { value }) => sum + value, 0)
  }
  while (app.state !== 'error' && processed() < records) await sleep(systemClock, POLL_MS)
  // Past a commit, so that nothing waits.
  await sleep(systemClock, 6_000)
  globalThis.gc?.()
  await sleep(systemClock, POLL_MS)
  const { rss: rssBytes, heapUsed: heapBytes, arrayBuffers: buffersBytes } = process.memoryUsage()
  await app.close()
  const maxRssBytes = process.resourceUsage().maxRSS * 1_024
  const report: StateReport = { rssBytes, maxRssBytes, heapBytes, buffersBytes }
  console.log(JSON.stringify(report))
}

const [servers, stateDir, records] = process.argv.slice(2)
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (servers === undefined || stateDir === undefined)
    throw new Error('usage: state-count.ts SERVERS STATE_DIR RECORDS')
  await count(servers, stateDir, Number(records))
}
