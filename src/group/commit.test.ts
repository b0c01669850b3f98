import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { ErrorCode } from '../protocol/index.ts'
import {
  commitOffsets,
  joinAll,
  joinGroup,
  leaveGroup,
  makeStable,
  offset,
  SESSION_MS,
} from '../../test/group/questions.ts'
import { Rig } from '../../test/group/rig.ts'

const memberId = 'a-uuid'
const largestInt64 = 2n ** 63n - 1n

function codes(rig: Rig, fields: Parameters<typeof commitOffsets>[0]): ErrorCode[] {
  return rig.askNow(commitOffsets(fields)).partitions.map(each => each.errorCode)
}

function committed(rig: Rig) {
  const record = rig.log.at(-1)
  assert(record?.type === 'offset')
  return record.committed
}

test('a commit is stored with the time of now and no expiry of its own', () => {
  const rig = new Rig()

  codes(rig, { offsets: [offset({ offset: 7n, leaderEpoch: 3, metadata: 'note' })] })

  assert.deepEqual(rig.log, [
    {
      type: 'offset',
      groupId: 'g',
      topic: 't',
      partition: 0,
      committed: {
        offset: 7n,
        leaderEpoch: 3,
        metadata: 'note',
        commitTimestamp: BigInt(rig.nowMs),
        expireTimestamp: -1n,
      },
    },
  ])
})

test('any int64 is kept exactly; a retention beyond the end of time ends there', () => {
  const rig = new Rig()

  codes(rig, {
    offsets: [offset({ offset: largestInt64, commitTimestamp: -(2n ** 63n) })],
    retentionMs: largestInt64,
  })

  assert.deepEqual(committed(rig), {
    offset: largestInt64,
    leaderEpoch: -1,
    metadata: '',
    commitTimestamp: -(2n ** 63n),
    expireTimestamp: largestInt64,
  })
})

test('a commit keeps its member alive, before it is durable', () => {
  const rig = new Rig()
  makeStable(rig, ['a'])

  const { effects } = rig.decide(commitOffsets({ memberId, generationId: 1 }))

  const timer = { type: 'session-expired', groupId: 'g', memberId } as const
  assert.deepEqual(effects, [{ type: 'arm', timer, delayMs: SESSION_MS }])
})

test('who may commit depends on the phase of the group', () => {
  const rig = new Rig()
  const asMember = { memberId, generationId: 1 }
  const asTool = {}
  const asAnonymousMember = { generationId: 1 }

  const missing = [asMember, asTool].map(who => codes(rig, who)[0])
  joinAll(rig, ['a'])
  const completing = [asMember, asTool].map(who => codes(rig, who)[0])
  const stable = new Rig()
  makeStable(stable, ['a'])
  const inStable = [asMember, { memberId, generationId: 0 }, asAnonymousMember, asTool].map(
    who => codes(stable, who)[0],
  )
  stable.ask(joinGroup({ clientId: 'b', request: stable.nextRequest }))
  const preparing = [asMember, asTool].map(who => codes(stable, who)[0])
  const empty = new Rig()
  makeStable(empty, ['a'])
  empty.ask(leaveGroup(memberId))
  const inEmpty = [asMember, { memberId, generationId: 2 }, asTool].map(who => codes(empty, who)[0])

  const { NONE, ILLEGAL_GENERATION, REBALANCE_IN_PROGRESS, UNKNOWN_MEMBER_ID } = ErrorCode
  assert.deepEqual(missing, [ILLEGAL_GENERATION, NONE])
  assert.deepEqual(completing, [REBALANCE_IN_PROGRESS, UNKNOWN_MEMBER_ID])
  assert.deepEqual(inStable, [NONE, ILLEGAL_GENERATION, UNKNOWN_MEMBER_ID, UNKNOWN_MEMBER_ID])
  assert.deepEqual(preparing, [NONE, UNKNOWN_MEMBER_ID])
  assert.deepEqual(inEmpty, [UNKNOWN_MEMBER_ID, UNKNOWN_MEMBER_ID, NONE])
})

test('clients that know the word are told that there is no such group', () => {
  const rig = new Rig()

  const told = codes(rig, { generationId: 1, knowsGroupIdNotFound: true })

  assert.deepEqual(told, [ErrorCode.GROUP_ID_NOT_FOUND])
  assert.equal(rig.shard.groups.size, 0)
})

test('of a commit only what has too much metadata is refused', () => {
  const rig = new Rig({ offsetMetadataMaxUnits: 3 })

  const answered = codes(rig, {
    offsets: [
      offset({ partition: 0, metadata: 'abcd' }),
      offset({ partition: 1, metadata: 'abc' }),
      offset({ partition: 2, metadata: '€€€' }),
    ],
  })

  assert.deepEqual(answered, [ErrorCode.OFFSET_METADATA_TOO_LARGE, ErrorCode.NONE, ErrorCode.NONE])
  assert.equal(rig.log.length, 2)
})

test('two commits of one partition in flight: it is stable when both are durable', () => {
  const rig = new Rig()
  rig.appends = 'held'
  const inFlight = (): number => rig.shard.groups.get('g')?.commitsInFlight.size ?? 0
  const storedOffset = (): bigint | undefined =>
    rig.shard.groups.get('g')?.offsets.get('t')?.get(0)?.offset

  rig.ask(commitOffsets({ offsets: [offset({ offset: 1n })] }))
  rig.ask(commitOffsets({ offsets: [offset({ offset: 2n })] }))
  rig.settleHeld('durable', 1)
  const afterTheFirst = [storedOffset(), inFlight()]
  rig.settleHeld('durable', 1)

  assert.deepEqual(afterTheFirst, [1n, 1])
  assert.deepEqual([storedOffset(), inFlight()], [2n, 0])
})

test('a commit that the log did not take counts for nothing', () => {
  const rig = new Rig({ offsetMetadataMaxUnits: 3 })
  rig.appends = ErrorCode.NOT_LEADER_OR_FOLLOWER

  const answered = codes(rig, {
    offsets: [offset({ partition: 0, metadata: 'abcd' }), offset({ partition: 1 })],
  })

  assert.deepEqual(answered, [ErrorCode.OFFSET_METADATA_TOO_LARGE, ErrorCode.NOT_COORDINATOR])
  const group = rig.shard.groups.get('g')
  assert.equal(group?.offsets.size, 0)
  assert.equal(group.commitsInFlight.size, 0)
})
