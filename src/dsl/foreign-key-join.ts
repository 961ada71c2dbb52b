// A foreign-key join in the plan: the left table subscribes to foreign keys over one internal topic, the foreign side answers
// over another, and the answers become a table. Java: KTableImpl.doJoinOnForeignKey.
import {
  type Joiner,
  type ProcessorSupplier,
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
import type { SubscriptionStoreDefinition } from '../state/index.ts'
import type { Lowering } from './lower.ts'
import { keptSlot, newSlot } from './serde-slot.ts'
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
  const { kind, left, right, foreignKey, joiner, options, place } = request
  const { plan } = left
  const { name } = options
  right.state.requestOldValues(true)
  left.state.requestOldValues(true)
  const need = { operator: 'join', need: 'topics and stores of the foreign-key join', place }
  const leftKey = (lowering: Lowering) => lowering.serde(left.key, 'key', need)
  const leftValue = (lowering: Lowering) => lowering.serde(left.value, 'value', need)
  const foreignKeySerde = (lowering: Lowering) => lowering.serde(right.key, 'key', need)

  const subscriptionTopic = `${plan.nameOr(name, `${PREFIX}SUBSCRIPTION-REGISTRATION-`, '-subscription-registration')}-topic`
  const send: ProcessorStep = {
    kind: 'processor',
    create: (lowering, node) => {
      const foreignKeyEncoder = foreignKeySerde(lowering)
      const leftValueEncoder = leftValue(lowering)
      if (foreignKeyEncoder === undefined || leftValueEncoder === undefined) return passThrough()
      const isVersioned = [...node.parents].every((parent) => lowering.isVersioned(parent))
      return foreignKeySend({
        kind,
        foreignKey,
        foreignKeyEncoder,
        leftValueEncoder,
        topic: subscriptionTopic,
        isVersioned,
      })
    },
  }
  const sendName = plan.nameOr(name, `${PREFIX}SUBSCRIPTION-REGISTRATION-`, '-subscription-registration-processor')
  const sendNode = addNode(plan, [left.node], sendName, send, { place })

  const subscriptions: Omit<ForeignKeyTopicStep, 'kind'> = {
    topic: subscriptionTopic,
    key: right.key,
    value: (lowering) => mapped(leftKey(lowering), subscriptionSerde),
    partition: onePartition(options['otherPartition']),
  }
  const subscriptionSinkName = plan.nameOr(name, 'KTABLE-SINK-', '-subscription-registration-sink')
  const subscriptionSink = addNode(
    plan,
    [sendNode],
    subscriptionSinkName,
    { kind: 'foreign-key-sink', ...subscriptions },
    { place },
  )
  const subscriptionSourceName = plan.nameOr(name, 'KTABLE-SOURCE-', '-subscription-registration-source')
  const subscriptionSource = addNode(
    plan,
    [subscriptionSink],
    subscriptionSourceName,
    { kind: 'foreign-key-source', ...subscriptions },
    { place },
  )
  plan.copartition.push({ sources: new Set([...right.sources, subscriptionSource.name]), place })

  const storeName = plan.nameOr(name, `${PREFIX}SUBSCRIPTION-STATE-STORE-`, '-subscription-store')
  const store = subscriptionStore(storeName, request, foreignKeySerde, leftKey)
  const step = (create: (lowering: Lowering) => ProcessorSupplier): ProcessorStep => ({
    kind: 'processor',
    stores: () => [store],
    create,
  })
  const receiveName = plan.nameOr(name, `${PREFIX}SUBSCRIPTION-PROCESSOR-`, '-subscription-receive')
  const receive = addNode(
    plan,
    [subscriptionSource],
    receiveName,
    step(() => foreignKeyReceive({ store: storeName })),
    { place },
  )
  const foreignView = right.state.view()
  const lookUp: ProcessorStep = {
    kind: 'processor',
    reads: () => foreignView.stores,
    create: () => foreignKeySubscriptionJoin({ foreign: foreignView }),
  }
  const lookUpName = plan.nameOr(name, `${PREFIX}SUBSCRIPTION-PROCESSOR-`, '-subscription-join-foreign')
  const lookUpNode = addNode(plan, [receive], lookUpName, lookUp, { place })
  const foreignSideName = plan.nameOr(name, `${PREFIX}SUBSCRIPTION-PROCESSOR-`, '-foreign-join-subscription')
  const foreignSideStep: ProcessorStep = {
    kind: 'processor',
    stores: () => [store],
    create: (lowering, node) => {
      const isVersioned = [...node.parents].every((parent) => lowering.isVersioned(parent))
      return foreignKeyForeignSide({ store: storeName, isVersioned })
    },
  }
  const foreignSide = addNode(plan, [right.node], foreignSideName, foreignSideStep, { place })

  const responseTopic = `${plan.nameOr(name, `${PREFIX}SUBSCRIPTION-RESPONSE-`, '-subscription-response')}-topic`
  const responses: Omit<ForeignKeyTopicStep, 'kind'> = {
    topic: responseTopic,
    key: left.key,
    value: (lowering) => mapped(lowering.serde(right.value, 'value', need), subscriptionResponseSerde),
    partition: onePartition(options.partition) ?? ((response) => responsePartition(response)),
  }
  const responseSinkName = plan.nameOr(name, 'KTABLE-SINK-', '-subscription-response-sink')
  const responseSink = addNode(
    plan,
    [lookUpNode, foreignSide],
    responseSinkName,
    { kind: 'foreign-key-sink', ...responses },
    { place },
  )
  const responseSourceName = plan.nameOr(name, 'KTABLE-SOURCE-', '-subscription-response-source')
  const responseSource = addNode(
    plan,
    [responseSink],
    responseSourceName,
    { kind: 'foreign-key-source', ...responses },
    { place },
  )
  const sources = new Set([...left.sources, responseSource.name])
  plan.copartition.push({ sources, place })
  return resultTable(request, sources, {
    subscriptionTopic,
    parent: responseSource,
    leftValue,
    joiner,
  })
}

