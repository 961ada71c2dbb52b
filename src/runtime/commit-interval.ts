import type { ThreadConfig } from './thread-config.ts'

/** A commit waits for promises: where one of the tasks makes some, and nobody said how often, commits are rarer. */
export function commitIntervalMs(
  config: Pick<ThreadConfig, 'commitIntervalMs' | 'asyncCommitIntervalMs'>,
  tasks: Iterable<{ readonly task: { readonly hasAsyncSteps: boolean } }>,
): number {
  if (config.asyncCommitIntervalMs === config.commitIntervalMs) return config.commitIntervalMs
  for (const { task } of tasks) if (task.hasAsyncSteps) return config.asyncCommitIntervalMs
  return config.commitIntervalMs
}
