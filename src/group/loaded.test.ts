import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import {
  commitOffsets,
  heartbeat,
  leaveGroup,
  makeStable,
  offset,
} from '../../test/group/questions.ts'
import { Rig } from '../../test/group/rig.ts'
import { apply } from './apply.ts'
import type { GroupRecord } from './records.ts'
import { createShard } from './shard.ts'
import { defaultGroupSettings } from './settings.ts'

test('a coordinator that takes over knows members, assignments and static ids', () => {
  const rig = new Rig()
  makeStable(rig, ['a', 'b'])
  const before = rig.shard.groups.get('g')?.membership

  rig.restart()

  const after = rig.shard.groups.get('g')?.membership
  assert.deepEqual(after?.members, before?.members)
  assert.equal(after?.phase, 'Stable')
  assert.equal(after.phaseSinceMs, rig.nowMs, 'when it began to wait for the assignment')
  assert.deepEqual(after.subscribedTopics, new Set(['t']))
  assert.deepEqual(
    [...rig.timers.values()].map(({ atMs }) => atMs - rig.nowMs),
    [10_000, 10_000],
  )
})

test('members go on with a heartbeat as if nothing had happened', () => {
  const rig = new Rig()
  makeStable(rig, ['a'])

  rig.restart()

  assert.equal(rig.askNow(heartbeat({ memberId: 'a-uuid' })).errorCode, 0)
})

test('a group of offsets alone is empty, has no type and was never rebalanced', () => {
  const rig = new Rig()
  rig.ask(commitOffsets())

  rig.restart()

  const group = rig.shard.groups.get('g')?.membership
  assert.equal(group?.phase, 'Empty')
  assert.equal(group.protocolType, null)
  assert.equal(group.generationId, 0)
})

test('an empty generation is remembered, so that the next one is not taken twice', () => {
  const rig = new Rig()
  makeStable(rig, ['a'])
  rig.ask(leaveGroup('a-uuid'))

  rig.restart()

  const group = rig.shard.groups.get('g')?.membership
  assert.equal(group?.phase, 'Empty')
  assert.equal(group.generationId, 2)
  assert.equal(group.protocolType, 'consumer')
})

test('offsets of a transaction count when it is committed, and never when it is aborted', () => {
  const shard = createShard(defaultGroupSettings)
  const committedAt = (offsetValue: bigint) => ({
    offset: offsetValue,
    leaderEpoch: -1,
    metadata: '',
    commitTimestamp: 0n,
    expireTimestamp: -1n,
  })
  const record = (partition: number, value: bigint, producerId?: number): GroupRecord => ({
    type: 'offset',
    groupId: 'g',
    topic: 't',
    partition,
    committed: committedAt(value),
    ...(producerId === undefined ? {} : { producerId }),
  })
  const history: GroupRecord[] = [
    record(0, 1n, 100),
    record(1, 1n, 200),
    record(2, 1n, 100),
    record(2, 2n),
    { type: 'transaction-end', producerId: 200, committed: false },
    { type: 'transaction-end', producerId: 100, committed: true },
    record(3, 1n, 300),
  ]

  history.forEach((each, index) => apply(shard, each, index))

  const group = shard.groups.get('g')
  const offsets = [...(group?.offsets.get('t') ?? [])].map(([partition, { offset }]) => [
    partition,
    offset,
  ])
  assert.deepEqual(offsets, [
    [2, 2n],
    [0, 1n],
  ])
  assert.deepEqual([...(group?.openTransactions.keys() ?? [])], [300], 'still open')
})

test('what was deleted leaves nothing behind in memory', () => {
  const rig = new Rig()
  rig.ask(commitOffsets({ offsets: [offset(), offset({ partition: 1 })] }))
  rig.ask({ type: 'delete-group', groupId: 'g' })

  rig.restart()

  assert.equal(rig.shard.groups.size, 0)
})
