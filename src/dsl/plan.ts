// The logical plan: what the user said, as a graph of steps. Numbers and names are given when the user calls (so that they are
// Java's to the digit, indices that are burnt included); whether a table is stored, what is merged and what runs at a node is
// decided later, by optimize/ and lower.ts. Invariants: parents are added before children; `priority` is the order in which
// nodes are written, and grows along every edge but where an optimisation puts a node right behind its parent.
import type { Initializer } from '../processors/index.ts'
import type { TopologyProblem } from '../topology/index.ts'
import type { ResolvedBuilderOptions } from './builder-options.ts'
import type { CogroupInput, CogroupedStreamPlan } from './cogrouped-stream.ts'
import type { GroupedStreamPlan } from './grouped-stream.ts'
import type { GroupedTablePlan } from './grouped-table.ts'
import type { StreamFields, StreamPlan } from './stream.ts'
import type { Branch } from './stream-plan.ts'
import type { TableFields, TablePlan } from './table.ts'
import type { Step } from './steps.ts'

export interface PlanNodeOptions {
  readonly place: string | undefined
  /** A step that changes keys: what comes after must be repartitioned before it is joined or grouped. */
  readonly changesKey?: boolean
  /** A step that changes values: repartition topics below it cannot move above it. */
  readonly changesValue?: boolean
  readonly isMerge?: boolean
  /** Whether its output has versions; undefined: as its input. */
  readonly isVersioned?: boolean | undefined
  /** Of windowed aggregates: how long after a window's end it takes records. */
  readonly graceMs?: number | undefined
  /** A left or outer join: it takes records without a key, so no filter for them may stand before it. */
  readonly takesNullKeys?: boolean
}

export class PlanNode {
  readonly name: string
  /** Optimisations write these two, on copies only. */
  step: Step
  options: PlanNodeOptions
  readonly parents: Set<PlanNode> = new Set()
  readonly children: Set<PlanNode> = new Set()
  priority = -1

  constructor(name: string, step: Step, options: PlanNodeOptions) {
    this.name = name
    this.step = step
    this.options = options
  }

  addChild(child: PlanNode): void {
    this.children.add(child)
    child.parents.add(this)
  }

  removeChild(child: PlanNode): void {
    this.children.delete(child)
    child.parents.delete(this)
  }
}

export interface CopartitionSet {
  readonly sources: ReadonlySet<string>
  readonly place: string | undefined
}

/** A name of an internal topic or store that the user did not give. */
export interface ImplicitName {
  readonly kind: 'store' | 'changelog topic' | 'repartition topic'
  readonly name: string
  readonly place: string | undefined
}

/**
 * The classes behind the API make each other (a stream a table, a table a stream); they do it through this, so that their files do
 * not import each other. faces.ts is the one that knows them all.
 */
export interface Faces {
  stream(fields: StreamFields): StreamPlan
  table(fields: TableFields): TablePlan
  groupedStream(stream: StreamFields, repartitionName: string | undefined): GroupedStreamPlan
  groupedTable(table: Branch, repartitionName: string | undefined): GroupedTablePlan
  cogroupedStream(plan: Plan, initializer: Initializer, inputs: readonly CogroupInput[]): CogroupedStreamPlan
}

export class Plan {
  readonly options: ResolvedBuilderOptions
  /** Makes what the user holds. */
  readonly faces: Faces
  readonly root: PlanNode = new PlanNode('root', { kind: 'root' }, { place: undefined })
  readonly copartition: CopartitionSet[] = []
  readonly implicitNames: ImplicitName[] = []
  readonly problems: TopologyProblem[] = []
  #nextIndex = 0
  #nextPriority = 0

  constructor(options: ResolvedBuilderOptions, faces: Faces) {
    this.options = options
    this.faces = faces
  }

  /** A generated node name; uses up one number. */
  newName(prefix: string): string {
    return `${prefix}${this.#number()}`
  }

  /** A generated store name; uses up one number. */
  newStoreName(prefix: string): string {
    return `${prefix}STATE-STORE-${this.#number()}`
  }

  /** The user's name with a suffix, or a generated one; uses up one number in either case, as Java does. */
  nameOr(name: string | undefined, prefix: string, suffix = ''): string {
    const generated = this.newName(prefix)
    return name === undefined ? generated : `${name}${suffix}`
  }

  problem(message: string, place: string | undefined): void {
    this.problems.push({ message, place })
  }

  add(node: PlanNode, ...parents: readonly PlanNode[]): PlanNode {
    for (const parent of parents) {
      parent.addChild(node)
      node.priority = this.#nextPriority++
    }
    return node
  }

  #number(): string {
    return String(this.#nextIndex++).padStart(10, '0')
  }
}

/** The graph as it is now, so that optimisations do not change what the user goes on to build. */
export function copyGraph(root: PlanNode): PlanNode {
  const copies = new Map<PlanNode, PlanNode>()
  const copyOf = (node: PlanNode): PlanNode => {
    const known = copies.get(node)
    if (known !== undefined) return known
    const copy = new PlanNode(node.name, node.step, node.options)
    copy.priority = node.priority
    copies.set(node, copy)
    for (const child of node.children) copyOf(child)
    return copy
  }
  copyOf(root)
  for (const [node, copy] of copies) {
    for (const child of node.children) copy.children.add(copyOf(child))
    for (const parent of node.parents) copy.parents.add(copyOf(parent))
  }
  return copies.get(root) as PlanNode
}
