// Which leader epoch began at which offset. The broker takes a new epoch at each start, so that a reader of records that a
// power failure took away finds out (KIP-101, KIP-320). Kept in Kafka's leader-epoch-checkpoint file; epochs of batches that
// are scanned at recovery are added again.
import type { Disk } from '../../base/index.ts'

export interface EpochStart {
  readonly epoch: number
  readonly startOffset: number
}

export class LeaderEpochs {
  #starts: EpochStart[] = []

  get starts(): readonly EpochStart[] {
    return this.#starts
  }

  get latest(): number {
    return this.#starts.at(-1)?.epoch ?? -1
  }

  /** Notes a batch's epoch; an older or equal one changes nothing. */
  assign(epoch: number, startOffset: number): void {
    if (epoch <= this.latest) return
    while ((this.#starts.at(-1)?.startOffset ?? -1) >= startOffset) this.#starts.pop()
    this.#starts.push({ epoch, startOffset })
  }

  /** Forgets what began at or after the end of a cut log. */
  truncate(endOffset: number): void {
    this.#starts = this.#starts.filter((start) => start.startOffset < endOffset)
  }

  /** The epoch that wrote the offset; -1 when it is not known. */
  epochOf(offset: number): number {
    return this.#starts.findLast((start) => start.startOffset <= offset)?.epoch ?? -1
  }

  /**
   * The end of the largest epoch at or below the asked one, as OffsetForLeaderEpoch wants it; `undefined` when it is not known.
   */
  endOffsetFor(
    epoch: number,
    logEndOffset: number,
  ): { readonly epoch: number; readonly endOffset: number } | undefined {
    if (epoch < 0) return undefined
    if (epoch === this.latest) return { epoch, endOffset: logEndOffset }
    const next = this.#starts.findIndex((start) => start.epoch > epoch)
    const higher = this.#starts[next]
    if (higher === undefined) return undefined
    const floor = this.#starts[next - 1]
    return { epoch: floor?.epoch ?? epoch, endOffset: higher.startOffset }
  }

  encode(): Buffer {
    const lines = this.#starts.map((start) => `${start.epoch} ${start.startOffset}`)
    return Buffer.from(['0', String(lines.length), ...lines].join('\n') + '\n')
  }

  /** Undefined when the file is missing or not whole. */
  static load(disk: Disk, directory: string): LeaderEpochs | undefined {
    const [, count, ...lines] = disk.readFile(`${directory}/leader-epoch-checkpoint`)?.toString().split('\n') ?? []
    // Behind the last line's end lies the empty rest of a whole file.
    if (lines.pop() !== '' || Number(count) !== lines.length) return undefined
    const epochs = new LeaderEpochs()
    for (const line of lines) {
      const [epoch, startOffset] = line.split(' ').map(Number)
      if (epoch === undefined || startOffset === undefined || Number.isNaN(epoch + startOffset)) return undefined
      epochs.assign(epoch, startOffset)
    }
    return epochs
  }
}
