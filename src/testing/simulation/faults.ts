// What goes wrong in a simulated world, and when: drawn from the seed before it begins, so that a list of faults can be printed,
// shortened and run again.
import type { CrashKind, Prng } from '../../base/index.ts'
import {
  endTxnApi,
  initProducerIdApi,
  joinGroupApi,
  offsetCommitApi,
  produceApi,
  syncGroupApi,
  txnOffsetCommitApi,
} from '../../protocol/index.ts'

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
 * Those without late requests. Under at-least-once a member that may have been given up for dead writes nothing more, by its own clock; but what it
 * has sent and a network holds back takes the place of what its successor wrote, for no broker fences it.
 */
export const FAULTS_IN_TIME: readonly FaultKind[] = FAULT_KINDS.filter((kind) => kind !== 'cut-network')

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
  /** It happens at the next request of that kind, where there is one: of the broker when it has come, and `calls` later. */
  readonly request: RequestKind | undefined
  /** The request was still sent. */
  readonly isAfterSend: boolean
  /** What becomes of writes that were not synced. */
  readonly writes: CrashKind
  /** How much later what is on its way arrives. */
  readonly lateMs: number
  /** The disk of the instance is lost with it. */
  readonly losesDisk: boolean
}

/** Requests that take effect: to be cut off around one of them is what most mistakes take. */
export type RequestKind =
  | 'Produce'
  | 'OffsetCommit'
  | 'JoinGroup'
  | 'SyncGroup'
  | 'InitProducerId'
  | 'EndTxn'
  | 'TxnOffsetCommit'

const REQUEST_KEYS: Readonly<Record<RequestKind, number>> = {
  Produce: produceApi.key,
  OffsetCommit: offsetCommitApi.key,
  JoinGroup: joinGroupApi.key,
  SyncGroup: syncGroupApi.key,
  InitProducerId: initProducerIdApi.key,
  EndTxn: endTxnApi.key,
  TxnOffsetCommit: txnOffsetCommitApi.key,
}

const REQUEST_KINDS: readonly RequestKind[] = [
  'Produce',
  'OffsetCommit',
  'JoinGroup',
  'SyncGroup',
  'InitProducerId',
  'EndTxn',
  'EndTxn',
  'TxnOffsetCommit',
]

export function requestKey(kind: RequestKind): number {
  return REQUEST_KEYS[kind]
}

export interface FaultPlanOptions {
  readonly prng: Prng
  readonly kinds: readonly FaultKind[]
  readonly instances: number
  readonly durationMs: number
  readonly sessionTimeoutMs: number
  readonly countMax: number
  /** Whether what was sent may arrive when its sender is dead, or somebody else. */
  readonly hasLateRequests: boolean
}

const CRASH_CALLS_MAX = 60
const CRASH_SENDS_MAX = 16
/** After a request has come to the broker. */
const REQUEST_CALLS_MAX = 8
/** What is late is so at least. */
const LATE_MS_MIN = 1

/** A try that comes after its retry, which takes some milliseconds, and while the next transaction is open. */
const LATE_TRY_MS_MIN = 20
const LATE_TRY_SPREAD = 75
/** Whoever starts again asks for its producer id some 30 ms later, and writes after some hundreds. */
const LATE_WRITE_MS_MIN = 60
const LATE_WRITE_SPREAD = 15
const RESTART_MS_MAX = 30

export function planFaults(options: FaultPlanOptions): readonly Fault[] {
  const { prng, kinds, countMax } = options
  if (kinds.length === 0) return []
  const count = 1 + prng.integer(countMax)
  const faults = Array.from({ length: count }, () => drawFault(options))
  if (prng.integer(3) > 0) faults.push(...drawStory(options).filter(({ kind }) => kinds.includes(kind)))
  return faults.sort((a, b) => a.atMs - b.atMs)
}

