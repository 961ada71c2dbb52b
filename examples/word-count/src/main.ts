// Runs the example on its own until Ctrl-C: feeds it and prints its results. BOOTSTRAP_SERVERS names a broker (default: an
// embedded one in ./data).
import { setTimeout } from 'node:timers/promises'
import { Streams } from 'tidemill'
import { connect } from 'tidemill/client'
import { sentenceAt } from './feed.ts'
import wordCount, { lines, wordCounts } from './word-count.ts'

const bootstrapServers = process.env['BOOTSTRAP_SERVERS'] ?? 'embedded:./data'
const controller = new AbortController()
const { signal } = controller
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => controller.abort())

await using kafka = await connect(bootstrapServers)
await kafka.createTopics([lines, wordCounts])
await using app = new Streams(wordCount(), {
  applicationId: 'word-count',
  bootstrapServers,
  commitInterval: '1s',
  signal,
})
await app.start()

async function feed(): Promise<void> {
  await using producer = kafka.producer()
  for (let index = 0; !signal.aborted; index++) {
    await producer.send(lines, { value: sentenceAt(index) })
    await setTimeout(50, undefined, { signal }).catch(() => undefined)
  }
}

async function print(): Promise<void> {
  for await (const { key, value } of kafka.read(wordCounts, { from: 'latest', signal })) console.log(key, value)
}

await Promise.all([feed(), print()])
