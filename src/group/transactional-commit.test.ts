import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { commitOffsets, makeStable, offset } from '../../test/group/questions.ts'
import { Rig } from '../../test/group/rig.ts'
import { ErrorCode } from '../protocol/index.ts'
import { apply } from './apply.ts'
import { fetchOffsets } from './fetch-offsets.ts'

const { NONE, UNSTABLE_OFFSET_COMMIT, UNKNOWN_MEMBER_ID, ILLEGAL_GENERATION } = ErrorCode
const producer = { producerId: 7, producerEpoch: 0 }
const memberId = 'a-uuid'

function commit(rig: Rig, fields: Parameters<typeof commitOffsets>[0] = {}): ErrorCode {
  const { partitions } = rig.askNow(commitOffsets({ producer, ...fields }))
  return partitions[0]?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR
}

function fetched(rig: Rig, requireStable = false) {
  const topics = [{ topic: 't', partitions: [0] }]
  const [topic] = fetchOffsets(rig.shard, { groupId: 'g', topics, requireStable })
  const [found] = topic?.partitions ?? []
  return [found?.errorCode, found?.offset]
}

const end = (rig: Rig, committed: boolean): void =>
  apply(rig.shard, { type: 'transaction-end', producerId: 7, committed }, rig.log.length)

test('an offset in a transaction is part of its batch, and not seen before the marker', () => {
  const rig = new Rig()
  const decision = rig.decide(commitOffsets({ producer }))

  const errorCode = commit(rig, { offsets: [offset({ offset: 5n })] })
  const before = [fetched(rig), fetched(rig, true)]
  end(rig, true)

  assert.deepEqual(decision.producer, producer)
  assert.equal(errorCode, NONE)
  assert.deepEqual(before, [
    [NONE, -1n],
    [UNSTABLE_OFFSET_COMMIT, -1n],
  ])
  assert.deepEqual(fetched(rig, true), [NONE, 5n])
})

test('an offset of an aborted transaction was never committed', () => {
  const rig = new Rig()
  commit(rig, { offsets: [offset({ offset: 5n })] })

  end(rig, false)

  assert.deepEqual(fetched(rig, true), [NONE, -1n])
})

test('an offset is unstable from the moment it is on its way, and no longer than the log takes to refuse it', () => {
  const rig = new Rig()
  rig.appends = 'held'
  rig.ask(commitOffsets({ producer }))

  const onItsWay = fetched(rig, true)
  rig.settleHeld(ErrorCode.NOT_ENOUGH_REPLICAS)

  assert.deepEqual(onItsWay, [UNSTABLE_OFFSET_COMMIT, -1n])
  assert.deepEqual(fetched(rig, true), [NONE, -1n])
})

test('a producer that does not say who it is may commit; one that does must be a member (KIP-447)', () => {
  const rig = new Rig()
  const beforeAnyGroup = [
    commit(rig, { groupId: 'none', generationId: 3, memberId }),
    commit(rig, { groupId: 'none' }),
  ]
  makeStable(rig, ['a'])

  const unnamed = commit(rig)
  const named = commit(rig, { memberId, generationId: 1 })
  const late = commit(rig, { memberId, generationId: 0 })
  const stranger = commit(rig, { memberId: 'stranger', generationId: 1 })

  assert.deepEqual(beforeAnyGroup, [UNKNOWN_MEMBER_ID, NONE])
  assert.deepEqual([unnamed, named], [NONE, NONE])
  assert.deepEqual([late, stranger], [ILLEGAL_GENERATION, UNKNOWN_MEMBER_ID])
})

test('the commit of a producer does not keep a member alive', () => {
  const rig = new Rig()
  makeStable(rig, ['a'])

  const { effects } = rig.decide(commitOffsets({ producer, memberId, generationId: 1 }))

  assert.deepEqual(effects, [])
})

test('a group whose offset is on its way in a transaction outlives its deletion: the marker must find it', () => {
  const rig = new Rig()
  rig.appends = 'held'
  rig.ask(commitOffsets({ producer, offsets: [offset({ offset: 5n })] }))

  rig.ask({ type: 'delete-group', groupId: 'g' })
  rig.settleHeld()
  end(rig, true)

  assert.deepEqual(fetched(rig), [NONE, 5n], 'as after a restart: no tombstone undoes it')
})