function drawFault(options: FaultPlanOptions): Fault {
  const { prng, kinds, instances, durationMs, sessionTimeoutMs, hasLateRequests } = options
  // Crashes find most.
  const crashes = kinds.filter((each) => each.startsWith('crash'))
  const among = crashes.length > 0 && prng.integer(3) === 0 ? crashes : kinds
  const kind = among[prng.integer(among.length)] ?? 'crash-instance'
  const atMs = Math.floor(durationMs * prng.next())
  // Half of what lasts is over before anybody is given up for dead.
  const forMs = Math.floor(prng.next() * (prng.integer(2) === 0 ? 1_000 : 2 * sessionTimeoutMs))
  const target = kind.endsWith('-disk') && prng.integer(2) === 0 ? -1 : prng.integer(instances)
  const canBeAtRequest = kind.startsWith('crash') || kind === 'drop-connections'
  const request =
    canBeAtRequest && prng.integer(2) === 0 ? REQUEST_KINDS[prng.integer(REQUEST_KINDS.length)] : undefined
  const isAtSend = kind.startsWith('crash') && prng.integer(2) === 0
  const writes: readonly CrashKind[] = ['kept', 'lost', 'torn', 'reordered']
  const isLate = hasLateRequests && prng.integer(request === undefined ? 3 : 2) === 0
  return {
    kind,
    atMs,
    target,
    forMs,
    calls: prng.integer(request !== undefined ? REQUEST_CALLS_MAX : isAtSend ? CRASH_SENDS_MAX : CRASH_CALLS_MAX),
    isAtSend,
    request,
    isAfterSend: isLate || prng.integer(2) === 0,
    writes: writes[prng.integer(writes.length)] ?? 'lost',
    // Of all lengths: some come between two steps of whoever has taken over.
    lateMs: isLate ? Math.ceil(LATE_MS_MIN * (2 * sessionTimeoutMs) ** prng.next()) : 0,
    losesDisk: prng.integer(8) === 0,
  }
}

// ---- stories: faults that meet, as single ones hardly ever do ----

type Story = (options: FaultPlanOptions, draw: (changes: Partial<Fault>) => Fault) => readonly Fault[]

/** One is taken for dead, others do its work, and are gone when it goes on as if nothing had been. */
const cameBack: Story = ({ prng, instances, durationMs, sessionTimeoutMs }, draw) => {
  const target = prng.integer(instances)
  const atMs = Math.floor(durationMs * 0.5 * prng.next())
  const forMs = sessionTimeoutMs + 300 + prng.integer(3_000)
  const others = Array.from({ length: instances }, (_, i) => i).filter((i) => i !== target)
  return [
    draw({ kind: 'pause-instance', atMs, target, forMs }),
    ...others.map((other) =>
      draw({
        kind: prng.integer(4) === 0 ? 'crash-instance' : 'stop-instance',
        atMs: atMs + forMs - prng.integer(300) + 50,
        target: other,
        forMs: 200 + prng.integer(sessionTimeoutMs),
        calls: 1,
        request: undefined,
      }),
    ),
  ]
}

/** One is cut off or stands still, and goes on in the middle of what it was at when others have all of it. */
const zombie: Story = ({ prng, instances, durationMs, sessionTimeoutMs }, draw) => {
  const kinds = ['pause-instance', 'stall-network', 'cut-network'] as const
  const atMs = Math.floor(durationMs * 0.6 * prng.next())
  const forMs = sessionTimeoutMs + prng.integer(sessionTimeoutMs)
  return [draw({ kind: kinds[prng.integer(3)] ?? 'pause-instance', atMs, target: prng.integer(instances), forMs })]
}

/** One dies, and again while it restores or takes over. */
const again: Story = ({ prng, instances, durationMs }, draw) => {
  const target = prng.integer(instances)
  const atMs = Math.floor(durationMs * 0.8 * prng.next())
  const forMs = prng.integer(300)
  return [0, 1, 2].map((i) =>
    draw({ kind: 'crash-instance', atMs: atMs + i * (forMs + prng.integer(400)), target, forMs, losesDisk: i === 0 }),
  )
}

/** Its last words come when it, or another in its place, is at work again. */
const lateWords: Story = ({ prng, instances, durationMs, sessionTimeoutMs }, draw) => {
  const target = prng.integer(instances)
  const isDrop = prng.integer(2) === 0
  return [0, 1].map(() =>
    draw({
      kind: isDrop ? 'drop-connections' : 'crash-instance',
      atMs: Math.floor(durationMs * prng.next()),
      target,
      forMs: prng.integer(prng.integer(2) === 0 ? 30 : 1.5 * sessionTimeoutMs),
      request: prng.integer(2) === 0 ? 'Produce' : 'EndTxn',
      isAfterSend: true,
      lateMs: Math.ceil((isDrop ? 200 : 2 * sessionTimeoutMs) ** prng.next()),
    }),
  )
}

