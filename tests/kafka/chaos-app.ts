// One instance of the application that `npm run chaos` disturbs. Environment: BOOTSTRAP, GUARANTEE (exactly-once or at-least-once),
// STATE_DIR, THREADS. Ends on SIGTERM.
import { Streams } from 'tidemill'

const { BOOTSTRAP = '127.0.0.1:9092', GUARANTEE, STATE_DIR = './state', THREADS = '1' } = process.env
const isExact = GUARANTEE !== 'at-least-once'
const log = (text: string): void => void process.stderr.write(`${new Date().toISOString()} ${text}\n`)

const app = new Streams(new URL('./chaos-topology.ts', import.meta.url), {
  applicationId: 'chaos',
  bootstrapServers: BOOTSTRAP,
  threads: Number(THREADS),
  processingGuarantee: isExact ? 'exactly-once' : 'at-least-once',
  ...(isExact ? {} : { commitInterval: '1s' }),
  stateDir: STATE_DIR,
  cacheBytesMax: 0, // every update goes out
  standbyReplicas: 1,
  consumer: { sessionTimeout: '6s', heartbeatInterval: '1500ms' },
  onUncaughtError: (error) => {
    log(`uncaught: ${error instanceof Error ? error.stack : String(error)}`)
    return 'replace-thread'
  },
  onWarning: (message) => log(`warning: ${message}`),
  onStateChange: (now) => log(now),
})
await app.start()
await app.closed
