// The engine that keeps stores on disk, each in a directory of its own. A store whose files are damaged is set aside, said loudly,
// and starts empty: its changelog brings it back.
import { type Disk, TaskCorruptedError } from '../../base/index.ts'
import type { ByteStore, ByteStoreEngine, OpenByteStoreOptions } from '../byte-store.ts'
import type { Compactor } from './compactor.ts'
import { InlineCompactor } from './inline-compactor.ts'
import { LsmMemory } from './lsm-memory.ts'
import { LsmStore } from './lsm-store.ts'
import type { BlockCompression } from './run-format.ts'
import { setStoreAside } from './set-aside.ts'

export interface LsmEngineOptions {
  readonly disk: Disk
  /** Of the task; each store is a directory in it. */
  readonly directory: string
  /** Shared by all engines of the process. @defaultValue one of its own */
  readonly memory?: LsmMemory
  /** Writes and merges in the background; shared by all engines of the process. @defaultValue within the commits */
  readonly compactor?: Compactor
  /** Of blocks on disk; what is there stays as it is until it is merged. @defaultValue 'none' */
  readonly compression?: BlockCompression
  /** Is told what people should know: a store that was damaged. */
  readonly onWarning?: (message: string) => void
}

export class LsmEngine implements ByteStoreEngine {
  readonly type = 'disk'
  readonly #options: LsmEngineOptions
  readonly #memory: LsmMemory
  readonly #compactor: Compactor

  constructor(options: LsmEngineOptions) {
    this.#options = options
    this.#memory = options.memory ?? new LsmMemory()
    this.#compactor = options.compactor ?? new InlineCompactor(options.disk)
  }

  open(name: string, options: OpenByteStoreOptions = {}): ByteStore {
    try {
      return this.#open(name, options)
    } catch (error) {
      if (!(error instanceof TaskCorruptedError)) throw error
      const { disk, directory, onWarning } = this.#options
      const aside = setStoreAside(disk, directory, name)
      onWarning?.(`${error.message}; its files are in ${aside} on ${disk.location}`)
      return this.#open(name, options)
    }
  }

  #open(name: string, { segmentBytes = 0 }: OpenByteStoreOptions): ByteStore {
    const { disk, compression = 'none' } = this.#options
    const directory = `${this.#options.directory}/${name}`
    const memory = this.#memory
    return new LsmStore({ disk, directory, name, memory, compactor: this.#compactor, compression, segmentBytes })
  }
}
