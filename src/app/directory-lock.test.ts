import { expect, test } from 'vitest'
import { MemoryDisk, seededPrng } from '../base/index.ts'
import { DirectoryLock, readOwner } from './directory-lock.ts'
import { isAlive, ownIdentity } from './process-identity.ts'

const PID_OF_NOBODY = 2 ** 22 + 1

function stale(disk: MemoryDisk, content: object): void {
  disk.replaceFile('broker.lock', Buffer.from(JSON.stringify(content)))
}

test('the first takes the lock, the second learns where the first listens', () => {
  const disk = new MemoryDisk()
  const lock = DirectoryLock.take(disk, 'broker.lock', seededPrng(1)) as DirectoryLock
  expect(lock).toBeInstanceOf(DirectoryLock)
  lock.setAddress('127.0.0.1', 9092)
  expect(DirectoryLock.take(disk, 'broker.lock', seededPrng(2))).toMatchObject({ pid: process.pid, port: 9092 })
})

test('a released lock can be taken again, and releasing twice takes nothing from the next owner', () => {
  const disk = new MemoryDisk()
  const first = DirectoryLock.take(disk, 'broker.lock', seededPrng(1)) as DirectoryLock
  first.release()
  const second = DirectoryLock.take(disk, 'broker.lock', seededPrng(2)) as DirectoryLock
  first.release()
  expect(second.isHeld()).toBe(true)
})

test('the lock of a process that is gone is taken over, and nothing of it is left', () => {
  const disk = new MemoryDisk()
  stale(disk, { pid: PID_OF_NOBODY, startTime: 'long ago', host: '127.0.0.1', port: 1, nonce: 'old' })
  const lock = DirectoryLock.take(disk, 'broker.lock', seededPrng(1)) as DirectoryLock
  expect(readOwner(disk, 'broker.lock')?.nonce).toBe(lock.owner.nonce)
  expect(disk.list('')).toEqual(['broker.lock'])
})

test('a process id that was given out again does not keep a lock', () => {
  const disk = new MemoryDisk()
  stale(disk, { pid: process.pid, startTime: 'another start', host: '127.0.0.1', port: 1, nonce: 'old' })
  expect(DirectoryLock.take(disk, 'broker.lock', seededPrng(1))).toBeInstanceOf(DirectoryLock)
})

test('a lock file that was torn by a crash is cleared away', () => {
  const disk = new MemoryDisk()
  disk.replaceFile('broker.lock', Buffer.from('{"pid":12'))
  expect(DirectoryLock.take(disk, 'broker.lock', seededPrng(1))).toBeInstanceOf(DirectoryLock)
})

test('this process is alive, and one with another start time is not', () => {
  expect(isAlive(ownIdentity())).toBe(true)
  expect(isAlive({ pid: process.pid, startTime: 'another start' })).toBe(false)
  expect(isAlive({ pid: PID_OF_NOBODY, startTime: '' })).toBe(false)
})
