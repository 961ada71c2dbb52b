// The cases of the Processor API, through TopologyBuilder.
import { type StoreHandle, type Topology, type TopologyNode, TopologyBuilder, serdes, topic } from 'tidemill'
import { storeHandle } from './case-stores.ts'
import type { CaseConfig, CaseOp } from './cases.ts'
import { timestamps } from './functions.ts'
import { makeProcessor } from './processors.ts'

const text = { key: serdes.nullable(serdes.string), value: serdes.nullable(serdes.string) }

export function buildByHand({
  config,
  topology,
}: {
  readonly config: CaseConfig
  readonly topology: readonly CaseOp[]
}): Topology {
  const { timestampExtractor } = config
  const builder = new TopologyBuilder(
    timestampExtractor === undefined ? {} : { timestamp: timestamps(timestampExtractor) },
  )
  const nodes = new Map<string, TopologyNode<any, any>>()
  const handles = new Map<string, StoreHandle>()
  for (const op of topology) {
    const name = op['name'] as string
    const parents = ((op['parents'] ?? []) as string[]).map((parent) => nodes.get(parent) as TopologyNode<any, any>)
    switch (op.op) {
      case 'stateStore':
        handles.set(op['store'], storeHandle(op))
        break
      case 'addSource': {
        const options = op['timestamps'] === undefined ? {} : { timestamp: timestamps(op['timestamps']) }
        const topics = (op['topics'] as string[]).map((topicName) => topic(topicName, text))
        nodes.set(name, builder.addSource(name, topics, options))
        break
      }
      case 'addProcessor': {
        const own = ((op['stores'] ?? []) as string[]).map((store) => handles.get(store) as StoreHandle)
        const processor = makeProcessor(op as unknown as Parameters<typeof makeProcessor>[0], own)
        nodes.set(name, builder.addProcessor(name, processor, parents))
        break
      }
      case 'addSink':
        builder.addSink(name, topic(op['topic'], text), parents)
        break
      default:
        throw new Error(`op ${op.op}`)
    }
  }
  return builder.build()
}
