// tidemill reset: lets an application begin again. Says what it would do, and does it with --execute. Java: kafka-streams-application-reset.
import { readFileSync, rmSync } from 'node:fs'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { type RemainingState, remainingState } from '../../app/index.ts'
import { TidemillError, systemClock } from '../../base/index.ts'
import type { Client } from '../../client/index.ts'
import { type Duration, type TopicPartition, durationMs, topicPartition } from '../../record/index.ts'
import type { Output } from '../output.ts'
import { type ResetPlan, type ResetRequest, type ResetTo, planReset } from '../reset-plan.ts'
import { type GlobalOptions, withClient } from '../session.ts'

interface ResetOptions extends GlobalOptions {
  readonly applicationId: string
  readonly inputTopics?: readonly string[]
  readonly intermediateTopics?: readonly string[]
  readonly internalTopics?: readonly string[]
  readonly toOffset?: number
  readonly toDatetime?: number
  readonly byDuration?: number
  readonly fromFile?: ReadonlyMap<TopicPartition, number>
  readonly shiftBy?: number
  readonly toEarliest?: boolean
  readonly toLatest?: boolean
  readonly stateDir?: string
  readonly configFile?: Readonly<Record<string, string>>
  readonly force?: boolean
  readonly execute?: boolean
}

const PLACES = ['toOffset', 'toDatetime', 'byDuration', 'fromFile', 'shiftBy', 'toEarliest', 'toLatest'] as const

export function addResetCommand(program: Command): void {
  const command = program
    .command('reset')
    .description('let an application begin again: offsets, internal topics, local state; a dry run without --execute')
    .requiredOption('-a, --application-id <id>', 'its application id, which is its group')
    .option('--input-topics <names>', 'topics whose offsets move, with commas between', names)
    .option('--intermediate-topics <names>', 'topics of its own that it reads again from their end', names)
    .option('--internal-topics <names>', 'delete only these (default: all changelogs and repartition topics)', names)
    .option('--state-dir <path>', 'also delete what it keeps under this directory')
    .option('--config-file <path>', 'properties of a client: bootstrap.servers', readProperties)
    .option('--force', 'remove members that are still in the group')
    .option('--execute', 'do it')
  const places: readonly Option[] = [
    new Option('--to-earliest', 'input topics begin at their start (default)'),
    new Option('--to-latest', 'at their end'),
    new Option('--to-offset <offset>', 'at an offset').argParser(wholeNumber),
    new Option(
      '--to-datetime <time>',
      'at the first record from then on: 2026-01-31T12:00:00.000, UTC if it has no zone',
    ).argParser(dateTime),
    new Option('--by-duration <duration>', 'at the first record of the last while: P7D, PT1H30M or 7d').argParser(
      lastWhile,
    ),
    new Option('--shift-by <count>', 'so many records on, or back where it is negative').argParser(wholeNumber),
    new Option('--from-file <path>', 'where a file says: a line TOPIC,PARTITION,OFFSET for each').argParser(
      readOffsets,
    ),
  ]
  for (const place of places)
    command.addOption(place.conflicts(PLACES.filter((name) => name !== place.attributeName())))
  command.action(async (_options: unknown, self: Command) => {
    const options = self.optsWithGlobals<ResetOptions>()
    const servers = options.configFile?.['bootstrap.servers']
    const connection = servers === undefined ? options : { ...options, bootstrapServers: servers }
    await withClient(connection, (client, output) => reset(client, output, options))
  })
}

async function reset(client: Client, output: Output, options: ResetOptions): Promise<void> {
  const { applicationId, execute = false, stateDir } = options
  const plan = await planReset(client, requestOf(options))
  const state = remainingState(stateDir ?? './state', applicationId)
  checkMembers(plan, applicationId, options.force === true)
  checkState(state, applicationId)
  output.json({ ...plan, state: state.map(({ directory }) => directory), isDone: execute })
  if (execute) await carryOut(client, plan, options)
  if (execute && stateDir !== undefined)
    for (const { directory } of state) rmSync(directory, { recursive: true, force: true })
  if (!output.isJson) print(plan, state, options, output)
}

function requestOf(options: ResetOptions): ResetRequest {
  const { applicationId, inputTopics = [], intermediateTopics = [], internalTopics } = options
  return { applicationId, inputTopics, intermediateTopics, internalTopics, to: placeOf(options) }
}

function placeOf(options: ResetOptions): ResetTo {
  const { toOffset, toDatetime, byDuration, fromFile, shiftBy, toLatest } = options
  if (toOffset !== undefined) return { kind: 'offset', offset: toOffset }
  if (toDatetime !== undefined) return { kind: 'time', atMs: toDatetime }
  if (byDuration !== undefined) return { kind: 'time', atMs: Math.max(0, byDuration) }
  if (fromFile !== undefined) return { kind: 'offsets', offsets: fromFile }
  if (shiftBy !== undefined) return { kind: 'shift', by: shiftBy }
  return { kind: toLatest === true ? 'latest' : 'earliest' }
}

