// A small HTTP server for questions to this instance: its status on a loopback port that the state directory names, and queries of
// other instances at `applicationServer`. Requests carry a token or a header of our own, so that no page in a browser can ask.
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { TidemillError } from '../base/index.ts'

export interface EndpointAnswer {
  readonly contentType: string
  /** An iterable is streamed, one chunk after the other. */
  readonly body: string | AsyncIterable<string>
}

/** Answers a request; undefined: there is no such path. The signal ends with the connection. */
export type EndpointHandler = (
  path: string,
  body: string,
  signal: AbortSignal,
) => Promise<EndpointAnswer | undefined> | EndpointAnswer | undefined

export interface EndpointOptions {
  readonly host: string
  /** 0: a free one. */
  readonly port: number
  /** Header and value that a request must carry. */
  readonly pass: readonly [header: string, value: string]
  readonly handler: EndpointHandler
}

export interface Endpoint {
  readonly host: string
  readonly port: number
  close(): Promise<void>
}

const BODY_BYTES_MAX = 1_048_576

/** @throws TidemillError `port-in-use`, `address-not-available` */
export async function openEndpoint(options: EndpointOptions): Promise<Endpoint> {
  const { host } = options
  const server = createServer((request, response) => void answer(options, request, response))
  const port = await listen(server, host, options.port)
  // Whoever only listens for questions does not keep the process alive.
  server.unref()
  return {
    host,
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const isTaken = error.code === 'EADDRINUSE'
      const what = isTaken ? 'another process listens there: choose another port' : error.message
      reject(
        new TidemillError(
          isTaken ? 'port-in-use' : 'address-not-available',
          `questions cannot be answered at ${host}:${port}: ${what}`,
          { cause: error },
        ),
      )
    })
    // It listens on TCP: its address is no pipe.
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port))
  })
}

async function answer(options: EndpointOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [header, value] = options.pass
  if (request.headers[header] !== value) return end(response, 403, 'this endpoint is for tidemill itself')
  const gone = new AbortController()
  response.on('close', () => gone.abort())
  try {
    const body = await bodyOf(request)
    const given = await options.handler(request.url ?? '/', body, gone.signal)
    if (given === undefined) return end(response, 404, `there is nothing at ${request.url}`)
    response.writeHead(200, { 'content-type': given.contentType })
    if (typeof given.body === 'string') return void response.end(given.body)
    response.flushHeaders()
    for await (const chunk of given.body) if (!response.write(chunk)) await drained(response)
    response.end()
  } catch (error) {
    if (response.headersSent) response.destroy()
    else end(response, 500, error instanceof Error ? error.message : String(error))
  }
}

function end(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'text/plain' })
  response.end(`${message}\n`)
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    response.once('drain', resolve)
    response.once('close', resolve)
  })
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let byteCount = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    byteCount += chunk.length
    if (byteCount > BODY_BYTES_MAX)
      throw new TidemillError('invalid-argument', `a question of over ${BODY_BYTES_MAX} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
