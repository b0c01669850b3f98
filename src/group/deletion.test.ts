import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { ErrorCode } from '../protocol/index.ts'
import {
  commitOffsets,
  joinGroup,
  leaveGroup,
  makeStable,
  offset,
} from '../../test/group/questions.ts'
import { Rig } from '../../test/group/rig.ts'

const DAY_MS = 24 * 60 * 60_000
const { NONE, GROUP_ID_NOT_FOUND, NON_EMPTY_GROUP, GROUP_SUBSCRIBED_TO_TOPIC } = ErrorCode

const deleteGroup = { type: 'delete-group', groupId: 'g' } as const
const expire = { type: 'expire-offsets', groupId: 'g' } as const
const deleteOffsets = (...topics: string[]) =>
  ({
    type: 'delete-offsets',
    groupId: 'g',
    partitions: topics.map(topic => ({ topic, partition: 0 })),
  }) as const

function commit(rig: Rig, fields: Parameters<typeof offset>[0], retentionMs = -1n): void {
  rig.ask(commitOffsets({ offsets: [offset(fields)], retentionMs }))
}

function tombstones(rig: Rig): string[] {
  return rig.log.flatMap(record => {
    if (record.type === 'offset' && record.committed === null) return [record.topic]
    return record.type === 'metadata' && record.metadata === null ? ['group'] : []
  })
}

test('a group that never had members has no metadata to bury', () => {
  const rig = new Rig()
  commit(rig, { topic: 't' })

  const { errorCode } = rig.askNow(deleteGroup)

  assert.equal(errorCode, NONE)
  assert.deepEqual(tombstones(rig), ['t'])
  assert.equal(rig.shard.groups.size, 0)
})

test('a group is deleted only when it is empty, and only once', () => {
  const rig = new Rig()
  const missing = rig.askNow(deleteGroup)
  makeStable(rig, ['a'])
  const inUse = rig.askNow(deleteGroup)
  rig.ask(leaveGroup('a-uuid'))
  const deleted = rig.askNow(deleteGroup)
  const gone = rig.askNow(deleteGroup)

  assert.deepEqual(
    [missing, inUse, deleted, gone].map(reply => reply.errorCode),
    [GROUP_ID_NOT_FOUND, NON_EMPTY_GROUP, NONE, GROUP_ID_NOT_FOUND],
  )
  assert.deepEqual(tombstones(rig), ['group'])
})

test('while its tombstones are on their way the group is dead to everybody', () => {
  const rig = new Rig()
  commit(rig, {})
  rig.appends = 'held'
  rig.ask(deleteGroup)

  const join = rig.askNow(joinGroup())
  const commits = rig.askNow(commitOffsets())
  const again = rig.askNow(deleteGroup)
  const ofOffsets = rig.askNow(deleteOffsets('t'))

  assert.equal(join.errorCode, ErrorCode.COORDINATOR_NOT_AVAILABLE)
  assert.equal(commits.partitions[0]?.errorCode, ErrorCode.COORDINATOR_NOT_AVAILABLE)
  assert.equal(again.errorCode, GROUP_ID_NOT_FOUND)
  assert.equal(ofOffsets.errorCode, GROUP_ID_NOT_FOUND)
})

test('a group whose tombstones were lost is there again, as old as it was', () => {
  const rig = new Rig()
  commit(rig, {})
  const before = rig.shard.groups.get('g')?.membership
  rig.advance(5_000)
  rig.appends = ErrorCode.NOT_ENOUGH_REPLICAS

  const { errorCode } = rig.askNow(deleteGroup)

  assert.equal(errorCode, ErrorCode.COORDINATOR_NOT_AVAILABLE)
  assert.deepEqual(rig.shard.groups.get('g')?.membership, before)
})

test('a commit on its way is deleted too: it stands before the tombstone', () => {
  const rig = new Rig()
  rig.appends = 'held'
  commit(rig, {})

  rig.ask(deleteGroup)
  rig.settleHeld()

  assert.deepEqual(tombstones(rig), ['t'])
  assert.equal(rig.shard.groups.size, 0)
  rig.restart()
  assert.equal(rig.shard.groups.size, 0)
})

test('offsets of topics in use are kept; a group of another type keeps all while it lives', () => {
  const consumers = new Rig()
  makeStable(consumers, ['a'])
  const workers = new Rig()
  makeStable(workers, ['a'], { protocolType: 'connect' })

  const ofConsumers = consumers.askNow(deleteOffsets('t', 'u'))
  const ofWorkers = workers.askNow(deleteOffsets('t', 'u'))

  assert.deepEqual(ofConsumers, {
    errorCode: NONE,
    partitions: [
      { topic: 't', partition: 0, errorCode: GROUP_SUBSCRIBED_TO_TOPIC },
      { topic: 'u', partition: 0, errorCode: NONE },
    ],
  })
  assert.deepEqual(ofWorkers, { errorCode: NON_EMPTY_GROUP, partitions: [] })
})

test('consumers whose metadata cannot be read count as reading everything', () => {
  const rig = new Rig()
  makeStable(rig, ['a'], { protocols: [{ name: 'range', metadata: Buffer.from('garbage') }] })

  const { partitions } = rig.askNow(deleteOffsets('u'))
  rig.ask(commitOffsets({ memberId: 'a-uuid', generationId: 1, offsets: [offset({ topic: 'u' })] }))
  rig.nowMs += 30 * DAY_MS
  rig.tell(expire)

  assert.equal(partitions[0]?.errorCode, GROUP_SUBSCRIBED_TO_TOPIC)
  assert.deepEqual(tombstones(rig), [])
})

