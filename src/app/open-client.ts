// A low client on whatever the string names: for the CLI, the console, and connect().
import { type Clock, systemClock, systemPrng } from '../base/index.ts'
import { type Client, type SecurityOptions, createClient } from '../client/index.ts'
import { openBrokerAccess } from './broker-access.ts'
import { parseAccess } from './parse-config.ts'

export interface OpenClientOptions {
  /** `host:port`, several of them, or `embedded:DIRECTORY`. */
  readonly bootstrapServers: string | readonly string[]
  /** @defaultValue tidemill */
  readonly clientId?: string
  readonly security?: SecurityOptions | undefined
  /** How long a request, and the search for a broker that answers, may take in ms. @defaultValue 30,000 */
  readonly requestTimeoutMs?: number
  readonly clock?: Clock
}

/** Connects; close() also closes an embedded broker that nobody else of this process uses. */
export async function openClient(options: OpenClientOptions): Promise<Client> {
  const { clientId = 'tidemill', clock = systemClock } = options
  const { bootstrapServers, security } = parseAccess(options.bootstrapServers, options.security)
  const access = await openBrokerAccess(bootstrapServers, security, clock)
  const limits = options.requestTimeoutMs === undefined ? {} : { requestTimeoutMs: options.requestTimeoutMs }
  const client = createClient({
    clientId,
    transport: access.transport(),
    sasl: access.sasl,
    clock,
    prng: systemPrng(),
    ...limits,
  })
  const close = client.close.bind(client)
  client.close = async () => {
    await close()
    await access.close()
  }
  return client
}
