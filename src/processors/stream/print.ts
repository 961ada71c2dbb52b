import type { NodeContext, NodeProcessor } from '../../topology/index.ts'
import type { AnyRecord, ProcessorSupplier, StreamFunction } from '../functions.ts'

/** Where lines go: standard output or a file, opened by whoever builds the topology. */
export interface LineWriter {
  write(line: string): void
  close(): void
}

export interface PrintOptions {
  /** In square brackets before each record. */
  readonly label: string
  /** Opened once a task. */
  readonly open: () => LineWriter
  /** undefined: key and value as JSON text, joined by a comma. */
  readonly format: StreamFunction<string> | undefined
}

/** Writes each record as a line. Java: KStreamPrint. */
export function print(options: PrintOptions): ProcessorSupplier {
  return () => new Print(options)
}

class Print implements NodeProcessor {
  readonly #options: PrintOptions
  #context!: NodeContext
  #writer: LineWriter | undefined

  constructor(options: PrintOptions) {
    this.#options = options
  }

  init(context: NodeContext): void {
    this.#context = context
    this.#writer = this.#options.open()
  }

  process(record: AnyRecord): void {
    const format = this.#options.format ?? formatPair
    const text = format(record.value, record.key, this.#context.record)
    this.#writer?.write(`[${this.#options.label}]: ${text}`)
  }

  close(): void {
    this.#writer?.close()
    this.#writer = undefined
  }
}

function formatPair(value: unknown, key: unknown): string {
  return `${formatPart(key)}, ${formatPart(value)}`
}

/** Text as it is, all else as JSON; bigints in decimal, which JSON refuses. */
function formatPart(part: unknown): string {
  if (typeof part === 'string') return part
  return (
    JSON.stringify(part, (_, inner: unknown) => (typeof inner === 'bigint' ? inner.toString() : inner)) ?? 'undefined'
  )
}
