// tidemill describe: what a module's topology is made of, as Kafka Streams describes it.
import type { Command } from 'commander'
import { loadTopology } from '../../app/index.ts'
import { openOutput } from '../output.ts'

export function addDescribeCommand(program: Command): void {
  program
    .command('describe')
    .description("print a topology: sub-topologies, nodes, stores and topics, in Kafka Streams' own format")
    .argument(
      '<module>',
      'a file whose default export, or export `topology`, is a Topology or makes one; FILE#name picks one',
    )
    .action(async (module: string, _options: unknown, command: Command) => {
      const output = openOutput(command.optsWithGlobals<{ readonly json?: boolean }>().json === true)
      const topology = await loadTopology(module)
      output.line(topology.describe().trimEnd())
      output.json({
        subTopologies: topology.subTopologies.map((part) => ({
          id: part.id,
          isGlobal: part.isGlobal,
          nodes: part.nodes.map((node) => ({ kind: node.kind, name: node.name, parents: node.parents })),
          stores: part.stores.map((store) => ({ name: store.name, kind: store.kind, type: store.type })),
          sourceTopics: part.sourceTopics.map((topic) => topic.name),
          sinkTopics: part.sinkTopics.map((topic) => topic.name),
          internalTopics: [...part.repartitionTopics, ...part.changelogTopics].map((topic) => topic.name),
        })),
      })
    })
}
