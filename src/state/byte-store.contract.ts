// What every byte store must do (`testStoreEngine` is the same for users' engines), as tests of vitest.
import { it } from 'vitest'
import { systemPrng } from '../base/index.ts'
import { type StoreSubject, checkCounts, playHistories } from '../testing/store-histories.ts'

/** Registers the tests. `runs` histories are played. */
export function byteStoreContract(name: string, subject: StoreSubject, runs = 200): void {
  it(
    `${name} answers as a sorted array does, whatever the history`,
    () => playHistories(subject, { runs, seed: systemPrng().integer(1_000_000_000) }),
    30_000 + runs * 100,
  )

  it(`${name} has no position at first, and counts about as many entries as there are`, () => checkCounts(subject))
}
