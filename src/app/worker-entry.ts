// What runs in a worker: imports the topology's module, hosts one stream thread, and talks to the caller's thread by message.
import { parentPort, workerData } from 'node:worker_threads'
import { NodeDisk, must, systemClock, systemPrng, type Timer } from '../base/index.ts'
import { type Client, type OAuthToken, type SaslOptions, createClient } from '../client/index.ts'
import { MetricsRegistry } from '../metrics/index.ts'
import { StreamThread, type ThreadConfig, markedNodes } from '../runtime/index.ts'
import { openWorkerAccess } from './broker-access.ts'
import { nextMacrotask } from './ports.ts'
import { type ModuleOptions, loadModule } from './load-topology.ts'
import { StoreWatches, answerLocally } from '../query/index.ts'
import { openTaskStores } from './open-task-stores.ts'
import { type FromWorker, type ToWorker, type WorkerStart, fromPlainError, toPlainError } from './worker-messages.ts'

const REPORT_INTERVAL_MS = 1_000

const port = must(parentPort, 'the port to the caller: this file runs in a worker')
const start = workerData as WorkerStart // worker-thread.ts sends it

function send(message: FromWorker): void {
  port.postMessage(message)
}

function withModuleOptions(config: ThreadConfig, options: ModuleOptions): ThreadConfig {
  const { assignor, onDeserializationError, onProcessingError, onProductionError } = options
  const { handlers } = config
  return {
    ...config,
    assignor: assignor ?? config.assignor,
    handlers: {
      onDeserializationError: onDeserializationError ?? handlers.onDeserializationError,
      onProcessingError: onProcessingError ?? handlers.onProcessingError,
      onProductionError: onProductionError ?? handlers.onProductionError,
      deadLetterTopic: handlers.deadLetterTopic,
    },
  }
}

/** Of the caller's thread, where the user's function runs. A client asks one question at a time. */
function askForToken(): Promise<string | OAuthToken> {
  return new Promise((resolve, reject) => {
    const onMessage = (message: ToWorker): void => {
      if (message.kind !== 'token' && message.kind !== 'no-token') return
      port.off('message', onMessage)
      if (message.kind === 'token') resolve(message.token)
      else reject(fromPlainError(message.error))
    }
    port.on('message', onMessage)
    send({ kind: 'token-wanted' })
  })
}

function saslOf({ sasl }: WorkerStart): SaslOptions | undefined {
  return sasl === 'asked' ? { mechanism: 'OAUTHBEARER', token: askForToken } : sasl
}

function receive(message: ToWorker, thread: StreamThread, watches: StoreWatches, client: Client): void {
  switch (message.kind) {
    case 'close':
      thread.close(message)
      // It may be waiting for a broker that does not answer: nothing has been done yet that could be lost.
      if (thread.state === 'starting') client.close().catch(() => undefined)
      return
    case 'pause':
      return thread.pause(message.subTopology)
    case 'resume':
      return thread.resume(message.subTopology)
    case 'request-shutdown':
      return thread.requestApplicationShutdown()
    case 'token':
    case 'no-token':
      return // askForToken listens itself
    case 'watch':
      return watches.add(message.id, message.request)
    case 'unwatch':
      return watches.remove(message.id)
    case 'query':
      try {
        return send({ kind: 'answer', id: message.id, answer: answerLocally(thread, message.query) })
      } catch (error) {
        return send({ kind: 'refusal', id: message.id, error: toPlainError(error) })
      }
  }
}

async function host(): Promise<void> {
  const { topology, options } = await loadModule(new URL(start.module))
  const config = withModuleOptions(start.config, options)
  const access = openWorkerAccess(start.bootstrapServers, { tls: start.tls, sasl: saslOf(start) }, systemClock)
  const clientId = `${config.clientId}-StreamThread-${start.index}`
  const client = createClient({
    clientId,
    transport: access.transport(),
    sasl: access.sasl,
    clock: systemClock,
    prng: systemPrng(),
  })
  const metrics = new MetricsRegistry()
  const warn = (message: string): void => send({ kind: 'warning', message })
  const stores = openTaskStores(new NodeDisk(config.stateDir), start.index, config, warn)
  try {
    const thread: StreamThread = new StreamThread({
      index: start.index,
      topology,
      client,
      config,
      clock: systemClock,
      metrics,
      engine: (task, store) => stores.engine(task, store),
      directories: stores,
      yieldToEvents: nextMacrotask,
      listener: {
        onState: (state) => send({ kind: 'state', state, report: thread.report() }),
        onRestore: (progress) => send({ kind: 'restore', progress }),
        onWarning: warn,
      },
    })
    const watches = new StoreWatches(thread, (id, changes) => send({ kind: 'changes', id, changes }))
    port.on('message', (message: ToWorker) => receive(message, thread, watches, client))
    for (const subTopology of start.paused) thread.pause(subTopology)
    send({ kind: 'marked', cells: thread.mark.cells, nodes: markedNodes(topology) })
    if (start.isShutdownRequested) thread.requestApplicationShutdown()
    const reporter = reportRegularly(() => send({ kind: 'report', metrics: metrics.values(), report: thread.report() }))
    try {
      await thread.run()
    } finally {
      reporter.cancel()
    }
  } finally {
    await stores.end()
    await client.close()
    await access.close()
  }
}

function reportRegularly(report: () => void): Timer {
  let timer: Timer
  const again = (): void => {
    report()
    timer = systemClock.setTimer(REPORT_INTERVAL_MS, again, { unref: true })
  }
  timer = systemClock.setTimer(REPORT_INTERVAL_MS, again, { unref: true })
  return { cancel: () => timer.cancel() }
}

host().then(
  () => send({ kind: 'ended', error: undefined }),
  (error: unknown) => send({ kind: 'ended', error: toPlainError(error) }),
)
