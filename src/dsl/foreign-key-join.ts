// A foreign-key join in the plan: the left table subscribes to foreign keys over one internal topic, the foreign side answers
// over another, and the answers become a table. Java: KTableImpl.doJoinOnForeignKey.
import {
  type Joiner,
  type TableFunction,
  foreignKeyForeignSide,
  foreignKeyReceive,
  foreignKeyResolve,
  foreignKeySend,
  foreignKeySubscriptionJoin,
  passThrough,
  responsePartition,
  subscriptionResponseSerde,
  subscriptionSerde,
} from '../processors/index.ts'
import type { Serde } from '../serde/index.ts'
import type { StoreEngine, StoreType, SubscriptionStoreDefinition } from '../state/index.ts'
import { keptBy } from './kept-by.ts'
import type { Lowering } from './lower.ts'
import type { Plan, PlanNode } from './plan.ts'
import { type SerdeSlot, keptSlot, newSlot } from './serde-slot.ts'
import type { ForeignKeyTopicStep, ProcessorStep } from './steps.ts'
import { chooseStore, isVersionedChoice, keyValueStore } from './store-choice.ts'
import type { StoreSpec } from './store-spec.ts'
import { addNode, implicitStore } from './stream-plan.ts'
import type { AnyOptions } from './stream.ts'
import { SourceTable } from './table-state.ts'
import type { TablePlan } from './table.ts'

interface ForeignKeyJoinRequest {
  readonly kind: 'inner' | 'left'
  readonly left: TablePlan
  readonly right: TablePlan
  readonly foreignKey: TableFunction
  readonly joiner: Joiner
  readonly options: AnyOptions
  readonly place: string | undefined
}

const PREFIX = 'KTABLE-FK-JOIN-'

export function joinByForeignKey(request: ForeignKeyJoinRequest): TablePlan {
  request.right.state.requestOldValues(true)
  request.left.state.requestOldValues(true)
  return new ForeignKeyJoin(request).build()
}

/** Adds the nodes one after another: names and numbers come in this order. */
class ForeignKeyJoin {
  readonly #request: ForeignKeyJoinRequest
  readonly #plan: Plan
  readonly #subscriptionTopic: string
  /** By which operators of one side find in their task what they share. */
  readonly #leftSide = {}
  readonly #rightSide = {}

  constructor(request: ForeignKeyJoinRequest) {
    this.#request = request
    this.#plan = request.left.plan
    this.#subscriptionTopic = `${this.#name('SUBSCRIPTION-REGISTRATION-', '-subscription-registration')}-topic`
  }

