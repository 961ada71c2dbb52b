// How `tidemill status` reaches a running application: a loopback port, whose number and token are in the lock of its state
// directory. GET /status is JSON, GET /metrics the form of Prometheus.
import { request } from 'node:http'
import { NodeDisk } from '../base/index.ts'
import { type MetricValue, formatPrometheus } from '../metrics/index.ts'
import { describeWait } from '../runtime/index.ts'
import type { AppStatus, InstanceStatus } from './app-status.ts'
import { readOwner } from './directory-lock.ts'
import { type Endpoint, openEndpoint } from './http-endpoint.ts'
import { isAlive } from './process-identity.ts'
import { BLOCKED_FILE } from './step-watchdog.ts'
import { LOCK, instanceDirectories } from './state-directory.ts'

const HOST = '127.0.0.1'
/** The main thread of an application that is well answers at once. */
const ANSWER_MS_MAX = 2_000

export interface StatusSource {
  status(): AppStatus
  metrics(): readonly MetricValue[]
}

export function openStatusEndpoint(token: string, app: StatusSource): Promise<Endpoint> {
  return openEndpoint({
    host: HOST,
    port: 0,
    pass: ['authorization', `Bearer ${token}`],
    handler: (path) => {
      if (path === '/status') return { contentType: 'application/json', body: JSON.stringify(app.status()) }
      if (path === '/metrics')
        return { contentType: 'text/plain; version=0.0.4', body: formatPrometheus(app.metrics()) }
      return undefined
    },
  })
}

/** Asks all instances that run on a state directory, or those of one application. */
export async function askInstances(stateDir: string, applicationId?: string): Promise<readonly InstanceStatus[]> {
  const asked = instanceDirectories(stateDir, applicationId).map(async (directory) => {
    const owner = readOwner(new NodeDisk(directory), LOCK)
    if (owner === undefined || !isAlive(owner)) return []
    const { pid, port, nonce } = owner
    try {
      const status = port === 0 ? undefined : await ask(port, nonce)
      return [{ directory, pid, status, problem: status === undefined ? 'it is starting or closing' : undefined }]
    } catch (error) {
      return [{ directory, pid, status: undefined, problem: blockedStep(directory) ?? (error as Error).message }]
    }
  })
  return (await Promise.all(asked)).flat()
}

/** What its watchdog says of a thread that cannot answer. */
function blockedStep(directory: string): string | undefined {
  const text = new NodeDisk(directory).readFile(BLOCKED_FILE)?.toString('utf8')
  if (text === undefined) return undefined
  const { node, forMs } = JSON.parse(text) as { readonly node: string; readonly forMs: number } // the watchdog's
  return describeWait({ kind: 'blocked', node, forMs })
}

function ask(port: number, token: string): Promise<AppStatus> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` }
    const asking = request({ host: HOST, port, path: '/status', headers, timeout: ANSWER_MS_MAX }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => (text += chunk))
      response.on('end', () => {
        if (response.statusCode === 200) resolve(JSON.parse(text) as AppStatus) // what openStatusEndpoint gives
        else reject(new Error(text.trim()))
      })
    })
    asking.on('timeout', () =>
      asking.destroy(new Error(`it does not answer for ${ANSWER_MS_MAX} ms: its thread is blocked`)),
    )
    asking.on('error', reject)
    asking.end()
  })
}
