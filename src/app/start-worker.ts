// Starts a worker of ours, compiled or from our own sources.
import { type Transferable, Worker, type WorkerOptions } from 'node:worker_threads'

/** `entry` is the name of a file in this folder. */
export function startWorker(
  entry: 'worker-entry' | 'compaction-entry',
  workerData: object,
  transferList: readonly Transferable[] = [],
): Worker {
  const options: WorkerOptions = { workerData, transferList: [...transferList] }
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL(`./${entry}.js`, import.meta.url), options)
  // A worker does not inherit the loader that made the sources runnable.
  const url = JSON.stringify(new URL(`./${entry}.ts`, import.meta.url).href)
  const loader = (process.features as { readonly typescript?: unknown }).typescript
    ? ''
    : "await (await import('tsx/esm/api')).register();"
  return new Worker(`(async () => { ${loader} await import(${url}) })()`, { ...options, eval: true })
}
