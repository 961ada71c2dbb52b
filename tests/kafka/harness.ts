// What the tests on a real Apache Kafka share.
import { until as waitUntil } from '../until.ts'

/** The cluster under test. */
export const kafkaServers: string = process.env['BOOTSTRAP_SERVERS'] ?? '127.0.0.1:9092'

const DAY_MS = 86_400_000

/**
 * This day's midnight (UTC), which records begin at. A fixed day would do no longer than the changelogs of windows are kept: by its own
 * clock a Kafka deletes what is older, the first time half a minute after its start.
 */
export const START_MS: number = Math.floor(Date.now() / DAY_MS) * DAY_MS

const WAIT_MS_MAX = 60_000

/** Asks again and again: on another's cluster nothing tells us when. */
export function until(what: string, isSo: () => Promise<boolean> | boolean): Promise<void> {
  return waitUntil(isSo, { what, timeoutMs: WAIT_MS_MAX, pauseMs: 100 })
}
