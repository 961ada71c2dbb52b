import { expect, test } from 'vitest'
import { ChangeQueue } from './change-queue.ts'
import type { LocalChange } from './watch.ts'

function change(key: string, before: number, after: number): LocalChange {
  return { key: Buffer.from(key), before: Buffer.of(before), after: Buffer.of(after), timestamp: 0, window: undefined }
}

async function rest(queue: ChangeQueue): Promise<readonly string[]> {
  queue.end()
  const all: string[] = []
  for await (const { key, before, after } of queue) all.push(`${key.toString()} ${before?.[0]}-${after?.[0]}`)
  return all
}

test('changes come in order, those before and those after the iteration began, until the end', async () => {
  const queue = new ChangeQueue()
  queue.push([change('a', 0, 1)])
  const taken: unknown[] = []
  const taking = (async () => {
    for await (const { after } of queue) taken.push(after?.[0])
  })()
  queue.push([change('a', 1, 2), change('b', 0, 3)])
  await Promise.resolve()
  while (taken.length < 3) await Promise.resolve()
  queue.end()
  await taking
  expect(taken).toEqual([1, 2, 3])
})

test('beyond a thousand that wait, the changes of a key become one, from the first before to the last after', async () => {
  const queue = new ChangeQueue()
  const fill = Array.from({ length: 1_000 }, (_, i) => change(`k${i}`, 0, 1))
  queue.push([...fill, change('x', 1, 2), change('y', 5, 6), change('x', 2, 3), change('x', 3, 4)])
  const taken: LocalChange[] = []
  for await (const each of queue) {
    taken.push(each)
    if (taken.length === 1_002) break
  }
  expect(taken.slice(1_000).map(({ key, before, after }) => [key.toString(), before?.[0], after?.[0]])).toEqual([
    ['x', 1, 4],
    ['y', 5, 6],
  ])
})

test('an end drops what was not taken', async () => {
  const queue = new ChangeQueue()
  queue.push([change('a', 0, 1)])
  expect(await rest(queue)).toEqual([])
})
