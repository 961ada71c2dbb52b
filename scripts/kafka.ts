// npm run kafka -- start DIR [PORT] [--version V]: starts a real Apache Kafka of one node in the background, its data and log in DIR, on
// PORT (9092) and PORT + 1 (its controller). npm run kafka -- stop DIR ends it. Needs Java 17 and Maven. Exit codes: 0 done, 1 failed,
// 2 wrong call, 3 Java or Maven is missing.
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { Failure, KAFKA_VERSIONS, startNode, stopNode } from './kafka-node.ts'

const USAGE = 'usage: npm run kafka -- start DIR [PORT] [--version VERSION]\n       npm run kafka -- stop DIR'

async function start(dir: string, port: number, version: string): Promise<void> {
  const pid = await startNode({ dir, port, controllerPort: port + 1, version })
  console.log(
    `Apache Kafka ${version} is ready on 127.0.0.1:${port} (process ${pid}, log in ${join(dir, 'kafka.log')})`,
  )
}

async function stop(dir: string): Promise<void> {
  const hasRun = await stopNode(dir)
  console.log(hasRun ? `Apache Kafka on ${dir} is stopped` : `no Kafka runs on ${dir}`)
}

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { version: { type: 'string', default: KAFKA_VERSIONS[0] } },
  })
  const [command, dir, portText = '9092', ...rest] = positionals
  const port = Number(portText)
  if (dir === undefined || rest.length > 0 || (command !== 'start' && command !== 'stop')) throw new Failure(USAGE, 2)
  if (!Number.isInteger(port) || port < 1 || port > 65_534)
    throw new Failure(`${portText} is not a port below 65535\n${USAGE}`, 2)
  await (command === 'start' ? start(resolve(dir), port, values.version) : stop(resolve(dir)))
}

try {
  await main()
} catch (error) {
  if (!(error instanceof Failure)) throw error
  console.error(error.message)
  process.exitCode = error.exitCode
}
