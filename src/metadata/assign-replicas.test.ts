import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { assignReplicas } from './assign-replicas.ts'

const plain = (count: number) => Array.from({ length: count }, (_, id) => ({ id, rack: null }))

test('leaders go round robin, and the shift of followers grows with each round', () => {
  const assignment = assignReplicas({
    brokers: plain(5),
    firstPartition: 0,
    partitionCount: 10,
    replicationFactor: 3,
    start: 0,
    shift: 0,
  })

  // The example that Kafka's documentation of the algorithm shows.
  assert.deepEqual(
    [...assignment.values()],
    [
      [0, 1, 2],
      [1, 2, 3],
      [2, 3, 4],
      [3, 4, 0],
      [4, 0, 1],
      [0, 2, 3],
      [1, 3, 4],
      [2, 4, 0],
      [3, 0, 1],
      [4, 1, 2],
    ],
  )
})

test('with racks every partition has a replica in each rack before any rack has two', () => {
  const racks = ['a', 'a', 'b', 'b', 'c', 'c']
  const assignment = assignReplicas({
    brokers: racks.map((rack, id) => ({ id, rack })),
    firstPartition: 0,
    partitionCount: 12,
    replicationFactor: 3,
    start: 2,
    shift: 1,
  })

  for (const replicas of assignment.values()) {
    assert.equal(new Set(replicas.map(id => racks[id])).size, 3)
    assert.equal(new Set(replicas).size, 3)
  }
})

test('one broker holds everything', () => {
  const assignment = assignReplicas({
    brokers: [{ id: 7, rack: null }],
    firstPartition: 3,
    partitionCount: 2,
    replicationFactor: 1,
    start: 0,
    shift: 0,
  })

  assert.deepEqual(
    [...assignment],
    [
      [3, [7]],
      [4, [7]],
    ],
  )
})
