import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { applyDelta } from './delta.ts'
import { emptyImage, partitionOf, type PartitionImage } from './image.ts'

const partition = (number: number, leader: number): PartitionImage => ({
  partition: number,
  leader,
  leaderEpoch: 0,
  isr: [leader],
  replicas: [leader],
  addingReplicas: [],
  removingReplicas: [],
  partitionEpoch: 0,
})

test('a delta leaves the image before it as it was: a request reads one picture', () => {
  const before = applyDelta(emptyImage('c'), {
    partitions: [{ topic: 'a', topicId: 'id-a', partitions: [partition(0, 1)] }],
  })

  const after = applyDelta(before, {
    partitions: [{ topic: 'a', topicId: 'id-a', partitions: [partition(1, 2)] }],
  })

  assert.equal(before.topics.get('a')?.partitions.length, 1)
  assert.equal(partitionOf(after, 'a', 0)?.leader, 1)
  assert.equal(partitionOf(after, 'a', 1)?.leader, 2)
})

test('a topic made again under its old name has none of the old partitions and no old id', () => {
  const before = applyDelta(emptyImage('c'), {
    partitions: [{ topic: 'a', topicId: 'old', partitions: [partition(0, 1), partition(1, 1)] }],
  })

  const after = applyDelta(before, {
    partitions: [{ topic: 'a', topicId: 'new', partitions: [partition(0, 3)] }],
  })

  assert.equal(after.topics.get('a')?.partitions.length, 1)
  assert.deepEqual([...after.topicNames], [['new', 'a']])
})

test('a removed topic is gone by name and by id', () => {
  const before = applyDelta(emptyImage('c'), {
    partitions: [{ topic: 'a', topicId: 'id-a', partitions: [partition(0, 1)] }],
  })

  const after = applyDelta(before, { removedTopics: ['a'] })

  assert.equal(after.topics.size, 0)
  assert.equal(after.topicNames.size, 0)
})
