// Names a synchronous step that blocks a stream thread for a second. Where the stream thread is a worker, the application's thread
// watches it on a timer. Where it is the application's thread itself, a worker does, which says it on standard error and in a file
// of the state directory, for nothing else gets through while the thread is blocked.
import type * as fs from 'node:fs'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type MessagePort, Worker } from 'node:worker_threads'
import type { Clock, Timer } from '../base/index.ts'
import { FLUSHING_STEP, type MarkedNode, READING_STEP, describeWait } from '../runtime/index.ts'
import { type BlockedStep, LOOK_INTERVAL_MS, StepWatch } from './step-watch.ts'

export interface Watched {
  readonly thread: string
  readonly cells: Int32Array
  readonly nodes: readonly MarkedNode[]
}

/** In the state directory while a step blocks: what it is. */
export const BLOCKED_FILE = '.blocked'

export interface Watchdog {
  /** What blocks the thread now; undefined: nothing does, or nobody could ask. */
  readonly blocked: { readonly node: string; readonly forMs: number } | undefined
  stop(): void
}

/** Watches a worker from the application's thread. */
export function watchFromHere(watched: Watched, clock: Clock, onWarning: (message: string) => void): Watchdog {
  const watch = new StepWatch(watched.cells)
  let blocked: BlockedStep | undefined
  let timer: Timer | undefined
  let lookedMs = clock.monotonicMs()
  const look = (): void => {
    const nowMs = clock.monotonicMs()
    blocked = watch.look(nowMs - lookedMs)
    lookedMs = nowMs
    if (blocked?.isDue === true) onWarning(blockedMessage(watched, blocked))
    timer = clock.setTimer(LOOK_INTERVAL_MS, look, { unref: true })
  }
  timer = clock.setTimer(LOOK_INTERVAL_MS, look, { unref: true })
  return {
    get blocked() {
      return blocked && { node: nodeName(watched, blocked), forMs: blocked.forMs }
    },
    stop: () => timer?.cancel(),
  }
}

/** What the worker needs; the last cell of `stop` ends it. */
interface WorkerData {
  readonly cells: Int32Array
  readonly stop: Int32Array
  readonly names: readonly string[]
  readonly other: readonly string[]
  readonly head: string
  readonly file: string
  readonly intervalMs: number
}

/** Watches the application's own thread from a worker. */
export function watchFromOutside(watched: Watched, directory: string, onWarning: (message: string) => void): Watchdog {
  const file = join(directory, BLOCKED_FILE)
  rmSync(file, { force: true })
  const stop = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  const workerData: WorkerData = {
    cells: watched.cells,
    stop,
    names: watched.nodes.map(({ name, subTopology }) => `${name} of task ${subTopology}_`),
    other: [OTHER_STEPS[READING_STEP], OTHER_STEPS[FLUSHING_STEP]],
    head: `(tidemill) ${watched.thread}: `,
    file,
    intervalMs: LOOK_INTERVAL_MS,
  }
  // Of texts, so that it starts in milliseconds and needs no loader. (Some loaders call `__name` in what they compile.)
  const code = `const __name = (it) => it; ${StepWatch.toString()}; (${watchInWorker.toString()})(require, StepWatch)`
  const worker = new Worker(code, { eval: true, workerData })
  worker.unref()
  // The thread runs again: those who want to hear of it do.
  worker.on('message', onWarning)
  // It is no part of the work: without it a block is not named.
  worker.on('error', (error) => onWarning(`blocked steps are not watched any more: ${error.message}`))
  return {
    blocked: undefined,
    stop: () => {
      Atomics.store(stop, 0, 1)
      Atomics.notify(stop, 0)
    },
  }
}

type FileSystem = Pick<typeof fs, 'rmSync' | 'writeFileSync' | 'writeSync'>

// Runs in a worker as text: it may use nothing of this module.
function watchInWorker(load: (name: string) => any, Watch: typeof StepWatch): void {
  const { parentPort: port, workerData } = load('node:worker_threads') as {
    readonly parentPort: MessagePort
    readonly workerData: WorkerData
  }
  const { rmSync: remove, writeFileSync, writeSync } = load('node:fs') as FileSystem
  const { cells, stop, names, other, head, file, intervalMs } = workerData
  const watch = new Watch(cells)
  let isTold = false
  while (Atomics.wait(stop, 0, 0, intervalMs) === 'timed-out') {
    const blocked = watch.look(intervalMs)
    if (blocked === undefined && isTold) remove(file, { force: true })
    if (blocked === undefined) isTold = false
    if (blocked?.isDue !== true) continue
    isTold = true
    const { node, partition, forMs } = blocked
    const name = node > 0 ? `${names[node - 1]}${partition}` : `${other[-node - 1]}${partition}`
    const message = `${head}${name} blocks the thread for ${(forMs / 1000).toFixed(1)} s`
    try {
      writeFileSync(file, JSON.stringify({ node: name, forMs }))
      writeSync(2, `${message}\n`)
    } catch {
      // Nobody reads standard error, or the directory is gone.
    }
    port.postMessage(message)
  }
  if (isTold) remove(file, { force: true })
}

const OTHER_STEPS = {
  [READING_STEP]: 'reading the records of partition ',
  [FLUSHING_STEP]: 'flushing the caches of partition ',
} as const

function nodeName({ nodes }: Watched, { node, partition }: BlockedStep): string {
  const known = nodes[node - 1]
  if (known !== undefined) return `${known.name} of task ${known.subTopology}_${partition}`
  return `${OTHER_STEPS[node === FLUSHING_STEP ? FLUSHING_STEP : READING_STEP]}${partition}`
}

function blockedMessage(watched: Watched, blocked: BlockedStep): string {
  const { forMs } = blocked
  return `${watched.thread}: ${describeWait({ kind: 'blocked', node: nodeName(watched, blocked), forMs })}`
}
