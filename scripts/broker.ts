// Starts a broker for trying other clients on: tsx scripts/broker.ts DIR [PORT] [config=value ...]
// DIR 'memory' keeps everything in memory; durability=always|interval|never.
import { MemoryDisk } from '../src/base/index.ts'
import { type BrokerOptions, startBroker } from '../src/broker/index.ts'

const [dir = 'memory', port = '9092', ...pairs] = process.argv.slice(2)
const { durability, ...configs } = Object.fromEntries(pairs.map((pair) => pair.split('=') as [string, string]))
const broker = await startBroker({
  ...(dir === 'memory' ? { disk: new MemoryDisk() } : { dir }),
  listen: { port: Number(port) },
  configs: { 'num.partitions': 4, ...configs },
  ...(durability === undefined ? {} : { durability: durability as NonNullable<BrokerOptions['durability']> }),
  onWarning: (message) => console.error(message),
})
console.log(`listening on ${broker.address?.host}:${broker.address?.port}, pid ${process.pid}`)
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void broker.close().then(() => process.exit(0)))
}
