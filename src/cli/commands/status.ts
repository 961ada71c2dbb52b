// tidemill status: asks the applications that run on a state directory what each task does, and why it does not move.
import type { Command } from 'commander'
import { type AppStatus, type InstanceStatus, type ThreadInfo, askInstances } from '../../app/index.ts'
import { TidemillError } from '../../base/index.ts'
import { type TaskStatus, describeWait, seconds } from '../../runtime/index.ts'
import { type Output, openOutput } from '../output.ts'
import type { GlobalOptions } from '../session.ts'

interface StatusOptions extends GlobalOptions {
  readonly stateDir: string
}

export function addStatusCommand(program: Command): void {
  program
    .command('status')
    .description('ask running applications what each task does, and why it does not move')
    .argument('[application]', 'its application id (default: all that run on the state directory)')
    .option('-s, --state-dir <path>', 'where the applications keep their state', './state')
    .action(async (application: string | undefined, _options: unknown, command: Command) => {
      const { stateDir, json } = command.optsWithGlobals<StatusOptions>()
      const output = openOutput(json === true)
      const instances = await askInstances(stateDir, application)
      if (instances.length === 0) {
        throw new TidemillError(
          'not-running',
          `${application === undefined ? 'no application' : `'${application}'`} runs on ${stateDir}: ` +
            'start it, or name its state directory with --state-dir',
        )
      }
      for (const instance of instances) printInstance(instance, output)
    })
}

function printInstance(instance: InstanceStatus, output: Output): void {
  output.json(instance)
  if (output.isJson) return
  const { directory, pid, status, problem } = instance
  if (status === undefined) return output.line(`process ${pid} on ${directory}: ${problem}`)
  const { applicationId, state, isPaused } = status
  output.line(`${applicationId}: ${state}${isPaused ? ', paused' : ''}, process ${pid} on ${directory}`)
  output.table(status.threads.map(threadRow), 'no threads')
  const tasks = tasksOf(status)
  output.table(tasks.map(taskRow), 'no tasks')
  for (const { taskId, waits } of tasks) for (const wait of waits) output.line(`${taskId}: ${describeWait(wait)}`)
  for (const { index, tasks: own, waits } of status.threads)
    if (own.length === 0) for (const wait of waits) output.line(`thread ${index}: ${describeWait(wait)}`)
}

function tasksOf({ threads }: AppStatus): readonly TaskStatus[] {
  return threads.flatMap(({ tasks }) => tasks).toSorted((a, b) => (a.taskId < b.taskId ? -1 : 1))
}

function threadRow({ index, state, tasks, commitAgeMs }: ThreadInfo): Readonly<Record<string, unknown>> {
  return {
    thread: index,
    state,
    tasks: tasks.length,
    'last commit': commitAgeMs === undefined ? '-' : `${seconds(commitAgeMs)} ago`,
  }
}

function taskRow({
  taskId,
  role,
  state,
  inputs,
  stores,
  bufferedRecords,
  waits,
}: TaskStatus): Readonly<Record<string, unknown>> {
  const lags = inputs.flatMap(({ lagMs }) => (lagMs === undefined ? [] : [lagMs]))
  return {
    task: taskId,
    role,
    state: waits.length > 0 && state === 'running' ? 'waiting' : state,
    lag: inputs.reduce((sum, { lagRecords }) => sum + (lagRecords ?? 0), 0),
    behind: lags.length === 0 ? '-' : seconds(Math.max(...lags)),
    buffered: bufferedRecords,
    'state lag': stores.reduce((sum, { lagRecords }) => sum + lagRecords, 0),
  }
}
