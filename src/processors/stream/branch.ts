import { assert } from '../../base/index.ts'
import type { NodeContext, NodeProcessor } from '../../topology/index.ts'
import type { AnyRecord, ProcessorSupplier, StreamFunction } from '../functions.ts'

export interface Branch {
  readonly predicate: StreamFunction<boolean>
  /** Name of the child node. */
  readonly child: string
}

export interface BranchOptions {
  readonly branches: readonly Branch[]
  /** Child for what no predicate accepts; undefined: dropped. */
  readonly otherwise: string | undefined
}

/** Sends each record to the first branch whose predicate accepts it. Java: KStreamBranch. */
export function branch(options: BranchOptions): ProcessorSupplier {
  return () => new BranchProcessor(options)
}

class BranchProcessor implements NodeProcessor {
  readonly #options: BranchOptions
  #branches: readonly { readonly predicate: StreamFunction<boolean>; readonly child: number }[] = []
  #otherwise = -1
  #context!: NodeContext

  constructor(options: BranchOptions) {
    this.#options = options
  }

  init(context: NodeContext): void {
    this.#context = context
    this.#branches = this.#options.branches.map(({ predicate, child }) => ({
      predicate,
      child: childIndex(context, child),
    }))
    if (this.#options.otherwise !== undefined) this.#otherwise = childIndex(context, this.#options.otherwise)
  }

  process(record: AnyRecord): void {
    const context = this.#context
    for (const { predicate, child } of this.#branches) {
      if (predicate(record.value, record.key, context.record)) return context.forwardTo(child, record)
    }
    if (this.#otherwise >= 0) context.forwardTo(this.#otherwise, record)
  }
}

function childIndex(context: NodeContext, child: string): number {
  const index = context.childNames.indexOf(child)
  assert(index >= 0, () => `node ${context.nodeName} has no child ${child}, only ${context.childNames.join(', ')}`)
  return index
}