/** The end of its transaction arrives about when others, who have waited for its session to end, look where to begin. */
const lateEnd: Story = ({ prng, instances, durationMs, sessionTimeoutMs }, draw) => [
  draw({
    kind: 'crash-instance',
    atMs: Math.floor(durationMs * 0.5 * prng.next()),
    target: prng.integer(instances),
    forMs: 2 * sessionTimeoutMs,
    request: 'EndTxn',
    isAfterSend: true,
    lateMs: 1.5 * sessionTimeoutMs,
  }),
]

/** The end of a transaction is tried again on another connection, and the first try comes in the middle of the next transaction. */
const lateTry: Story = ({ prng, instances, durationMs }, draw) =>
  [0, 1, 2].map(() =>
    draw({
      kind: 'drop-connections',
      atMs: Math.floor(durationMs * 0.8 * prng.next()),
      target: prng.integer(instances),
      request: 'EndTxn',
      lateMs: Math.ceil(LATE_TRY_MS_MIN * LATE_TRY_SPREAD ** prng.next()),
    }),
  )

/** What it wrote when it died comes when it has begun anew, and before it has written again. */
const lateWrite: Story = ({ prng, instances, durationMs }, draw) =>
  [0, 1, 2].map(() =>
    draw({
      kind: 'crash-instance',
      atMs: Math.floor(durationMs * 0.8 * prng.next()),
      target: prng.integer(instances),
      forMs: prng.integer(RESTART_MS_MAX),
      request: 'Produce',
      isAfterSend: true,
      lateMs: Math.ceil(LATE_WRITE_MS_MIN * LATE_WRITE_SPREAD ** prng.next()),
    }),
  )

/** The broker dies around the end of a transaction, and one of those who wait for it. */
const brokerAtTheEnd: Story = ({ prng, instances, durationMs }, draw) => {
  const atMs = Math.floor(durationMs * 0.8 * prng.next())
  const request = prng.integer(3) === 0 ? 'TxnOffsetCommit' : 'EndTxn'
  const forMs = prng.integer(1_000)
  return [
    draw({ kind: 'crash-broker', atMs, request, calls: prng.integer(REQUEST_CALLS_MAX), forMs }),
    draw({
      kind: 'crash-instance',
      atMs: atMs + prng.integer(600),
      target: prng.integer(instances),
      request: undefined,
    }),
  ]
}

/** All are replaced in turn. */
const rolling: Story = ({ prng, instances, durationMs }, draw) => {
  const atMs = Math.floor(durationMs * 0.4 * prng.next())
  const stepMs = 500 + prng.integer(3_000)
  const forMs = prng.integer(stepMs)
  return Array.from({ length: instances }, (_, target) =>
    draw({ kind: 'stop-instance', atMs: atMs + target * stepMs, target, forMs }),
  )
}

/** Tasks move about, again before all is where it belongs. */
const comeAndGo: Story = ({ prng, instances, durationMs }, draw) => {
  const kinds = ['add-thread', 'stop-instance', 'add-instance', 'remove-thread'] as const
  let atMs = Math.floor(durationMs * 0.4 * prng.next())
  return kinds.map((kind) => {
    atMs += 200 + prng.integer(1_800)
    return draw({ kind, atMs, target: prng.integer(instances), forMs: prng.integer(1_500) })
  })
}

const STORIES: readonly Story[] = [
  cameBack,
  zombie,
  again,
  lateWords,
  lateEnd,
  lateTry,
  lateWrite,
  brokerAtTheEnd,
  rolling,
  comeAndGo,
]

function drawStory(options: FaultPlanOptions): readonly Fault[] {
  const { prng, hasLateRequests } = options
  const story = STORIES[prng.integer(STORIES.length)] ?? again
  return story(options, (changes) => {
    const { lateMs, ...rest } = { ...drawFault(options), losesDisk: false, ...changes }
    return { ...rest, lateMs: hasLateRequests ? lateMs : 0 }
  })
}

/** One line that says all of it. */
export function describeFault(fault: Fault): string {
  const { kind, atMs, target, forMs, calls, writes, lateMs, losesDisk } = fault
  const within = whenItCrashes(fault)
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
      return `${at} connections of instance ${target} break${fault.request === undefined ? '' : ` at its next ${fault.request}`}${late}`
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

function whenItCrashes({ kind, request, isAfterSend, isAtSend, calls }: Fault): string {
  if (request === undefined) return `within ${calls} ${isAtSend ? 'sends' : 'calls'}`
  if (kind === 'crash-broker') return `${calls} calls after the next ${request}`
  return `${isAfterSend ? 'after' : 'before'} it sends the next ${request}`
}
