import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { ErrorCode } from '../protocol/index.ts'
import {
  heartbeat,
  joinAll,
  joinGroup,
  makeStable,
  SESSION_MS,
} from '../../test/group/questions.ts'
import { Rig } from '../../test/group/rig.ts'

const memberId = 'a-uuid'
const session = { type: 'session-expired', groupId: 'g', memberId } as const

test('a heartbeat begins the session anew and changes nothing else', () => {
  const rig = new Rig()
  makeStable(rig, ['a'])

  const decision = rig.decide(heartbeat({ memberId }))

  assert.deepEqual(decision, {
    reply: { errorCode: ErrorCode.NONE },
    transitions: [],
    records: [],
    effects: [{ type: 'arm', timer: session, delayMs: SESSION_MS }],
  })
})

test('a heartbeat of an old generation is fenced: the zombie gets no new deadline', () => {
  const rig = new Rig()
  makeStable(rig, ['a'])

  const decision = rig.decide(heartbeat({ memberId, generationId: 0 }))

  assert.deepEqual(decision.reply, { errorCode: ErrorCode.ILLEGAL_GENERATION })
  assert.deepEqual(decision.effects, [])
})

test('who is not in the group is unknown, and so is everybody without a group', () => {
  const rig = new Rig()

  const withoutGroup = rig.askNow(heartbeat({ memberId }))
  makeStable(rig, ['a'])
  const stranger = rig.askNow(heartbeat({ memberId: 'b-uuid' }))
  const strangeInstance = rig.askNow(heartbeat({ memberId, groupInstanceId: 'i' }))

  for (const { errorCode } of [withoutGroup, stranger, strangeInstance]) {
    assert.equal(errorCode, ErrorCode.UNKNOWN_MEMBER_ID)
  }
})

test('during a rebalance the member is kept alive and told to join again', () => {
  const rig = new Rig()
  makeStable(rig, ['a'])
  rig.ask(joinGroup({ clientId: 'b', request: rig.nextRequest }))

  const { reply, effects } = rig.decide(heartbeat({ memberId }))

  assert.deepEqual(reply, { errorCode: ErrorCode.REBALANCE_IN_PROGRESS })
  assert.deepEqual(effects, [{ type: 'arm', timer: session, delayMs: SESSION_MS }])
})

test('between JoinGroup and SyncGroup a heartbeat is in order', () => {
  const rig = new Rig()
  joinAll(rig, ['a'])

  assert.deepEqual(rig.askNow(heartbeat({ memberId })), { errorCode: ErrorCode.NONE })
})

test('the end of a session that nobody has any more means nothing', () => {
  const rig = new Rig()

  const withoutGroup = rig.decide(session)
  makeStable(rig, ['b'])
  const withoutMember = rig.decide(session)

  assert.deepEqual(withoutGroup.transitions, [])
  assert.deepEqual(withoutMember.transitions, [])
})
