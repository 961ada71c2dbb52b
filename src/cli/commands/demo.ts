// tidemill demo: the three example applications on the embedded broker, fed and shown live, until Ctrl-C.
import { writeFileSync } from 'node:fs'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { Streams, openClient, serveDirectory } from '../../app/index.ts'
import { sleep, systemClock } from '../../base/index.ts'
import type { Client } from '../../client/index.ts'
import { duration } from '../../record/index.ts'
import { type Example, loadExamples } from '../demo/examples.ts'
import { type FeedProgress, feed } from '../demo/feeder.ts'
import { type FrameInput, drawFrame, toAnsi, toPlainLine, toSvg } from '../demo/frame.ts'
import { type Throughput, ThroughputMeter, emptyResults, follow } from '../demo/results.ts'
import { type Output, openOutput } from '../output.ts'
import { openRestoreDisplay } from '../restore-display.ts'
import { untilInterrupted } from '../session.ts'
import { parseCount } from './topics.ts'

interface DemoOptions {
  readonly dir: string
  readonly for?: number
  readonly rate: number
  readonly partitions: number
  readonly port: number
  readonly guarantee: 'at-least-once' | 'exactly-once'
  readonly picture?: string
  readonly json?: boolean
}

const SHOW_EVERY_MS = 1_000
const CLOSE_MS_MAX = 1_800

export function addDemoCommand(program: Command): void {
  program
    .command('demo')
    .description('run three example applications on real input, on the embedded broker, and show them live')
    .option(
      '-d, --dir <path>',
      'where data and state are kept; started again, it goes on from there',
      './tidemill-demo',
    )
    .option('--for <duration>', 'stop by itself after that long, such as 20s', parseDurationMs)
    .option('--rate <factor>', 'feed so many times faster', parseCount, 1)
    .option('--partitions <count>', 'partitions of the topics', parseCount, 2)
    .option('--port <port>', 'port of the broker; 0 takes a free one', Number, 0)
    .addOption(
      new Option('-g, --guarantee <guarantee>', 'processing guarantee')
        .choices(['at-least-once', 'exactly-once'])
        .default('exactly-once'),
    )
    .option('--picture <file>', 'write the last page as an SVG')
    .addHelpText(
      'after',
      '\nWith --json it prints a line each second: acknowledged input records, rates and lag of each application.',
    )
    .action(async (_options: unknown, command: Command) => runDemo(command.optsWithGlobals<DemoOptions>()))
}

async function runDemo(options: DemoOptions): Promise<void> {
  const output = openOutput(options.json === true)
  const signal = limited(untilInterrupted(), options.for)
  const examples = await loadExamples()
  const dir = `${options.dir}/broker`
  const broker = await serveDirectory({
    dir,
    listen: { host: '127.0.0.1', port: options.port },
    durability: 'always',
    partitions: options.partitions,
    autoCreateTopics: true,
  })
  const bootstrapServers = `embedded:${dir}`
  const client = await openClient({ bootstrapServers, clientId: 'tidemill-demo' })
  const restoring = openRestoreDisplay()
  const restored = new Map<string, number>()
  const apps = examples.map((example) => {
    return new Streams(example.topology, {
      applicationId: `demo-${example.id}`,
      bootstrapServers,
      stateDir: `${options.dir}/state`,
      processingGuarantee: options.guarantee,
      commitInterval: 100,
      onRestore: (progress) => {
        restoring.update({ ...progress, topic: `${example.id}/${progress.topic}` })
        if (progress.phase !== 'finished') return
        restored.set(example.id, (restored.get(example.id) ?? 0) + progress.records)
      },
      signal: new AbortController().signal, // the demo closes them itself, in order
    })
  })
  try {
    await createTopics(client, examples, options.partitions)
    await Promise.all(apps.map((app) => app.start()))
    await show({
      options,
      output,
      restored,
      signal,
      examples,
      client,
      address: `${broker.address.host}:${broker.address.port}`,
    })
  } finally {
    await Promise.all(apps.map((app) => app.close({ timeout: CLOSE_MS_MAX })))
    await client.close()
    await broker.close()
  }
}

