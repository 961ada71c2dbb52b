// Numbers about the running application: counters, gauges and histograms by name and labels. The same name and labels give the
// same instrument, so a hot path looks it up once and keeps it. values() is plain data: it crosses from workers by message.

export type Labels = Readonly<Record<string, string>>

export interface MetricInfo {
  /** What it tells, for people. */
  readonly description?: string
  /** Such as 'ms', 'bytes', 'records'. */
  readonly unit?: string
  /** What Kafka Streams, or its clients, call the same. */
  readonly java?: string
}

/** One number, or one distribution, as app.metrics() gives it. */
export interface MetricValue extends MetricInfo {
  /** In Prometheus' form: `tidemill_records_processed_total`. */
  readonly name: string
  readonly kind: 'counter' | 'gauge' | 'histogram'
  readonly labels: Labels
  /** Of a histogram: the mean. */
  readonly value: number
  /** Of a histogram. */
  readonly distribution?: Distribution
}

export interface Distribution {
  readonly count: number
  readonly sum: number
  readonly max: number
  /** How many were at most that large, cumulated; the last bound is Infinity. */
  readonly buckets: readonly (readonly [upperBound: number, count: number])[]
}

export interface Counter {
  add(value?: number): void
}

export interface Gauge {
  set(value: number): void
}

export interface Histogram {
  record(value: number): void
}

/** Bounds that double from 1/8 to 2^20: in ms from 0.125 ms to 17 minutes. */
const BUCKET_BOUNDS: readonly number[] = [...Array.from({ length: 24 }, (_, i) => 2 ** (i - 3)), Infinity]

class Instrument implements Counter, Gauge {
  readonly name: string
  readonly kind: 'counter' | 'gauge'
  readonly labels: Labels
  readonly info: MetricInfo
  #value = 0
  #read: (() => number) | undefined

  constructor(name: string, kind: 'counter' | 'gauge', labels: Labels, info: MetricInfo) {
    this.name = name
    this.kind = kind
    this.labels = labels
    this.info = info
  }

  add(value = 1): void {
    this.#value += value
  }

  set(value: number): void {
    this.#value = value
  }

  readFrom(read: () => number): void {
    this.#read = read
  }

  snapshot(): MetricValue {
    const { name, kind, labels, info } = this
    return { name, kind, labels, value: this.#read?.() ?? this.#value, ...info }
  }
}

class Distributed implements Histogram {
  readonly name: string
  readonly labels: Labels
  readonly info: MetricInfo
  readonly #counts = BUCKET_BOUNDS.map(() => 0)
  #count = 0
  #sum = 0
  #max = 0

  constructor(name: string, labels: Labels, info: MetricInfo) {
    this.name = name
    this.labels = labels
    this.info = info
  }

  record(value: number): void {
    let bucket = 0
    while (value > (BUCKET_BOUNDS[bucket] as number)) bucket++
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1
    this.#count++
    this.#sum += value
    if (value > this.#max) this.#max = value
  }

  snapshot(): MetricValue {
    let below = 0
    const buckets = BUCKET_BOUNDS.map((bound, i) => [bound, (below += this.#counts[i] as number)] as const)
    const distribution = { count: this.#count, sum: this.#sum, max: this.#max, buckets }
    const value = this.#count === 0 ? 0 : this.#sum / this.#count
    return { name: this.name, kind: 'histogram', labels: this.labels, value, distribution, ...this.info }
  }
}

export class MetricsRegistry {
  readonly #instruments = new Map<string, Instrument | Distributed>()

  /** Only ever grows; its name ends in `_total`. */
  counter(name: string, labels: Labels = {}, info: MetricInfo = {}): Counter {
    return this.#instrument('counter', name, labels, info)
  }

  gauge(name: string, labels: Labels = {}, info: MetricInfo = {}): Gauge {
    return this.#instrument('gauge', name, labels, info)
  }

  /** A gauge that is read when somebody asks. */
  gaugeFrom(read: () => number, name: string, labels: Labels = {}, info: MetricInfo = {}): void {
    this.#instrument('gauge', name, labels, info).readFrom(read)
  }

  histogram(name: string, labels: Labels = {}, info: MetricInfo = {}): Histogram {
    const key = keyOf(name, labels)
    const known = this.#instruments.get(key)
    if (known instanceof Distributed) return known
    const made = new Distributed(name, labels, info)
    this.#instruments.set(key, made)
    return made
  }

  /** Forgets what carries all of these labels: a task that is closed has no numbers any more. */
  remove(labels: Labels): void {
    const wanted = Object.entries(labels)
    for (const [key, instrument] of this.#instruments) {
      if (wanted.every(([name, value]) => instrument.labels[name] === value)) this.#instruments.delete(key)
    }
  }

  values(): readonly MetricValue[] {
    return Array.from(this.#instruments.values(), (instrument) => instrument.snapshot())
  }

  #instrument(kind: 'counter' | 'gauge', name: string, labels: Labels, info: MetricInfo): Instrument {
    const key = keyOf(name, labels)
    const known = this.#instruments.get(key)
    if (known instanceof Instrument) return known
    const made = new Instrument(name, kind, labels, info)
    this.#instruments.set(key, made)
    return made
  }
}

function keyOf(name: string, labels: Labels): string {
  return JSON.stringify([name, ...Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))])
}