test('with the last offset an empty group goes; an offset named twice is one offset', () => {
  const rig = new Rig()
  commit(rig, { topic: 't' })
  commit(rig, { topic: 'u' })

  rig.askNow(deleteOffsets('t', 't', 'never-committed'))
  const afterTheFirst = rig.shard.groups.size
  rig.askNow(deleteOffsets('u'))

  assert.equal(afterTheFirst, 1)
  assert.equal(rig.shard.groups.size, 0)
  assert.deepEqual(tombstones(rig), ['t', 'u'])
})

test('offsets of a group without management expire one by one, counted from their commit', () => {
  const rig = new Rig()
  commit(rig, { topic: 't' })
  rig.nowMs += DAY_MS
  commit(rig, { topic: 'u' })
  rig.nowMs += 6 * DAY_MS - 1

  rig.tell(expire)
  const early = tombstones(rig)
  rig.nowMs += 1
  rig.tell(expire)

  assert.deepEqual(early, [])
  assert.deepEqual(tombstones(rig), ['t'])
})

test('offsets of an empty group expire together, counted from the moment it became empty', () => {
  const rig = new Rig()
  makeStable(rig, ['a'])
  rig.ask(commitOffsets({ memberId: 'a-uuid', generationId: 1, offsets: [offset()] }))
  rig.nowMs += 3 * DAY_MS
  rig.ask(leaveGroup('a-uuid'))
  rig.nowMs += 7 * DAY_MS - 1

  rig.tell(expire)
  const early = tombstones(rig)
  rig.nowMs += 1
  rig.tell(expire)

  assert.deepEqual(early, [])
  assert.deepEqual(tombstones(rig), ['t', 'group'])
  assert.equal(rig.shard.groups.size, 0)
})

test('an old record does not say when the group became empty: then each commit counts', () => {
  const rig = new Rig()
  makeStable(rig, ['a'])
  rig.ask(commitOffsets({ memberId: 'a-uuid', generationId: 1, offsets: [offset()] }))
  rig.nowMs += 3 * DAY_MS
  rig.ask(leaveGroup('a-uuid'))
  const empty = rig.log.pop()
  assert(empty?.type === 'metadata' && empty.metadata !== null)
  rig.log.push({ ...empty, metadata: { ...empty.metadata, phaseSinceMs: -1 } })

  rig.restart()
  rig.nowMs += 4 * DAY_MS
  rig.tell(expire)

  assert.deepEqual(tombstones(rig), ['t', 'group'])
})

test('nothing expires in a rebalance, nor in a living group of another type', () => {
  const rebalancing = new Rig()
  makeStable(rebalancing, ['a', 'b'])
  const workers = new Rig()
  makeStable(workers, ['a', 'b'], { protocolType: 'connect' })
  for (const rig of [rebalancing, workers]) {
    const offsets = [offset({ topic: 'not-read-any-more' })]
    rig.ask(commitOffsets({ memberId: 'a-uuid', generationId: 1, offsets }))
    rig.nowMs += 30 * DAY_MS
  }
  rebalancing.ask(leaveGroup('b-uuid'))

  rebalancing.tell(expire)
  workers.tell(expire)

  assert.deepEqual([...tombstones(rebalancing), ...tombstones(workers)], [])
})

test('a retention that a commit chose beats all rules but being read', () => {
  const rig = new Rig()
  commit(rig, { topic: 't' }, 1_000n)
  commit(rig, { topic: 'u' })
  rig.nowMs += 1_000

  rig.tell(expire)

  assert.deepEqual(tombstones(rig), ['t'])
})

test('an empty group without offsets goes at the next look, unless somebody is about to join', () => {
  const rig = new Rig()
  rig.askNow(joinGroup({ canRejoinWithId: true }))

  rig.tell(expire)
  const whileWaiting = rig.shard.groups.size
  rig.advance(10_000)
  rig.tell(expire)

  assert.equal(whileWaiting, 1)
  assert.equal(rig.shard.groups.size, 0)
  assert.deepEqual(rig.log, [], 'it was never stored, so there is nothing to bury')
})

test('deleted partitions take their offsets along, whatever the group does', () => {
  const rig = new Rig()
  makeStable(rig, ['a'])
  rig.ask(commitOffsets({ memberId: 'a-uuid', generationId: 1, offsets: [offset()] }))

  rig.tell({
    type: 'partitions-deleted',
    groupId: 'g',
    partitions: [
      { topic: 't', partition: 0 },
      { topic: 't', partition: 1 },
    ],
  })

  assert.deepEqual(tombstones(rig), ['t'])
  assert.equal(rig.shard.groups.get('g')?.membership.phase, 'Stable')
})

test('an offset that is being committed anew does not expire', () => {
  const rig = new Rig()
  commit(rig, { topic: 't' })
  rig.nowMs += 30 * DAY_MS
  rig.appends = 'held'
  commit(rig, { topic: 't' })

  const { records } = rig.decide(expire)

  assert.deepEqual(records, [])
})
