// Mistakes in the engine, the client and the broker that the simulation must find. Each changes one place of one file.

export interface Mutant {
  readonly name: string
  /** Seeds that it took when it was measured last, from seed 1; what has none was not found within 200, or not measured yet. */
  readonly foundAfter?: number
  /** Of a hundred seeds so many found it, over the ten that found it first, or 200 seeds; without: its rate was not measured. */
  readonly percent?: number
  /** In src. */
  readonly file: string
  /** Occurs exactly once. */
  readonly from: string
  readonly to: string
}

export const mutants: readonly Mutant[] = [
  {
    name: 'offsets are committed before what was made of the records is flushed',
    foundAfter: 143,
    percent: 1.5,
    file: 'runtime/committer.ts',
    from: '    await this.#settle(producer())\n    if (offsets.size === 0) return\n    const { metadata } = member\n    try {\n      await member.commit(offsets)\n',
    to: '    const { metadata } = member\n    try {\n      if (offsets.size > 0) await member.commit(offsets)\n      await this.#settle(producer())\n',
  },
  {
    name: 'offsets are committed outside of the transaction',
    foundAfter: 2,
    percent: 19.2,
    file: 'runtime/committer.ts',
    from: '      if (offsets.size > 0) await producer.sendOffsets(offsets, metadata)\n      await producer.commitTransaction()\n',
    to: '      await producer.commitTransaction()\n      if (offsets.size > 0) await member.commit(offsets)\n',
  },
  {
    name: 'stores take what is pending before the transaction is committed',
    foundAfter: 7,
    percent: 6,
    file: 'runtime/committer.ts',
    from: "    if (this.#options.config.processingGuarantee === 'exactly-once') await this.#commitTransaction(offsets)\n",
    to: "    for (const task of tasks) task.completeCommit((tp) => this.#position(tp))\n    if (this.#options.config.processingGuarantee === 'exactly-once') await this.#commitTransaction(offsets)\n",
  },
  {
    name: 'the position of a store is ahead of the log',
    foundAfter: 10,
    percent: 5.8,
    file: 'runtime/committer.ts',
    from: 'nextOffset: offset + 1, leaderEpoch }',
    to: 'nextOffset: offset + 4, leaderEpoch }',
  },
  {
    name: 'an aborted transaction keeps the pending writes of stores',
    foundAfter: 43,
    percent: 1.5,
    file: 'runtime/task.ts',
    from: '      store.discard()\n',
    to: '',
  },
  {
    name: 'a commit does not flush the caches',
    foundAfter: 7,
    percent: 17.2,
    file: 'runtime/task.ts',
    from: '      do this.#flushStores()\n      while (this.#runBeforeCommit())\n',
    to: '',
  },
  {
    name: 'after an abort records that wait are processed twice',
    foundAfter: 155,
    percent: 0.5,
    file: 'runtime/task.ts',
    from: '    this.#group.reset((tp) => committedMetadata(committed, tp).partitionTime)\n',
    to: '',
  },
  {
    name: 'after an abort reading goes on where it was',
    foundAfter: 43,
    percent: 1.5,
    file: 'runtime/task-manager.ts',
    from: "      for (const tp of active.task.inputs) this.#options.fetcher.add(tp, must(committed.get(tp), 'offset').offset)\n",
    to: '',
  },
  {
    name: 'restoring skips the last record',
    foundAfter: 2,
    percent: 83.3,
    file: 'runtime/restore.ts',
    from: 'new ChangelogRecords(fetched, each.offset, limit)',
    to: 'new ChangelogRecords(fetched, each.offset, Math.min(limit, fetched.nextOffset - 2))',
  },
  {
    name: 'restoring skips the first record',
    foundAfter: 6,
    percent: 37,
    file: 'runtime/restore.ts',
    from: 'Math.max(log.start, position?.nextOffset ?? 0)',
    to: 'Math.max(log.start, position?.nextOffset ?? 1)',
  },
  {
    name: 'a store that has any state is taken for restored',
    foundAfter: 10,
    percent: 4,
    file: 'runtime/restore.ts',
    from: '    if (!isStandby && startOffset >= log.end) return\n',
    to: '    if (!isStandby && (startOffset >= log.end || startOffset > 0)) return\n',
  },
  {
    name: 'changelogs are read with what was aborted, and so are inputs',
    foundAfter: 9,
    percent: 17.2,
    file: 'runtime/thread-config.ts',
    from: "return config.processingGuarantee === 'exactly-once' ? 'read-committed' : 'read-uncommitted'",
    to: "return config.processingGuarantee === 'exactly-once' ? 'read-uncommitted' : 'read-uncommitted'",
  },
  {
    name: 'tasks are not committed when they are revoked',
    foundAfter: 35,
    percent: 0.5,
    file: 'runtime/stream-thread.ts',
    from: '      if (ids.length > 0) await this.#commit(REVOKE_SETTLE_MS)\n',
    to: '      if (ids.length < 0) await this.#commit(REVOKE_SETTLE_MS)\n',
  },
  {
    name: 'a revoked task works on',
    foundAfter: 80,
    file: 'runtime/stream-thread.ts',
    from: '    await this.#tasks.close(ids.filter((id) => this.#tasks.active.has(id)))\n    this.#member.revoked()\n',
    to: '    this.#member.revoked()\n',
  },
  {
    name: 'a member that was thrown out keeps its tasks',
    foundAfter: 21,
    percent: 1.5,
    file: 'runtime/stream-thread.ts',
    from: '        return this.#dropTasks(event.reason)\n',
    to: '        return\n',
  },
  {
    // Missed by 200 seeds: of worlds whose only fault is an end of a transaction that comes late (lateEnd) 3 of 56 find it.
    name: 'new tasks look up offsets before the transactions of their former owner have ended',
    file: 'client/group-offsets.ts',
    from: 'requireStable: true',
    to: 'requireStable: false',
  },
  {
    name: 'a batch that was perhaps written is sent again under another sequence',
    foundAfter: 11,
    file: 'client/partition-queue.ts',
    from: '    if (batch.sequence === undefined) {\n      batch.number(',
    to: '    {\n      batch.number(',
  },
  {
    name: 'the broker takes commits of former generations',
    foundAfter: 193,
    file: 'broker/coordinators/group-coordinator.ts',
    from: '    if (error !== ERROR.NONE) return error\n    const isBetween',
    to: '    if (error !== ERROR.NONE && error !== ERROR.ILLEGAL_GENERATION && error !== ERROR.UNKNOWN_MEMBER_ID) return error\n    const isBetween',
  },
  {
    // Missed by 200 seeds: behind it the log refuses a lower epoch wherever the successor, or a marker, has written.
    name: 'the broker takes writes of fenced producers',
    file: 'broker/coordinators/transaction-coordinator.ts',
    from: '    if (known.epoch !== produced.producerEpoch) return ERROR.INVALID_PRODUCER_EPOCH\n',
    to: '',
  },
  {
    // Missed by 200 seeds: what the former one sent must come between two steps of the one that has the same epoch.
    name: 'the broker does not fence the former producer of a transactional id',
    file: 'broker/coordinators/transaction-coordinator.ts',
    from: '    this.#initialised({ ...base, epoch: known.epoch + 1, lastEpoch }, answer)\n',
    to: '    this.#initialised({ ...base, epoch: known.epoch, lastEpoch }, answer)\n',
  },
  {
    // Missed by 200 seeds: only a first try that comes after its own retry, and in the next transaction, does harm.
    name: 'a late EndTxn of a fenced producer ends the transaction of its successor',
    file: 'broker/coordinators/end-decision.ts',
    from: "    case 'Ongoing':\n      return isRetry ? FENCED : END\n",
    to: "    case 'Ongoing':\n      return END\n",
  },
  {
    name: 'the broker acknowledges before it has synced',
    foundAfter: 11,
    file: 'broker/log/partition-log.ts',
    from: "    if (this.#host.durability !== 'always' || this.#durableEnd >= this.logEndOffset) return callback(true)\n",
    to: '    if (this.logEndOffset >= 0) return callback(true)\n',
  },
  {
    name: 'the broker forgets transactions that were about to end when it died',
    foundAfter: 4,
    file: 'broker/coordinators/transaction-coordinator.ts',
    from: '      if (isEnding(transaction)) this.#beginMarking(transaction)\n      else if',
    to: '      if',
  },
  {
    name: 'the broker shows what is not committed to who reads what is',
    foundAfter: 15,
    file: 'broker/log/partition-log.ts',
    from: '    return Math.min(this.highWatermark, this.producers.firstOpenOffset ?? Number.MAX_SAFE_INTEGER)\n',
    to: '    return this.highWatermark\n',
  },
  {
    name: 'the broker keeps the offsets of aborted transactions',
    foundAfter: 20,
    file: 'broker/coordinators/transaction-coordinator.ts',
    from: 'this.#core.groups.endTransaction(producerId, isCommit)',
    to: 'this.#core.groups.endTransaction(producerId, true)',
  },
  {
    name: 'the broker forgets committed offsets when it dies',
    foundAfter: 55,
    file: 'broker/coordinators/group-coordinator.ts',
    from: '    else if (producerId === undefined) offsets.commit(topic, partition, value)\n',
    to: '    else if (producerId === undefined) offsets.remove(topic, partition)\n',
  },
  {
    name: 'the broker takes a batch twice that is sent twice',
    foundAfter: 10,
    file: 'broker/log/producer-states.ts',
    from: "    if (duplicate !== undefined) return { kind: 'duplicate', batch: duplicate }\n",
    to: "    if (duplicate !== undefined) return { kind: 'next' }\n",
  },
  {
    name: 'the fetcher hands out records of aborted transactions',
    foundAfter: 2,
    file: 'client/fetched-batches.ts',
    from: 'const isAborted = aborted?.sees(batch) ?? false',
    to: 'const isAborted = aborted?.sees(batch) === undefined',
  },
  {
    name: 'the fetcher takes answers for a position that it has left',
    foundAfter: 4,
    file: 'client/long-poll-fetcher.ts',
    from: 'const partition = byTp.get(topicPartition(name as string, part.partitionIndex))',
    to: 'const partition = this.#partitions.get(topicPartition(name as string, part.partitionIndex))',
  },
  {
    name: 'consumed records are purged before their offsets are committed',
    foundAfter: 2,
    file: 'runtime/repartition-purger.ts',
    from: 'this.#offsets.set(tp, offset)',
    to: 'this.#offsets.set(tp, offset + 3)',
  },
]
