// npm run bench -- driver: how long a TopologyTestDriver takes to start, so that thousands of tests run in seconds.
import wordCount from '../examples/word-count/src/word-count.ts'
import { TopologyTestDriver } from '../src/testing/index.ts'

const DRIVERS = 200
const BAR_MS = 5

const topology = wordCount()
const startDrivers = (): void => {
  for (let i = 0; i < DRIVERS; i++) new TopologyTestDriver(topology)[Symbol.dispose]()
}
startDrivers()
const before = process.cpuUsage()
startDrivers()
const { user, system } = process.cpuUsage(before)
const ms = (user + system) / 1_000 / DRIVERS
console.log(
  `start of a test driver    ${ms.toFixed(2).padStart(7)} ms  bar ${BAR_MS} ms ${ms <= BAR_MS ? 'ok' : 'MISSED'}`,
)
