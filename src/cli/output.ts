// Where the CLI writes: data to standard output (text or one JSON value a line), everything else to standard error.
// It works in a pipe: a reader that goes away ends the program without a message.

export interface Output {
  readonly isJson: boolean
  /** A line of text for people; nothing under --json. */
  line(text: string): void
  /** A value for programs; nothing without --json. */
  json(value: unknown): void
  /** A table for people or an array of objects for programs. */
  table(rows: readonly Readonly<Record<string, unknown>>[], empty: string): void
  note(text: string): void
}

export function openOutput(isJson: boolean): Output {
  const write = (text: string): void => void process.stdout.write(`${text}\n`)
  return {
    isJson,
    line: (text) => (isJson ? undefined : write(text)),
    json: (value) => (isJson ? write(toJson(value)) : undefined),
    table: (rows, empty) => {
      if (isJson) write(toJson(rows))
      else write(rows.length === 0 ? empty : formatTable(rows))
    },
    note: (text) => void process.stderr.write(`${text}\n`),
  }
}

/** JSON of anything that the CLI prints: Maps as objects, bytes as base64, bigints as text. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (inner instanceof Map) return Object.fromEntries(inner) as unknown
    if (typeof inner === 'bigint') return inner.toString()
    return inner
  })
}

/** Columns as wide as their widest cell; numbers to the right. */
export function formatTable(rows: readonly Readonly<Record<string, unknown>>[]): string {
  const columns = Object.keys(rows[0] ?? {})
  const cells = rows.map((row) => columns.map((column) => formatCell(row[column])))
  const widths = columns.map((column, i) => Math.max(column.length, ...cells.map((row) => (row[i] as string).length)))
  const isNumeric = columns.map((column) => rows.every((row) => typeof row[column] === 'number'))
  const format = (row: readonly string[]): string =>
    row
      .map((cell, i) => (isNumeric[i] === true ? cell.padStart(widths[i] as number) : cell.padEnd(widths[i] as number)))
      .join('  ')
      .trimEnd()
  return [format(columns.map((column) => column.toUpperCase())), ...cells.map(format)].join('\n')
}

function formatCell(value: unknown): string {
  if (value === undefined || value === null) return '-'
  return typeof value === 'object' ? toJson(value) : String(value as string | number | boolean)
}

/** A reader that went away (`| head`) is no error. */
export function endQuietlyWhenTheReaderIsGone(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? 0 : 1)
  })
}
