import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PartitionQueue } from './partition-queue.ts'
import { ProducerBatch } from './producer-batch.ts'

const orders = { topic: 'orders', partition: 0 }
const identity = { producerId: 7, producerEpoch: 0 }
const nowMs = 100

/** A queue of ready batches with so many records each. */
function queueOf(...recordCounts: readonly number[]) {
  const queue = new PartitionQueue(orders)
  const batches = recordCounts.map((count, order) => {
    const batch = new ProducerBatch(orders, { order, createdMs: 0 }, { codec: 0, level: undefined })
    for (let i = 0; i < count; i += 1) {
      const ignore = (): void => undefined
      batch.append({ record: { timestamp: 0 }, sizeBytes: 1, resolve: ignore, reject: ignore })
    }
    batch.isReady = true
    queue.waiting.push(batch)
    return batch
  })
  return { queue, batches }
}

/** The same, behind a batch of one record that the broker has acknowledged. */
function queueBehindOne(...recordCounts: readonly number[]) {
  const { queue, batches } = queueOf(1, ...recordCounts)
  const [first, ...others] = batches
  assert(first)
  queue.send(first, identity)
  queue.inFlight.delete(first)
  queue.acknowledge(first)
  return { queue, batches: others }
}

/** Sends what may be sent. @returns base sequences in order */
function sendAll(queue: PartitionQueue, who = identity): (number | undefined)[] {
  const sequences: (number | undefined)[] = []
  for (let batch = queue.next(nowMs, false); batch; batch = queue.next(nowMs, false)) {
    queue.send(batch, who)
    sequences.push(batch.stamp?.baseSequence)
  }
  return sequences
}

test('batches in flight together are numbered one behind the other', () => {
  const { queue } = queueBehindOne(2, 3, 1)

  assert.deepEqual(sendAll(queue), [1, 3, 6])
})

test('nothing follows the first batch of all: a broker that does not know the producer would take it', () => {
  const { queue, batches } = queueOf(2, 3)
  const [first, second] = batches
  assert(first && second)

  assert.deepEqual(sendAll(queue), [0])
  queue.inFlight.delete(first)
  queue.acknowledge(first)
  assert.deepEqual(sendAll(queue), [2])
})

test('a batch that failed goes again alone, first, with its old sequence', () => {
  const { queue, batches } = queueBehindOne(2, 3, 1)
  const [first, second, third] = batches
  assert(first && second && third)
  sendAll(queue)
  queue.inFlight.delete(first)
  queue.putBack([first])

  assert.equal(queue.next(nowMs, true), undefined, 'two behind it are still in flight')

  queue.inFlight.delete(third)
  queue.putBack([third])
  queue.inFlight.delete(second)
  queue.putBack([second])
  assert.deepEqual(queue.waiting, [first, second, third])
  assert.deepEqual(sendAll(queue), [1], 'the others wait for its answer')
})

test('numbering begins anew only when nothing is in flight', () => {
  const { queue, batches } = queueBehindOne(2, 3)
  const [first, second] = batches
  assert(first && second)
  sendAll(queue)
  queue.inFlight.delete(first)
  queue.putBack([first])
  queue.needsReset = true
  assert.equal(queue.next(nowMs, true), undefined)
  queue.inFlight.delete(second)
  queue.putBack([second])

  queue.reset()
  queue.send(first, { producerId: 7, producerEpoch: 1 })

  assert.deepEqual(first.stamp, { producerId: 7, producerEpoch: 1, baseSequence: 0 })
})

test('a batch waits out its pause', () => {
  const { queue, batches } = queueOf(1)
  const [first] = batches
  assert(first)
  first.notBeforeMs = nowMs + 1

  assert.equal(queue.next(nowMs, true), undefined)
  assert.equal(queue.next(nowMs + 1, true), first)
})

test('nothing follows a batch that is tried again before it is answered: its sequence must stay known', () => {
  const { queue, batches } = queueOf(2, 3)
  const [first, second] = batches
  assert(first && second)
  queue.send(first, identity)
  queue.inFlight.delete(first)
  queue.putBack([first])
  queue.send(first, identity)

  assert.equal(queue.next(nowMs, true), undefined)

  queue.inFlight.delete(first)
  assert.equal(queue.next(nowMs, true), second)
})
