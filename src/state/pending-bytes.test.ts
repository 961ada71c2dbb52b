import { describe, expect, it } from 'vitest'
import { byteStoreContract } from './byte-store.contract.ts'
import type { ByteStore } from './byte-store.ts'
import { MemoryEngine } from './memory-engine.ts'
import { PendingBytes } from './pending-bytes.ts'
import { NO_POSITION } from './test-host.ts'

/** Pending bytes as a byte store: half of the commits stay pending. */
function asByteStore(): ByteStore {
  const pending = new PendingBytes(new MemoryEngine().open('store'))
  let position = pending.position()
  let count = 0
  return {
    name: 'store',
    get: (buffer, start, end) => pending.get(buffer, start, end),
    cursor: (range) => pending.cursor(range),
    commit(changes, next) {
      changes.each((buffer, keyStart, keyEnd, valueStart, valueEnd, isNew = false) => {
        if (valueEnd < 0) pending.delete(buffer, keyStart, keyEnd)
        else if (isNew) pending.append(buffer, keyStart, keyEnd, buffer, valueStart, valueEnd)
        else pending.put(buffer, keyStart, keyEnd, buffer, valueStart, valueEnd)
      })
      position = next
      if (count++ % 2 === 1) pending.commit(next)
    },
    load(changes, next) {
      this.commit(changes, next)
    },
    backlog: () => pending.backlog(),
    position: () => position,
    approximateCount: () => pending.approximateCount(),
    approximateBytes: () => pending.byteCount,
    deleteBelow(key) {
      pending.deleteBelow(Buffer.from(key))
      pending.commit(NO_POSITION)
    },
    flush: () => pending.flush(),
    close: () => pending.close(),
    destroy: () => pending.destroy(),
  }
}

describe('pending bytes', () => {
  byteStoreContract('pending bytes over a store', { open: asByteStore }, 1_000)

  it('forget on discard what was not committed', () => {
    const pending = new PendingBytes(new MemoryEngine().open('store'))
    const [a, b] = [Buffer.from('a'), Buffer.from('b')]
    pending.set(a, Buffer.from('1'))
    pending.commit(NO_POSITION)
    pending.set(a, null)
    pending.set(b, Buffer.from('2'))
    pending.discard()
    expect(pending.copy(a)?.toString()).toBe('1')
    expect(pending.copy(b)).toBeUndefined()
    expect(pending.byteCount).toBe(0)
  })
})
