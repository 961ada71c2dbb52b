// Asks another instance of the application, at its `applicationServer`: questions and their answers, and changes as they happen.
import { type IncomingMessage, request as httpRequest } from 'node:http'
import { systemClock } from '../base/index.ts'
import {
  type LocalChange,
  type LocalQuery,
  type LocalQueryAnswer,
  type OnChanges,
  StoreUnavailableError,
  type WatchRequest,
  decodeWire,
  encodeWire,
} from '../query/index.ts'

/** What a request between instances carries, so that no page in a browser can make one. */
export const PEER_PASS: readonly [header: string, value: string] = ['tidemill-query', '1']

/** Of a live query: how long an instance may take until it begins to answer. */
const WATCH_TIMEOUT_MS = 5_000

/** @throws StoreUnavailableError `not-reachable` */
export async function askPeer(
  server: string,
  query: LocalQuery,
  timeoutMs: number,
): Promise<readonly LocalQueryAnswer[]> {
  const response = await post(server, '/query', encodeWire(query), timeoutMs)
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) text += chunk as string
  if (response.statusCode !== 200) throw unreachable(server, text.trim())
  return decodeWire(text) as readonly LocalQueryAnswer[] // one of our instances wrote it
}

/** Gives what changes there until the signal is aborted or the instance is gone. */
export async function followPeer(
  server: string,
  request: WatchRequest,
  onChanges: OnChanges,
  signal: AbortSignal,
): Promise<void> {
  const response = await post(server, '/watch', encodeWire(request), WATCH_TIMEOUT_MS)
  const stop = (): void => void response.destroy()
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  try {
    let rest = ''
    for await (const chunk of response.setEncoding('utf8')) {
      const parts = (rest + (chunk as string)).split('\n')
      rest = parts.pop() ?? ''
      onChanges(parts.map((line) => decodeWire(line) as LocalChange))
    }
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

function post(server: string, path: string, body: string, timeoutMs: number): Promise<IncomingMessage> {
  const { host, port } = parseServer(server)
  const [name, value] = PEER_PASS
  return new Promise((resolve, reject) => {
    const options = { host, port, path, method: 'POST', headers: { [name]: value } }
    const asking = httpRequest(options, (response) => {
      timer.cancel()
      resolve(response)
    })
    const onTimeout = (): void => void asking.destroy(new Error(`no answer in ${Math.round(timeoutMs)} ms`))
    const timer = systemClock.setTimer(timeoutMs, onTimeout)
    asking.on('error', (error) => {
      timer.cancel()
      reject(unreachable(server, error.message))
    })
    asking.end(body)
  })
}

function unreachable(server: string, why: string): StoreUnavailableError {
  return new StoreUnavailableError(
    'not-reachable',
    `the instance at ${server}, which has a part of the answer, cannot be asked: ${why}. ` +
      "Ask again when it is back, or with scope: 'local' for what is here",
  )
}

/** The parts of an `applicationServer`. */
export function parseServer(server: string): { readonly host: string; readonly port: number } {
  const colon = server.lastIndexOf(':')
  return { host: server.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(server.slice(colon + 1)) }
}

/** Only these are served: what goes to another machine must be encrypted, and somebody must say who may ask. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)
}
