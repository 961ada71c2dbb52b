// What a benchmark is, and how its CPU time is measured: rounds of a benchmark take turns with its yardsticks, so that a noisy machine
// touches all alike, and the median of the rounds counts; in yardsticks, of each round in its own. The yardsticks: U, one JSON.parse of the fixed order, and F, the same
// work as a bare loop where a benchmark has one.

export interface Bench {
  readonly name: string
  /** Records of one round. */
  readonly records: number
  /** A promise where something in it waits. */
  readonly round: () => void | Promise<void>
  /** Records that were written until now, to topics and changelogs. */
  readonly written?: () => number
  /** The same work as a bare loop over the same bytes. */
  readonly floor?: () => void
  /** What it may cost: floor (0 or 1) times F, and so many U. */
  readonly bar?: { readonly floor: 0 | 1; readonly units: number }
}

export interface Measured {
  readonly name: string
  /** CPU ns a record. */
  readonly cpuNs: number
  readonly recordsPerSecond: number
  /** Records written for each that was read. */
  readonly written: number | undefined
  /** In U. */
  readonly units: number
  /** F in ns, where there is one. */
  readonly floorNs: number | undefined
  /** In U, where there is a bar. */
  readonly barUnits: number | undefined
}

export interface Measurement {
  readonly unitNs: number
  readonly results: readonly Measured[]
}

const ROUNDS = 11
/** CPU time of a benchmark and its yardsticks before rounds count: what runs often is compiled by then. */
const WARM_UP_NS = 1_000_000_000

/** CPU time of this process in ns, all its threads. */
function cpuNs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) * 1_000
}

async function timed(work: () => void | Promise<void>): Promise<number> {
  const start = cpuNs()
  const working = work()
  if (working !== undefined) await working
  return cpuNs() - start
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[sorted.length >> 1] ?? Number.NaN
}

export async function measure(benches: readonly Bench[], unit: Bench, rounds: number = ROUNDS): Promise<Measurement> {
  const unitTimes: number[] = []
  const times = benches.map(() => [] as number[])
  const floors = benches.map(() => [] as number[])
  const play = async (isCounted: boolean): Promise<void> => {
    const unitTime = (await timed(unit.round)) / unit.records
    if (isCounted) unitTimes.push(unitTime)
    for (const [i, bench] of benches.entries()) {
      const floor = bench.floor === undefined ? undefined : (await timed(bench.floor)) / bench.records
      const time = (await timed(bench.round)) / bench.records
      if (!isCounted) continue
      times[i]?.push(time)
      if (floor !== undefined) floors[i]?.push(floor)
    }
  }
  const warm = cpuNs() + WARM_UP_NS * benches.length
  let warmUps = 0
  for (; cpuNs() < warm || warmUps < rounds / 3; warmUps++) await play(false)
  for (let round = 0; round < rounds; round++) await play(true)
  const unitNs = median(unitTimes)
  const results = benches.map((bench, i) =>
    measured(bench, times[i] ?? [], floors[i] ?? [], unitTimes, warmUps + rounds),
  )
  return { unitNs, results }
}

function measured(
  { name, bar, records, written }: Bench,
  times: readonly number[],
  floors: readonly number[],
  unitTimes: readonly number[],
  rounds: number,
): Measured {
  const inUnits = (all: readonly number[]): number => median(all.map((ns, round) => ns / (unitTimes[round] as number)))
  const cpuNs = median(times)
  const hasFloor = floors.length > 0
  return {
    name,
    cpuNs,
    recordsPerSecond: 1e9 / cpuNs,
    written: written === undefined ? undefined : written() / (records * rounds),
    units: inUnits(times),
    floorNs: hasFloor ? median(floors) : undefined,
    barUnits: bar === undefined ? undefined : (hasFloor ? bar.floor * inUnits(floors) : 0) + bar.units,
  }
}
