// The simulation as users call it: a topology, many seeds, each a world of its own; and the smallest case of what fails.
import { TidemillError, partitionForKey, type Prng, seededPrng } from '../../base/index.ts'
import type { StreamsOptions } from '../../app/index.ts'
import { loadCompression } from '../../protocol/index.ts'
import { type Duration, RecordHeaders, durationMs } from '../../record/index.ts'
import type { Encoder } from '../../serde/index.ts'
import type { Topology } from '../../topology/index.ts'
import { FAULTS_IN_TIME, FAULT_KINDS, type Fault, type FaultKind, describeFault, planFaults } from './faults.ts'
import { type OutputCheck, checkOutcome } from './oracle.ts'
import { EPOCH_MS } from './virtual-process.ts'
import { World, type WorldInput } from './world.ts'

/** A record that a simulation sends. */
export interface SimulatedInput {
  readonly topic: { readonly name: string; readonly key: Encoder<never>; readonly value: Encoder<never> }
  readonly key?: unknown
  /** null: a tombstone. */
  readonly value: unknown
  /**
   * When it is sent, in ms since the beginning; negative: before the instances start; from the duration on: when all else is done
   * and nothing fails any more. @defaultValue spread over the first three quarters of the duration
   */
  readonly atMs?: number
  /** In ms since 1970. @defaultValue the time at which it is sent */
  readonly timestamp?: number
  /** @defaultValue by the key, as all producers choose */
  readonly partition?: number
}

/** Random numbers that are the same for the same seed. */
export interface SimulationRandom {
  /** A float in [0, 1). */
  next(): number
  /** An integer in [0, below). */
  integer(below: number): number
}

/** Options of {@link simulate}. */
export interface SimulateOptions {
  /** The records to send: a list, or what the seed's random numbers make. A few hundred are enough. */
  readonly inputs: readonly SimulatedInput[] | ((random: SimulationRandom) => readonly SimulatedInput[])
  /** How many seeds, or which. @defaultValue 20 */
  readonly seeds?: number | readonly number[]
  /** The first, where `seeds` is a number. @defaultValue 1 */
  readonly from?: number
  /**
   * Which kinds of faults there are. @defaultValue all; under at-least-once those without late requests, which nobody fences
   */
  readonly faults?: readonly FaultKind[]
  /** How many faults a seed has at most. @defaultValue 6 */
  readonly faultsMax?: number
  /** Only these faults of a seed's list, by their number from 0: how a failing case is run again in its smallest form. */
  readonly onlyFaults?: readonly number[]
  /** Of each topic. @defaultValue 3 */
  readonly partitions?: number
  /** Instances of the application at the beginning. @defaultValue 2 */
  readonly instances?: number
  /** How long records are sent and faults happen. @defaultValue 20s */
  readonly duration?: Duration
  /** Options of the application, as for Streams; a `groupInstanceId` is given the instance's name too. @defaultValue exactly-once, an application id, and short times */
  readonly options?: Partial<Omit<StreamsOptions, 'bootstrapServers' | 'stateDir' | 'signal'>>
  /**
   * How each output topic is compared with a recomputation, key by key: 'sequence' (the same values in the same order), 'values'
   * (in any order), 'latest' (the last value), 'ignore'. Under at-least-once 'sequence' and 'values' mean that nothing is missing.
   * @defaultValue latest
   */
  readonly outputs?: Readonly<Record<string, OutputCheck>>
  /** Whether stores are compared with the recomputation, under exactly-once. @defaultValue latest */
  readonly stores?: 'latest' | 'ignore'
  /** Called with each run. */
  readonly onRun?: (run: SimulatedRun) => void
  /** Keeps what happens in each run as text. @defaultValue false */
  readonly isTraced?: boolean
}

/** One seed's run. */
export interface SimulatedRun {
  readonly seed: number
  /** The same for the same seed, always. */
  readonly traceHash: string
  /** What went wrong on purpose, one line each. */
  readonly faults: readonly string[]
  /** What must not be; empty where all is well. */
  readonly violations: readonly string[]
  readonly events: number
  readonly virtualMs: number
  /** What happened, where `isTraced`. */
  readonly trace: readonly string[]
}

