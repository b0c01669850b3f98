import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BatchBuilder, buildEndTxnMarker, stamp, type BatchOptions } from '../../records/index.ts'
import { FetchedRecords, type FetchedOptions } from './fetched-records.ts'

/** Batches one after another; each is given its offsets. */
function logOf(...batches: readonly { bytes: Buffer; count: number }[]): Buffer {
  let baseOffset = 0
  for (const { bytes, count } of batches) {
    stamp(bytes, 0, { baseOffset, leaderEpoch: 4 })
    baseOffset += count
  }
  return Buffer.concat(batches.map(({ bytes }) => bytes))
}

function batchOf(values: readonly string[], options: BatchOptions = {}) {
  const builder = new BatchBuilder(options)
  for (const value of values) builder.append({ timestamp: 1, value: Buffer.from(value) })
  return { bytes: builder.close(), count: values.length }
}

const inTransaction = (producerId: number) => ({
  producerId,
  producerEpoch: 0,
  baseSequence: 0,
  isTransactional: true,
})
const marker = (producerId: number, type: 0 | 1) => ({
  bytes: buildEndTxnMarker({
    type,
    coordinatorEpoch: 0,
    producerId,
    producerEpoch: 0,
    timestampMs: 1,
  }),
  count: 1,
})

function fetched(records: Buffer, options: Partial<FetchedOptions> = {}): FetchedRecords {
  return new FetchedRecords({
    topicPartition: { topic: 'orders', partition: 0 },
    records,
    firstOffset: 0,
    isolationLevel: 'read_uncommitted',
    abortedTransactions: [],
    checksCrcs: true,
    ...options,
  })
}

function valuesOf(from: FetchedRecords): string[] {
  const values: string[] = []
  for (let record = from.next(); record !== undefined; record = from.next()) {
    values.push(record.value?.toString() ?? '')
  }
  return values
}

test('records before the position are passed over: a batch always comes whole', () => {
  const from = fetched(logOf(batchOf(['a', 'b', 'c'])), { firstOffset: 2 })

  assert.deepEqual(valuesOf(from), ['c'])
  assert.equal(from.nextOffset, 3)
})

test('read_committed hides what was aborted, up to its marker, and nothing of others', () => {
  const log = logOf(
    batchOf(['aborted'], inTransaction(7)),
    batchOf(['committed'], inTransaction(8)),
    marker(7, 0),
    marker(8, 1),
    batchOf(['later'], inTransaction(7)),
  )
  const abortedTransactions = [{ producerId: 7, firstOffset: 0 }]

  const from = fetched(log, { isolationLevel: 'read_committed', abortedTransactions })

  assert.deepEqual(valuesOf(from), ['committed', 'later'])
  assert.equal(from.nextOffset, 5)
})

test('read_uncommitted shows everything but markers, and moves behind a last marker', () => {
  const from = fetched(logOf(batchOf(['a'], inTransaction(7)), marker(7, 0)))

  assert.deepEqual(valuesOf(from), ['a'])
  assert.equal(from.nextOffset, 2)
})

test('a batch that was damaged is an error at its offset, not a record', () => {
  const log = logOf(batchOf(['a']), batchOf(['b']))
  log.writeUInt8(log.readUInt8(log.length - 3) ^ 1, log.length - 3)
  const from = fetched(log)

  assert.equal(from.next()?.offset, 0)
  assert.throws(() => from.next(), /partition orders-0 at offset 1 is invalid/)
  assert.equal(from.nextOffset, 1)
})

test('a batch that is cut at the end of the answer is left for the next fetch', () => {
  const log = logOf(batchOf(['a']), batchOf(['b']))
  const from = fetched(log.subarray(0, log.length - 1))

  assert.deepEqual(valuesOf(from), ['a'])
  assert.equal(from.nextOffset, 1)
})
