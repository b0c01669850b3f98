import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { batchOf } from '../../test/support/logs.ts'
import { ErrorCode } from '../protocol/index.ts'
import { buildEndTxnMarker, ControlRecordType, stamp, type BatchOptions } from '../records/index.ts'
import { decodeProducerSnapshot, encodeProducerSnapshot } from './producer-snapshot.ts'
import { ProducerState } from './producer-state.ts'

const MAX_SEQUENCE = 0x7fff_ffff

/** A partition that appends what the producer state lets through. */
class Partition {
  readonly state: ProducerState
  nextOffset = 0

  constructor(maxProducers = 100) {
    this.state = new ProducerState({ producerIdExpirationMs: 1_000, maxProducers })
  }

  /** @returns the error code, or `duplicate` and the offset of the first try */
  produce(count: number, options: BatchOptions & { timestamp?: number }): number | string {
    const values = Array.from({ length: count }, () => 'v')
    return this.#append(batchOf(values, { producerId: 1, producerEpoch: 0, ...options }), count)
  }

  end(
    type: ControlRecordType,
    options: { producerEpoch?: number; coordinatorEpoch?: number } = {},
  ) {
    const { producerEpoch = 0, coordinatorEpoch = 0 } = options
    const timestampMs = 5
    return this.#append(
      buildEndTxnMarker({ producerId: 1, producerEpoch, type, coordinatorEpoch, timestampMs }),
      1,
    )
  }

  #append(batch: Buffer, count: number): number | string {
    const duplicate = this.state.findDuplicate(batch, 0)
    if (duplicate !== undefined) return `duplicate of ${duplicate.baseOffset}`
    const errorCode = this.state.check(batch, 0)
    if (errorCode !== ErrorCode.NONE) return errorCode
    stamp(batch, 0, { baseOffset: this.nextOffset, leaderEpoch: 0 })
    const completed = this.state.update(batch, 0)
    if (completed !== undefined) this.state.transactions.complete(completed)
    this.nextOffset += count
    return ErrorCode.NONE
  }
}

describe('idempotent producers', () => {
  test('a retry of one of the last five batches is answered with its offset, an older one is out of order', () => {
    const partition = new Partition()
    for (let n = 0; n < 7; n += 1) partition.produce(2, { baseSequence: n * 2 })

    assert.equal(partition.produce(2, { baseSequence: 12 }), 'duplicate of 12')
    assert.equal(partition.produce(2, { baseSequence: 4 }), 'duplicate of 4')
    assert.equal(partition.produce(2, { baseSequence: 2 }), ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER)
    assert.equal(partition.produce(1, { baseSequence: 12 }), ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER)
  })

  test('a gap is out of order, the next sequence is not', () => {
    const partition = new Partition()
    partition.produce(3, { baseSequence: 0 })

    assert.equal(partition.produce(1, { baseSequence: 4 }), ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER)
    assert.equal(partition.produce(1, { baseSequence: 3 }), ErrorCode.NONE)
  })

  test('sequences go on at 0 after 2147483647, within a batch and between two', () => {
    const partition = new Partition()
    partition.produce(3, { baseSequence: MAX_SEQUENCE - 1 })
    assert.equal(partition.state.get(1)?.lastSequence, 0)
    assert.equal(partition.produce(1, { baseSequence: 1 }), ErrorCode.NONE)

    const other = new Partition()
    other.produce(1, { baseSequence: MAX_SEQUENCE })
    assert.equal(other.produce(1, { baseSequence: 0 }), ErrorCode.NONE)
    assert.equal(other.produce(1, { baseSequence: MAX_SEQUENCE }), 'duplicate of 0')
  })

  test('an old epoch is fenced, a new one begins at 0', () => {
    const partition = new Partition()
    partition.produce(1, { producerEpoch: 3, baseSequence: 0 })

    assert.equal(
      partition.produce(1, { producerEpoch: 2, baseSequence: 1 }),
      ErrorCode.INVALID_PRODUCER_EPOCH,
    )
    assert.equal(
      partition.produce(1, { producerEpoch: 4, baseSequence: 1 }),
      ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
    )
    assert.equal(partition.produce(1, { producerEpoch: 4, baseSequence: 0 }), ErrorCode.NONE)
    assert.equal(partition.produce(1, { producerEpoch: 4, baseSequence: 0 }), 'duplicate of 1')
  })

  test('a producer that is not known may begin anywhere: its records may have been deleted', () => {
    assert.equal(new Partition().produce(1, { baseSequence: 77 }), ErrorCode.NONE)
  })

  test('a silent producer is forgotten, one with an open transaction is not', () => {
    const partition = new Partition()
    partition.produce(1, { producerId: 1, baseSequence: 0, timestamp: 100 })
    partition.produce(1, { producerId: 2, baseSequence: 0, timestamp: 100, isTransactional: true })
    partition.produce(1, { producerId: 3, baseSequence: 0, timestamp: 101 })

    partition.state.removeExpired(1_100)

    assert.deepEqual(
      [1, 2, 3].map(id => partition.state.get(id) !== undefined),
      [false, true, true],
    )
  })

  test('there is a limit to what is remembered: the longest known goes', () => {
    const partition = new Partition(2)
    for (const producerId of [1, 2, 3]) partition.produce(1, { producerId, baseSequence: 0 })

    assert.equal(partition.state.size, 2)
    assert.equal(partition.state.get(1), undefined)
  })
})

