import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { ErrorCode } from '../protocol/index.ts'
import { joinGroup, leaveGroup, makeStable } from '../../test/group/questions.ts'
import { Rig } from '../../test/group/rig.ts'

const { NONE, UNKNOWN_MEMBER_ID } = ErrorCode

test('each of several that leave has a result of its own, one that leaves twice too', () => {
  const rig = new Rig()
  makeStable(rig, ['a', 'b', 'c'])

  const reply = rig.askNow(leaveGroup('a-uuid', 'stranger', 'b-uuid', 'a-uuid'))

  assert.equal(reply.errorCode, NONE)
  assert.deepEqual(reply.members, [
    { memberId: 'a-uuid', groupInstanceId: null, errorCode: NONE },
    { memberId: 'stranger', groupInstanceId: null, errorCode: UNKNOWN_MEMBER_ID },
    { memberId: 'b-uuid', groupInstanceId: null, errorCode: NONE },
    { memberId: 'a-uuid', groupInstanceId: null, errorCode: UNKNOWN_MEMBER_ID },
  ])
  const group = rig.shard.groups.get('g')?.membership
  assert.deepEqual([...(group?.members.keys() ?? [])], ['c-uuid'])
  assert.equal(group?.phase, 'PreparingRebalance')
  assert.equal(group.leaderId, 'c-uuid')
})

test('without a group nobody was in it, and that is no error of the request', () => {
  const rig = new Rig()

  assert.deepEqual(rig.askNow(leaveGroup('a')), {
    errorCode: NONE,
    members: [{ memberId: 'a', groupInstanceId: null, errorCode: UNKNOWN_MEMBER_ID }],
  })
})

test('when all leave at once the group is empty in one further generation', () => {
  const rig = new Rig()
  makeStable(rig, ['a', 'b', 'c'])

  rig.askNow(leaveGroup('a-uuid', 'b-uuid', 'c-uuid'))

  const group = rig.shard.groups.get('g')?.membership
  assert.equal(group?.phase, 'Empty')
  assert.equal(group.generationId, 2)
  assert.equal(rig.timers.size, 0, 'an empty group waits for nothing')
})

test('a member that leaves while it waits to join is told that it is unknown', () => {
  const rig = new Rig()
  makeStable(rig, ['a', 'b'])
  const request = rig.nextRequest
  rig.ask(joinGroup({ memberId: 'a-uuid', request }))

  rig.ask(leaveGroup('a-uuid'))

  const reply = rig.answers.get(request) as { errorCode: ErrorCode; memberId: string }
  assert.equal(reply.errorCode, UNKNOWN_MEMBER_ID)
  assert.equal(reply.memberId, '', 'it begins anew')
})

test('who has only an id may give it back, and nobody waits for it any longer', () => {
  const rig = new Rig()
  makeStable(rig, ['a'])
  const { memberId } = rig.askNow(joinGroup({ canRejoinWithId: true, clientId: 'b' }))
  const request = rig.nextRequest
  rig.ask(joinGroup({ memberId: 'a-uuid', request }))
  const waited = !rig.answers.has(request)

  const reply = rig.askNow(leaveGroup(memberId))

  assert.equal(waited, true)
  assert.equal(reply.members[0]?.errorCode, NONE)
  assert.equal(rig.answers.has(request), true)
})
