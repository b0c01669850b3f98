import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { rackAwareReplica } from './preferred-replica.ts'

const replica = (brokerId: number, rack: string | null, logEndOffset = 10, behindMs = 0) => ({
  ...{ brokerId, rack, logEndOffset, behindMs },
  isLeader: brokerId === 1,
})

test('a reader is sent to its own rack, to the replica that has most', () => {
  const replicas = [replica(1, 'a'), replica(2, 'b', 8), replica(3, 'b', 9), replica(4, 'b', 9, 5)]

  assert.equal(rackAwareReplica('b', replicas), 3)
})

test('the leader serves whom nobody else is nearer to', () => {
  assert.equal(rackAwareReplica('', [replica(1, 'a'), replica(2, '')]), undefined)
  assert.equal(rackAwareReplica('c', [replica(1, 'a'), replica(2, null)]), undefined)
  assert.equal(rackAwareReplica('a', [replica(2, 'a', 11), replica(1, 'a')]), undefined)
})
