import { expect, test } from 'vitest'
import { VirtualProcess } from './virtual-process.ts'
import { VirtualTime } from './virtual-time.ts'

const END_TXN = 26
const FETCH = 1

function started(): { readonly time: VirtualTime; readonly process: VirtualProcess; readonly deaths: number[] } {
  const time = new VirtualTime()
  return { time, process: new VirtualProcess('one', time, 1), deaths: [] }
}

test('a process that is to die before a request does not send it, and all others before', () => {
  const { time, process, deaths } = started()
  process.crashAt({ calls: Infinity, isAtSend: false, requestKey: END_TXN, isAfterSend: false }, () =>
    deaths.push(time.nowMs),
  )
  expect([process.call('network', FETCH), process.call('disk')]).toEqual([true, true])
  process.sent(FETCH)
  expect(process.isCrashed).toBe(false)
  expect(process.call('network', END_TXN)).toBe(false)
  expect(process.isCrashed).toBe(true)
  expect(deaths).toEqual([0])
})

test('a process that is to die after a request has sent it', () => {
  const { time, process, deaths } = started()
  process.crashAt({ calls: Infinity, isAtSend: false, requestKey: END_TXN, isAfterSend: true }, () =>
    deaths.push(time.nowMs),
  )
  expect(process.call('network', END_TXN)).toBe(true)
  expect(process.isCrashed).toBe(false)
  process.sent(END_TXN)
  expect(process.isCrashed).toBe(true)
  expect(process.call('network', FETCH)).toBe(false)
  expect(deaths).toEqual([0])
})

test('a process that stands still hears everything in order when it goes on, and one that died nothing', async () => {
  const { time, process } = started()
  const heard: string[] = []
  for (const [ms, what] of [
    [10, 'first'],
    [20, 'second'],
    [90, 'third'],
  ] as const)
    process.after(ms, () => heard.push(`${what} at ${time.nowMs}`))
  process.pause()
  time.after(50, () => process.resume())
  time.after(80, () => process.crash())
  await time.run(100, () => false)
  expect(heard).toEqual(['first at 50', 'second at 50'])
})
