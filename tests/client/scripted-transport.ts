// A broker of a few lines that speaks real frames: a test says what it answers to each API. What has no answer stays unanswered.
import { must } from '../../src/base/index.ts'
import type { BrokerAddress, ConnectionListener, Transport, TransportConnection } from '../../src/client/index.ts'
import {
  type AnyApi,
  Reader,
  apiVersionsApi,
  apis,
  encodeResponse,
  metadataApi,
  readRequestHeader,
} from '../../src/protocol/index.ts'

export interface Received {
  readonly api: AnyApi
  readonly version: number
  readonly request: unknown
  /** Answers with a body of that API; in which version, where it is not the request's. */
  readonly answer: (response: unknown, version?: number) => void
  /** Ends the connection. */
  readonly cut: (error?: Error) => void
}

export type Script = (received: Received) => void

/** The answer of a broker that serves everything that there is a codec for. */
export const ALL_VERSIONS: {
  readonly errorCode: number
  readonly apiKeys: readonly { readonly apiKey: number; readonly minVersion: number; readonly maxVersion: number }[]
} = {
  errorCode: 0,
  apiKeys: [...apis.values()].map(({ key, minVersion, latestStableVersion }) => {
    return { apiKey: key, minVersion, maxVersion: latestStableVersion }
  }),
}

/** Metadata of one broker that leads all partitions. */
export function metadataOf(topics: Readonly<Record<string, number>>): object {
  return {
    brokers: [{ nodeId: 1, host: 'scripted', port: 1 }],
    controllerId: 1,
    topics: Object.entries(topics).map(([name, partitions], i) => ({
      errorCode: 0,
      name,
      topicId: String(i + 1).padStart(32, '0'),
      partitions: Array.from({ length: partitions }, (_, partitionIndex) => {
        return { errorCode: 0, partitionIndex, leaderId: 1, leaderEpoch: 0, replicaNodes: [1], isrNodes: [1] }
      }),
    })),
  }
}

export class ScriptedTransport implements Transport {
  /** Everything but ApiVersions and Metadata, in order. */
  readonly received: Received[] = []
  script: Script = () => undefined
  connectCount = 0
  topics: Readonly<Record<string, number>> = {}
  apiVersions: Script = ({ answer }) => answer(ALL_VERSIONS)

  async bootstrap(): Promise<readonly BrokerAddress[]> {
    return [{ host: 'scripted', port: 1 }]
  }

  async connect(_address: BrokerAddress, listener: ConnectionListener): Promise<TransportConnection> {
    this.connectCount++
    let isOpen = true
    const cut = (error?: Error): void => {
      if (!isOpen) return
      isOpen = false
      queueMicrotask(() => listener.onClose(error))
    }
    return {
      unsentBytes: 0,
      send: (chunks) => this.#receive(Buffer.concat(chunks), (frame) => isOpen && listener.onFrame(frame), cut),
      close: () => cut(),
    }
  }

  async close(): Promise<void> {}

  #receive(frame: Buffer, onFrame: (frame: Buffer) => void, cut: (error?: Error) => void): void {
    const reader = new Reader(frame)
    const { apiKey, apiVersion, correlationId } = readRequestHeader(reader)
    const api = must(apis.get(apiKey), `API ${apiKey}`)
    const answer = (response: unknown, version = apiVersion): void => {
      const bytes = Buffer.concat(encodeResponse(api as never, version, correlationId, response as never))
      queueMicrotask(() => onFrame(bytes))
    }
    const received = { api, version: apiVersion, request: api.readRequest(reader, apiVersion), answer, cut }
    if (apiKey === apiVersionsApi.key) return this.apiVersions(received)
    if (apiKey === metadataApi.key) return answer(metadataOf(this.topics))
    this.received.push(received)
    this.script(received)
  }
}

/** Lets everything that is due happen: promises settle in many small steps. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 200; i++) await Promise.resolve()
}
