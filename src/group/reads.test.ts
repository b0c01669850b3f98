import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { ErrorCode } from '../protocol/index.ts'
import {
  commitOffsets,
  joinAll,
  joinGroup,
  makeStable,
  offset,
} from '../../test/group/questions.ts'
import { Rig } from '../../test/group/rig.ts'
import { commitErrorOf, storeErrorOf } from './append-errors.ts'
import { describeGroup, listGroups } from './describe.ts'
import { fetchOffsets } from './fetch-offsets.ts'
import { groupPartition } from './partition.ts'
import { refuse } from './refuse.ts'

test('a description shows metadata and assignments of a stable group only', () => {
  const rig = new Rig()
  joinAll(rig, ['a'])
  const completing = describeGroup(rig.shard, 'g', { knowsGroupIdNotFound: false })
  const stable = new Rig()
  makeStable(stable, ['a'])
  const described = describeGroup(stable.shard, 'g', { knowsGroupIdNotFound: false })

  const about = {
    memberId: 'a-uuid',
    groupInstanceId: null,
    clientId: 'a',
    clientHost: '/127.0.0.1',
  }
  const empty = Buffer.alloc(0)
  assert.equal(completing.groupState, 'CompletingRebalance')
  assert.equal(completing.protocolData, '')
  assert.deepEqual(completing.members, [
    { ...about, memberMetadata: empty, memberAssignment: empty },
  ])
  assert.equal(described.protocolData, 'range')
  assert.deepEqual(described.members, [
    {
      ...about,
      memberMetadata: joinGroup().protocols[0]?.metadata,
      memberAssignment: Buffer.from('a'),
    },
  ])
})

test('a group that does not exist is dead; whoever knows the error gets it (KIP-1043)', () => {
  const rig = new Rig()

  const old = describeGroup(rig.shard, 'g', { knowsGroupIdNotFound: false })
  const today = describeGroup(rig.shard, 'g', { knowsGroupIdNotFound: true })

  assert.deepEqual([old.groupState, old.errorCode, old.errorMessage], ['Dead', 0, null])
  assert.deepEqual(
    [today.groupState, today.errorCode, today.errorMessage],
    ['Dead', ErrorCode.GROUP_ID_NOT_FOUND, 'Group g not found.'],
  )
})

test('groups are listed by state and type, in any case of letters', () => {
  const rig = new Rig()
  makeStable(rig, ['a'])
  rig.ask(commitOffsets({ groupId: 'offsets-only' }))
  const names = (states: string[], types: string[]): string[] =>
    listGroups(rig.shard, { states, types }).map(group => group.groupId)

  assert.deepEqual(names([], []), ['g', 'offsets-only'])
  assert.deepEqual(names(['STABLE'], []), ['g'])
  assert.deepEqual(names(['empty', 'dead'], ['Classic']), ['offsets-only'])
  assert.deepEqual(names(['nonsense'], []), [])
  assert.deepEqual(names([], ['consumer']), [])
})

test('an offset that was never committed is -1, not an error', () => {
  const rig = new Rig()
  rig.ask(commitOffsets({ offsets: [offset({ offset: 3n, leaderEpoch: 9, metadata: 'm' })] }))
  const none = { offset: -1n, leaderEpoch: -1, metadata: '', errorCode: ErrorCode.NONE }
  const topics = [{ topic: 't', partitions: [1, 0] }]

  const known = fetchOffsets(rig.shard, { groupId: 'g', topics, requireStable: true })
  const unknown = fetchOffsets(rig.shard, { groupId: 'x', topics, requireStable: true })
  const allOfUnknown = fetchOffsets(rig.shard, { groupId: 'x', topics: null, requireStable: true })

  const stored = { offset: 3n, leaderEpoch: 9, metadata: 'm', errorCode: ErrorCode.NONE }
  assert.deepEqual(known, [
    {
      topic: 't',
      partitions: [
        { partition: 1, ...none },
        { partition: 0, ...stored },
      ],
    },
  ])
  assert.deepEqual(unknown[0]?.partitions, [
    { partition: 1, ...none },
    { partition: 0, ...none },
  ])
  assert.deepEqual(allOfUnknown, [])
})

test('while loading, old clients hear of heartbeats and SyncGroup what they understand', () => {
  const code = ErrorCode.COORDINATOR_LOAD_IN_PROGRESS
  const identity = { groupId: 'g', memberId: 'm', groupInstanceId: null, generationId: 1 }
  const sync = { protocolType: null, protocolName: null, assignments: [], request: 1 }

  assert.deepEqual(refuse({ type: 'heartbeat', ...identity }, code), { errorCode: ErrorCode.NONE })
  assert.equal(
    (refuse({ type: 'sync-group', ...identity, ...sync }, code) as { errorCode: number }).errorCode,
    ErrorCode.REBALANCE_IN_PROGRESS,
  )
  assert.deepEqual(refuse(commitOffsets(), code), {
    partitions: [{ topic: 't', partition: 0, errorCode: code }],
  })
})

test('errors of the log become errors of the coordinator', () => {
  assert.equal(commitErrorOf(ErrorCode.NOT_LEADER_OR_FOLLOWER), ErrorCode.NOT_COORDINATOR)
  assert.equal(commitErrorOf(ErrorCode.REQUEST_TIMED_OUT), ErrorCode.REQUEST_TIMED_OUT)
  assert.equal(commitErrorOf(ErrorCode.MESSAGE_TOO_LARGE), ErrorCode.INVALID_COMMIT_OFFSET_SIZE)
  assert.equal(storeErrorOf(ErrorCode.REQUEST_TIMED_OUT), ErrorCode.REBALANCE_IN_PROGRESS)
  assert.equal(storeErrorOf(ErrorCode.MESSAGE_TOO_LARGE), ErrorCode.UNKNOWN_SERVER_ERROR)
  assert.equal(storeErrorOf(ErrorCode.NOT_ENOUGH_REPLICAS), ErrorCode.COORDINATOR_NOT_AVAILABLE)
})

test('a group lives where Java would put it', () => {
  assert.equal(groupPartition('my_group', 50), 12)
  assert.equal(groupPartition('polygenelubricants', 50), 0, 'the hash without a positive twin')
  assert.equal(groupPartition('', 50), 0)
})