  build(): TablePlan {
    const subscriptions = this.#subscribe()
    const answering = this.#answer(subscriptions)
    const responses = this.#respond(answering)
    const sources = new Set([...this.#request.left.sources, responses.name])
    this.#plan.copartition.push({ sources, place: this.#request.place })
    return this.#result(this.#resolve(responses), sources)
  }

  /** Each change of the left table subscribes to its foreign key. Gives the source where the subscriptions arrive. */
  #subscribe(): PlanNode {
    const { kind, left, right, foreignKey, options, place } = this.#request
    const send: ProcessorStep = {
      kind: 'processor',
      create: (lowering, node) => {
        const foreignKeyEncoder = this.#serde(lowering, right.key, 'key')
        const leftValueEncoder = this.#serde(lowering, left.value, 'value')
        if (foreignKeyEncoder === undefined || leftValueEncoder === undefined) return passThrough()
        const isVersioned = lowering.hasVersionedInput(node)
        const topic = this.#subscriptionTopic
        const join = this.#leftSide
        return foreignKeySend({ kind, foreignKey, foreignKeyEncoder, leftValueEncoder, topic, isVersioned, join })
      },
    }
    const name = this.#name('SUBSCRIPTION-REGISTRATION-', '-subscription-registration-processor')
    const sender = addNode(this.#plan, [left.node], name, send, { place })
    const source = this.#topic([sender], '-subscription-registration', {
      topic: this.#subscriptionTopic,
      key: right.key,
      value: (lowering) => mapped(this.#serde(lowering, left.key, 'key'), subscriptionSerde),
      partition: onePartition(options['otherPartition']),
    })
    this.#plan.copartition.push({ sources: new Set([...right.sources, source.name]), place })
    return source
  }

  /** The foreign side keeps subscriptions, and answers them when they come and when its own values change. */
  #answer(subscriptions: PlanNode): readonly PlanNode[] {
    const { right } = this.#request
    const store = this.#subscriptionStore()
    const stores = () => [store]
    const receive: ProcessorStep = { kind: 'processor', stores, create: () => foreignKeyReceive({ store: store.name }) }
    const receiver = this.#processor('-subscription-receive', [subscriptions], receive)
    const foreign = right.state.view()
    const lookUp: ProcessorStep = {
      kind: 'processor',
      reads: () => foreign.stores,
      create: (lowering) => {
        const foreignKeyEncoder = this.#serde(lowering, right.key, 'key')
        if (foreignKeyEncoder === undefined) return passThrough()
        return foreignKeySubscriptionJoin({ foreign, foreignKeyEncoder, join: this.#rightSide })
      },
    }
    const lookedUp = this.#processor('-subscription-join-foreign', [receiver], lookUp)
    const change: ProcessorStep = {
      kind: 'processor',
      stores,
      create: (lowering, node) => {
        const foreignKeyEncoder = this.#serde(lowering, right.key, 'key')
        if (foreignKeyEncoder === undefined) return passThrough()
        const isVersioned = lowering.hasVersionedInput(node)
        return foreignKeyForeignSide({ store: store.name, isVersioned, foreignKeyEncoder, join: this.#rightSide })
      },
    }
    const changed = this.#processor('-foreign-join-subscription', [right.node], change)
    return [lookedUp, changed]
  }

  /** The answers go back to where the left table is. Gives the source where they arrive. */
  #respond(answering: readonly PlanNode[]): PlanNode {
    const { left, right, options } = this.#request
    const topic = `${this.#name('SUBSCRIPTION-RESPONSE-', '-subscription-response')}-topic`
    return this.#topic(answering, '-subscription-response', {
      topic,
      key: left.key,
      value: (lowering) => mapped(this.#serde(lowering, right.value, 'value'), subscriptionResponseSerde),
      partition: onePartition(options.partition) ?? ((response) => responsePartition(response)),
    })
  }

  /** An answer counts only where the left value is still the one that asked. */
  #resolve(responses: PlanNode): PlanNode {
    const { kind, left, joiner, place } = this.#request
    const view = left.state.view()
    const step: ProcessorStep = {
      kind: 'processor',
      reads: () => view.stores,
      create: (lowering) => {
        const leftValueEncoder = this.#serde(lowering, left.value, 'value')
        if (leftValueEncoder === undefined) return passThrough()
        const topic = this.#subscriptionTopic
        return foreignKeyResolve({ kind, joiner, left: view, leftValueEncoder, topic, join: this.#leftSide })
      },
    }
    const name = this.#name('SUBSCRIPTION-RESPONSE-RESOLVER-PROCESSOR-', '-subscription-response-resolver')
    return addNode(this.#plan, [responses], name, step, { place })
  }

  #result(parent: PlanNode, sources: ReadonlySet<string>): TablePlan {
    const { kind, left, options, place } = this.#request
    const plan = this.#plan
    const name = this.#name('OUTPUT-', '-result')
    const choice = chooseStore(options.store)
    const storeName = choice.name ?? plan.newStoreName(`${PREFIX}OUTPUT-`)
    if (choice.name === undefined) implicitStore(plan, storeName, choice.settings.changelog !== false, place)
    const slots = {
      key: keptSlot(options.key ?? choice.key, left.key),
      value: newSlot(options.value ?? choice.value, kind === 'inner' ? 'join' : 'leftJoin', place),
    }
    const isVersioned = isVersionedChoice(choice)
    const store = keyValueStore({ plan, operator: 'join', place, choice, name: storeName, ...slots })
    const table = new SourceTable(store, { isStored: choice.name !== undefined, isVersioned })
    const step: ProcessorStep = {
      kind: 'processor',
      stores: () => (table.isStored ? [store] : []),
      create: () => table.processor(),
    }
    const node = addNode(plan, [parent], name, step, { place, isVersioned })
    return plan.faces.table({ plan, node, name, ...slots, sources, storeName: choice.name, state: table })
  }

  /** A topic between two sub-topologies: a sink below the parents, and the source behind it. */
  #topic(parents: readonly PlanNode[], suffix: string, options: Omit<ForeignKeyTopicStep, 'kind'>): PlanNode {
    const { place } = this.#request
    const plan = this.#plan
    const { name } = this.#request.options
    const sinkName = plan.nameOr(name, 'KTABLE-SINK-', `${suffix}-sink`)
    const sink = addNode(plan, parents, sinkName, { kind: 'foreign-key-sink', ...options }, { place })
    const sourceName = plan.nameOr(name, 'KTABLE-SOURCE-', `${suffix}-source`)
    return addNode(plan, [sink], sourceName, { kind: 'foreign-key-source', ...options }, { place })
  }

  #processor(suffix: string, parents: readonly PlanNode[], step: ProcessorStep): PlanNode {
    const { place } = this.#request
    return addNode(this.#plan, parents, this.#name('SUBSCRIPTION-PROCESSOR-', suffix), step, { place })
  }

  #subscriptionStore(): StoreSpec {
    const { left, right, place } = this.#request
    return subscriptionStore({
      name: this.#name('SUBSCRIPTION-STATE-STORE-', '-subscription-store'),
      type: this.#plan.options.storeType,
      foreignKey: (lowering) => this.#serde(lowering, right.key, 'key'),
      primaryKey: (lowering) => this.#serde(lowering, left.key, 'key'),
      place,
    })
  }

  #name(prefix: string, suffix: string): string {
    return this.#plan.nameOr(this.#request.options.name, `${PREFIX}${prefix}`, suffix)
  }

