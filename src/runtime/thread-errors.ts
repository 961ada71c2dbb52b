// What an error means to a stream thread: whether it goes on, and how.
import { RetriableError, TaskMigratedError, TidemillError } from '../base/index.ts'

/** What an error is about: lost ownership, an aborted transaction, what another attempt may mend; undefined: none of them. */
export function causeOf(error: unknown): TidemillError | undefined {
  if (error instanceof RetriableError) return error
  for (let each = error; each instanceof Error; each = each.cause) {
    if (each instanceof TaskMigratedError) return each
    if (each instanceof TidemillError && each.code === 'transaction-aborted') return each
  }
  return undefined
}

export function isRebalance(error: unknown): boolean {
  for (let each = error; each instanceof Error; each = each.cause) if (each instanceof TaskMigratedError) return true
  return false
}

/** Another member asked all to shut down; the application ends without an error of its own. */
export class ShutdownRequestedError extends TidemillError {
  override readonly name = 'ShutdownRequestedError'

  constructor(applicationId: string) {
    super(
      'shutdown-requested',
      `an instance of application '${applicationId}' asked all of them to shut down: its own log says why`,
    )
  }
}
