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

export class RefusedRecords {
  readonly #refusals = new Map<string, Refusal>()

  get isEmpty(): boolean {
    return this.#refusals.size === 0
  }

  remember(topic: string, key: Uint8Array | null, value: Uint8Array | null, refusal: Refusal): void {
    this.#refusals.set(identityOf(topic, key, value), refusal)
  }

  find(topic: string, key: Uint8Array | null, value: Uint8Array | null): Refusal | undefined {
    return this.#refusals.get(identityOf(topic, key, value))
  }

  clear(): void {
    this.#refusals.clear()
  }
}

/** Does what the handler has said of a record that is left out. */
export function leaveOut(collector: RecordCollector, refusal: Refusal, origin: ErrorContext): void {
  const { action, error, deadLetterTopic } = refusal
  if (action === 'continue') return
  if (action !== 'dead-letter') writeOwnLetters(collector, action.deadLetters, origin)
  else if (deadLetterTopic !== undefined) writeDeadLetter(collector, deadLetterTopic, error, origin)
}

function identityOf(topic: string, key: Uint8Array | null, value: Uint8Array | null): string {
  const text = (bytes: Uint8Array | null): string =>
    bytes === null ? '-' : `${bytes.length}:${Buffer.from(bytes).toString('latin1')}`
  return `${topic} ${text(key)} ${text(value)}`
}
