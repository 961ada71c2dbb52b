// What goes wrong in a simulated world, and when: drawn from the seed before it begins, so that a list of faults can be printed,
// shortened and run again.
import type { CrashKind, Prng } from '../../base/index.ts'

/** The kinds of faults that a simulation can make. */
export type FaultKind =
  | 'crash-instance'
  | 'crash-broker'
  | 'pause-instance'
  | 'pause-broker'
  | 'drop-connections'
  | 'stall-network'
  | 'cut-network'
  | 'slow-disk'
  | 'fail-disk'
  | 'stop-instance'
  | 'add-instance'
  | 'add-thread'
  | 'remove-thread'

/**
 * All kinds of faults that a simulation can draw.
 *
 * @example
 * const withoutDisks = FAULT_KINDS.filter((kind) => !kind.endsWith('disk'))
 */
export const FAULT_KINDS: readonly FaultKind[] = [
  'crash-instance',
  'crash-broker',
  'pause-instance',
  'pause-broker',
  'drop-connections',
  'stall-network',
  'cut-network',
  'slow-disk',
  'fail-disk',
  'stop-instance',
  'add-instance',
  'add-thread',
  'remove-thread',
]

/**
 * Those that let nobody write who has been given up for dead. At-least-once does not fence: what such a zombie writes to a changelog
 * takes the place of what its successor wrote, here as in Kafka Streams.
 */
export const FAULTS_WITHOUT_ZOMBIES: readonly FaultKind[] = FAULT_KINDS.filter(
  (kind) => !['pause-instance', 'pause-broker', 'stall-network', 'cut-network'].includes(kind),
)

/** One fault: what, when, to whom, and how long. */
export interface Fault {
  readonly kind: FaultKind
  /** Since the beginning. */
  readonly atMs: number
  /** The instance that it meets; of a disk's faults -1 is the broker's. */
  readonly target: number
  /** How long it lasts, or until what it took away comes back. */
  readonly forMs: number
  /** The call of a port in which a crash happens, counted from then on; 0 is the next. */
  readonly calls: number
  /** Only calls that send count. */
  readonly isAtSend: boolean
  /** What becomes of writes that were not synced. */
  readonly writes: CrashKind
  /** How much later what is on its way arrives. */
  readonly lateMs: number
  /** The disk of the instance is lost with it. */
  readonly losesDisk: boolean
}

export interface FaultPlanOptions {
  readonly prng: Prng
  readonly kinds: readonly FaultKind[]
  readonly instances: number
  readonly durationMs: number
  readonly sessionTimeoutMs: number
  readonly countMax: number
}

const CRASH_CALLS_MAX = 60
const CRASH_SENDS_MAX = 16

export function planFaults(options: FaultPlanOptions): readonly Fault[] {
  const { prng, kinds, countMax } = options
  if (kinds.length === 0) return []
  const count = 1 + prng.integer(countMax)
  const faults = Array.from({ length: count }, () => drawFault(options))
  return faults.sort((a, b) => a.atMs - b.atMs)
}

function drawFault({ prng, kinds, instances, durationMs, sessionTimeoutMs }: FaultPlanOptions): Fault {
  // Crashes find most.
  const crashes = kinds.filter((each) => each.startsWith('crash'))
  const among = crashes.length > 0 && prng.integer(3) === 0 ? crashes : kinds
  const kind = among[prng.integer(among.length)] ?? 'crash-instance'
  const atMs = Math.floor(durationMs * prng.next())
  // Half of what lasts is over before anybody is given up for dead.
  const forMs = Math.floor(prng.next() * (prng.integer(2) === 0 ? 1_000 : 2 * sessionTimeoutMs))
  const target = kind.endsWith('-disk') && prng.integer(2) === 0 ? -1 : prng.integer(instances)
  const isAtSend = kind.startsWith('crash') && prng.integer(2) === 0
  const writes: readonly CrashKind[] = ['kept', 'lost', 'torn', 'reordered']
  return {
    kind,
    atMs,
    target,
    forMs,
    calls: prng.integer(isAtSend ? CRASH_SENDS_MAX : CRASH_CALLS_MAX),
    isAtSend,
    writes: writes[prng.integer(writes.length)] ?? 'lost',
    lateMs: prng.integer(3) === 0 && kinds.includes('stall-network') ? Math.floor(sessionTimeoutMs * prng.next()) : 0,
    losesDisk: prng.integer(8) === 0,
  }
}

/** One line that says all of it. */
export function describeFault(fault: Fault): string {
  const { kind, atMs, target, forMs, calls, writes, lateMs, losesDisk } = fault
  const within = `within ${calls} ${fault.isAtSend ? 'sends' : 'calls'}`
  const whose = target < 0 ? 'the broker' : `instance ${target}`
  const late = lateMs > 0 ? `, what is on its way comes up to ${lateMs} ms later` : ''
  const at = `at ${atMs} ms:`
  switch (kind) {
    case 'crash-instance':
      return `${at} instance ${target} dies ${within}, unsynced writes ${writes}${losesDisk ? ', its disk is lost' : ''}, starts after ${forMs} ms${late}`
    case 'crash-broker':
      return `${at} the broker dies ${within}, unsynced writes ${writes}, starts after ${forMs} ms`
    case 'pause-instance':
      return `${at} instance ${target} stands still for ${forMs} ms`
    case 'pause-broker':
      return `${at} the broker stands still for ${forMs} ms`
    case 'drop-connections':
      return `${at} connections of instance ${target} break${late}`
    case 'stall-network':
      return `${at} nothing passes between instance ${target} and the broker for ${forMs} ms`
    case 'cut-network':
      return `${at} instance ${target} is cut off for ${forMs} ms`
    case 'slow-disk':
      return `${at} the disk of ${whose} is slow for ${forMs} ms`
    case 'fail-disk':
      return `${at} the disk of ${whose} fails within ${calls} operations, for ${forMs} ms`
    case 'stop-instance':
      return `${at} instance ${target} closes, starts after ${forMs} ms`
    case 'add-instance':
      return `${at} one more instance starts`
    case 'add-thread':
      return `${at} instance ${target} gets one more thread`
    case 'remove-thread':
      return `${at} instance ${target} loses a thread`
  }
}
