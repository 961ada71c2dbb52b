// One string chooses the broker: `host:port,...` or `embedded:DIR`.
import type { Clock } from '../base/index.ts'
import { type SaslOptions, type SecuritySettings, TcpTransport, type Transport, parseServers } from '../client/index.ts'
import { FollowerTransport, openEmbedded } from './embedded.ts'

export interface BrokerAccess {
  /** A transport for one client. */
  transport(): Transport
  /** How its connections prove who they are. */
  readonly sasl?: SaslOptions | undefined
  /** For workers, which never serve an embedded directory: this process takes it over when its owner is gone. */
  keepServed(): void
  /** Ends what was started for it: an embedded broker, where nobody else of this process uses it. */
  close(): Promise<void>
}

const EMBEDDED = 'embedded:'

/** The embedded broker listens on loopback only and uses no security. */
export async function openBrokerAccess(
  servers: readonly string[],
  security: SecuritySettings,
  clock: Clock,
): Promise<BrokerAccess> {
  const [first = ''] = servers
  if (!first.startsWith(EMBEDDED)) return tcpAccess(servers, security, clock)
  const directory = openEmbedded(first.slice(EMBEDDED.length), {}, clock)
  try {
    await directory.take()
  } catch (error) {
    await directory.close()
    throw error
  }
  return {
    transport: () => directory.transport(),
    keepServed: () => directory.keepServed(),
    close: () => directory.close(),
  }
}

/** For a worker thread: it never serves a directory itself. */
export function openWorkerAccess(servers: readonly string[], security: SecuritySettings, clock: Clock): BrokerAccess {
  const [first = ''] = servers
  if (!first.startsWith(EMBEDDED)) return tcpAccess(servers, security, clock)
  return {
    transport: () => new FollowerTransport(first.slice(EMBEDDED.length), clock),
    keepServed: () => undefined,
    close: async () => undefined,
  }
}

function tcpAccess(servers: readonly string[], { tls, sasl }: SecuritySettings, clock: Clock): BrokerAccess {
  const bootstrap = parseServers(servers)
  return {
    transport: () => new TcpTransport({ bootstrap, clock, tls }),
    sasl,
    keepServed: () => undefined,
    close: async () => undefined,
  }
}
