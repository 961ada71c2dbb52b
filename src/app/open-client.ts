// A low client on whatever the string names: for the CLI, the console, and connect().
import { type Clock, systemClock, systemPrng } from '../base/index.ts'
import { type Client, createClient } from '../client/index.ts'
import { openBrokerAccess } from './broker-access.ts'
import { parseServersOption } from './parse-config.ts'

export interface OpenClientOptions {
  /** `host:port`, several of them, or `embedded:DIRECTORY`. */
  readonly bootstrapServers: string | readonly string[]
  /** @defaultValue tidemill */
  readonly clientId?: string
  readonly clock?: Clock
}

/** Connects; close() also closes an embedded broker that nobody else of this process uses. */
export async function openClient(options: OpenClientOptions): Promise<Client> {
  const { clientId = 'tidemill', clock = systemClock } = options
  const access = await openBrokerAccess(parseServersOption(options.bootstrapServers), clock)
  const client = createClient({ clientId, transport: access.transport(), clock, prng: systemPrng() })
  const close = client.close.bind(client)
  client.close = async () => {
    await close()
    await access.close()
  }
  return client
}
