import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { topicPartition } from '../../record/index.ts'
import { type AssignmentInfo, decodeAssignmentInfo, encodeAssignmentInfo } from './assignment-info.ts'
import { type SubscriptionInfo, decodeSubscriptionInfo, encodeSubscriptionInfo } from './subscription-info.ts'
import { type TaskId, taskId } from './task-id.ts'

// Bytes that Kafka Streams 4.3.1 wrote.
const javaSubscription =
  '0000000b0000000bf64da182ac5ea18450ea2f3945f699b80000000a686f7374383a39343237000000010000000100000004000000737f043ddbffff010000000100000001000000047a6f6e65000000027a38'
const javaAssignment =
  '0000000b0000000b0000000100000001000000010000000000000001000000000000000100000000000000010004696e2d360000000100000001000000000004696e2d310000000100026831000023440000000100000000000000000000000100026836000023600000000100000000000000000000000400000174876e8000'

const javaSubscriptionInfo: SubscriptionInfo = {
  version: 11,
  latestSupported: 11,
  processId: 'f64da182-ac5e-a184-50ea-2f3945f699b8',
  taskOffsetSums: new Map([[taskId(1, 4), 496052223451]]),
  userEndpoint: 'host8:9427',
  uniqueField: 1,
  errorCode: 1,
  clientTags: { zone: 'z8' },
}
const javaAssignmentInfo: AssignmentInfo = {
  version: 11,
  commonlySupported: 11,
  active: [taskId(1, 1)],
  standby: new Map([[taskId(0, 1), [topicPartition('in-6', 1)]]]),
  partitionsByHost: [{ host: 'h1', port: 9028, partitions: [topicPartition('in-1', 0)] }],
  standbyPartitionsByHost: [{ host: 'h6', port: 9056, partitions: [topicPartition('in-1', 0)] }],
  errorCode: 4,
  nextRebalanceMs: 1600000000000,
}

const taskIds = fc.tuple(fc.nat(20), fc.nat(50)).map(([s, p]) => taskId(s, p))
const hosts = fc.array(
  fc.record({
    host: fc.string({ maxLength: 5 }),
    port: fc.nat(65_535),
    partitions: fc.array(
      fc.tuple(fc.string({ minLength: 1, maxLength: 3 }), fc.nat(9)).map(([t, p]) => topicPartition(t, p)),
      { maxLength: 3 },
    ),
  }),
  { maxLength: 3 },
)

describe('user data of group members', () => {
  test('a subscription has the bytes that Java writes', () => {
    expect(encodeSubscriptionInfo(javaSubscriptionInfo).toString('hex')).toBe(javaSubscription)
    expect(decodeSubscriptionInfo(Buffer.from(javaSubscription, 'hex'))).toEqual(javaSubscriptionInfo)
  })

  test('an assignment has the bytes that Java writes', () => {
    expect(encodeAssignmentInfo(javaAssignmentInfo).toString('hex')).toBe(javaAssignment)
    expect(decodeAssignmentInfo(Buffer.from(javaAssignment, 'hex'))).toEqual(javaAssignmentInfo)
  })

  test('every subscription of the newest version comes back as it was', () => {
    const sums = fc.array(fc.tuple(taskIds, fc.integer({ min: -3, max: 2 ** 50 })), { maxLength: 8 })
    fc.assert(
      fc.property(sums, fc.uuid(), fc.integer({ min: -128, max: 127 }), (pairs, processId, uniqueField) => {
        const taskOffsetSums = new Map<TaskId, number>(pairs)
        const info: SubscriptionInfo = {
          ...javaSubscriptionInfo,
          processId,
          uniqueField,
          taskOffsetSums,
          userEndpoint: undefined,
        }
        expect(decodeSubscriptionInfo(encodeSubscriptionInfo(info))).toEqual(info)
      }),
      { numRuns: 50 },
    )
  })

  test('every assignment from version 6 on comes back as it was', () => {
    fc.assert(
      fc.property(fc.integer({ min: 7, max: 11 }), fc.array(taskIds), hosts, hosts, (version, active, a, b) => {
        const info: AssignmentInfo = {
          ...javaAssignmentInfo,
          version,
          active,
          partitionsByHost: a,
          standbyPartitionsByHost: b,
          nextRebalanceMs: undefined,
        }
        expect(decodeAssignmentInfo(encodeAssignmentInfo(info))).toEqual(info)
      }),
      { numRuns: 50 },
    )
  })

  test('bytes that are cut off are refused with a message, not misread', () => {
    const bytes = Buffer.from(javaAssignment, 'hex')
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeAssignmentInfo(bytes.subarray(0, length))).toThrow(/AssignmentInfo/)
    }
  })

  test('a version from the future is refused with advice', () => {
    expect(() => decodeSubscriptionInfo(Buffer.from('0000000c', 'hex'))).toThrow(/version 12.*newer release/)
  })
})