  #serde(lowering: Lowering, slot: SerdeSlot, part: 'key' | 'value'): Serde<any> | undefined {
    const { place } = this.#request
    return lowering.serde(slot, part, { operator: 'join', need: 'topics and stores of the foreign-key join', place })
  }
}

interface SubscriptionStoreRequest {
  readonly name: string
  readonly type: StoreType | StoreEngine
  readonly foreignKey: (lowering: Lowering) => Serde<any> | undefined
  readonly primaryKey: (lowering: Lowering) => Serde<any> | undefined
  readonly place: string | undefined
}

function subscriptionStore({ name, type, foreignKey, primaryKey, place }: SubscriptionStoreRequest): StoreSpec {
  return {
    name,
    handle: undefined,
    keeper: 'operator',
    isGlobal: false,
    place,
    define(lowering) {
      const foreignKeySerde = foreignKey(lowering)
      const primaryKeySerde = primaryKey(lowering)
      if (foreignKeySerde === undefined || primaryKeySerde === undefined) return undefined
      const definition: SubscriptionStoreDefinition = {
        kind: 'fk-subscription',
        name,
        key: foreignKeySerde,
        value: subscriptionSerde(primaryKeySerde),
        primaryKey: primaryKeySerde,
        ...keptBy(name, type),
        format: 'timestamped',
        caching: false,
        logging: true,
        changelogConfig: {},
        sourceTopic: undefined,
        isGlobal: false,
      }
      return Object.freeze(definition)
    },
  }
}

function mapped<S, R>(serde: S | undefined, make: (serde: S) => R): R | undefined {
  return serde === undefined ? undefined : make(serde)
}

/** A partitioner of the user's for one of the join's topics: it sees the key, and must name one partition. */
function onePartition(partition: unknown): ForeignKeyTopicStep['partition'] {
  if (partition === undefined) return undefined
  const choose = partition as (key: unknown, partitions: number) => number
  return (_value, key, partitions) => choose(key, partitions)
}
