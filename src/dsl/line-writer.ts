// Where print() writes: standard output, or a file that lines are added to. The tasks of a topology share the file.
import { basename, dirname, resolve } from 'node:path'
import { type DiskFile, NodeDisk } from '../base/index.ts'
import type { LineWriter } from '../processors/index.ts'

/** Opens a writer for each task. */
export function lineWriter(file: string | undefined): () => LineWriter {
  if (file === undefined) return () => ({ write: (line) => void process.stdout.write(`${line}\n`), close() {} })
  const shared = new SharedFile(resolve(file))
  return () => shared.open()
}

class SharedFile {
  readonly #path: string
  #file: DiskFile | undefined
  #position = 0
  #users = 0

  constructor(path: string) {
    this.#path = path
  }

  open(): LineWriter {
    this.#users++
    if (this.#file === undefined) {
      this.#file = new NodeDisk(dirname(this.#path)).open(basename(this.#path), 'create')
      this.#position = this.#file.size()
    }
    return { write: (line) => this.#write(line), close: () => this.#release() }
  }

  #write(line: string): void {
    const bytes = Buffer.from(`${line}\n`)
    this.#file?.write([bytes], this.#position)
    this.#position += bytes.length
  }

  #release(): void {
    if (--this.#users > 0) return
    this.#file?.close()
    this.#file = undefined
  }
}
