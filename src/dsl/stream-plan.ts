// What the classes behind the API share: a place in the plan, the serdes that are known there, and the sources that feed it.
import { topicNameProblem } from '../serde/index.ts'
import { type Plan, PlanNode, type PlanNodeOptions } from './plan.ts'
import { type SerdeSlot, keptSlot } from './serde-slot.ts'
import { handleStore } from './store-choice.ts'
import type { RepartitionStep, Step } from './steps.ts'
import type { StoreSpec } from './store-spec.ts'

/** A stream or a table in the plan. */
export interface Branch {
  readonly plan: Plan
  readonly node: PlanNode
  /** As in names that are made from it. */
  readonly name: string
  readonly key: SerdeSlot
  readonly value: SerdeSlot
  /** Names of the source nodes of its sub-topology, for co-partitioning. */
  readonly sources: ReadonlySet<string>
}

/** Adds a node below others. */
export function addNode(
  plan: Plan,
  parents: readonly PlanNode[],
  name: string,
  step: Step,
  options: PlanNodeOptions,
): PlanNode {
  return plan.add(new PlanNode(name, step, options), ...parents)
}

/** Notes a mistake where a node's name, which becomes part of topic names, has characters that those cannot have. */
export function checkNodeName(plan: Plan, name: string | undefined, place: string | undefined): void {
  if (name === undefined) return
  const problem = topicNameProblem(name)
  if (problem !== undefined) plan.problem(`name ${problem}`, place)
}

/** Notes a mistake where two things are to be one topology, but were made by two builders. */
export function checkSameBuilder(
  plan: Plan,
  other: Pick<Branch, 'plan'>,
  operator: string,
  place: string | undefined,
): void {
  if (other.plan === plan) return
  plan.problem(`${operator} takes a stream or table of another builder: make both with the same StreamsBuilder`, place)
}

/** All inputs must have equal numbers of partitions. Returns the sources of them all. */
export function copartition(plan: Plan, branches: readonly Branch[], place: string | undefined): ReadonlySet<string> {
  const sources = new Set(branches.flatMap((branch) => [...branch.sources]))
  plan.copartition.push({ sources, place })
  return sources
}

const REPARTITION_SUFFIX = '-repartition'
const GENERATED_NAME = /^KSTREAM.*-\d{10}$/

export interface RepartitionRequest {
  /** The topic's name without its suffix, or with it. */
  readonly base: string
  readonly isNamedByUser: boolean
  readonly key: SerdeSlot
  readonly value: SerdeSlot
  readonly isExplicit?: boolean
  readonly partition?: RepartitionStep['partition']
  readonly partitions?: number | undefined
  readonly place: string | undefined
}

/** A node for a repartition topic, not added yet. Uses up three numbers whether or not they show. */
export function newRepartition(plan: Plan, request: RepartitionRequest): PlanNode {
  const { base, place, key, value } = request
  const topic = base.endsWith(REPARTITION_SUFFIX) ? base : `${base}${REPARTITION_SUFFIX}`
  if (!request.isNamedByUser) plan.implicitNames.push({ kind: 'repartition topic', name: topic, place })
  const sink = plan.newName('KSTREAM-SINK-')
  const filter = plan.newName('KSTREAM-FILTER-')
  const source = plan.newName('KSTREAM-SOURCE-')
  const isGenerated = GENERATED_NAME.test(base)
  const step: RepartitionStep = {
    kind: 'repartition',
    isExplicit: request.isExplicit ?? false,
    topic,
    filterName: isGenerated ? filter : `${topic}-filter`,
    sinkName: isGenerated ? sink : `${topic}-sink`,
    key,
    value,
    partition: request.partition,
    partitions: request.partitions,
  }
  return new PlanNode(isGenerated ? source : `${topic}-source`, step, { place })
}

/** Stores that a user's processor names. */
export function processorStores(
  processor: { readonly stores?: readonly unknown[] },
  place: string | undefined,
): readonly StoreSpec[] {
  return (processor.stores ?? []).map((handle) => handleStore(handle as Parameters<typeof handleStore>[0], place))
}

/** Notes that a store has a generated name. */
export function implicitStore(plan: Plan, name: string, isLogged: boolean, place: string | undefined): void {
  plan.implicitNames.push({ kind: 'store', name, place })
  if (isLogged) plan.implicitNames.push({ kind: 'changelog topic', name: `${name}-changelog`, place })
}

/** What the operator's `key` and `value` options say of both serdes. */
export function keptSlots(
  options: { readonly key?: unknown; readonly value?: unknown },
  before: Pick<Branch, 'key' | 'value'>,
): Pick<Branch, 'key' | 'value'> {
  return {
    key: keptSlot(options.key as Parameters<typeof keptSlot>[0], before.key),
    value: keptSlot(options.value as Parameters<typeof keptSlot>[0], before.value),
  }
}
