// Runs the example on its own until Ctrl-C: feeds it and prints its results. BOOTSTRAP_SERVERS names a broker (default: an
// embedded one in ./data).
import { setTimeout } from 'node:timers/promises'
import { Streams } from 'tidemill'
import { connect } from 'tidemill/client'
import clickEnrichment, { activities, profiles, searches, views } from './click-enrichment.ts'
import { MS_PER_CLICK, clickAt } from './feed.ts'

const bootstrapServers = process.env['BOOTSTRAP_SERVERS'] ?? 'embedded:./data'
const controller = new AbortController()
const { signal } = controller
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => controller.abort())

await using kafka = await connect(bootstrapServers)
await kafka.createTopics([views, searches, profiles, activities])
await using app = new Streams(clickEnrichment(), {
  applicationId: 'click-enrichment',
  bootstrapServers,
  commitInterval: '1s',
  signal,
})
await app.start()

async function feed(): Promise<void> {
  await using producer = kafka.producer()
  const startMs = Date.now()
  for (let index = 0; !signal.aborted; index++) {
    const click = clickAt(index)
    const record = { key: click.userId, timestamp: startMs + click.atMs }
    if (click.kind === 'profile') await producer.send(profiles, { ...record, value: click.value })
    if (click.kind === 'view') await producer.send(views, { ...record, value: click.value })
    if (click.kind === 'search') await producer.send(searches, { ...record, value: click.value })
    await setTimeout(MS_PER_CLICK, undefined, { signal }).catch(() => undefined)
  }
}

async function print(): Promise<void> {
  for await (const { key, value } of kafka.read(activities, { from: 'latest', signal })) console.log(key, value)
}

await Promise.all([feed(), print()])
