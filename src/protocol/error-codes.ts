// Kafka's error codes by name and number. `ERROR.NOT_COORDINATOR` is the number; what a client should do is in `isRetriableError`.
import { ERROR_ROWS } from './error-table.ts'

export type KafkaErrorName = (typeof ERROR_ROWS)[number][0]

interface KafkaError {
  readonly name: KafkaErrorName
  readonly isRetriable: boolean
  readonly text: string
}

/** The number of each error, by Kafka's name. */
export const ERROR: Readonly<Record<KafkaErrorName, number>> = Object.fromEntries(
  ERROR_ROWS.map(([name, code]) => [name, code]),
  // The keys are all the names: the rows are where the type comes from.
) as Record<KafkaErrorName, number>

const byCode: ReadonlyMap<number, KafkaError> = new Map(
  ERROR_ROWS.map(([name, code, isRetriable, text]) => [code, { name, isRetriable, text }]),
)

/** Kafka's name of a code; a code that is not known is UNKNOWN_SERVER_ERROR, as Java has it. */
export function errorName(code: number): KafkaErrorName {
  return byCode.get(code)?.name ?? 'UNKNOWN_SERVER_ERROR'
}

/** What the code means, as a sentence. */
export function errorText(code: number): string {
  return byCode.get(code)?.text ?? `The error code ${code} is not known.`
}

/** Whether the same request may succeed when it is made again (Java: RetriableException), perhaps after a look at the metadata. */
export function isRetriableError(code: number): boolean {
  return byCode.get(code)?.isRetriable ?? false
}
