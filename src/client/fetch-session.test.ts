import { describe, expect, test } from 'vitest'
import { topicPartition } from '../record/index.ts'
import { FetchSession, type WantedPartition } from './fetch-session.ts'

const wanted = (partition: number, fetchOffset: number, topicId = 'a'.repeat(32)): WantedPartition => ({
  tp: topicPartition('a', partition),
  topicId,
  currentLeaderEpoch: 1,
  fetchOffset,
  lastFetchedEpoch: -1,
  partitionMaxBytes: 100,
})
const partitions = (list: readonly WantedPartition[]): readonly number[] => list.map(({ tp }) => tp.partition)

describe('a fetch session', () => {
  test('names all at first, then only what has moved, and forgets what is left out', () => {
    const session = new FetchSession()
    const first = session.next([wanted(0, 0), wanted(1, 0)])
    expect([first.sessionId, first.sessionEpoch, partitions(first.send)]).toEqual([0, 0, [0, 1]])
    session.accepted(77)
    const second = session.next([wanted(0, 5), wanted(1, 0)])
    expect([second.sessionId, second.sessionEpoch, partitions(second.send), second.forget]).toEqual([77, 1, [0], []])
    session.accepted(77)
    const third = session.next([wanted(1, 0), wanted(2, 0)])
    expect([third.sessionEpoch, partitions(third.send), partitions(third.forget)]).toEqual([2, [2], [0]])
  })

  test('begins anew after a reset, and where the broker keeps none', () => {
    const session = new FetchSession()
    session.next([wanted(0, 0)])
    session.accepted(77)
    session.reset()
    expect(session.next([wanted(0, 0)])).toMatchObject({ sessionId: 0, sessionEpoch: 0, send: [{ fetchOffset: 0 }] })
    session.accepted(0)
    expect(session.next([wanted(0, 0)])).toMatchObject({ sessionId: 0, sessionEpoch: 0, send: [{ fetchOffset: 0 }] })
  })

  test('begins anew for a partition that was given up and taken again at the same place', () => {
    const session = new FetchSession()
    const reader = {}
    session.next([{ ...wanted(0, 9), reader }])
    session.accepted(77)
    expect(session.next([{ ...wanted(0, 9), reader }])).toMatchObject({ sessionId: 77, send: [] })
    session.accepted(77)
    expect(session.next([{ ...wanted(0, 9), reader: {} }])).toMatchObject({ sessionId: 0, send: [{ fetchOffset: 9 }] })
  })

  test('forgets the old topic of the same name and asks for the new one', () => {
    const session = new FetchSession()
    session.next([wanted(0, 9)])
    session.accepted(77)
    const next = session.next([wanted(0, 9, 'b'.repeat(32))])
    expect(next.forget.map(({ topicId }) => topicId[0])).toEqual(['a'])
    expect(next.send.map(({ topicId }) => topicId[0])).toEqual(['b'])
  })
})