/** What {@link simulate} has found: nothing, where it returns. */
export interface SimulationReport {
  readonly runs: number
  readonly events: number
  readonly virtualMs: number
}

const SESSION_TIMEOUT_MS = 6_000
const FAULTS_MAX = 6
const SEEDS = 20
/** Under which a run begins to be shortened. */
const SHORTENING_RUNS_MAX = 40

/**
 * Runs an application in a simulated world, once for each seed: several instances, the broker, their disks and network in one process
 * on a virtual clock, with crashes, pauses, broken connections and rebalances drawn from the seed. Afterwards outputs and stores
 * must equal what the topology makes of the input in the test driver. Time that user code takes does not count, and user code must
 * neither wait on real time nor draw random numbers.
 *
 * @throws TidemillError `simulation-failed` with the seed, the shortest list of faults that still fails, and what is wrong
 * @example
 * await simulate(wordCount(), {
 *   seeds: 2,
 *   inputs: (random) => Array.from({ length: 50 }, () => ({ topic: lines, value: ['a', 'b', 'c'][random.integer(3)] })),
 *   outputs: { counts: 'latest' },
 * })
 */
export async function simulate(
  topology: Topology | (() => Topology),
  options: SimulateOptions,
): Promise<SimulationReport> {
  let runs = 0
  let events = 0
  let virtualMs = 0
  for (const seed of seedsOf(options)) {
    const run = await simulateSeed(topology, seed, options)
    options.onRun?.(run)
    runs++
    events += run.events
    virtualMs += run.virtualMs
    if (run.violations.length > 0) throw await failure(topology, run, options)
  }
  return { runs, events, virtualMs }
}

/**
 * Runs one seed and says what came of it.
 *
 * @example
 * const run = await simulateSeed(wordCount(), 7, {
 *   inputs: () => [{ topic: lines, value: 'a b a' }],
 *   outputs: { counts: 'latest' },
 * })
 * console.log(run.violations)
 */
export async function simulateSeed(
  topology: Topology | (() => Topology),
  seed: number,
  options: SimulateOptions,
): Promise<SimulatedRun> {
  await loadCompression()
  const { partitions = 3, instances = 2, isTraced = false, outputs = {}, stores = 'latest' } = options
  const built = typeof topology === 'function' ? topology() : topology
  const durationOfRun = durationMs(options.duration ?? '20s', 'duration')
  const inputs = inputsOf(options, seed, partitions, durationOfRun)
  const faults = faultsOf(options, seed, instances, durationOfRun)
  const appOptions = optionsOf(options)
  const world = new World({
    seed,
    topology: built,
    options: appOptions,
    inputs,
    partitions,
    instances,
    faults,
    durationMs: durationOfRun,
    segmentBytes: seed % 2 === 0 ? 16_384 : 1_048_576,
    isTraced,
  })
  await world.run((outcome) =>
    checkOutcome(
      {
        topology: built,
        applicationId: appOptions.applicationId,
        isExactlyOnce: appOptions.processingGuarantee === 'exactly-once',
        partitions,
        inputs,
        outputs,
        stores,
      },
      outcome,
    ),
  )
  return {
    seed,
    traceHash: world.trace.hash,
    faults: faults.map(describeFault),
    violations: world.violations,
    events: world.time.count,
    virtualMs: world.time.nowMs,
    trace: world.trace.lines,
  }
}

/** Leaves out faults, one after another, as long as it still fails; returns the numbers of those that are needed. */
export async function shortestFaults(
  topology: Topology | (() => Topology),
  seed: number,
  options: SimulateOptions,
  count: number,
): Promise<readonly number[]> {
  let kept: readonly number[] = options.onlyFaults ?? Array.from({ length: count }, (_, i) => i)
  let runs = 0
  for (const candidate of kept) {
    if (runs++ >= SHORTENING_RUNS_MAX) break
    const onlyFaults = kept.filter((each) => each !== candidate)
    const run = await simulateSeed(topology, seed, { ...options, onlyFaults, isTraced: false })
    if (run.violations.length > 0) kept = onlyFaults
  }
  return kept
}

