// The engine that keeps stores on disk, each in a directory of its own. A store whose files are damaged is set aside, said loudly,
// and starts empty: its changelog brings it back.
import { type Disk, TaskCorruptedError } from '../../base/index.ts'
import type { ByteStore, ByteStoreEngine } from '../byte-store.ts'
import type { Compactor } from './compactor.ts'
import { LsmMemory } from './lsm-memory.ts'
import { LsmStore } from './lsm-store.ts'

export interface LsmEngineOptions {
  readonly disk: Disk
  /** Of the task; each store is a directory in it. */
  readonly directory: string
  /** Shared by all engines of the process. @defaultValue one of its own */
  readonly memory?: LsmMemory
  /** Writes and merges in the background; shared by all engines of the process. @defaultValue within the commits */
  readonly compactor?: Compactor
  /** Is told what people should know: a store that was damaged. */
  readonly onWarning?: (message: string) => void
}

const ASIDE = '.damaged-'

export class LsmEngine implements ByteStoreEngine {
  readonly type = 'disk'
  readonly #disk: Disk
  readonly #directory: string
  readonly #memory: LsmMemory
  readonly #onWarning: (message: string) => void

  constructor({ disk, directory, memory, onWarning }: LsmEngineOptions) {
    this.#disk = disk
    this.#directory = directory
    this.#memory = memory ?? new LsmMemory()
    this.#onWarning = onWarning ?? (() => undefined)
  }

  open(name: string): ByteStore {
    const directory = `${this.#directory}/${name}`
    try {
      return new LsmStore(this.#disk, directory, name, this.#memory)
    } catch (error) {
      if (!(error instanceof TaskCorruptedError)) throw error
      const aside = this.#setAside(directory)
      this.#onWarning(`${error.message}; its files are in ${aside} on ${this.#disk.location}`)
      return new LsmStore(this.#disk, directory, name, this.#memory)
    }
  }

  #setAside(directory: string): string {
    let number = 1
    while (this.#disk.exists(`${directory}${ASIDE}${number}`)) number++
    this.#disk.rename(directory, `${directory}${ASIDE}${number}`)
    return `${directory}${ASIDE}${number}`
  }
}
