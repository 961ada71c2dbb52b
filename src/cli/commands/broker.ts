// tidemill broker: serves a directory as a Kafka-compatible broker until Ctrl-C.
import { type Command, InvalidArgumentError, Option } from 'commander'
import { serveDirectory } from '../../app/index.ts'
import { openOutput } from '../output.ts'
import { untilInterrupted } from '../session.ts'
import { parseCount } from './topics.ts'

interface BrokerCommandOptions {
  readonly dir: string
  readonly port: number
  readonly host: string
  readonly durability: 'always' | 'interval' | 'never'
  readonly partitions: number
  readonly autoCreateTopics: boolean
  readonly json?: boolean
}

const PORT_MAX = 65_535

export function addBrokerCommand(program: Command): void {
  program
    .command('broker')
    .description('serve a directory as a Kafka-compatible broker on this machine until Ctrl-C')
    .option('-d, --dir <path>', 'where the data is', './data')
    .option('-p, --port <port>', 'port to listen on; 0 takes a free one', parsePort, 9092)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .addOption(
      new Option(
        '--durability <mode>',
        'when an acknowledged record (acks=all) is on disk: always at once, at intervals, or when the system writes it',
      )
        .choices(['always', 'interval', 'never'])
        .default('always'),
    )
    .option('--partitions <count>', 'partitions of topics that are made without a number', parseCount, 1)
    .option('--no-auto-create-topics', 'do not make topics that a client asks for')
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<BrokerCommandOptions>()
      const output = openOutput(options.json === true)
      const broker = await serveDirectory({
        dir: options.dir,
        listen: { host: options.host, port: options.port },
        durability: options.durability,
        partitions: options.partitions,
        autoCreateTopics: options.autoCreateTopics,
      })
      const signal = untilInterrupted()
      output.json({ host: broker.address.host, port: broker.address.port, dir: options.dir })
      output.line(`listening on ${broker.address.host}:${broker.address.port}, data in ${options.dir}; Ctrl-C stops it`)
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
      await broker.close()
    })
}

function parsePort(text: string): number {
  const port = Number(text)
  if (!Number.isInteger(port) || port < 0 || port > PORT_MAX)
    throw new InvalidArgumentError(`it is a number from 0 to ${PORT_MAX}.`)
  return port
}
