// What the tests on a real Apache Kafka share.
import { sleep, systemClock } from '../../src/base/index.ts'

/** The cluster under test. */
export const kafkaServers: string = process.env['BOOTSTRAP_SERVERS'] ?? '127.0.0.1:9092'

const WAIT_MS_MAX = 60_000

/** Asks again and again: on another's cluster nothing tells us when. */
export async function until(what: string, isSo: () => Promise<boolean> | boolean): Promise<void> {
  const deadlineMs = systemClock.monotonicMs() + WAIT_MS_MAX
  while (!(await isSo())) {
    if (systemClock.monotonicMs() > deadlineMs) throw new Error(`not within ${WAIT_MS_MAX / 1_000} s: ${what}`)
    await sleep(systemClock, 100)
  }
}
