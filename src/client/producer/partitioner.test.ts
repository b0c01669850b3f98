import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SeededRandom } from '../../sim/index.ts'
import type { TopicView } from '../connection/cluster-view.ts'
import { partitionForKey, stickyPartitioner } from './partitioner.ts'

/** `leaders[p]` leads partition p; -1 is nobody. */
function topicOf(leaders: readonly number[]): TopicView {
  const partitions = leaders.map((leaderId, partition) => ({
    partition,
    errorCode: 0,
    leaderId,
    leaderEpoch: 0,
    replicas: [],
    isr: [],
    offlineReplicas: [],
  }))
  const base = { name: 'orders', errorCode: 0, topicId: undefined, isInternal: false }
  return { ...base, partitions, authorizedOperations: 0 }
}

const noQueue = () => 0

test('a key goes where Java sends it', () => {
  // Hashes of Kafka's own UtilsTest, positive part, modulo 7.
  const hashes = { '21': -973932308, foobar: -790332482, abc: 479470107 }
  for (const [key, hash] of Object.entries(hashes)) {
    assert.equal(partitionForKey(Buffer.from(key), 7), (hash & 0x7fff_ffff) % 7, key)
  }
})

test('without a key a partition is kept until a batch is full (KIP-480)', () => {
  const sticky = stickyPartitioner({
    batchBytes: 100,
    isAdaptive: false,
    random: new SeededRandom(3),
  })
  const topic = topicOf([1, 1, 1, 1, 1, 1, 1, 1])
  const next = () => sticky({ topic, key: null, sizeBytes: 50, queueLength: noQueue })

  const chosen = Array.from({ length: 200 }, next)

  for (let i = 0; i < chosen.length; i += 2) assert.equal(chosen[i], chosen[i + 1])
  assert.equal(new Set(chosen).size, 8, 'all get their share')
})

test('a partition without a leader gets no records without a key', () => {
  const sticky = stickyPartitioner({ batchBytes: 1, isAdaptive: true, random: new SeededRandom(3) })
  const topic = topicOf([1, -1, 1])

  for (let i = 0; i < 50; i += 1) {
    assert.notEqual(sticky({ topic, key: null, sizeBytes: 1, queueLength: noQueue }), 1)
  }
})

test('a partition with a long queue gets fewer records (KIP-794)', () => {
  const sticky = stickyPartitioner({ batchBytes: 1, isAdaptive: true, random: new SeededRandom(3) })
  const topic = topicOf([1, 1])
  let slow = 0

  for (let i = 0; i < 1_000; i += 1) {
    const queueLength = (partition: number) => (partition === 0 ? 9 : 0)
    if (sticky({ topic, key: null, sizeBytes: 1, queueLength }) === 0) slow += 1
  }

  assert(slow > 40 && slow < 160, `about one in eleven, got ${slow} of 1000`)
})
