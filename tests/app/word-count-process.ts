// An application in a process of its own, to be killed: node --import tsx word-count-process.ts SERVERS STATE_DIR GUARANTEE
import { Streams } from '../../src/index.ts'
import { countEach } from './topologies.ts'

const [servers = '', stateDir = '', guarantee = 'exactly-once'] = process.argv.slice(2)
const app = new Streams(countEach(), {
  applicationId: 'killed',
  bootstrapServers: servers,
  stateDir,
  processingGuarantee: guarantee as 'at-least-once' | 'exactly-once',
  commitInterval: '20ms',
  cacheBytesMax: 0,
  ...(process.env['GROUP_INSTANCE_ID'] !== undefined && { groupInstanceId: process.env['GROUP_INSTANCE_ID'] }),
  producer: { linger: 5 },
  // Longer than a test lasts: who waited for a session to end would be seen.
  consumer: { fetchMaxWait: '50ms', sessionTimeout: '10m' },
})
await app.start()
console.log('running')
await app.closed
