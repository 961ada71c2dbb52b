import { describe } from 'vitest'
import { byteStoreContract } from './byte-store.contract.ts'
import { MemoryEngine } from './memory-engine.ts'

describe('the memory engine', () => {
  byteStoreContract('a store in memory', { open: () => new MemoryEngine().open('store') }, 500)
  byteStoreContract('a store by segments', { open: () => new MemoryEngine().open('store', { segmentBytes: 1 }) }, 500)
  byteStoreContract(
    'a store by long segments',
    { open: () => new MemoryEngine().open('store', { segmentBytes: 3 }) },
    500,
  )
})
