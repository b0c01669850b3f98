import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { ErrorCode } from '../protocol/index.ts'
import {
  heartbeat,
  joinAll,
  joinGroup,
  leaveGroup,
  makeStable,
  REBALANCE_MS,
  syncGroup,
} from '../../test/group/questions.ts'
import { Rig } from '../../test/group/rig.ts'

const none = Buffer.alloc(0)

test('followers wait for the leader, and nobody has an assignment before it is durable', () => {
  const rig = new Rig()
  joinAll(rig, ['a', 'b'])
  rig.appends = 'held'

  const follower = rig.nextRequest
  rig.ask(syncGroup({ memberId: 'b-uuid', request: follower }))
  const leader = rig.nextRequest
  const assignments = [
    { memberId: 'a-uuid', assignment: Buffer.from('A') },
    { memberId: 'b-uuid', assignment: Buffer.from('B') },
    { memberId: 'stranger', assignment: Buffer.from('S') },
  ]
  rig.ask(syncGroup({ memberId: 'a-uuid', request: leader, assignments }))
  const answeredBefore = [follower, leader].filter(request => rig.answers.has(request))
  rig.settleHeld()

  assert.deepEqual(answeredBefore, [])
  const about = { errorCode: ErrorCode.NONE, protocolType: 'consumer', protocolName: 'range' }
  assert.deepEqual(rig.answers.get(leader), { ...about, assignment: Buffer.from('A') })
  assert.deepEqual(rig.answers.get(follower), { ...about, assignment: Buffer.from('B') })
})

test('what is stored is the whole generation; a member without an assignment gets none', () => {
  const rig = new Rig()
  joinAll(rig, ['a', 'b'])
  const sinceMs = rig.nowMs

  rig.ask(
    syncGroup({
      memberId: 'a-uuid',
      request: rig.nextRequest,
      assignments: [{ memberId: 'b-uuid', assignment: Buffer.from('B') }],
    }),
  )

  const member = {
    groupInstanceId: null,
    clientHost: '/127.0.0.1',
    rebalanceTimeoutMs: 60_000,
    sessionTimeoutMs: 10_000,
    subscription: joinGroup().protocols[0]?.metadata,
  }
  assert.deepEqual(rig.log, [
    {
      type: 'metadata',
      groupId: 'g',
      metadata: {
        protocolType: 'consumer',
        generationId: 1,
        protocolName: 'range',
        leaderId: 'a-uuid',
        phaseSinceMs: sinceMs,
        members: [
          { memberId: 'a-uuid', clientId: 'a', ...member, assignment: none },
          { memberId: 'b-uuid', clientId: 'b', ...member, assignment: Buffer.from('B') },
        ],
      },
    },
  ])
})

test('SyncGroup is refused by group, member, generation, protocol and phase, in this order', () => {
  const rig = new Rig()
  const codeOf = (fields: Parameters<typeof syncGroup>[0]): ErrorCode | undefined =>
    rig.askNow(syncGroup(fields)).errorCode
  const memberId = 'a-uuid'

  const withoutGroup = codeOf({ memberId })
  makeStable(rig, ['a', 'b'])
  const strange = codeOf({ memberId: 'stranger', generationId: 7 })
  const old = codeOf({ memberId, generationId: 0, protocolType: 'connect' })
  const ofAnotherType = codeOf({ memberId, protocolType: 'connect' })
  const ofAnotherName = codeOf({ memberId, protocolName: 'sticky' })
  rig.ask(leaveGroup('b-uuid'))
  const inRebalance = codeOf({ memberId })

  assert.deepEqual(
    [withoutGroup, strange, old, ofAnotherType, ofAnotherName, inRebalance],
    [
      ErrorCode.UNKNOWN_MEMBER_ID,
      ErrorCode.UNKNOWN_MEMBER_ID,
      ErrorCode.ILLEGAL_GENERATION,
      ErrorCode.INCONSISTENT_GROUP_PROTOCOL,
      ErrorCode.INCONSISTENT_GROUP_PROTOCOL,
      ErrorCode.REBALANCE_IN_PROGRESS,
    ],
  )
})

