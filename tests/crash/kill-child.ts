// tsx tests/crash/kill-child.ts DIRECTORY: goes on where the store is, and commits until it is killed; says each commit that is made.
import { writeSync } from 'node:fs'
import { CompactionWorker } from '../../src/app/compaction-worker.ts'
import { NodeDisk } from '../../src/base/index.ts'
import { LsmEngine, LsmMemory } from '../../src/state/index.ts'
import { CHANGES, changeOf, keyOf } from './kill-workload.ts'

const directory = process.argv[2] as string
const memory = new LsmMemory({ tableBytesMax: 60_000 })
const compactor = new CompactionWorker({ directory })
const store = new LsmEngine({ disk: new NodeDisk(directory), directory: 'task', memory, compactor }).open('store')

for (let commit = (store.position()?.streamTimeMs ?? 0) + 1; ; commit++) {
  store.commit(
    {
      each(visit) {
        for (let key = 0; key < CHANGES.keys; key++) {
          const change = changeOf(key, commit)
          if (change === undefined) continue
          const bytes = Buffer.concat([keyOf(key), Buffer.from(change.value ?? '')])
          const keyEnd = keyOf(key).length
          visit(bytes, 0, keyEnd, keyEnd, change.value === null ? -1 : bytes.length)
        }
      },
    },
    { changelogs: new Map(), streamTimeMs: commit },
  )
  writeSync(1, `${commit}\n`)
  await store.backlog()
  // Also what comes by events.
  if (commit % 8 === 0) await new Promise((resolve) => setImmediate(resolve))
}
