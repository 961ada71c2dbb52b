// Mistakes in the embedded broker that crash-point enumeration must find. Each changes one place of one file.
import type { Mutant } from './lsm-mutants.ts'

export const brokerMutants: readonly Mutant[] = [
  {
    name: 'a write is acknowledged before it is synced',
    file: 'broker/log/partition-log.ts',
    from: "    if (this.#host.durability !== 'always' || this.#durableEnd >= this.logEndOffset) return callback(true)\n",
    to: '    if (this.failure === undefined) return callback(true)\n',
  },
  {
    name: 'a sync counts for what was written while it was under way',
    file: 'broker/log/partition-log.ts',
    from: '      () => this.#synced(target),\n      (error: unknown) => this.#syncFailed(error),\n    )\n  }\n\n  /** Syncs what the mode',
    to: '      () => this.#synced(Math.max(target, this.logEndOffset)),\n      (error: unknown) => this.#syncFailed(error),\n    )\n  }\n\n  /** Syncs what the mode',
  },
  {
    name: 'a sync settles all who wait',
    file: 'broker/log/partition-log.ts',
    from: '    this.#settleWaiters(this.#durableEnd, true)\n    if (this.#durableEnd < this.logEndOffset) this.#requestSync()\n',
    to: '    this.#settleWaiters(Number.MAX_SAFE_INTEGER, true)\n    if (this.#durableEnd < this.logEndOffset) this.#requestSync()\n',
  },
  {
    name: 'a segment is closed without a sync',
    file: 'broker/log/partition-log.ts',
    from: "    if (this.#host.durability !== 'never') active.file.syncNow()\n",
    to: '',
  },
  {
    name: 'the directory is not synced when a segment begins',
    file: 'broker/log/partition-log.ts',
    from: "    if (this.#host.durability !== 'never') this.#host.disk.syncDirectory(this.directory)\n",
    to: '',
  },
  {
    name: 'the directory of a new partition is not synced',
    file: 'broker/log/partition-log.ts',
    from: "    if (this.#host.durability !== 'never') disk.syncDirectory('')\n",
    to: '',
  },
  {
    name: 'the recovery point is ahead of what was synced',
    file: 'broker/log/partition-log.ts',
    from: '    this.recoveryPoint = Math.max(this.recoveryPoint, endOffset)\n',
    to: '    this.recoveryPoint = Math.max(this.recoveryPoint, endOffset + 5)\n',
  },
  {
    name: 'a torn batch is taken',
    file: 'broker/log/recover-log.ts',
    from: "segment.scan(safe.position, size, 'crc', take)",
    to: "segment.scan(safe.position, size, 'headers', take)",
  },
  {
    name: 'a torn batch is not cut off',
    file: 'broker/log/recover-log.ts',
    from: '    segment.truncateTo(damage.position)\n',
    to: '',
  },
  {
    name: 'the files of a topic that was deleted meet a later one of its name',
    file: 'broker/log/log-directory.ts',
    from: '    if (topicIdOf(this.#host.disk, log.directory) !== topicId) {\n',
    to: '    if (topicIdOf(this.#host.disk, log.directory) === undefined) {\n',
  },
  {
    name: 'the checkpoints of a topic that was deleted meet a later one of its name',
    file: 'broker/log/log-directory.ts',
    from: '    if (this.#strayKeys.has(keyOf(log))) {\n',
    to: '    if (this.#strayKeys.has(keyOf(log)) && this.#logs.size > 99) {\n',
  },
  {
    name: 'records are dropped before the new start is durable',
    file: 'broker/log/log-directory.ts',
    from: '    this.#saveLogStarts((each) => (each === log ? offset : each.logStartOffset))\n    log.dropBefore(offset)\n',
    to: '    log.dropBefore(offset)\n',
  },
  {
    name: 'a topic shows before it is durable',
    file: 'broker/catalog.ts',
    from: '    this.#save(entries, this.#producerIdsEnd)\n    this.#entries = entries\n',
    to: '    this.#entries = entries\n',
  },
]
