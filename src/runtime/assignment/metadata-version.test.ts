import { describe, expect, test } from 'vitest'
import { MetadataVersion } from './metadata-version.ts'

describe('the version of user data', () => {
  test('is the latest until the leader says otherwise', () => {
    const version = new MetadataVersion(11)
    expect(version.received(11, 11)).toBe(false)
    expect(version.used).toBe(11)
  })

  test('goes down to what all know, by joining again, when the leader is older', () => {
    const version = new MetadataVersion(11)
    expect(version.received(9, 9)).toBe(true)
    expect(version.used).toBe(9)
    expect(version.received(9, 9)).toBe(false)
  })

  test('goes up again when the last old member has gone, and not over what it knows itself', () => {
    const version = new MetadataVersion(11)
    version.received(9, 9)
    expect(version.received(9, 12)).toBe(false)
    expect(version.used).toBe(11)
  })

  test('of an assignment from before versions were compared is that of the assignment', () => {
    const version = new MetadataVersion(11)
    expect(version.received(2, -1)).toBe(true)
    expect(version.used).toBe(2)
  })
})