interface ResultParts {
  readonly subscriptionTopic: string
  readonly parent: TablePlan['node']
  readonly leftValue: (lowering: Lowering) => ReturnType<Lowering['serde']>
  readonly joiner: Joiner
}

/** The answers, checked against the left table as it is now, as a table. */
function resultTable(
  { kind, left, options, place }: ForeignKeyJoinRequest,
  sources: ReadonlySet<string>,
  { subscriptionTopic, parent, leftValue, joiner }: ResultParts,
): TablePlan {
  const { plan } = left
  const { name } = options
  const leftView = left.state.view()
  const resolve: ProcessorStep = {
    kind: 'processor',
    reads: () => leftView.stores,
    create: (lowering) => {
      const leftValueEncoder = leftValue(lowering)
      if (leftValueEncoder === undefined) return passThrough()
      return foreignKeyResolve({ kind, joiner, left: leftView, leftValueEncoder, topic: subscriptionTopic })
    },
  }
  const resolveName = plan.nameOr(
    name,
    `${PREFIX}SUBSCRIPTION-RESPONSE-RESOLVER-PROCESSOR-`,
    '-subscription-response-resolver',
  )
  const resolveNode = addNode(plan, [parent], resolveName, resolve, { place })
  const resultName = plan.nameOr(name, `${PREFIX}OUTPUT-`, '-result')
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
  const node = addNode(plan, [resolveNode], resultName, step, { place, isVersioned })
  return plan.faces.table({ plan, node, name: resultName, ...slots, sources, storeName: choice.name, state: table })
}

function subscriptionStore(
  name: string,
  { place, left }: ForeignKeyJoinRequest,
  foreignKey: (lowering: Lowering) => ReturnType<Lowering['serde']>,
  primaryKey: (lowering: Lowering) => ReturnType<Lowering['serde']>,
): StoreSpec {
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
        type: left.plan.options.storeType,
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