interface Stage {
  readonly options: DemoOptions
  readonly output: Output
  /** Records that each application has read back, by example. */
  readonly restored: ReadonlyMap<string, number>
  readonly signal: AbortSignal
  readonly examples: readonly Example[]
  readonly client: Client
  readonly address: string
}

/** Feeds and shows until the signal; a feed that fails ends the demo with its error. */
async function show(stage: Stage): Promise<void> {
  const { client, examples, options, signal } = stage
  const stop = new AbortController()
  signal.addEventListener('abort', () => stop.abort())
  if (signal.aborted) stop.abort()
  const progress = new Map<string, FeedProgress>(
    examples.map((example) => [example.id, { next: 0, acknowledgedFrom: 0, acknowledgedBelow: 0 }]),
  )
  const results = emptyResults()
  const running = [
    ...examples.map((example) =>
      feed(client, example, options.rate, progress.get(example.id) as FeedProgress, stop.signal),
    ),
    follow(client, examples, results, stop.signal),
    showRounds(stage, progress, results, stop.signal),
  ]
  try {
    await Promise.all(running)
  } finally {
    stop.abort()
    await Promise.allSettled(running)
  }
}

async function showRounds(
  stage: Stage,
  progress: ReadonlyMap<string, FeedProgress>,
  results: FrameInput['results'],
  signal: AbortSignal,
): Promise<void> {
  const { client, examples, options, output } = stage
  const meters = new Map(
    examples.map((example) => [example.id, new ThroughputMeter(client, example, `demo-${example.id}`)]),
  )
  const isLive = process.stdout.isTTY && !output.isJson
  const startedMs = systemClock.monotonicMs()
  if (!isLive)
    output.line(
      `broker on ${stage.address}, data in ${options.dir}; look in with: npx tidemill -b ${stage.address} consume word-counts --keys --value-format int64, or kcat -b ${stage.address} -C -t user-activity`,
    )
  let frame: FrameInput | undefined
  while (!signal.aborted) {
    const throughput = new Map<string, Throughput>()
    for (const [id, meter] of meters) throughput.set(id, await meter.measure())
    const upSeconds = Math.round((systemClock.monotonicMs() - startedMs) / 1_000)
    frame = {
      address: stage.address,
      dir: options.dir,
      guarantee: options.guarantee,
      upSeconds,
      examples,
      throughput,
      results,
    }
    if (isLive) process.stdout.write(`\u001b[H\u001b[2J${toAnsi(drawFrame(frame))}\n`)
    else output.line(toPlainLine(frame))
    output.json({
      upSeconds,
      address: stage.address,
      examples: examples.map((example) => ({
        id: example.id,
        acknowledgedFrom: progress.get(example.id)?.acknowledgedFrom ?? 0,
        acknowledgedBelow: progress.get(example.id)?.acknowledgedBelow ?? 0,
        restoredRecords: stage.restored.get(example.id) ?? 0,
        ...throughput.get(example.id),
      })),
    })
    await sleep(systemClock, SHOW_EVERY_MS, signal).catch(() => undefined)
  }
  if (options.picture !== undefined && frame !== undefined) writeFileSync(options.picture, toSvg(drawFrame(frame)))
}

async function createTopics(client: Client, examples: readonly Example[], partitions: number): Promise<void> {
  const names = examples.flatMap((example) => [...example.inputTopics, example.outputTopic])
  await client.admin().createTopics(names.map((name) => ({ name, partitions, replicationFactor: -1, config: {} })))
  await client.cluster.refresh(names)
}

/** The signal, or the end of the time, whichever comes first. */
function limited(signal: AbortSignal, limitMs: number | undefined): AbortSignal {
  if (limitMs === undefined) return signal
  const controller = new AbortController()
  const timer = systemClock.setTimer(limitMs, () => controller.abort())
  signal.addEventListener('abort', () => {
    timer.cancel()
    controller.abort()
  })
  return controller.signal
}

function parseDurationMs(text: string): number {
  try {
    return duration(text)
  } catch (cause) {
    throw new InvalidArgumentError(cause instanceof Error ? cause.message : String(cause))
  }
}
