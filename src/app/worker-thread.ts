// A stream thread in a worker, as the caller's thread sees it. The worker imports the topology's module itself, for functions do
// not clone, and reaches the broker over TCP.
import type { Worker } from 'node:worker_threads'
import type { SecuritySettings } from '../client/index.ts'
import { TidemillError, systemClock } from '../base/index.ts'
import type { MetricValue } from '../metrics/index.ts'
import { NO_REPORT, type ThreadConfig, type ThreadReport, type ThreadState, type Wait } from '../runtime/index.ts'
import type { ThreadListener } from '../runtime/index.ts'
import {
  type LocalQuery,
  type LocalQueryAnswer,
  NOTHING_HELD,
  type OnChanges,
  type WatchRequest,
} from '../query/index.ts'
import { startWorker } from './start-worker.ts'
import { type Watchdog, watchFromHere } from './step-watchdog.ts'
import type { CloseThread, ThreadHost, ThreadInfo } from './thread-host.ts'
import { type FromWorker, type ToWorker, type WorkerStart, fromPlainError, toPlainError } from './worker-messages.ts'

export interface WorkerThreadOptions {
  readonly index: number
  readonly module: URL
  readonly config: ThreadConfig
  readonly bootstrapServers: readonly string[]
  readonly security: SecuritySettings
  readonly listener: ThreadListener
}

interface Asked {
  resolve(answer: LocalQueryAnswer): void
  reject(error: unknown): void
}

export class WorkerThread implements ThreadHost {
  readonly index: number
  readonly #options: WorkerThreadOptions
  readonly #asked = new Map<number, Asked>()
  readonly #watches = new Map<number, { readonly request: WatchRequest; readonly onChanges: OnChanges }>()
  #worker: Worker | undefined
  #state: ThreadState = 'created'
  #report: ThreadReport = NO_REPORT
  #watchdog: Watchdog | undefined
  #metrics: readonly MetricValue[] = []
  #paused = new Set<number | undefined>()
  #isShutdownRequested = false
  #closing: CloseThread | undefined
  #nextQuery = 0

  constructor(options: WorkerThreadOptions) {
    this.index = options.index
    this.#options = options
  }

  get info(): ThreadInfo {
    const { config, index } = this.#options
    const name = `${config.clientId}-StreamThread-${index}`
    const { waits, tasks } = this.#report
    const blocked = this.#watchdog?.blocked
    // What the worker told last is as of before it was blocked.
    const wait: readonly Wait[] = blocked === undefined ? [] : [{ kind: 'blocked', ...blocked }]
    return {
      ...this.#report,
      name,
      index,
      state: this.#state,
      waits: [...wait, ...waits],
      tasks: blocked === undefined ? tasks : tasks.map((task) => ({ ...task, waits: [...wait, ...task.waits] })),
    }
  }

  async run(): Promise<void> {
    const worker = startWorker('worker-entry', this.#start())
    this.#worker = worker
    for (const [id, { request }] of this.#watches) this.#send({ kind: 'watch', id, request })
    if (this.#closing !== undefined) this.#send({ kind: 'close', ...this.#closing })
    try {
      await this.#untilEnded(worker)
    } finally {
      this.#worker = undefined
      this.#watchdog?.stop()
      this.#watchdog = undefined
      this.#metrics = []
      this.#report = NO_REPORT
      const gone = new TidemillError('not-running', `${this.info.name} has ended`)
      for (const asked of this.#asked.values()) asked.reject(gone)
      this.#asked.clear()
      await worker.terminate()
      this.#setState('dead')
    }
  }

  close(options: CloseThread): void {
    this.#closing = options
    this.#send({ kind: 'close', ...options })
  }

  pause(subTopology: number | undefined): void {
    this.#paused.add(subTopology)
    this.#send({ kind: 'pause', subTopology })
  }

  resume(subTopology: number | undefined): void {
    if (subTopology === undefined) this.#paused.clear()
    else this.#paused.delete(subTopology)
    this.#send({ kind: 'resume', subTopology })
  }

  requestApplicationShutdown(): void {
    this.#isShutdownRequested = true
    this.#send({ kind: 'request-shutdown' })
  }

  metrics(): readonly MetricValue[] {
    return this.#metrics
  }

  watch(id: number, request: WatchRequest, onChanges: OnChanges): void {
    this.#watches.set(id, { request, onChanges })
    this.#send({ kind: 'watch', id, request })
  }

  unwatch(id: number): void {
    this.#watches.delete(id)
    this.#send({ kind: 'unwatch', id })
  }

  query(query: LocalQuery): Promise<LocalQueryAnswer> {
    if (this.#worker === undefined) return Promise.resolve(NOTHING_HELD)
    const id = this.#nextQuery++
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve, reject })
      this.#send({ kind: 'query', id, query })
    })
  }

  #start(): WorkerStart {
    const { index, module, config, bootstrapServers, security } = this.#options
    const { tls, sasl } = security
    const areTokensAsked = sasl?.mechanism === 'OAUTHBEARER' && typeof sasl.token === 'function'
    return {
      tidemill: 'stream-thread',
      index,
      module: module.href,
      config,
      bootstrapServers,
      tls,
      sasl: areTokensAsked ? 'asked' : sasl,
      paused: [...this.#paused],
      isShutdownRequested: this.#isShutdownRequested,
    }
  }

  async #giveToken(): Promise<void> {
    const { sasl } = this.#options.security
    if (sasl?.mechanism !== 'OAUTHBEARER') return
    try {
      this.#send({ kind: 'token', token: typeof sasl.token === 'string' ? sasl.token : await sasl.token() })
    } catch (error) {
      this.#send({ kind: 'no-token', error: toPlainError(error) })
    }
  }

  #send(message: ToWorker): void {
    this.#worker?.postMessage(message)
  }

  #untilEnded(worker: Worker): Promise<void> {
    return new Promise((resolve, reject) => {
      worker.on('message', (message: FromWorker) => {
        if (message.kind !== 'ended') this.#receive(message)
        else if (message.error === undefined) resolve()
        else reject(fromPlainError(message.error))
      })
      worker.on('error', reject)
      worker.on('exit', (code) =>
        reject(new TidemillError('thread-died', `${this.info.name} ended with exit code ${code} and did not say why`)),
      )
    })
  }

  #receive(message: Exclude<FromWorker, { readonly kind: 'ended' }>): void {
    const { listener } = this.#options
    switch (message.kind) {
      case 'state':
        this.#report = message.report
        return this.#setState(message.state)
      case 'marked': {
        const { cells, nodes } = message
        this.#watchdog = watchFromHere({ thread: this.info.name, cells, nodes }, systemClock, (text) =>
          listener.onWarning(text),
        )
        return
      }
      case 'restore':
        return listener.onRestore(message.progress)
      case 'warning':
        return listener.onWarning(message.message)
      case 'report':
        this.#metrics = message.metrics
        this.#report = message.report
        return
      case 'token-wanted':
        return void this.#giveToken()
      case 'changes':
        this.#watches.get(message.id)?.onChanges(message.changes)
        return
      case 'answer':
        this.#asked.get(message.id)?.resolve(message.answer)
        this.#asked.delete(message.id)
        return
      case 'refusal':
        this.#asked.get(message.id)?.reject(fromPlainError(message.error))
        this.#asked.delete(message.id)
    }
  }

  #setState(state: ThreadState): void {
    const before = this.#state
    this.#state = state
    if (state !== before) this.#options.listener.onState(state, before)
  }
}
