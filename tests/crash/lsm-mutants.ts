// Mistakes in the disk store that crash-point enumeration must find. Each changes one place of one file.

export interface Mutant {
  readonly name: string
  /** In src/state/lsm. */
  readonly file: string
  readonly from: string
  readonly to: string
}

export const lsmMutants: readonly Mutant[] = [
  {
    name: 'a run is not synced before the manifest names it',
    file: 'lsm-store.ts',
    from: '        writer.finish()\n        writer.syncNow()\n',
    to: '        writer.finish()\n',
  },
  {
    name: 'a merged run is not synced before the manifest names it',
    file: 'compaction.ts',
    from: '      this.#writer.syncNow()\n',
    to: '',
  },
  {
    name: 'the old log goes before the manifest that replaces it',
    file: 'lsm-store.ts',
    from: '    this.#writeManifest(runs, walId, this.#position)\n    const oldWal = this.#wal\n',
    to: '    const oldWal = this.#wal\n    oldWal.remove()\n    this.#writeManifest(runs, walId, this.#position)\n',
  },
  {
    name: 'merged runs are removed before the manifest names the result',
    file: 'lsm-store.ts',
    from: '    this.#writeManifest(runs, this.#walId, this.#runsPosition)\n    this.#runs = runs\n    this.#compaction = undefined\n    retire(inputs)\n',
    to: '    retire(inputs)\n    this.#writeManifest(runs, this.#walId, this.#runsPosition)\n    this.#runs = runs\n    this.#compaction = undefined\n',
  },
  {
    name: 'a torn record of the log is taken',
    file: 'wal.ts',
    from: 'if (end > bytes.length || checksum(bytes, body, end, at) !== bytes.readUInt32LE(at + 4)) break',
    to: 'if (end > bytes.length) break',
  },
  {
    name: 'records behind a hole in the log are taken',
    file: 'wal.ts',
    from: '    if (end > bytes.length || checksum(bytes, body, end, at) !== bytes.readUInt32LE(at + 4)) break\n    replayRecord(bytes, body, end, visitor)\n',
    to: '    if (end > bytes.length) break\n    if (checksum(bytes, body, end, at) === bytes.readUInt32LE(at + 4)) replayRecord(bytes, body, end, visitor)\n',
  },
  {
    name: 'the position is not in the log',
    file: 'wal.ts',
    from: '  if (position !== null) visitor.position(decodePosition(position))\n',
    to: '',
  },
  {
    name: 'a merge in the middle drops deletions',
    file: 'lsm-store.ts',
    from: 'dropsDeletions: inputs.at(-1) === this.#runs.at(-1),',
    to: 'dropsDeletions: true,',
  },
  {
    name: 'the manifest of a merge has the position of the log',
    file: 'lsm-store.ts',
    from: '    this.#writeManifest(runs, this.#walId, this.#runsPosition)\n    this.#runs = runs\n    this.#compaction = undefined\n',
    to: '    this.#writeManifest(runs, this.#walId, this.#position)\n    this.#runs = runs\n    this.#compaction = undefined\n',
  },
  {
    name: 'leftovers of a crash stay and collide',
    file: 'lsm-store.ts',
    from: '      if (!kept.has(name)) this.#disk.remove(`${this.#directory}/${name}`)\n',
    to: '      if (kept.has(name)) continue\n',
  },
  {
    name: 'the log goes on behind what a crash tore off',
    file: 'wal.ts',
    from: "    const file = this.#disk.open(this.#path, 'create')\n    if (file.size() > this.#end) file.truncate(this.#end)\n",
    to: "    const file = this.#disk.open(this.#path, 'create')\n    this.#end = file.size()\n",
  },
  {
    name: 'the runs are in the wrong order after a restart',
    file: 'lsm-store.ts',
    from: '      for (const id of runs) {\n',
    to: '      for (const id of runs.toReversed()) {\n',
  },
  {
    name: 'the directory is not synced',
    file: 'lsm-store.ts',
    from: "    disk.syncDirectory(parts.slice(0, i - 1).join('/'))\n",
    to: '',
  },
  {
    name: 'the table is applied without the log',
    file: 'wal.ts',
    from: '    this.#open().write([buffer.subarray(0, end)], this.#end)\n',
    to: '    if (start > 0) this.#open().write([buffer.subarray(0, end)], this.#end)\n',
  },
]
