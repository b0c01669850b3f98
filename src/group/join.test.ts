import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { ErrorCode } from '../protocol/index.ts'
import { joinAll, joinGroup, makeStable, SESSION_MS } from '../../test/group/questions.ts'
import { Rig } from '../../test/group/rig.ts'
import { MAX_PENDING_MEMBERS, NEW_MEMBER_JOIN_TIMEOUT_MS } from './settings.ts'

test('a refused join leaves no group behind', () => {
  const rig = new Rig()

  const refused = [
    rig.askNow(joinGroup({ sessionTimeoutMs: 5_999 })),
    rig.askNow(joinGroup({ sessionTimeoutMs: 1_800_001 })),
    rig.askNow(joinGroup({ protocols: [] })),
    rig.askNow(joinGroup({ protocolType: '' })),
    rig.askNow(joinGroup({ memberId: 'ghost' })),
  ]

  assert.deepEqual(
    refused.map(reply => reply.errorCode),
    [
      ErrorCode.INVALID_SESSION_TIMEOUT,
      ErrorCode.INVALID_SESSION_TIMEOUT,
      ErrorCode.INCONSISTENT_GROUP_PROTOCOL,
      ErrorCode.INCONSISTENT_GROUP_PROTOCOL,
      ErrorCode.UNKNOWN_MEMBER_ID,
    ],
  )
  assert.equal(rig.shard.groups.size, 0)
})

test('the bounds of the session timeout are allowed themselves', () => {
  const rig = new Rig()

  const { errorCode } = rig.askNow(joinGroup({ sessionTimeoutMs: 6_000, canRejoinWithId: true }))

  assert.equal(errorCode, ErrorCode.MEMBER_ID_REQUIRED)
})

test('a new member is told an id of client id and UUID, and has its session timeout to use it', () => {
  const rig = new Rig()

  const decision = rig.decide(joinGroup({ canRejoinWithId: true, clientId: 'app' }))

  assert.deepEqual(decision.reply, {
    errorCode: ErrorCode.MEMBER_ID_REQUIRED,
    generationId: -1,
    protocolType: null,
    protocolName: null,
    leader: '',
    skipAssignment: false,
    memberId: 'app-uuid',
    members: [],
  })
  assert.deepEqual(
    decision.effects.filter(effect => effect.type === 'arm'),
    [
      {
        type: 'arm',
        timer: { type: 'session-expired', groupId: 'g', memberId: 'app-uuid' },
        delayMs: SESSION_MS,
      },
    ],
  )
  assert.deepEqual(decision.records, [])
})

test('a static member needs no second step, and its id begins with the instance id', () => {
  const rig = new Rig()

  const reply = rig.ask(joinGroup({ groupInstanceId: 'i-1', canRejoinWithId: true }))

  assert.equal(reply, undefined, 'it waits for the rebalance')
  assert.deepEqual(
    [...(rig.shard.groups.get('g')?.membership.staticMembers ?? [])],
    [['i-1', 'i-1-uuid']],
  )
})

test('a new member that waits has five minutes, because it cannot send heartbeats', () => {
  const rig = new Rig()

  const { effects } = rig.decide(joinGroup())

  const delays = effects.flatMap(effect => (effect.type === 'arm' ? [effect.delayMs] : []))
  assert.deepEqual(delays, [NEW_MEMBER_JOIN_TIMEOUT_MS, rig.settings.initialRebalanceDelayMs])
})

test('company during the initial delay prolongs it, up to the rebalance timeout', () => {
  const rig = new Rig()
  const joinAt = (afterMs: number, uuid: string): void => {
    rig.advance(afterMs)
    rig.ask(joinGroup({ uuid, request: rig.nextRequest, rebalanceTimeoutMs: 7_000 }))
  }

  joinAt(0, '1')
  joinAt(2_000, '2')
  joinAt(3_000, '3')
  rig.advance(1_999)
  const beforeTheEnd = rig.answers.size
  rig.advance(1)

  assert.equal(beforeTheEnd, 0, 'three delays of 3, 3 and 1 s: the rebalance timeout is 7 s')
  assert.equal(rig.answers.size, 3)
})

