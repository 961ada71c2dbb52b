// Records that the broker refused within a transaction. The transaction cannot be committed any more: it is aborted, and its input is
// processed again. When such a record comes once more, byte for byte, it is not sent but dealt with as the handler has said.
// Invariant: it is empty but between an abort and the next commit. Without transactions nobody needs it.
import type { ErrorAction, ErrorContext } from './error-handling.ts'
import { writeDeadLetter, writeOwnLetters } from './dead-letter.ts'
import type { RecordCollector } from './record-collector.ts'

export interface Refusal {
  readonly error: Error
  readonly action: Exclude<ErrorAction, 'fail' | 'retry'>
  /** Of 'dead-letter'. */
  readonly deadLetterTopic: string | undefined
}

/** Told of each record that is left out: what it came from, as far as that is known, and where it was to go. */
export type OnLeftOut = (origin: ErrorContext, topic: string) => void

export class RefusedRecords {
  /** Transactions one after another that were aborted because a handler wants refused records sent again. */
  retries = 0
  readonly #refusals = new Map<string, Refusal>()
  readonly #onLeftOut: OnLeftOut

  constructor(onLeftOut: OnLeftOut) {
    this.#onLeftOut = onLeftOut
  }

  get isEmpty(): boolean {
    return this.#refusals.size === 0
  }

  remember(topic: string, key: Uint8Array | null, value: Uint8Array | null, refusal: Refusal): void {
    this.#refusals.set(identityOf(topic, key, value), refusal)
  }

  find(topic: string, key: Uint8Array | null, value: Uint8Array | null): Refusal | undefined {
    return this.#refusals.get(identityOf(topic, key, value))
  }

  /** Does what the handler has said of a record that is left out. */
  leaveOut(collector: RecordCollector, refusal: Refusal, origin: ErrorContext, topic: string): void {
    const { action, error, deadLetterTopic } = refusal
    this.#onLeftOut(origin, topic)
    if (action === 'continue') return
    if (action !== 'dead-letter') writeOwnLetters(collector, action.deadLetters, origin)
    else if (deadLetterTopic !== undefined) writeDeadLetter(collector, deadLetterTopic, error, origin)
  }

  /** The transaction was committed. */
  clear(): void {
    this.#refusals.clear()
    this.retries = 0
  }
}

function identityOf(topic: string, key: Uint8Array | null, value: Uint8Array | null): string {
  const text = (bytes: Uint8Array | null): string =>
    bytes === null ? '-' : `${bytes.length}:${Buffer.from(bytes).toString('latin1')}`
  return `${topic} ${text(key)} ${text(value)}`
}
