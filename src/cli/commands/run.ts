// tidemill run: runs the topology of a module until Ctrl-C.
import { basename } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Command } from 'commander'
import { Streams } from '../../app/index.ts'
import { duration } from '../../record/index.ts'
import { openOutput } from '../output.ts'
import { openRestoreDisplay } from '../restore-display.ts'
import { type GlobalOptions, securityOf } from '../session.ts'
import { parseCount } from './topics.ts'

interface RunOptions extends GlobalOptions {
  readonly applicationId?: string
  readonly threads: number
  readonly guarantee: 'at-least-once' | 'exactly-once'
  readonly stateDir: string
  readonly commitInterval?: string
}

export function addRunCommand(program: Command): void {
  program
    .command('run')
    .description('run the topology of a module until Ctrl-C')
    .argument(
      '<module>',
      'a file whose default export, or export `topology`, is a Topology or makes one; FILE#name picks one',
    )
    .option('-a, --application-id <id>', "group, prefix of internal topics (default: the module's file name)")
    .option('-t, --threads <count>', 'stream threads, each in a worker', parseCount, 1)
    .option('-g, --guarantee <guarantee>', "'at-least-once' or 'exactly-once'", 'at-least-once')
    .option('-s, --state-dir <path>', 'where the state is kept', './state')
    .option('--commit-interval <duration>', 'such as 100ms or 30s (default: 30s, 100ms under exactly-once)')
    .action(async (module: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<RunOptions>()
      const output = openOutput(options.json === true)
      const [path = module, name] = module.split('#')
      const url = new URL(pathToFileURL(path).href + (name === undefined ? '' : `#${name}`))
      const restoring = openRestoreDisplay()
      await using app = new Streams(url, {
        applicationId: options.applicationId ?? basename(path).replace(/\.[cm]?[jt]s$/, ''),
        bootstrapServers: options.bootstrapServers,
        ...securityOf(options),
        threads: options.threads,
        processingGuarantee: options.guarantee,
        stateDir: options.stateDir,
        ...(options.commitInterval === undefined ? {} : { commitInterval: duration(options.commitInterval) }),
        onRestore: (progress) => {
          if (progress.phase === 'finished') output.json({ restored: progress })
          restoring.update(progress)
        },
        onStateChange: (now, before) => {
          output.json({ state: now, before })
          output.note(`${before} -> ${now}`)
        },
      })
      await app.start()
      await app.closed
    })
}
