// What happened in a simulated world, as a hash over all of it, and as text where it is asked for.
import { crc32c } from '../../base/index.ts'

export class Trace {
  readonly lines: string[] = []
  readonly #keepsLines: boolean
  #first = 0x811c9dc5
  #second = 0x01000193

  constructor(keepsLines: boolean) {
    this.#keepsLines = keepsLines
  }

  get hash(): string {
    return [this.#first, this.#second].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('')
  }

  /** Notes an event; `number` is what tells two of the same name apart: a size, a checksum. */
  note(timeMs: number, who: string, what: string, number = 0): void {
    const text = `${timeMs.toFixed(3)} ${who} ${what} ${number}`
    const bytes = Buffer.from(text, 'latin1')
    this.#first = (Math.imul(this.#first, 31) + crc32c(bytes)) | 0
    this.#second = (Math.imul(this.#second ^ this.#first, 0x85ebca6b) + bytes.length) | 0
    if (this.#keepsLines) this.lines.push(text)
  }

  /** Something that is worth reading and says nothing new: not part of the hash. */
  remark(timeMs: number, who: string, text: string): void {
    if (this.#keepsLines) this.lines.push(`${timeMs.toFixed(3)} ${who} ${text}`)
  }
}
