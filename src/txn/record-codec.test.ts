import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { ProtocolError } from '../bytes/index.ts'
import { encodeVersioned, TransactionLogValue } from '../protocol/index.ts'
import { phases } from './phase.ts'
import { decodeRecord, encodeRecord } from './record-codec.ts'
import { newTransaction, type Transaction, type TransactionMetadata } from './transaction.ts'

const id = { transactionalId: 't', producerId: 7, timeoutMs: 60_000, nowMs: 5 }
const fresh = metadataOf(newTransaction(id))

test('a record is laid out as genuine Kafka 3.9 lays it out with ZooKeeper', () => {
  const metadata: TransactionMetadata = {
    ...fresh,
    ...{ producerEpoch: 2, phase: 'Ongoing', startMs: 3 },
    partitions: new Map([['a', new Set([0, 1])]]),
  }

  const { key, value } = encodeRecord({ type: 'stored', transactionalId: 't', metadata })

  assert.equal(key.toString('hex'), '0000' + '000174')
  assert.equal(
    value?.toString('hex'),
    [
      ...['0000', '0000000000000007', '0002', '0000ea60', '01'],
      ...['00000001', '000161', '00000002', '00000000', '00000001'],
      ...['0000000000000005', '0000000000000003'],
    ].join(''),
  )
})

/** Without what lives in memory only. */
function metadataOf(transaction: Transaction): TransactionMetadata {
  const metadata: { -readonly [K in keyof Transaction]?: Transaction[K] } = { ...transaction }
  delete metadata.pending
  delete metadata.hasFailedFence
  return metadata as TransactionMetadata
}

const partitions = fc
  .dictionary(
    fc.string({ minLength: 1, maxLength: 5 }),
    fc.uniqueArray(fc.nat(9), { minLength: 1 }),
  )
  .map(topics => new Map(Object.entries(topics).map(([topic, all]) => [topic, new Set(all)])))

test('what is written is read again, of any phase', () => {
  fc.assert(
    fc.property(
      fc.record({
        producerId: fc.maxSafeNat(),
        producerEpoch: fc.integer({ min: 0, max: 32_767 }),
        timeoutMs: fc.nat(),
        phase: fc.constantFrom(...phases),
        startMs: fc.integer({ min: -1 }),
        lastUpdateMs: fc.maxSafeNat(),
        partitions,
      }),
      some => {
        const isEmpty = some.phase === 'Empty'
        const metadata = { ...fresh, ...some, ...(isEmpty && { partitions: new Map() }) }

        const record = { type: 'stored', transactionalId: 't', metadata } as const

        assert.deepEqual(decodeRecord(encodeRecord(record)), record)
      },
    ),
  )
})

test('no value is a tombstone', () => {
  const record = { type: 'stored', transactionalId: 't', metadata: null } as const

  assert.deepEqual(decodeRecord(encodeRecord(record)), record)
})

test('a value of version 1 is read, as a cluster without ZooKeeper writes it', () => {
  const { key } = encodeRecord({ type: 'stored', transactionalId: 't', metadata: null })
  const value = encodeVersioned(TransactionLogValue, 1, {
    ...{ producerId: 7, producerEpoch: 0, transactionTimeoutMs: 60_000, transactionStatus: 4 },
    transactionPartitions: [],
    ...{ transactionLastUpdateTimestampMs: 5, transactionStartTimestampMs: 3 },
  })

  assert.equal(decodeRecord({ key, value })?.metadata?.phase, 'CompleteCommit')
})

test('a key of a later kind is left out; what breaks its format is refused', () => {
  const { key, value } = encodeRecord({ type: 'stored', transactionalId: 't', metadata: fresh })
  assert(value !== null)
  const laterKey = Buffer.from(key)
  laterKey.writeInt16BE(1)
  const laterValue = Buffer.from(value)
  laterValue.writeInt16BE(2)
  const unknownPhase = Buffer.from(value)
  unknownPhase.writeInt8(8, 2 + 8 + 2 + 4)

  assert.equal(decodeRecord({ key: laterKey, value }), undefined)
  assert.throws(() => decodeRecord({ key: null, value }), ProtocolError)
  assert.throws(() => decodeRecord({ key: Buffer.alloc(1), value }), ProtocolError)
  assert.throws(() => decodeRecord({ key, value: laterValue }), ProtocolError)
  assert.throws(() => decodeRecord({ key, value: unknownPhase }), ProtocolError)
  assert.throws(() => decodeRecord({ key, value: value.subarray(0, 9) }), ProtocolError)
})
