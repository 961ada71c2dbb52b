// Where print() writes: standard output, or a file that is opened when the task starts.
import type { LineWriter } from '../processors/index.ts'

export function lineWriter(file: string | undefined): () => LineWriter {
  if (file === undefined) return () => ({ write: (line) => void process.stdout.write(`${line}\n`), close() {} })
  throw new Error('TBD')
}
