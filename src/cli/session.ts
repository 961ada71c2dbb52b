// What every command has: the connection that the options name, and an end that is always reached.
import { openClient } from '../app/index.ts'
import { TidemillError } from '../base/index.ts'
import type { Client, SecurityOptions } from '../client/index.ts'
import { type Output, openOutput } from './output.ts'
import { readSecurityFile } from './security-file.ts'

export interface GlobalOptions {
  readonly bootstrapServers: string
  /** A file; see security-file.ts. */
  readonly security?: string
  readonly json?: boolean
}

/** A person waits: a broker that does not answer is said after this long. */
const REQUEST_TIMEOUT_MS = 5_000

/** Connects, runs, and closes again, whatever happens. */
export async function withClient(
  options: GlobalOptions,
  run: (client: Client, output: Output) => Promise<void>,
): Promise<void> {
  const { bootstrapServers } = options
  const client = await openClient({
    bootstrapServers,
    ...securityOf(options),
    clientId: 'tidemill-cli',
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
  })
  try {
    await run(client, openOutput(options.json === true))
  } finally {
    await client.close()
  }
}

/** What --security names. */
export function securityOf({ security }: GlobalOptions): { readonly security?: SecurityOptions } {
  return security === undefined ? {} : { security: readSecurityFile(security) }
}

/** Aborted by Ctrl-C or SIGTERM; a second signal ends the process at once. */
export function untilInterrupted(): AbortSignal {
  const controller = new AbortController()
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(130)
    controller.abort()
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  return controller.signal
}

/** One line for people; the stack only for our own bugs or with TIDEMILL_DEBUG. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const isExpected = error instanceof TidemillError && process.env['TIDEMILL_DEBUG'] === undefined
  return isExpected ? `tidemill: ${error.message} (${error.code})` : `tidemill: ${error.stack ?? error.message}`
}
