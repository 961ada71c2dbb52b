import { expect, test } from 'vitest'
import { decodeCommitMetadata, encodeCommitMetadata } from './commit-metadata.ts'

test('committed metadata is the text that Java writes, and is read back', () => {
  const metadata = { partitionTime: -1, processorMetadata: new Map([['store-60', 1]]) }
  expect(encodeCommitMetadata(metadata)).toBe('Av//////////AAAAAQAAAAhzdG9yZS02MAAAAAAAAAAB')
  expect(decodeCommitMetadata('Av//////////AAAAAQAAAAhzdG9yZS02MAAAAAAAAAAB')).toEqual(metadata)
})

test('the old form with the time alone is read, and text of other consumers says nothing', () => {
  const time = Buffer.from('010000000000000007', 'hex').toString('base64')
  expect(decodeCommitMetadata(time).partitionTime).toBe(7)
  expect(decodeCommitMetadata('').partitionTime).toBe(-1)
  expect(decodeCommitMetadata('left by hand').partitionTime).toBe(-1)
})

test('metadata that is cut off is an error that shows it', () => {
  const text = Buffer.from('02ffffffffffffffff00000001000000ff61', 'hex').toString('base64')
  expect(() => decodeCommitMetadata(text)).toThrow(text)
})
