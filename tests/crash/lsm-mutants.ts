// Mistakes in the disk store that crash-point enumeration must find. Each changes one place of one file.

export interface Mutant {
  readonly name: string
  /** In src. */
  readonly file: string
  readonly from: string
  readonly to: string
}

export const lsmMutants: readonly Mutant[] = [
  {
    name: 'a run is not synced before the manifest names it',
    file: 'state/lsm/run-writer.ts',
    from: '    this.#file.syncNow()\n',
    to: '',
  },
  {
    name: 'the old log goes before the manifest that replaces it',
    file: 'state/lsm/lsm-store.ts',
    from: '        this.#oldTables.push(table)\n',
    to: '        this.#removeFiles([table.path])\n',
  },
  {
    name: 'merged runs are removed before the manifest names the result',
    file: 'state/lsm/lsm-store.ts',
    from: '          this.#oldRuns.push(...inputs)\n',
    to: '          for (const run of inputs) run.retire((path) => this.#removeFiles([path]))\n',
  },
  {
    name: 'a torn record of the log is taken',
    file: 'state/lsm/wal-format.ts',
    from: 'if (end > bytes.length || checksum(bytes, at + RECORD_HEAD_BYTES, end, at) !== bytes.readUInt32LE(at + 4)) break',
    to: 'if (end > bytes.length) break',
  },
  {
    name: 'the position is not in the log',
    file: 'state/lsm/log-table.ts',
    from: '      const { position, floor } = decodeRecordMeta(buffer, record + RECORD_HEAD_BYTES)\n      if (position !== undefined) this.position = position\n',
    to: '      const { floor } = decodeRecordMeta(buffer, record + RECORD_HEAD_BYTES)\n',
  },
  {
    name: 'a merge in the middle drops deletions',
    file: 'state/lsm/lsm-store.ts',
    from: 'dropsDeletions: count === runs.length,',
    to: 'dropsDeletions: true,',
  },
  {
    name: 'a table is written without its deletions',
    file: 'state/lsm/lsm-store.ts',
    from: 'dropsDeletions: this.#groups.groups.length === 0,',
    to: 'dropsDeletions: true,',
  },
  {
    name: 'the manifest has the position of the last commit',
    file: 'state/lsm/lsm-store.ts',
    from: '      position: this.#runsPosition,\n',
    to: '      position: this.#position,\n',
  },
  {
    name: 'the manifest names the log that takes commits as the first one',
    file: 'state/lsm/lsm-store.ts',
    from: 'walId: (this.#waiting[0] ?? this.#table).id,',
    to: 'walId: this.#table.id,',
  },
  {
    name: 'leftovers of a crash stay and collide',
    file: 'state/lsm/open-files.ts',
    from: '  const nextId = Math.max(manifest.nextId, ...names.map((name) => idOf(name) + 1))\n',
    to: '  const { nextId } = manifest\n',
  },
  {
    name: 'a log goes on behind what a crash tore off',
    file: 'state/lsm/log-table.ts',
    from: '    this.#end = bytes === undefined ? 0 : wholeRecordsEnd(bytes)\n',
    to: '    this.#end = bytes?.length ?? 0\n',
  },
  {
    name: 'a log counts whatever the one before has lost',
    file: 'state/lsm/open-files.ts',
    from: '    if (goesOn || (id === firstId && tables.length === 0)) tables.push(table)\n',
    to: '    tables.push(table)\n',
  },
  {
    name: 'a log counts if it names the one before, wherever that ends',
    file: 'state/lsm/open-files.ts',
    from: 'table.previous?.id === before.id && table.previous.end === before.end',
    to: 'table.previous?.id === before.id',
  },
  {
    name: 'the runs are in the wrong order after a restart',
    file: 'state/lsm/open-files.ts',
    from: 'for (const id of runs) groups.addOldest(',
    to: 'for (const id of runs.toReversed()) groups.addOldest(',
  },
  {
    name: 'a merge takes the place of the newest runs, not of its inputs',
    file: 'state/lsm/run-groups.ts',
    from: '    const at = group.runs.indexOf(inputs[0] as Run)\n    group.runs.splice(at, inputs.length, ...(merged === undefined ? [] : [merged]))\n',
    to: '    for (const input of inputs) group.runs.splice(group.runs.indexOf(input), 1)\n    if (merged !== undefined) group.runs.unshift(merged)\n',
  },
  {
    name: 'the directory is not synced',
    file: 'state/lsm/open-files.ts',
    from: "    disk.syncDirectory(parts.slice(0, i - 1).join('/'))\n",
    to: '',
  },
  {
    name: 'the table is applied without the log',
    file: 'state/lsm/log-table.ts',
    from: '    this.#open().write([this.buffer.subarray(this.#end, this.#at)], this.#end)\n',
    to: '    if (this.#end > 0) this.#open().write([this.buffer.subarray(this.#end, this.#at)], this.#end)\n',
  },
]
