import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SeededRandom } from '../../sim/index.ts'
import type { TopicView } from '../connection/cluster-view.ts'
import {
  partitionForKey,
  stickyPartitioner,
  type PartitionChoice,
  type Partitioner,
} from './partitioner.ts'

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

/** Nothing waits anywhere, and each record begins a batch. */
function choiceIn(topic: TopicView, traits: Partial<PartitionChoice> = {}): PartitionChoice {
  const calm = { queueLength: () => 0, fits: () => false, isAvailable: () => true }
  return { topic, key: null, ...calm, ...traits }
}

test('a key goes where Java sends it', () => {
  // Hashes of Kafka's own UtilsTest, positive part, modulo 7.
  const hashes = { '21': -973932308, foobar: -790332482, abc: 479470107 }
  for (const [key, hash] of Object.entries(hashes)) {
    assert.equal(partitionForKey(Buffer.from(key), 7), (hash & 0x7fff_ffff) % 7, key)
  }
})

const options = { batchBytes: 100, isAdaptive: true, random: new SeededRandom(3) }

/** Chooses, and puts so many bytes there. */
function next(sticky: Required<Partitioner>, choice: PartitionChoice, sizeBytes: number): number {
  const partition = sticky.choose(choice)
  sticky.appended(choice, sizeBytes)
  return partition
}

test('without a key a partition is kept until a batch is full (KIP-480)', () => {
  const sticky = stickyPartitioner(options)
  const choice = choiceIn(topicOf([1, 1, 1, 1, 1, 1, 1, 1]))

  const chosen = Array.from({ length: 200 }, () => next(sticky, choice, 50))

  for (let i = 0; i < chosen.length; i += 2) assert.equal(chosen[i], chosen[i + 1])
  assert.equal(new Set(chosen).size, 8, 'all get their share')
})

test('a batch that still fills is not left, up to twice its size (KAFKA-14156)', () => {
  const sticky = stickyPartitioner(options)
  const choice = choiceIn(topicOf([1, 1, 1, 1, 1, 1, 1, 1]), { fits: () => true })

  const chosen = Array.from({ length: 40 }, () => next(sticky, choice, 50))

  for (let i = 0; i < chosen.length; i += 4) {
    assert.deepEqual(new Set(chosen.slice(i, i + 4)).size, 1)
  }
  assert(new Set(chosen).size > 1, 'then another')
})

test('a partition without a leader gets no records without a key', () => {
  const sticky = stickyPartitioner(options)
  const choice = choiceIn(topicOf([1, -1, 1]))

  for (let i = 0; i < 50; i += 1) assert.notEqual(next(sticky, choice, 100), 1)
})

test('a partition with a long queue gets fewer records (KIP-794)', () => {
  const queueLength = (partition: number): number => (partition === 0 ? 9 : 0)
  const choice = choiceIn(topicOf([1, 1]), { queueLength })
  const countSlow = (isAdaptive: boolean): number => {
    const sticky = stickyPartitioner({ ...options, isAdaptive })
    const chosen = Array.from({ length: 1_000 }, () => next(sticky, choice, 100))
    return chosen.filter(partition => partition === 0).length
  }

  const slow = countSlow(true)
  assert(slow > 40 && slow < 160, `about one in eleven, got ${slow} of 1000`)
  const indifferent = countSlow(false)
  assert(indifferent > 400 && indifferent < 600, `half without adaptation, got ${indifferent}`)
})

test('a broker that does not keep up gets no records without a key, unless all are slow', () => {
  const sticky = stickyPartitioner(options)
  const topic = topicOf([1, 2, 1])
  const oneSlow = choiceIn(topic, { isAvailable: brokerId => brokerId !== 2 })
  for (let i = 0; i < 50; i += 1) assert.notEqual(next(sticky, oneSlow, 100), 1)

  const allSlow = choiceIn(topic, { isAvailable: () => false })
  const chosen = new Set(Array.from({ length: 50 }, () => next(sticky, allSlow, 100)))
  assert.equal(chosen.size, 3)
})
