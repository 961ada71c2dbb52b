// Runs the example on its own until Ctrl-C: feeds it and prints its results. BOOTSTRAP_SERVERS names a broker (default: an
// embedded one in ./data).
import { setTimeout } from 'node:timers/promises'
import { Streams } from 'tidemill'
import { connect } from 'tidemill/client'
import { tradeAt } from './feed.ts'
import stockStatistics, { statistics, trades } from './stock-statistics.ts'

const bootstrapServers = process.env['BOOTSTRAP_SERVERS'] ?? 'embedded:./data'
const controller = new AbortController()
const { signal } = controller
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => controller.abort())

await using kafka = await connect(bootstrapServers)
await kafka.createTopics([trades, statistics])
await using app = new Streams(stockStatistics(), {
  applicationId: 'stock-statistics',
  bootstrapServers,
  commitInterval: '1s',
  signal,
})
await app.start()

async function feed(): Promise<void> {
  await using producer = kafka.producer()
  const startMs = Date.now()
  for (let index = 0; !signal.aborted; index++) {
    const { symbol, trade, atMs } = tradeAt(index)
    await setTimeout(startMs + atMs - Date.now(), undefined, { signal }).catch(() => undefined)
    await producer.send(trades, { key: symbol, value: trade, timestamp: startMs + atMs })
  }
}

async function print(): Promise<void> {
  for await (const { key, value } of kafka.read(statistics, { from: 'latest', signal })) console.log(key, value)
}

await Promise.all([feed(), print()])
