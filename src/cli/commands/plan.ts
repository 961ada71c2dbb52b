// tidemill plan: what a change of a topology keeps, rebuilds or leaves behind. Ends with 1 where it is unsafe.
import type { Command } from 'commander'
import { loadTopology } from '../../app/index.ts'
import { TidemillError } from '../../base/index.ts'
import { openOutput } from '../output.ts'
import type { GlobalOptions } from '../session.ts'
import { planChange } from '../topology-plan.ts'

export function addPlanCommand(program: Command): void {
  program
    .command('plan')
    .description('compare two topologies: which stores, internal topics and tasks a change keeps, rebuilds or orphans')
    .argument('<old>', 'the module that ran; FILE#name picks an export')
    .argument('<new>', 'the module that is to run')
    .action(async (before: string, after: string, _options: unknown, command: Command) => {
      const output = openOutput(command.optsWithGlobals<GlobalOptions>().json === true)
      const rows = planChange(await loadTopology(before), await loadTopology(after))
      output.table(
        rows.map((row) => ({ ...row })),
        'neither topology has stores, internal topics or tasks',
      )
      const unsafe = rows.filter(({ verdict }) => verdict === 'unsafe')
      if (unsafe.length === 0) return output.line('safe: nothing that was processed is lost')
      throw new TidemillError(
        'unsafe-change',
        `${unsafe.length} of ${rows.length} lines are unsafe: ${unsafe.map(({ name }) => name).join(', ')}`,
      )
    })
}
