import { expect, it } from 'vitest'
import { crashBroker } from './broker-crash.ts'

it('a broker starts after a crash at any point and holds all that it acknowledged', async () => {
  const { images, failures } = await crashBroker({ images: 400, seed: 1 })
  expect(failures).toEqual([])
  expect(images).toBe(400)
})
