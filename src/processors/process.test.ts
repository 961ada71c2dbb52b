import { describe, expect, test } from 'vitest'
import { RecordHeaders } from '../record/index.ts'
import { keyValue } from './harness/definitions.ts'
import { ProcessorHarness } from './harness/processor-harness.ts'
import { process, processValues } from './process.ts'
import type { KeyValueHandle } from './store-handle.ts'
import type { FixedKeyProcessor, ProcessingContext, Processor } from './user-processor.ts'

const definition = keyValue('seen')
// The phantom member of a handle is there for the compiler only.
const seen = { kind: 'key-value-handle', name: 'seen', definition } as unknown as KeyValueHandle<string, string>

describe('process', () => {
  test('an instance is made for each task, sees its store and its context, and is closed once', () => {
    const events: string[] = []
    const processor: Processor<string, string, string, string> = {
      stores: [seen],
      init(context) {
        events.push(`init ${context.taskId}`)
        const store = context.store(seen)
        return {
          process(record) {
            const before = store.get(record.key) ?? 'nothing'
            store.put(record.key, record.value)
            context.forward({ ...record, value: `${before} at ${context.record.offset}` })
          },
          close: () => void events.push('close'),
        }
      },
    }
    const harness = new ProcessorHarness(process(processor), { stores: [definition], taskId: '1_2' })
    expect(harness.pipe('k', 'first', 5)).toMatchObject([{ key: 'k', value: 'nothing at 0', timestamp: 5 }])
    expect(harness.pipe('k', 'second', 6)).toMatchObject([{ value: 'first at 1' }])
    harness.close()
    harness.close()
    expect(events).toEqual(['init 1_2', 'close'])
  })

  test('a record goes to all children, or to the one that is named', () => {
    const processor: Processor<string, string, string, string> = {
      init: (context) => ({
        process: (record) => context.forward(record, record.key === 'all' ? undefined : record.key),
      }),
    }
    const harness = new ProcessorHarness(process(processor), { children: ['left', 'right'] })
    expect(harness.pipe('right', 'v', 0)).toMatchObject([{ child: 'right' }])
    expect(harness.pipe('all', 'v', 0)).toMatchObject([{ child: undefined }])
    expect(() => harness.pipe('wrong', 'v', 0)).toThrow(/'wrong'.*left, right/)
  })

  test('a store that is not among its own is refused with the names of those that are', () => {
    const processor: Processor<string, string> = {
      init(context) {
        context.store(seen)
        return { process: () => {} }
      },
    }
    expect(() => new ProcessorHarness(process(processor), { stores: [definition] })).toThrow(/'seen'.*none/)
  })

  test('time before 1970 is refused', () => {
    const processor: Processor<string, string, string, string> = {
      init: (context) => ({ process: (record) => context.forward({ ...record, timestamp: -1 }) }),
    }
    expect(() => new ProcessorHarness(process(processor)).pipe('k', 'v', 0)).toThrow(/timestamp -1/)
  })

  test('punctuations are asked for with durations, and commits one by one', () => {
    const times: number[] = []
    const processor: Processor<string, string> = {
      init(context) {
        context.schedule('2s', 'wall-clock', (time) => void times.push(time))
        return { process: () => context.commit() }
      },
    }
    const harness = new ProcessorHarness(process(processor))
    harness.advanceWallClock(1_999)
    harness.advanceWallClock(1)
    harness.pipe('k', 'v', 0)
    expect(times).toEqual([3_000])
    expect(harness.commitRequests).toBe(1)
  })

  test('what the context shows of its task follows the task', () => {
    let context: ProcessingContext | undefined
    const processor: Processor<string, string> = {
      init(own) {
        context = own
        return { process: () => {} }
      },
    }
    const harness = new ProcessorHarness(process(processor))
    expect([context?.applicationId, context?.stateDir, context?.streamTime, context?.now]).toEqual([
      'app',
      'state',
      -1,
      1_000,
    ])
    harness.pipe('k', 'v', 42)
    harness.advanceWallClock(5)
    expect([context?.streamTime, context?.now, context?.record.topic]).toEqual([42, 1_005, null])
  })
})

describe('processValues', () => {
  test('values leave under the key of the record that came in', () => {
    const processor: FixedKeyProcessor<string, string, string> = {
      init: (context) => ({
        process({ value, headers }) {
          context.forward({ value: `${value}!` })
          context.forward({ value: 'later', timestamp: 9, headers: headers.with('more', 'x') })
        },
      }),
    }
    const harness = new ProcessorHarness(processValues(processor))
    const headers = RecordHeaders.from({ trace: 'x' })
    expect(harness.pipe('k', 'v', 5, headers)).toMatchObject([
      { key: 'k', value: 'v!', timestamp: 5, headers },
      { key: 'k', value: 'later', timestamp: 9, headers: { size: 2 } },
    ])
  })

  test('outside of a record there is no key to forward under', () => {
    const processor: FixedKeyProcessor<string, string, string> = {
      init(context) {
        context.schedule('1s', 'wall-clock', () => context.forward({ value: 'tick' }))
        return { process: () => {} }
      },
    }
    const harness = new ProcessorHarness(processValues(processor))
    expect(() => harness.advanceWallClock(1_000)).toThrow(/outside of process/)
  })
})
