import { expect, it } from 'vitest'
import { crashLsm } from './lsm-crash.ts'

it('a disk store opens after a crash at any point and holds a prefix of its commits', async () => {
  const { images, failures } = await crashLsm({ images: 1_000, seed: 1 })
  expect(failures).toEqual([])
  expect(images).toBe(1_000)
})