test('a rebalance that begins while members wait for an assignment tells them so', () => {
  const rig = new Rig()
  joinAll(rig, ['a', 'b'])
  const waiting = rig.nextRequest
  rig.ask(syncGroup({ memberId: 'b-uuid', request: waiting }))

  rig.ask(joinGroup({ clientId: 'c', request: rig.nextRequest }))

  assert.deepEqual(rig.answers.get(waiting), {
    errorCode: ErrorCode.REBALANCE_IN_PROGRESS,
    protocolType: null,
    protocolName: null,
    assignment: none,
  })
})

test('a member that leaves while it waits for its assignment is answered', () => {
  const rig = new Rig()
  joinAll(rig, ['a', 'b'])
  const waiting = rig.nextRequest
  rig.ask(syncGroup({ memberId: 'b-uuid', request: waiting }))

  rig.ask(leaveGroup('b-uuid'))

  assert.equal(
    (rig.answers.get(waiting) as { errorCode: ErrorCode }).errorCode,
    ErrorCode.UNKNOWN_MEMBER_ID,
  )
})

test('a member that repeats its SyncGroup is answered on the newest', () => {
  const rig = new Rig()
  joinAll(rig, ['a', 'b'])
  const first = rig.nextRequest
  rig.ask(syncGroup({ memberId: 'b-uuid', request: first }))
  const second = rig.nextRequest
  rig.ask(syncGroup({ memberId: 'b-uuid', request: second }))

  assert.equal(
    (rig.answers.get(first) as { errorCode: ErrorCode }).errorCode,
    ErrorCode.REBALANCE_IN_PROGRESS,
  )
  assert.equal(rig.answers.has(second), false)
})

test('the session of a member does not run while it waits, and does afterwards', () => {
  const rig = new Rig()
  joinAll(rig, ['a', 'b'])
  rig.ask(syncGroup({ memberId: 'b-uuid', request: rig.nextRequest }))
  for (let second = 0; second < 20; second += 1) {
    rig.askNow(heartbeat({ memberId: 'a-uuid' }))
    rig.advance(1_000)
  }
  const stillThere = rig.shard.groups.get('g')?.membership.members.has('b-uuid')

  rig.ask(syncGroup({ memberId: 'a-uuid', request: rig.nextRequest }))
  rig.advance(10_000)

  assert.equal(stillThere, true)
  assert.equal(rig.shard.groups.get('g')?.membership.members.has('b-uuid'), false)
})

test('the leader too has the rebalance timeout to send its assignment', () => {
  const rig = new Rig()
  joinAll(rig, ['a', 'b'])
  rig.ask(syncGroup({ memberId: 'b-uuid', request: rig.nextRequest }))
  const beganMs = rig.nowMs

  for (let second = 0; second < REBALANCE_MS / 1_000; second += 1) {
    rig.ask(heartbeat({ memberId: 'a-uuid' }))
    rig.advance(1_000)
  }

  assert.ok(rig.nowMs - beganMs >= REBALANCE_MS)
  const group = rig.shard.groups.get('g')?.membership
  assert.deepEqual([...(group?.members.keys() ?? [])], ['b-uuid'])
  assert.equal(group?.leaderId, 'b-uuid')
})

test('the session of a member runs as soon as it has heard of its generation', () => {
  const rig = new Rig()
  joinAll(rig, ['a', 'b'])
  for (let second = 0; second < 10; second += 1) {
    rig.ask(heartbeat({ memberId: 'a-uuid' }))
    rig.advance(1_000)
  }

  assert.deepEqual([...(rig.shard.groups.get('g')?.membership.members.keys() ?? [])], ['a-uuid'])
})
