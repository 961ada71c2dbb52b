// The command line as a whole: global options, commands, exit codes. 0: done; 1: it failed; 2: the words were wrong.
import { Command, CommanderError } from 'commander'
import { addBrokerCommand } from './commands/broker.ts'
import { addConsumeCommand } from './commands/consume.ts'
import { addDemoCommand } from './commands/demo.ts'
import { addDescribeCommand } from './commands/describe.ts'
import { addGroupsCommand } from './commands/groups.ts'
import { addPlanCommand } from './commands/plan.ts'
import { addProduceCommand } from './commands/produce.ts'
import { addResetCommand } from './commands/reset.ts'
import { addRunCommand } from './commands/run.ts'
import { addStatusCommand } from './commands/status.ts'
import { addStoresCommand } from './commands/stores.ts'
import { addTopicsCommand } from './commands/topics.ts'
import { endQuietlyWhenTheReaderIsGone } from './output.ts'
import { describeError } from './session.ts'

const USAGE_ERROR = 2

export function makeProgram(version: string): Command {
  const program = new Command('tidemill')
    .description('Stream processing for TypeScript, with an embedded Kafka-compatible broker')
    .version(version)
    .option(
      '-b, --bootstrap-servers <servers>',
      'host:port, a list of them, or embedded:DIRECTORY',
      process.env['BOOTSTRAP_SERVERS'] ?? 'embedded:./data',
    )
    .option(
      '--security <file>',
      'TLS and SASL as JSON: { "tls": { "ca": "ca.pem" }, "sasl": { "mechanism", "username", "password": "env:NAME" } }',
      process.env['TIDEMILL_SECURITY'],
    )
    .option('--json', 'print data as JSON, one value a line')
    .showHelpAfterError('(tidemill --help shows what there is)')
    .exitOverride()
  addDemoCommand(program)
  addRunCommand(program)
  addDescribeCommand(program)
  addPlanCommand(program)
  addStatusCommand(program)
  addBrokerCommand(program)
  addTopicsCommand(program)
  addProduceCommand(program)
  addConsumeCommand(program)
  addGroupsCommand(program)
  addStoresCommand(program)
  addResetCommand(program)
  program.addHelpText(
    'after',
    `
Examples:
  tidemill demo                                      three applications on real input, live
  tidemill run word-count.ts --threads 2             run the topology of a module
  tidemill status word-count                         what each task does, and why it does not move
  tidemill topics create lines --partitions 4
  echo 'all streams lead to Kafka' | tidemill produce lines
  tidemill consume word-counts --keys --value-format int64 --exit
  tidemill -b localhost:9092 groups describe word-count --json

The broker is named by -b, or by BOOTSTRAP_SERVERS; without either it is embedded:./data. Where it wants TLS or a password, --security (or
TIDEMILL_SECURITY) names a file that says how.`,
  )
  overrideExits(program)
  return program
}

/** Runs one command line; returns the exit code. */
export async function runCli(args: readonly string[], version: string): Promise<number> {
  endQuietlyWhenTheReaderIsGone()
  try {
    await makeProgram(version).parseAsync([...args], { from: 'user' })
    return 0
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE_ERROR
    process.stderr.write(`${describeError(error)}\n`)
    return 1
  }
}

function overrideExits(command: Command): void {
  for (const child of command.commands) {
    child.exitOverride().showHelpAfterError(`(tidemill ${child.name()} --help shows what there is)`)
    overrideExits(child)
  }
}
