// What the tests on a real Apache Kafka share.
import { until as waitUntil } from '../until.ts'

/** The cluster under test. */
export const kafkaServers: string = process.env['BOOTSTRAP_SERVERS'] ?? '127.0.0.1:9092'

const WAIT_MS_MAX = 60_000

/** Asks again and again: on another's cluster nothing tells us when. */
export function until(what: string, isSo: () => Promise<boolean> | boolean): Promise<void> {
  return waitUntil(isSo, { what, timeoutMs: WAIT_MS_MAX, pauseMs: 100 })
}