async function failure(
  topology: Topology | (() => Topology),
  run: SimulatedRun,
  options: SimulateOptions,
): Promise<TidemillError> {
  const count = run.faults.length
  const needed = await shortestFaults(topology, run.seed, options, count)
  const all = planned(options, run.seed, options.instances ?? 2, durationMs(options.duration ?? '20s', 'duration'))
  const lines = needed.map((number) => `  ${number}: ${describeFault(all[number] as Fault)}`)
  return new TidemillError(
    'simulation-failed',
    `seed ${run.seed} fails:\n- ${run.violations.join('\n- ')}\nwith these faults:\n${lines.join('\n')}\n` +
      `run it again with { seeds: [${run.seed}], onlyFaults: [${needed.join(', ')}] }`,
  )
}

function seedsOf({ seeds = SEEDS, from = 1 }: SimulateOptions): readonly number[] {
  return typeof seeds === 'number' ? Array.from({ length: seeds }, (_, i) => from + i) : seeds
}

function optionsOf({ options = {} }: SimulateOptions): StreamsOptions {
  return {
    applicationId: 'simulated',
    processingGuarantee: 'exactly-once',
    commitInterval: 200,
    pollTimeout: 1_000,
    ...options,
    consumer: {
      sessionTimeout: SESSION_TIMEOUT_MS,
      heartbeatInterval: 1_500,
      rebalanceTimeout: 10_000,
      fetchMaxWait: 1_000,
      ...options.consumer,
    },
    producer: { linger: 10, ...options.producer },
    bootstrapServers: 'broker:9092',
    stateDir: 'state',
  }
}

function planned(options: SimulateOptions, seed: number, instances: number, durationOfRun: number): readonly Fault[] {
  const isAtLeastOnce = options.options?.processingGuarantee === 'at-least-once'
  return planFaults({
    prng: seededPrng(seed * 1_000 + 904),
    kinds: options.faults ?? (isAtLeastOnce ? FAULTS_IN_TIME : FAULT_KINDS),
    hasLateRequests: options.faults !== undefined || !isAtLeastOnce,
    instances,
    durationMs: durationOfRun,
    sessionTimeoutMs: SESSION_TIMEOUT_MS,
    countMax: options.faultsMax ?? FAULTS_MAX,
  })
}

function faultsOf(options: SimulateOptions, seed: number, instances: number, durationOfRun: number): readonly Fault[] {
  const all = planned(options, seed, instances, durationOfRun)
  const { onlyFaults } = options
  return onlyFaults === undefined ? all : all.filter((_, number) => onlyFaults.includes(number))
}

function inputsOf(
  { inputs }: SimulateOptions,
  seed: number,
  partitions: number,
  durationOfRun: number,
): readonly WorldInput[] {
  const prng = seededPrng(seed * 1_000 + 905)
  const given = typeof inputs === 'function' ? inputs(prng) : inputs
  const stepMs = (durationOfRun * 0.75) / Math.max(1, given.length)
  return given
    .map((input, i) => encoded(input, Math.floor(i * stepMs), partitions, prng))
    .sort((a, b) => a.atMs - b.atMs)
}

function encoded(input: SimulatedInput, defaultAtMs: number, partitions: number, prng: Prng): WorldInput {
  const { topic, key = null, value, atMs = defaultAtMs } = input
  const keyBytes = bytesOf(topic.key, key, topic.name, true)
  const byKey = keyBytes === null ? prng.integer(partitions) : partitionForKey(partitions, keyBytes)
  return {
    atMs,
    topic: topic.name,
    partition: input.partition ?? byKey,
    key: keyBytes,
    value: bytesOf(topic.value, value, topic.name, false),
    timestamp: input.timestamp ?? EPOCH_MS + atMs,
  }
}

function bytesOf(encoder: Encoder<never>, data: unknown, topic: string, isKey: boolean): Buffer | null {
  if (data === null || data === undefined) return null
  // The topic's own type, which the list of inputs has lost.
  return Buffer.from(encoder.encode(data as never, { topic, headers: RecordHeaders.empty, isKey }))
}
