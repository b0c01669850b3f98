import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SeededRandom } from '../sim/index.ts'
import {
  departingDirectoryName,
  isLegalTopicName,
  parsePartitionDirectoryName,
  partitionDirectoryName,
} from './partition-directory.ts'

test('the last dash parts topic and partition, however many the topic has', () => {
  for (const topic of [
    'a',
    'a-b',
    'a-1',
    '-',
    'a-0.b-delete',
    'x.y-future',
    '__consumer_offsets',
  ]) {
    const name = partitionDirectoryName({ topic, partition: 12 })
    assert.deepEqual(parsePartitionDirectoryName(name), {
      topic,
      partition: 12,
      purpose: 'current',
    })
  }
})

test('a name for leaving fits 255 bytes and still tells its purpose', () => {
  const random = new SeededRandom(3)
  for (const length of [1, 200, 208, 209, 249]) {
    const topic = 't'.repeat(length)
    const name = departingDirectoryName({ topic, partition: 7 }, 'delete', random)

    assert.ok(name.length <= 255)
    assert.match(name, /-7\.[0-9a-f]{32}-delete$/)
    const parsed = parsePartitionDirectoryName(name)
    assert.deepEqual([parsed?.partition, parsed?.purpose], [7, 'delete'])
    assert.ok(topic.startsWith(parsed?.topic ?? 'x'))
  }
})

test('what genuine Kafka leaves behind is known, what is no partition is not', () => {
  const hex = '0123456789abcdef0123456789abcdef'
  assert.deepEqual(parsePartitionDirectoryName(`my-topic-3.${hex}-future`), {
    topic: 'my-topic',
    partition: 3,
    purpose: 'future',
  })
  assert.equal(parsePartitionDirectoryName(`my-topic-3.${hex}-stray`)?.purpose, 'stray')
  for (const name of [
    'lost+found',
    'topic',
    '-1',
    'a-',
    'a-x',
    `a-x.${hex}-delete`,
    'a-99999999999',
  ]) {
    assert.equal(parsePartitionDirectoryName(name), undefined, name)
  }
})

test('no topic name leads out of the log directory', () => {
  const hostile = ['..', '.', '', '../x', 'a/b', 'a\0b', 'ä', 'a b', 'x'.repeat(250), '__proto__/']
  for (const name of hostile) assert.equal(isLegalTopicName(name), false, name)
  for (const name of ['a', '...', 'x'.repeat(249), '__proto__']) assert.ok(isLegalTopicName(name))
})
