// A source node at work: it gives what was decoded to its children.
import type { StreamRecord } from '../record/index.ts'
import type { SourceNode } from '../topology/index.ts'
import type { Receiver } from './node-host.ts'

export class SourceHost {
  readonly node: SourceNode
  children: readonly Receiver[] = []

  constructor(node: SourceNode) {
    this.node = node
  }

  forward(record: StreamRecord): void {
    const { children } = this
    for (let i = 0; i < children.length; i++) (children[i] as Receiver).receive(record)
  }
}
