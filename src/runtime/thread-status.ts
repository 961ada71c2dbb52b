// What a thread tells about itself: for each task where it is and why it does not move. Plain data, for it crosses from workers by
// message. Times are ages in ms as of the report.
import type { TopicPartition } from '../record/index.ts'
import type { PendingStep } from './async-steps.ts'

/** Why a task, or a whole thread, does not move. */
export type Wait =
  | { readonly kind: 'paused' }
  /** An empty input whose records could be older than those that wait. Java: max.task.idle.ms. */
  | {
      readonly kind: 'input'
      readonly topic: string
      readonly partition: number
      /** 'unknown': nothing was fetched of it yet; 'behind': the log has records of it; 'idle': it may still get some. */
      readonly why: 'unknown' | 'behind' | 'idle'
      readonly leftMs: number | undefined
    }
  /** An asynchronous step whose promise has not settled. */
  | {
      readonly kind: 'async-step'
      readonly node: string
      /** Of the record, as text. */
      readonly key: string
      readonly topic: string | null
      readonly partition: number
      readonly offset: number
      readonly forMs: number
    }
  | {
      readonly kind: 'restoring'
      readonly store: string
      readonly topic: string
      readonly partition: number
      readonly offset: number
      readonly endOffset: number
      /** At the pace so far; undefined while there is none. */
      readonly etaMs: number | undefined
    }
  | { readonly kind: 'rebalance'; readonly reason: string; readonly forMs: number }
  | { readonly kind: 'broker'; readonly forMs: number }
  /** A synchronous step that holds up its thread. */
  | { readonly kind: 'blocked'; readonly node: string; readonly forMs: number }
  | {
      readonly kind: 'commit'
      /** What it waits for: promises of async steps, or the log. */
      readonly phase: 'async-steps' | 'log'
      readonly forMs: number
    }
  | { readonly kind: 'retry'; readonly reason: string; readonly forMs: number }

/** Where an input of a task is. */
export interface InputProgress extends TopicPartition {
  /** The next record to process; undefined: not known yet. */
  readonly nextOffset: number | undefined
  /** Of the log, as of the last fetch (the last stable offset under exactly-once). */
  readonly endOffset: number | undefined
  /** Java: records-lag. */
  readonly lagRecords: number | undefined
  /** Age of the last record that was processed, where there are more; 0 where there are none. */
  readonly lagMs: number | undefined
  readonly bufferedRecords: number
}

/** How far a store is behind its changelog. Java: LagInfo. */
export interface StoreProgress extends TopicPartition {
  readonly store: string
  /** The next record to apply; undefined: the store is at work, it is its changelog that follows. */
  readonly offset: number | undefined
  readonly endOffset: number | undefined
  readonly lagRecords: number
}

/** A task as people ask about it. */
export interface TaskStatus {
  readonly taskId: string
  readonly role: 'active' | 'standby'
  readonly state: 'restoring' | 'running'
  readonly inputs: readonly InputProgress[]
  readonly stores: readonly StoreProgress[]
  readonly bufferedRecords: number
  readonly streamTime: number
  /** Empty: it moves, or has nothing to do. */
  readonly waits: readonly Wait[]
}

/** Who has which partitions, as the group's leader said last. */
export interface InstancePartitions {
  /** `host:port`: its `applicationServer`. */
  readonly server: string
  readonly active: readonly TopicPartition[]
  readonly standby: readonly TopicPartition[]
}

/** What a thread says of itself and its tasks. */
export interface ThreadReport {
  readonly tasks: readonly TaskStatus[]
  /** What holds up the thread as a whole; its tasks have them too. */
  readonly waits: readonly Wait[]
  /** Since the last commit, or since it began; undefined: it does not run yet. */
  readonly commitAgeMs: number | undefined
  /** How often it commits: rarer under exactly-once where tasks have async steps. */
  readonly commitIntervalMs: number
  readonly instances: readonly InstancePartitions[]
}

export const NO_REPORT: ThreadReport = {
  tasks: [],
  waits: [],
  commitAgeMs: undefined,
  commitIntervalMs: 0,
  instances: [],
}

const KEY_TEXT_MAX = 80

export function stepWait({ node, key, record, sinceMs }: PendingStep, monotonicMs: number): Wait {
  const { topic, partition, offset } = record
  return { kind: 'async-step', node, key: keyText(key), topic, partition, offset, forMs: monotonicMs - sinceMs }
}

/**
 * A wait as a sentence for people.
 *
 * @example
 * for (const { tasks } of app.status().threads) {
 *   for (const { taskId, waits } of tasks) console.log(taskId, waits.map(describeWait))
 * }
 */
export function describeWait(wait: Wait): string {
  switch (wait.kind) {
    case 'paused':
      return 'paused'
    case 'input':
      return `waits for records of ${wait.topic}-${wait.partition} (${inputReason(wait)})`
    case 'async-step':
      return (
        `${wait.node} has not settled for ${seconds(wait.forMs)}: key ${wait.key}, ` +
        (wait.topic === null ? 'from a punctuation' : `${wait.topic}-${wait.partition} offset ${wait.offset}`)
      )
    case 'restoring':
      return (
        `restores store '${wait.store}' from ${wait.topic}-${wait.partition}: ${wait.offset} of ${wait.endOffset}` +
        (wait.etaMs === undefined ? '' : `, done in about ${seconds(wait.etaMs)}`)
      )
    case 'rebalance':
      return `the group rebalances for ${seconds(wait.forMs)}: ${wait.reason}`
    case 'broker':
      return `no broker answers for ${seconds(wait.forMs)}`
    case 'blocked':
      return `${wait.node} blocks the thread for ${seconds(wait.forMs)}`
    case 'commit':
      return wait.phase === 'log'
        ? `commits for ${seconds(wait.forMs)}`
        : `a commit waits for async steps for ${seconds(wait.forMs)}`
    case 'retry':
      return `tries again for ${seconds(wait.forMs)}: ${wait.reason}`
  }
}

function inputReason({ why, leftMs }: Extract<Wait, { readonly kind: 'input' }>): string {
  if (why === 'behind') return 'the log has some'
  return why === 'unknown' ? 'nothing was fetched yet' : `for ${seconds(leftMs ?? 0)} more`
}

export function seconds(ms: number): string {
  return ms < 10_000 ? `${(ms / 1_000).toFixed(1)} s` : `${Math.round(ms / 1_000)} s`
}

function keyText(key: unknown): string {
  let text: string
  try {
    text =
      typeof key === 'string' ? `'${key}'` : Buffer.isBuffer(key) ? key.toString('hex') : (JSON.stringify(key) ?? '-')
  } catch {
    text = String(key)
  }
  return text.length <= KEY_TEXT_MAX ? text : `${text.slice(0, KEY_TEXT_MAX)}...`
}
