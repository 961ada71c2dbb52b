import { expect, test } from 'vitest'
import { ManualClock } from '../../base/index.ts'
import { ERROR } from '../../protocol/index.ts'
import type { JoinAnswer, JoinRequest } from './classic-group-calls.ts'
import { GroupRoster, newMember } from './group-roster.ts'

function request(memberId: string, protocols: readonly string[], instanceId: string | null = null): JoinRequest {
  return {
    memberId,
    instanceId,
    clientId: 'client',
    clientHost: '/127.0.0.1',
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 30_000,
    protocolType: 'consumer',
    protocols: protocols.map((name) => ({ name, metadata: Buffer.from(name) })),
    needsMemberId: false,
    knowsSkipAssignment: true,
  }
}

test('the protocol that most members would take first is elected, among those that all can do', () => {
  const roster = new GroupRoster()
  roster.add(newMember(request('a', ['sticky', 'range', 'own'])))
  roster.add(newMember(request('b', ['own', 'range', 'sticky'])))
  roster.add(newMember(request('c', ['range', 'sticky'])))
  roster.add(newMember(request('d', ['range', 'sticky'])))
  expect(roster.electProtocol()).toBe('range')
})

test('with equal votes the order of the first member decides', () => {
  const roster = new GroupRoster()
  roster.add(newMember(request('a', ['sticky', 'range'])))
  roster.add(newMember(request('b', ['range', 'sticky'])))
  expect(roster.electProtocol()).toBe('sticky')
})

test('a static member that came back speaks under its new id, and its old id is fenced', () => {
  const roster = new GroupRoster()
  const member = newMember(request('old', ['range'], 'one'))
  roster.add(member)
  const answers: JoinAnswer[] = []
  member.join = { respond: (answer) => void answers.push(answer), onAbandoned: () => undefined }
  roster.rename(member, request('new', ['range'], 'one'))
  expect(answers.map(({ errorCode, memberId }) => ({ errorCode, memberId }))).toEqual([
    { errorCode: ERROR.FENCED_INSTANCE_ID, memberId: 'old' },
  ])
  expect(roster.claimError('old', 'one')).toBe(ERROR.FENCED_INSTANCE_ID)
  expect(roster.claimError('new', 'one')).toBe(ERROR.NONE)
  expect(roster.claimError('old', null)).toBe(ERROR.UNKNOWN_MEMBER_ID)
})

test('an id that was given out counts until it joins or is dropped', () => {
  const clock = new ManualClock()
  const roster = new GroupRoster()
  let isFired = false
  roster.addPending(
    'a',
    clock.setTimer(100, () => (isFired = true)),
  )
  expect([roster.size, roster.hasPending, roster.claimError('a', null)]).toEqual([1, true, ERROR.UNKNOWN_MEMBER_ID])
  roster.dropPending('a')
  clock.advance(200)
  expect([roster.size, isFired]).toEqual([0, false])
})
