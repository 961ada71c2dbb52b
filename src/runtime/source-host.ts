// A source node at work: it gives what was decoded to its children. Where source and sinks have bytes for keys and values and
// nothing lies between them, nothing is decoded: the ranges of the batch go straight to the sinks.
import type { RecordHeaders, StreamRecord } from '../record/index.ts'
import { readsAll } from '../serde/index.ts'
import type { StateStore } from '../state/index.ts'
import type { SourceNode } from '../topology/index.ts'
import { NodeHost, type Receiver } from './node-host.ts'
import { SinkHost, isBytes } from './sink-host.ts'

export class SourceHost {
  readonly node: SourceNode
  /** Its number among the nodes that a watcher names. */
  readonly number: number
  /** The sinks to which bytes go as they are; undefined where records must be decoded. */
  rawSinks: readonly SinkHost[] | undefined = undefined
  /** Nobody looks at values, and none of them can be bad: they need not be decoded. */
  skipsValues = false
  /** The first stores that its records come to: they are told which keys come next. */
  stores: readonly StateStore[] = []
  #children: readonly Receiver[] = []

  constructor(node: SourceNode, number: number) {
    this.node = node
    this.number = number
  }

  set children(children: readonly Receiver[]) {
    this.#children = children
    const sinks = children.filter((child) => child instanceof SinkHost)
    const isRaw = isBytes(this.node.key) && isBytes(this.node.value)
    this.rawSinks =
      isRaw && sinks.length === children.length && sinks.every((sink) => sink.takesBytes) ? sinks : undefined
    const isIgnored = children.every((child) => child instanceof NodeHost && child.ignoresValue)
    this.skipsValues = isIgnored && readsAll(this.node.value)
  }

  /** Values are made for each record; a serde of a user's may give the same object again. */
  get makesValues(): boolean {
    return (this.node.value as { readonly decodeRange?: unknown }).decodeRange !== undefined
  }

  forward(record: StreamRecord): void {
    const children = this.#children
    for (let i = 0; i < children.length; i++) (children[i] as Receiver).receive(record)
  }

  /** To raw sinks only; an end of -1 is null. */
  forwardRange(
    buffer: Buffer,
    keyStart: number,
    keyEnd: number,
    valueStart: number,
    valueEnd: number,
    timestamp: number,
    headers: RecordHeaders,
  ): void {
    const sinks = this.rawSinks as readonly SinkHost[]
    for (let i = 0; i < sinks.length; i++) {
      ;(sinks[i] as SinkHost).receiveRange(buffer, keyStart, keyEnd, valueStart, valueEnd, timestamp, headers)
    }
  }
}
