import { describe } from 'vitest'
import { byteStoreContract } from './byte-store.contract.ts'
import { MemoryEngine } from './memory-engine.ts'

describe('the memory engine', () => {
  byteStoreContract('a store in memory', { open: () => new MemoryEngine().open('store') }, 500)
})
