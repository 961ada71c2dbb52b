// An application to be killed at any moment by a checker of exactly-once: node --import tsx tests/kafka/exactly-once-app.ts
// Environment: BOOTSTRAP, APP_ID, GUARANTEE (exactly_once_v2 or at_least_once), STATE_DIR, THREADS (1), GROUP_PROTOCOL (classic or streams), and the topics of
// exactly-once-topology.ts. Ends on SIGTERM.
import { Streams } from 'tidemill'

const {
  APP_ID = 'exactly-once',
  BOOTSTRAP = '127.0.0.1:9092',
  GROUP_PROTOCOL,
  GUARANTEE,
  STATE_DIR,
  THREADS = '1',
} = process.env
const isExact = GUARANTEE !== 'at_least_once'
const app = new Streams(new URL('./exactly-once-topology.ts', import.meta.url), {
  applicationId: APP_ID,
  bootstrapServers: BOOTSTRAP,
  threads: Number(THREADS),
  groupProtocol: GROUP_PROTOCOL === 'streams' ? 'streams' : 'classic',
  processingGuarantee: isExact ? 'exactly-once' : 'at-least-once',
  ...(isExact ? {} : { commitInterval: '2s' }),
  ...(STATE_DIR !== undefined && { stateDir: STATE_DIR }),
  cacheBytesMax: 0, // every update goes out
  consumer: { sessionTimeout: '6s', heartbeatInterval: '1500ms' },
  onUncaughtError: (error) => {
    console.error(new Date().toISOString(), error)
    return 'replace-thread'
  },
  onWarning: (message) => console.error(new Date().toISOString(), message),
  onStateChange: (now) => console.error(new Date().toISOString(), now),
})
await app.start()
await app.closed