test('a second life of the group waits for company only once', () => {
  const rig = new Rig()
  makeStable(rig, ['a'])
  rig.ask({
    type: 'leave-group',
    groupId: 'g',
    members: [{ memberId: 'a-uuid', groupInstanceId: null, reason: null }],
  })

  const request = rig.nextRequest
  rig.ask(joinGroup({ request, clientId: 'b' }))
  rig.advance(2_000)
  rig.ask(joinGroup({ request: rig.nextRequest, clientId: 'c' }))
  rig.advance(1_000)

  assert.ok(rig.answers.has(request), 'generation 2 is past its first rebalance')
})

test('ids handed out and not used are bounded', () => {
  const rig = new Rig()
  for (let index = 0; index < 3; index += 1) {
    rig.askNow(joinGroup({ canRejoinWithId: true, uuid: `${index}` }))
  }
  const group = rig.shard.groups.get('g')
  assert.ok(group !== undefined)
  const ids = Array.from({ length: MAX_PENDING_MEMBERS }, (_, index) => `c-${index}`)
  group.membership = { ...group.membership, pendingMembers: new Set(ids) }

  const reply = rig.askNow(joinGroup({ canRejoinWithId: true }))

  assert.equal(reply.errorCode, ErrorCode.GROUP_MAX_SIZE_REACHED)
})

test('with a limit lowered below its size, a group loses the last to join again', () => {
  const rig = new Rig()
  makeStable(rig, ['a', 'b', 'c'])
  const smaller = new Rig({ maxSize: 2 })
  smaller.log.push(...rig.log)

  smaller.restart()
  const phase = smaller.shard.groups.get('g')?.membership.phase
  const replies = ['a', 'b', 'c'].map(name =>
    smaller.ask(joinGroup({ memberId: `${name}-uuid`, request: smaller.nextRequest })),
  )

  assert.equal(phase, 'PreparingRebalance', 'loading began a rebalance')
  assert.equal(replies[2]?.errorCode, ErrorCode.GROUP_MAX_SIZE_REACHED)
  assert.equal(replies[2].memberId, '')
  assert.equal(smaller.answers.size, 3, 'with the third gone all were there')
})

test('a member that repeats its JoinGroup is answered on the newest; the one before is told to retry', () => {
  const rig = new Rig()
  makeStable(rig, ['a', 'b'])
  const again = { memberId: 'a-uuid' }

  const first = rig.nextRequest
  rig.ask(joinGroup({ ...again, request: first }))
  const second = rig.nextRequest
  rig.ask(joinGroup({ ...again, request: second }))

  assert.deepEqual(rig.answers.get(first), {
    ...rig.answers.get(first),
    errorCode: ErrorCode.REBALANCE_IN_PROGRESS,
  })
  assert.equal(rig.answers.has(second), false)
})

test('a member that asks again in the middle of a generation hears what it missed', () => {
  const rig = new Rig()
  joinAll(rig, ['a', 'b'])

  const leader = rig.askNow(joinGroup({ memberId: 'a-uuid' }))
  const follower = rig.askNow(joinGroup({ memberId: 'b-uuid' }))
  const changed = rig.ask(
    joinGroup({
      memberId: 'b-uuid',
      request: rig.nextRequest,
      protocols: [{ name: 'range', metadata: Buffer.from('other') }],
    }),
  )

  assert.deepEqual(
    leader.members.map(member => member.memberId),
    ['a-uuid', 'b-uuid'],
  )
  assert.deepEqual(follower.members, [])
  assert.equal(changed, undefined, 'a changed subscription starts a rebalance')
  assert.equal(rig.shard.groups.get('g')?.membership.phase, 'PreparingRebalance')
})

test('the reason that a client gives is in the log line (KIP-800)', () => {
  const rig = new Rig()

  const { effects } = rig.decide(joinGroup({ reason: 'rebalance enforced by user' }))

  const line = effects.find(effect => effect.type === 'log')
  assert.equal(
    line?.event,
    'Preparing to rebalance group g in state PreparingRebalance with old generation 0 ' +
      '(__consumer_offsets-0) (reason: Adding new member client-uuid with group instance id None; ' +
      'client reason: rebalance enforced by user)',
  )
})