function checkMembers({ members }: ResetPlan, applicationId: string, isForced: boolean): void {
  if (members.length === 0 || isForced) return
  const who = members.map(({ clientId, host }) => `${clientId} (${host})`).join(', ')
  throw new TidemillError(
    'group-in-use',
    `'${applicationId}' is running: ${who}. Stop its instances first; members that a crash left behind go with their session, or at once with --force`,
  )
}

function checkState(state: readonly RemainingState[], applicationId: string): void {
  const busy = state.find(({ pid }) => pid !== undefined)
  if (busy === undefined) return
  throw new TidemillError(
    'directory-locked',
    `process ${busy.pid} runs '${applicationId}' on ${busy.directory}: stop it first`,
  )
}

async function carryOut(client: Client, plan: ResetPlan, { applicationId }: ResetOptions): Promise<void> {
  const admin = client.admin()
  await admin.removeMembers(
    applicationId,
    plan.members.map(({ memberId }) => ({ memberId })),
  )
  const offsets = plan.moves.map(
    ({ topic, partition, to }) => [topicPartition(topic, partition), { offset: to, metadata: '' }] as const,
  )
  await admin.alterGroupOffsets(applicationId, new Map(offsets))
  if (plan.deletedTopics.length > 0) await admin.deleteTopics(plan.deletedTopics)
}

function print(plan: ResetPlan, state: readonly RemainingState[], options: ResetOptions, output: Output): void {
  const { execute = false, stateDir } = options
  const verb = (done: string, planned: string): string => (execute ? done : `would ${planned}`)
  for (const name of plan.missingTopics) output.line(`${name} does not exist: left out`)
  if (plan.members.length > 0) output.line(`${verb('removed', 'remove')} ${plan.members.length} members`)
  output.table(
    plan.moves.map((move) => ({ ...move })),
    'no offsets move: name --input-topics or --intermediate-topics',
  )
  for (const name of plan.deletedTopics) output.line(`${verb('deleted', 'delete')} ${name}`)
  if (plan.deletedTopics.length === 0) output.line('no internal topics')
  for (const { directory } of state) {
    if (stateDir === undefined) output.line(`local state is left in ${directory}: --state-dir deletes it`)
    else output.line(`${verb('deleted', 'delete')} ${directory}`)
  }
  if (!execute) output.note('nothing was done yet: --execute does it')
}

// ---- words ----

function names(text: string): readonly string[] {
  return text.split(',').filter((name) => name !== '')
}

function wholeNumber(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isSafeInteger(value)) throw new InvalidArgumentError('it is a whole number.')
  return value
}

function dateTime(text: string): number {
  const hasZone = /(Z|[+-]\d\d:?\d\d)$/.test(text)
  const atMs = Date.parse(hasZone ? text : `${text}Z`)
  if (Number.isNaN(atMs)) throw new InvalidArgumentError('it is a time such as 2026-01-31T12:00:00.000.')
  return atMs
}

/** The wall-clock time that long ago. */
function lastWhile(text: string): number {
  const iso = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/.exec(text)
  if (iso !== null && text.length > 1) {
    const [days, hours, minutes, seconds] = iso.slice(1).map((part) => Number(part ?? 0)) as [
      number,
      number,
      number,
      number,
    ]
    return systemClock.now() - (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1_000
  }
  try {
    // What is none is refused there.
    return systemClock.now() - durationMs(text as Duration, 'by-duration')
  } catch {
    throw new InvalidArgumentError('it is a duration such as P7D, PT1H30M or 7d.')
  }
}

function readOffsets(path: string): ReadonlyMap<TopicPartition, number> {
  const lines = readText(path)
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
  return new Map(
    lines.map((line) => {
      const [topic = '', partition = '', offset = ''] = line.split(',').map((part) => part.trim().replace(/^"|"$/g, ''))
      if (topic === '' || !/^\d+$/.test(partition) || !/^\d+$/.test(offset))
        throw new InvalidArgumentError(`'${line}' is not TOPIC,PARTITION,OFFSET.`)
      return [topicPartition(topic, Number(partition)), Number(offset)] as const
    }),
  )
}

function readProperties(path: string): Readonly<Record<string, string>> {
  const lines = readText(path).split(/\r?\n/)
  return Object.fromEntries(
    lines.flatMap((line) => {
      const match = /^\s*([^#!\s=:][^\s=:]*)\s*[=:]\s*(.*?)\s*$/.exec(line)
      return match === null ? [] : [[match[1], match[2]]]
    }),
  ) as Readonly<Record<string, string>> // both groups matched
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new InvalidArgumentError(`${path} cannot be read: ${(error as Error).message}`)
  }
}
