// One instance for `npm run fail-over`. Environment: BOOTSTRAP, STATE_DIR, STANDBYS, SESSION_MS, RECOVERY_LAG, and INSTANCE_ID where the member is static.
// Prints what it restores, and four times a second which tasks it has, as JSON lines. Ends on SIGTERM.
import { type RestoreProgress, Streams } from 'tidemill'

const {
  BOOTSTRAP = '127.0.0.1:9092',
  STATE_DIR = './state',
  STANDBYS = '1',
  SESSION_MS = '6000',
  RECOVERY_LAG = '10000',
  INSTANCE_ID,
} = process.env
const tell = (event: object): void => void process.stdout.write(`${JSON.stringify(event)}\n`)
const onRestore = (progress: RestoreProgress): void => {
  if (progress.phase !== 'progress') tell({ kind: 'restore', ...progress })
}

const app = new Streams(new URL('./fail-over-topology.ts', import.meta.url), {
  applicationId: 'fail-over',
  bootstrapServers: BOOTSTRAP,
  processingGuarantee: 'exactly-once',
  stateDir: STATE_DIR,
  standbyReplicas: Number(STANDBYS),
  acceptableRecoveryLag: Number(RECOVERY_LAG),
  ...(INSTANCE_ID !== undefined && { groupInstanceId: INSTANCE_ID }),
  consumer: { sessionTimeout: Number(SESSION_MS), heartbeatInterval: 1_000 },
  onUncaughtError: (error) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
    return 'replace-thread'
  },
  onWarning: (message) => void process.stderr.write(`${message}\n`),
  onRestore,
  onStandbyUpdate: onRestore,
})
await app.start()
const report = setInterval(() => {
  const tasks = app.status().threads.flatMap((thread) => thread.tasks)
  tell({
    kind: 'tasks',
    tasks: tasks.map(({ taskId, role, state, stores }) => ({
      taskId,
      role,
      state,
      behind: stores.reduce((sum, store) => sum + store.lagRecords, 0),
    })),
  })
}, 250)
await app.closed
clearInterval(report)
