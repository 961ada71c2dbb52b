// The stores that a thread holds, as queries find them, and where the rest of them is.
import type { ClusterMetadata } from '../client/index.ts'
import type { TopicPartition } from '../record/index.ts'
import type { StateStore } from '../state/index.ts'
import { type Topology, isPartitionedByKey } from '../topology/index.ts'
import { formatTaskId } from './assignment/task-id.ts'
import { topicName } from './names.ts'
import type { HostedTask } from './task-contract.ts'
import type { TaskManager } from './task-manager.ts'
import type { ThreadConfig } from './thread-config.ts'
import type { InstancePartitions } from './thread-status.ts'

/** A store as queries find it; a global one has no task. */
export interface HeldStore {
  readonly store: StateStore
  readonly task: HostedTask | undefined
  /** False: a standby, or not restored yet. */
  readonly isActive: boolean
}

export interface HeldStoresParts {
  readonly topology: Topology
  readonly config: ThreadConfig
  readonly cluster: ClusterMetadata
  readonly tasks: TaskManager
  readonly globalStores: () => ReadonlyMap<string, StateStore> | undefined
  readonly instances: () => readonly InstancePartitions[]
}

export class HeldStores {
  readonly #parts: HeldStoresParts

  constructor(parts: HeldStoresParts) {
    this.#parts = parts
  }

  /** Those of that name, by task; global ones under 'global'. */
  of(name: string): ReadonlyMap<string, HeldStore> {
    const { tasks, globalStores } = this.#parts
    const found = new Map<string, HeldStore>()
    for (const [id, { task, isRunning }] of tasks.active) {
      const store = task.stores.get(name)
      if (store !== undefined) found.set(formatTaskId(id), { store, task, isActive: isRunning })
    }
    for (const [id, task] of tasks.standby) {
      const store = task.stores.get(name)
      if (store !== undefined) found.set(formatTaskId(id), { store, task, isActive: false })
    }
    const global = globalStores()?.get(name)
    if (global !== undefined) found.set('global', { store: global, task: undefined, isActive: true })
    return found
  }

  /** How many partitions a store has, all instances together; undefined for a global one and while it is not known. */
  partitionsOf(name: string): number | undefined {
    const counts = this.#sourcesOf(name).flatMap((topic) => this.#parts.cluster.topic(topic)?.partitions ?? [])
    return counts.length === 0 ? undefined : Math.max(...counts)
  }

  /** Which of a store's partitions the other instances have, as the group's leader said last. */
  elsewhere(name: string): readonly { server: string; active: readonly number[]; standby: readonly number[] }[] {
    const { config, instances } = this.#parts
    const sources = new Set(this.#sourcesOf(name))
    const of = (partitions: readonly TopicPartition[]): readonly number[] => [
      ...new Set(partitions.filter(({ topic }) => sources.has(topic)).map(({ partition }) => partition)),
    ]
    return instances()
      .filter(({ server }) => server !== config.applicationServer)
      .map(({ server, active, standby }) => ({ server, active: of(active), standby: of(standby) }))
  }

  /** Whether it follows from a key alone which of the partitions has it. */
  isPartitionedByKey(name: string): boolean {
    return isPartitionedByKey(this.#parts.topology, name)
  }

  #sourcesOf(store: string): readonly string[] {
    const { topology, config } = this.#parts
    const home = topology.subTopologies.find((each) => !each.isGlobal && each.stores.some(({ name }) => name === store))
    return home?.sourceTopics.map((ref) => topicName(config.applicationId, ref)) ?? []
  }
}