describe('transactions', () => {
  test('from the first batch to the replicated marker the transaction is unstable', () => {
    const partition = new Partition()
    partition.produce(2, { baseSequence: 0 })
    partition.produce(2, { baseSequence: 2, isTransactional: true })
    const { transactions } = partition.state
    assert.deepEqual([transactions.firstUndecidedOffset, transactions.firstUnstableOffset], [2, 2])

    partition.end(ControlRecordType.ABORT)
    assert.deepEqual(
      [transactions.firstUndecidedOffset, transactions.firstUnstableOffset],
      [undefined, 2],
    )
    transactions.onHighWatermark(4)
    assert.equal(transactions.firstUnstableOffset, 2, 'the marker lies at 4')
    transactions.onHighWatermark(5)
    assert.equal(transactions.firstUnstableOffset, undefined)
  })

  test('a plain batch inside a transaction is refused, so is a marker of an older coordinator', () => {
    const partition = new Partition()
    partition.produce(1, { baseSequence: 0, isTransactional: true })
    assert.equal(partition.produce(1, { baseSequence: 1 }), ErrorCode.INVALID_TXN_STATE)

    partition.end(ControlRecordType.COMMIT, { coordinatorEpoch: 5 })
    assert.equal(
      partition.end(ControlRecordType.COMMIT, { coordinatorEpoch: 4 }),
      ErrorCode.TRANSACTION_COORDINATOR_FENCED,
    )
    assert.equal(partition.produce(1, { baseSequence: 1 }), ErrorCode.NONE)
  })

  test('the epoch of a marker fences the producer that it ended', () => {
    const partition = new Partition()
    partition.produce(1, { baseSequence: 0, isTransactional: true })
    partition.end(ControlRecordType.ABORT, { producerEpoch: 1 })

    assert.equal(
      partition.produce(1, { baseSequence: 1, isTransactional: true }),
      ErrorCode.INVALID_PRODUCER_EPOCH,
    )
  })

  test('batches of a coordinator carry no sequence, and are never retries', () => {
    const partition = new Partition()
    const offsets = { baseSequence: -1, isTransactional: true }
    assert.equal(partition.produce(1, { baseSequence: 0, isTransactional: true }), ErrorCode.NONE)
    assert.equal(
      partition.state.check(batchOf(['v'], { producerId: 1, producerEpoch: 0, ...offsets }), 0),
      0,
    )
  })
})

describe('snapshots', () => {
  test('what is written is read: the last batch of each producer', () => {
    const producer = fc.record({
      producerId: fc.nat(1_000),
      producerEpoch: fc.nat(32_767),
      baseSequence: fc.nat(MAX_SEQUENCE),
      count: fc.integer({ min: 1, max: 5 }),
      timestamp: fc.nat(1_000_000),
      isTransactional: fc.boolean(),
    })
    fc.assert(
      fc.property(
        fc.uniqueArray(producer, { selector: ({ producerId }) => producerId }),
        batches => {
          const partition = new Partition(10_000)
          for (const { count, ...options } of batches) partition.produce(count, options)
          const bytes = encodeProducerSnapshot(partition.state.entries(), partition.state.size)

          const again = new ProducerState({
            producerIdExpirationMs: Infinity,
            maxProducers: 10_000,
          })
          again.reset(partition.nextOffset, decodeProducerSnapshot(bytes))

          for (const entry of partition.state.entries()) {
            const read = again.get(entry.producerId)
            assert.deepEqual(read?.batches, entry.batches)
            assert.equal(read.producerEpoch, entry.producerEpoch)
            assert.equal(read.transactionFirstOffset, entry.transactionFirstOffset)
            assert.equal(read.lastTimestamp, entry.lastTimestamp)
          }
          const first = partition.state.transactions.firstUnstableOffset
          assert.equal(again.transactions.firstUnstableOffset, first)
        },
      ),
    )
  })

  test('a snapshot that was cut, or of which a bit is wrong, is none', () => {
    const partition = new Partition()
    partition.produce(2, { baseSequence: 0 })
    const bytes = encodeProducerSnapshot(partition.state.entries(), 1)

    for (let size = 0; size < bytes.length; size += 1) {
      assert.equal(decodeProducerSnapshot(bytes.subarray(0, size)), undefined)
    }
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const flipped = Buffer.from(bytes)
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      assert.equal(decodeProducerSnapshot(flipped), undefined, `bit ${bit}`)
    }
  })
})
