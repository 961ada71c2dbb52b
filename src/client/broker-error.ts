// Kafka's error codes as our errors.
import { type ErrorCode, RetriableError, TidemillError } from '../base/index.ts'
import { ERROR, errorName, errorText, isRetriableError } from '../protocol/index.ts'

const CODES: ReadonlyMap<number, ErrorCode> = new Map<number, ErrorCode>([
  [ERROR.MESSAGE_TOO_LARGE, 'record-too-large'],
  [ERROR.RECORD_LIST_TOO_LARGE, 'record-too-large'],
  [ERROR.OFFSET_OUT_OF_RANGE, 'offset-out-of-range'],
  [ERROR.TOPIC_AUTHORIZATION_FAILED, 'not-authorized'],
  [ERROR.GROUP_AUTHORIZATION_FAILED, 'not-authorized'],
  [ERROR.CLUSTER_AUTHORIZATION_FAILED, 'not-authorized'],
  [ERROR.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, 'not-authorized'],
  [ERROR.UNKNOWN_TOPIC_OR_PARTITION, 'topic-not-found'],
  [ERROR.UNKNOWN_TOPIC_ID, 'topic-not-found'],
])

/**
 * The error for a code that a broker answered with.
 *
 * @param what what was being done, and where: 'writing to orders-3 at broker 1 (localhost:9092)'
 */
export function brokerError(code: number, what: string, detail: string | null = null): TidemillError {
  const reason = detail === null || detail === '' ? errorText(code) : detail
  const message = `${what}: ${errorName(code)}: ${reason}`
  if (isRetriableError(code)) return new RetriableError(CODES.get(code) ?? 'broker-not-ready', message)
  return new TidemillError(CODES.get(code) ?? 'broker-refused', message)
}

/** Throws where the code is not that of success. */
export function throwIfRefused(code: number, what: string, detail: string | null = null): void {
  if (code !== ERROR.NONE) throw brokerError(code, what, detail)
}
