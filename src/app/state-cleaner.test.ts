import { describe, expect, it } from 'vitest'
import { ManualClock, MemoryDisk } from '../base/index.ts'
import { StateCleaner } from './state-cleaner.ts'
import { taskDirectories, tryLock } from './task-stores.ts'

function write(disk: MemoryDisk, path: string): void {
  disk.makeDirectory(path.slice(0, path.lastIndexOf('/')))
  disk.replaceFile(path, Buffer.from('bytes'))
}

function cleanerOf(
  disk: MemoryDisk,
  clock: ManualClock,
  maxAgeMs?: number,
): { cleaner: StateCleaner; warnings: string[] } {
  const warnings: string[] = []
  const onWarning = (message: string): void => void warnings.push(message)
  return { cleaner: new StateCleaner({ disk, clock, delayMs: 1_000, maxAgeMs, onWarning }), warnings }
}

describe('the cleaner of a state directory', () => {
  it('removes tasks that nobody has had open for the delay, and nothing else', () => {
    const disk = new MemoryDisk()
    const clock = new ManualClock()
    for (const path of ['0_0/counts/MANIFEST', '0_1/counts/MANIFEST', 'other/file']) write(disk, path)
    tryLock(disk, '0_0', 1)
    const { cleaner } = cleanerOf(disk, clock)
    cleaner.start()
    clock.advance(999)
    expect(taskDirectories(disk)).toEqual(['0_0', '0_1'])
    clock.advance(1)
    expect(taskDirectories(disk)).toEqual(['0_0'])
    disk.remove('0_0/.lock')
    clock.advance(1_000)
    expect(taskDirectories(disk)).toEqual(['0_0'])
    clock.advance(1_000)
    expect(disk.list('')).toEqual(['other'])
    cleaner.close()
  })

  it('removes at the start what was not used for longer than the greatest age, and what a crash left half removed', () => {
    const disk = new MemoryDisk()
    const clock = new ManualClock()
    for (const path of ['0_0/counts/MANIFEST', '0_1/counts/MANIFEST', 'deleted-1_0/counts/run-1']) write(disk, path)
    tryLock(disk, '0_0', 1)
    const first = cleanerOf(disk, clock, 60_000).cleaner
    first.start()
    first.close()
    expect(disk.list('')).toEqual(['0_0', '0_1'])
    disk.remove('0_0/.lock')
    clock.advance(60_001)
    const second = cleanerOf(disk, clock, 60_000).cleaner
    second.start()
    second.close()
    // Of the other it is not known when it was used.
    expect(disk.list('')).toEqual(['0_1'])
  })

  it('says once that space runs short', () => {
    const disk = new MemoryDisk({ bytesMax: 100 * 1_048_576 })
    const clock = new ManualClock()
    const { cleaner, warnings } = cleanerOf(disk, clock)
    cleaner.start()
    clock.advance(5_000)
    cleaner.close()
    expect(warnings).toEqual([expect.stringMatching(/^memory has 100 MiB of space left, less than 256 MiB: free some/)])
  })
})
